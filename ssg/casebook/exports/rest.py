"""What other formats cannot hold of a case set, kept beside them; and a set put together again from both.

The places of regions and the pictures are the format's own. Everything else, texts and readers and what they exclude,
stands in ``ssg.json``, in which a region has a number in place of its box; the same number stands at its box in the
format. So whoever moves a box in another tool gets it back moved, and whoever deletes one gets it back deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssg.casebook.manifest import read_manifest
from ssg.casebook.problems import Problems
from ssg.casebook.types import Case, CaseSet, Reader
from ssg.casebook.writing import to_manifest, write_case_set
from ssg.errors import BadInput, UnknownFinding
from ssg.reward import Region
from ssg.vocabulary import vocabulary
from ssg.whole import write_text

FILE = "ssg.json"
NUMBER = "number"

Corners = tuple[float, float, float, float]
"""(left, top, right, bottom) in pixels of the region's picture."""


def numbered(case_set: CaseSet) -> Iterator[tuple[int, Case, Reader, Region]]:
    """Every region of every reader with its number, in the order of the manifest."""
    number = 0
    for case in case_set.cases:
        for reader in case.readers:
            for region in reader.regions:
                yield number, case, reader, region
                number += 1


def write_rest(case_set: CaseSet, folder: Path) -> None:
    """Write ``ssg.json``: the manifest with numbers in place of boxes."""
    manifest = to_manifest(case_set)
    number = 0
    for case in manifest["cases"]:
        for reader in case["readers"]:
            for region in reader["regions"]:
                del region["box"]
                region[NUMBER] = number
                number += 1
    write_text(folder / FILE, json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")


@dataclass(frozen=True, slots=True)
class Found:
    """What a format holds when it comes back: boxes by number, and those that somebody drew since.

    ``added`` has, for each of these, the picture's file, the label and the corners.
    """

    boxes: Mapping[int, Corners]
    added: Sequence[tuple[str, str, Corners]] = ()


def put_together(folder: Path, found: Found, pictures: Mapping[str, Path], out: Path) -> CaseSet:
    """The case set of an export in ``folder``, written to ``out``; ``pictures`` are files by the set's names of them.

    A region whose box is gone is gone; what was drawn since is the first reader's. Raises BadInput for an export whose
    ``ssg.json`` is missing or damaged, and InvalidCaseSet for boxes that cannot be.
    """
    path = folder / FILE
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for case in manifest["cases"]:
            _put_back(case, found.boxes)
        for file, label, corners in found.added:
            _add(manifest["cases"], file, label, corners)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path} cannot be read ({error!r}): import the export as it was written.") from None
    problems = Problems(path)
    case_set = read_manifest(manifest, problems)
    problems.raise_if_any()
    assert case_set is not None
    wanted = {image.file for case in case_set.cases for image in case.pictures}
    if missing := sorted(wanted - set(pictures)):
        raise BadInput(f"{folder} lacks {len(missing)} of its pictures ({missing[0]}): put them back.")
    return write_case_set(case_set, out, {name: pictures[name].read_bytes() for name in wanted})


def _put_back(case: dict[str, Any], boxes: Mapping[int, Corners]) -> None:
    """Boxes to the regions of a case; teaching points follow their regions, and lose those that are gone."""
    places: dict[str, dict[int, int]] = {}
    for reader in case["readers"]:
        kept = [place for place, region in enumerate(reader["regions"]) if region[NUMBER] in boxes]
        places[reader["id"]] = {before: now for now, before in enumerate(kept)}
        reader["regions"] = [_placed(reader["regions"][place], boxes) for place in kept]
    for point in case.get("teaching_points", []):
        if "region" in point:
            now = places[point.get("reader", case["readers"][0]["id"])].get(point.pop("region"))
            if now is not None:
                point["region"] = now


def _placed(region: dict[str, Any], boxes: Mapping[int, Corners]) -> dict[str, Any]:
    number = region.pop(NUMBER)
    return {**region, "box": [round(value, 3) for value in boxes[number]]}


def _add(cases: list[dict[str, Any]], file: str, label: str, corners: Corners) -> None:
    for case in cases:
        for series, frame, one in _frames(case):
            if one["file"] != file:
                continue
            where = {"series": series, "frame": frame} if series else {}
            box = {"box": [round(value, 3) for value in corners], **where}
            try:
                region = {"finding": vocabulary().get(label).name, **box}
                case["readers"][0].setdefault("regions", []).append(region)
            except UnknownFinding:
                case["readers"][0].setdefault("other", []).append({"label": label, **box})
            return


def _frames(case: dict[str, Any]) -> list[tuple[str, int, dict[str, Any]]]:
    """(series, frame, picture) of a case's row; the series is "" where the case has one picture."""
    if "image" in case:
        return [("", 0, case["image"])]
    return [(one["id"], number, frame) for one in case["series"] for number, frame in enumerate(one["frames"])]
