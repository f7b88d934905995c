"""PadChest-GR: ``grounded_reports_*.json``, sentences of radiology reports with boxes by two readers.

Castro et al. 2024, "PadChest-GR: A bilingual chest X-ray dataset for grounded radiology report generation",
arXiv:2411.05085, NEJM AI 2025; bimcv.cipf.es/bimcv-projects/padchest-gr. A list of studies, each with its ``ImageID``
and ``findings``: a sentence in English and Spanish, whether it states something ``abnormal``, ``labels``,
``locations``, ``progression`` (the sentence says it, too; not kept apart), and ``boxes`` of the first and
``extra_boxes`` of the second reader, [left, top, right, bottom] as shares of the picture.

A sentence that states nothing abnormal excludes its labels; where it has none, which is the rule, what it denies is
read from the English sentence. What it denies on one side, or with reservations ("no new ..."), is not absent. Denials
and sentences without boxes are the first reader's: the second only drew boxes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ssg.casebook.imports.json_rows import json_list
from ssg.casebook.imports.marks import Corners, Mark, Origin, Reading
from ssg.casebook.imports.taking import FINDING, take, told_by
from ssg.casebook.imports.values import file_of, numbers_of, plain, text_that_begins
from ssg.vocabulary import Presence
from ssg.vocabulary import read as read_text

ORIGIN = Origin(
    name="PadChest-GR, BIMCV and Universidad de Alicante (https://bimcv.cipf.es/bimcv-projects/padchest-gr)",
    licence="BIMCV's research use agreement for PadChest-GR; the pictures must not be shared",
    citation=(
        "Castro DC, Bustos A, Bannur S, et al. PadChest-GR: A bilingual chest X-ray dataset for grounded radiology "
        "report generation. arXiv:2411.05085 (2024)."
    ),
    body_part="CHEST",
    specialty="chest",
)
READERS = {"boxes": "reader 1", "extra_boxes": "reader 2"}
SLACK = 0.01
"""Of a share that reaches over the edge by rounding."""

RESERVED = {"new", "other", "additional", "further", "more", "acute", "significant", "relevant", "suspicious", "else"}
"""Words of denials that leave something open: "no new nodules" may leave old ones."""

LONGEST_REPORT = 20_000


def read(files: Sequence[Path]) -> Reading:
    """Every box, and every sentence without one."""
    reading = Reading(ORIGIN)
    for path in files:
        for count, row in enumerate(json_list(path, "studies"), start=1):
            _study(row, f"study {count}", reading)
    return reading


def _study(row: Any, where: str, reading: Reading) -> None:
    name = file_of(row.get("ImageID")) if isinstance(row, dict) else ""
    findings = row.get("findings") if name else None
    if not isinstance(findings, list):
        reading.refuse("it is no study with an ImageID and a list of findings", where)
        return
    if not findings:
        reading.refuse("it has no sentences, so nothing is known", where)
    sentences = []
    for count, finding in enumerate(findings, start=1):
        place = f"{where}, sentence {count}"
        if not isinstance(finding, dict) or not isinstance(finding.get("abnormal"), bool):
            reading.refuse("it does not say whether it states something abnormal", place)
            continue
        english = plain(finding.get("sentence_en"))
        sentences.append(english or plain(finding.get("sentence_es")))
        if finding["abnormal"]:
            _stated(finding, sentences[-1], name, place, reading)
        else:
            _denied(finding, english, name, place, reading)
    if name in reading.pictures:
        picture = reading.pictures[name]
        picture.report = " ".join(filter(None, (picture.report, *sentences)))[:LONGEST_REPORT].strip()


def _stated(finding: dict[str, Any], sentence: str, name: str, where: str, reading: Reading) -> None:
    labels, side = _labels(finding), _side(finding.get("locations"))
    if not labels or len(labels) < len(_listed(finding.get("labels"))):
        reading.refuse("no label says what the sentence states, or one that names no finding", where)
    boxes = [(kind, box) for kind in READERS for box in _listed(finding.get(kind))]
    for label in labels if not boxes else ():
        mark = Mark(label, None, READERS["boxes"], side=side, phrase=sentence, where=where)
        take(reading, name, mark, "findings without a place", normalised=True)
    for count, (kind, box) in enumerate(boxes if labels else (), start=1):
        place, corners = f"{where}, box {count}", shares_of(numbers_of(box, 4))
        if corners is None:
            reading.refuse("the box is not four shares of the picture, from 0 to 1", place)
            continue
        for label in labels:
            mark = Mark(label, corners, READERS[kind], side=side, phrase=sentence, where=place)
            take(reading, name, mark, "boxes", normalised=True)


def _denied(finding: dict[str, Any], sentence: str, name: str, where: str, reading: Reading) -> None:
    denied = denied_by(sentence)
    labels = _labels(finding) or (() if isinstance(denied, str) else denied)
    if isinstance(denied, str):
        reading.refuse(denied, where)
    elif finding.get("boxes") or finding.get("extra_boxes"):
        reading.refuse("it states nothing abnormal, and has a box", where)
    elif not labels:
        reading.refuse("it states nothing abnormal, and names no finding that is not there", where)
    else:
        for label in labels:
            mark = Mark(label, None, READERS["boxes"], absent=True, phrase=sentence, where=where)
            take(reading, name, mark, "absent", normalised=True)


@functools.lru_cache(maxsize=20_000)
def denied_by(sentence: str) -> tuple[str, ...] | str:
    """The findings that an English sentence says are not there; in their place why it cannot be relied on for that."""
    if RESERVED & set(re.findall(r"[a-z]+", sentence.lower())):
        return "it denies with reservations, which leaves open what is there"
    found = read_text(sentence, ORIGIN.kind)
    if found.unclear or any(one.presence is not Presence.ABSENT for one in found.statements):
        return "it is said to state nothing abnormal, and its sentence may state something"
    if any(one.side is not None for one in found.statements):
        return "it denies a finding on one side, which leaves the other open"
    return tuple(dict.fromkeys(one.finding for one in found.statements))


def shares_of(numbers: tuple[float, ...] | None) -> Corners | None:
    """Four corners as shares of a picture; None for what is none, or pixels."""
    if numbers is None or len(numbers) != 4 or min(numbers) < -SLACK or max(numbers) > 1 + SLACK:
        return None
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _labels(finding: dict[str, Any]) -> tuple[str, ...]:
    """Labels that name a finding; "normal" and words about the picture are none."""
    return tuple(label for label in map(plain, _listed(finding.get("labels"))) if told_by(label) == FINDING)


def _listed(value: Any) -> list[Any]:
    """The entries of a list; what is none is one entry, so that it is not passed over."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _side(locations: Any) -> str:
    """ "left" or "right", where the locations name one of them alone."""
    words = {word for place in _listed(locations) for word in plain(place).lower().split()}
    sides = [side for side in ("left", "right", "bilateral") if side in words]
    return sides[0] if len(sides) == 1 and sides != ["bilateral"] else ""


def recognises(path: Path) -> bool:
    """Whether a file looks like such a list."""
    text = text_that_begins(path, "[")
    return '"ImageID"' in text and ('"sentence_en"' in text or '"sentence_es"' in text)
