"""SSG's own lists, ``annotations.json``: a JSON list of pictures, each with its findings and their boxes.

What ``python -m ssg phantom`` writes and ``training`` reads: ``{image, width, height, modality, body_part, view,
findings: [{label, side, boxes: [[left, top, right, bottom], ...]}], absent: [label, ...]}``, boxes in pixels of the
picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ssg.casebook.imports.csv_rows import start_of
from ssg.casebook.imports.image_kinds import kind_of
from ssg.casebook.imports.json_rows import corners_of, json_list, text_of
from ssg.casebook.imports.marks import Mark, Origin, Picture, Reading
from ssg.casebook.imports.people import person

ORIGIN = Origin(name="an annotation list of SSG")
READER = "annotator"


def read(files: Sequence[Path]) -> Reading:
    """Every picture of the lists; of one in which nothing is marked nor excluded nothing is known."""
    reading = Reading(ORIGIN)
    for path in files:
        rows = json_list(path, "pictures")
        for number, row in enumerate(rows, start=1):
            _picture(row, f"picture {number}", reading)
        first = next((row for row in rows if isinstance(row, dict)), {})
        modality, body_part = text_of(first, "modality") or "DX", text_of(first, "body_part")
        reading.origin = replace(
            ORIGIN,
            modality=modality,
            body_part=body_part,
            kind=kind_of(modality, body_part),
            name=f"{path.parent.name}",
        )
    return reading


def _picture(row: Any, where: str, reading: Reading) -> None:
    if not isinstance(row, dict) or not text_of(row, "image"):
        reading.refuse("it is no object that names its image", where)
        return
    findings, absent = row.get("findings", []), row.get("absent", [])
    if not isinstance(findings, list) or not isinstance(absent, list):
        reading.refuse("findings and absent must be lists", where)
        return
    marks = [mark for finding in findings for mark in _marks(finding, where)]
    marks += [Mark(name, None, READER, absent=True, where=where) for name in absent if isinstance(name, str)]
    if not marks:
        reading.refuse("nothing is marked and nothing is excluded, so nothing is known", where)
        return
    picture = reading.picture(text_of(row, "image"))
    picture.marks += marks
    size = row.get("width"), row.get("height")
    if all(isinstance(side, (int, float)) and side > 0 for side in size):
        picture.size = (float(size[0]), float(size[1]))  # type: ignore[arg-type]
    _told(picture, row)
    reading.keep("pictures")


def _marks(finding: Any, where: str) -> list[Mark]:
    if not isinstance(finding, dict) or not text_of(finding, "label"):
        return []
    boxes = finding.get("boxes") if isinstance(finding.get("boxes"), list) else []
    label, side = text_of(finding, "label"), text_of(finding, "side")
    return [Mark(label, corners_of(box), READER, side=side, where=where) for box in boxes or [None]]


def _told(picture: Picture, row: dict[str, Any]) -> None:
    picture.modality, picture.view = text_of(row, "modality"), text_of(row, "view")
    picture.history = person(str(row.get("age", "")), text_of(row, "sex"))


def recognises(path: Path) -> bool:
    """Whether a file looks like such a list."""
    start = start_of(path)[:4_000]
    return start.lstrip().startswith("[") and '"image"' in start and '"findings"' in start
