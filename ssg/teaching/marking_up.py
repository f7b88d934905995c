"""What an instructor draws becomes a reader of the case: regions, exclusions, and slices tied together as lesions.

Readers are kept apart. What the viewer does not show of a region (the words of a report, a finer confidence) stays with
it as long as its box and its finding do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ssg.boxes import as_boxes, iou
from ssg.casebook import Case, Reader
from ssg.casebook.lesions import BESIDE, TIED, slices_apart
from ssg.casebook.schema import rule_of
from ssg.casebook.writing import case_row
from ssg.errors import BadInput
from ssg.reward import Region


def with_reader(
    case: Case,
    name: str,
    regions: Sequence[Region],
    absent: Iterable[str],
    unknown: Iterable[str] = (),
) -> dict[str, Any]:
    """The fields of the case's row that change where ``name`` says this; whoever says nothing is no reader.

    Raises BadInput for a name that a set does not take.
    """
    pattern = rule_of("reader", "id")
    before = next((one for one in case.readers if one.id == name), None)
    if before is None and not _fits(name, pattern):
        raise BadInput(f"'{name[:40]}' cannot be a reader's name: use letters, digits, spaces, points, dashes.")
    kept = [_as_before(region, before) for region in regions]
    made = Reader(
        tied(case, kept),
        tuple(dict.fromkeys(absent)),
        name,
        tuple(dict.fromkeys(unknown)),
        before.other if before else (),
    )
    says = bool(made.regions or made.absent or made.unknown or made.other)
    if before is None:
        readers = (*case.readers, made) if says else case.readers
    else:
        readers = tuple(made if one.id == name else one for one in case.readers if one.id != name or says)
    points = _points_that_hold(case, readers)
    row = case_row(replace(case, readers=readers, question=(), teaching_points=points))
    return {"readers": row["readers"], "teaching_points": row.get("teaching_points")}


def is_same(one: Region, other: Region) -> bool:
    """Whether two regions say the same of the same place; how sure somebody is counts for nothing."""
    return (one.finding, one.side, one.box, one.picture) == (other.finding, other.side, other.box, other.picture)


def _fits(name: str, rule: Mapping[str, Any]) -> bool:
    return re.fullmatch(rule["pattern"], name) is not None


def _as_before(region: Region, reader: Reader | None) -> Region:
    """The region with what the viewer does not know of it."""
    for old in reader.regions if reader else ():
        if (old.finding, old.box, old.picture) == (region.finding, region.box, region.picture):
            graded = region.confidence is not None and old.confidence is not None
            same = graded and abs((region.confidence or 0) - (old.confidence or 0)) <= 0.1
            return replace(old, side=region.side, confidence=old.confidence if same else region.confidence)
    return region


def tied(case: Case, regions: Sequence[Region]) -> tuple[Region, ...]:
    """The regions with boxes of one finding on neighbouring slices tied together as one lesion each.

    What is tied already stays so, and lesions that have names of their own stay apart: a box that touches two of them
    is of the one that it overlaps best. On single pictures nothing is tied.
    """
    if all(len(one.frames) == 1 for one in case.series):
        return tuple(regions)
    names = [region.lesion for region in regions]
    taken, counter = {name for name in names if name}, 0
    pairs = [
        (overlap, index, other)
        for index in range(len(regions))
        for other in range(index)
        if (overlap := _overlap_beside(case, regions[index], regions[other])) >= TIED
    ]
    made: set[str] = set()
    for _, index, other in sorted(pairs, key=lambda pair: -pair[0]):
        both = [name for name in (names[other], names[index]) if name]
        if len(set(both) - made) == 2:
            continue
        name = next((one for one in both if one not in made), both[0] if both else "")
        while not name:
            counter += 1
            name = "" if f"lesion-{counter}" in taken else f"lesion-{counter}"
            made |= {name} - {""}
        names = [name if one in both else one for one in names]
        names[index] = names[other] = name
        taken.add(name)
    return tuple(replace(region, lesion=name) for region, name in zip(regions, names, strict=True))


def _overlap_beside(case: Case, one: Region, other: Region) -> float:
    """IoU of two boxes of one finding on slices beside one another; 0 for any others."""
    if one.finding != other.finding or one.side != other.side or one.picture == other.picture:
        return 0.0
    apart = slices_apart(case, one, other)
    if apart is None or apart > BESIDE + 1:
        return 0.0
    return float(iou(as_boxes([one.box]), as_boxes([other.box]))[0, 0])


def _points_that_hold(case: Case, readers: Sequence[Reader]) -> tuple[Any, ...]:
    """Teaching points with their ties: to the region that is where it was, else to its finding alone."""
    points = []
    for point in case.teaching_points:
        region = case.region_of(point)
        if region is None:
            points.append(point)
            continue
        whose = next((one for one in readers if one.id == (point.reader or case.readers[0].id)), None)
        place = next(
            (
                number
                for number, one in enumerate(whose.regions if whose else ())
                if (one.finding, one.box, one.picture) == (region.finding, region.box, region.picture)
            ),
            None,
        )
        reader = whose.id if whose and place is not None else None
        points.append(replace(point, region=place, reader=reader, finding=point.finding or region.finding))
    return tuple(points)
