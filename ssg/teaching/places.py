"""Where hints lead to: the finding, or for one that is not there a place that is as likely, and a landmark beside it.

Whoever reads a hint is not to know which of the two it is. So everything after the place is made by one rule for both,
which looks at the place, the structures and the finding's name alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ssg.boxes import Box, as_boxes, iou
from ssg.casebook import Case
from ssg.reward import Region
from ssg.reward.relations import relations
from ssg.teaching.finding_hints import Place, finding_hint
from ssg.teaching.zones import SLICED, frame_of, is_seen_from_front, plane_of
from ssg.vocabulary import vocabulary

IS_THE_FINDING = 0.4
"""IoU with something to be found from which a structure is no landmark but the answer."""

ENOUGH = 3
"""So many other cases say by themselves where a finding is; to fewer the typical places of the table are added."""

PLACED = ("inside", "overlaps", "touches")
"""Relations whose other end is where one looks for a finding."""

MIDDLE_OF = (0.25, 0.25, 0.75, 0.75)
"""The part of a structure that is looked at where no table says another."""


THIRDS = (1 / 4, 5 / 12, 7 / 12)
"""Where places that nothing is known of begin, as shares of the frame: all over its middle."""


@dataclass(frozen=True, slots=True)
class Target:
    """What hints lead to: a box on a picture, of the reference or, where nothing is there, a typical one."""

    box: Box
    picture: int


def alike(case: Case, cases: Iterable[Case]) -> list[Case]:
    """The other cases of its modality and part of the body, and of its view: of slices, of its plane."""
    kind = _kind(case)
    return [one for one in cases if one is not case and _kind(one) == kind]


def _kind(case: Case) -> tuple[str, str, str]:
    plane = plane_of(case.view) if case.modality in SLICED else ""
    return case.modality, case.body_part.casefold(), plane or case.view.casefold()


def target_of(case: Case, finding: str, others: Sequence[Case]) -> Target:
    """The largest region that a reader marks; else a place that is as likely, always the same one for the case."""
    if largest := _largest(case, finding):
        return Target(largest.box, largest.picture)
    frames = len(case.series[0].frames)
    # A finding may be seen best on any slice of a stack, so one that is not there is led to any third of them too.
    picture = (2 * (_number(case.id, finding, "slice") % 3) + 1) * frames // 6
    frame = frame_of(case, picture)
    boxes = [(f"{other.id} {turned}", box) for other, turned, box in _elsewhere(case, finding, others, frame)]
    if len(boxes) < ENOUGH:
        boxes += _typical(case, finding, picture, frame)
    if not boxes:
        boxes = [(f"{x} {y}", Box(*_share(frame, (x, y, x + 1 / 6, y + 1 / 6)))) for x in THIRDS for y in THIRDS]
    # The one of the lowest number stays the same when others come in, unless it is one of them.
    return Target(min(boxes, key=lambda one: _number(case.id, finding, one[0]))[1], picture)


def marked(case: Case, finding: str) -> list[Region]:
    """What readers mark of a finding, on the examination that is asked about."""
    return [
        region
        for reader in case.readers
        for region in reader.regions
        if vocabulary().asks_about(finding, region.finding) and case.place_of(region.picture)[0].days == 0
    ]


def _largest(case: Case, finding: str) -> Region | None:
    return max(marked(case, finding), key=lambda region: region.box.area, default=None)


def _elsewhere(case: Case, finding: str, others: Sequence[Case], frame: Box) -> Iterator[tuple[Case, bool, Box]]:
    """Where other cases have it, carried over by the frames; on slices that show both sides on the other side too."""
    for other in others:
        region = _largest(other, finding) if other.id != case.id else None
        if region is None:
            continue
        of = frame_of(other, region.picture)
        x0, x1 = ((x - of.x0) / of.width for x in (region.box.x0, region.box.x1))
        y0, y1 = ((y - of.y0) / of.height for y in (region.box.y0, region.box.y1))
        sides = [(x0, x1)]
        if vocabulary().get(finding).has_sides and other.modality in SLICED:
            sides += [(1 - x1, 1 - x0)] if is_seen_from_front(other, region.picture) else []
        for number, (left, right) in enumerate(sides):
            if box := _within(_share(frame, (left, y0, right, y1)), frame):
                yield other, bool(number), box


def _typical(case: Case, finding: str, picture: int, frame: Box) -> list[tuple[str, Box]]:
    """The places of the table in the case's structures; without any, the middle of those it is related to."""
    row = finding_hint(case, finding)
    places: Sequence[Place] = row.places if row else ()
    if not places:
        places = [(name, *MIDDLE_OF) for name in sorted(related(finding))]
    found = []
    for number, one in enumerate(case.structures):
        for place, (name, x0, y0, x1, y1) in enumerate(places):
            if one.finding != name or one.picture != picture:
                continue
            is_right = one.box.centre[0] > frame.centre[0]
            corners = _share(one.box, (1 - x1, y0, 1 - x0, y1) if is_right else (x0, y0, x1, y1))
            if box := _within(corners, frame):
                found.append((f"{name} {number} {place}", box))
    return found


def related(finding: str) -> frozenset[str]:
    """The structures that the relation graph places a finding in, on or beside."""
    ends = {one.b for one in relations() if vocabulary().is_a(finding, one.a) and one.kind in PLACED}
    return frozenset(name for name in ends if vocabulary().get(name).kind == "anatomy")


def _share(of: Box, shares: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = shares
    return of.x0 + x0 * of.width, of.y0 + y0 * of.height, of.x0 + x1 * of.width, of.y0 + y1 * of.height


def _within(corners: tuple[float, float, float, float], frame: Box) -> Box | None:
    """What of a box lies in a frame; None where that is less than a pixel wide or high."""
    x0, y0 = max(corners[0], frame.x0), max(corners[1], frame.y0)
    x1, y1 = min(corners[2], frame.x1), min(corners[3], frame.y1)
    return Box(x0, y0, x1, y1) if min(x1 - x0, y1 - y0) >= 1 else None


def _number(*words: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(words).encode()).digest()[:4])


def landmark_names(case: Case, finding: str, others: Sequence[Case]) -> frozenset[str]:
    """The structures that are landmarks of a finding: by the table, else by its relations, else those that lie nearest
    where other cases have it. They are the same whether it is there."""
    if row := finding_hint(case, finding):
        return frozenset(row.landmarks)
    if names := related(finding):
        return names
    found = set()
    for other in others:
        largest = _largest(other, finding) if other.id != case.id else None
        nearest = largest and landmark_of(other, Target(largest.box, largest.picture))
        found |= {nearest.finding} if nearest else set()
    return frozenset(found)


def landmark_of(case: Case, target: Target, names: Collection[str] | None = None) -> Region | None:
    """The structure on the target's picture that lies nearest, of several the smallest; never one that is an answer.

    ``names`` are those that may be one; None are all. One of a pair is no landmark for what lies on the other side.
    """
    asked = [region.box for one in case.question for region in marked(case, one) if region.picture == target.picture]
    answers = as_boxes([target.box, *asked])
    there = [
        one
        for one in case.structures
        if one.picture == target.picture
        and (names is None or one.finding in names)
        and not (one.side and _is_across(frame_of(case, target.picture), one.box, target.box))
        and float(iou(as_boxes([one.box]), answers).max()) < IS_THE_FINDING
    ]
    return min(there, key=lambda one: (_gap(one.box, target.box), one.box.area), default=None)


def _is_across(frame: Box, one: Box, other: Box) -> bool:
    middle = frame.centre[0]
    return (one.centre[0] - middle) * (other.centre[0] - middle) < 0


def _gap(one: Box, other: Box) -> float:
    across = max(one.x0 - other.x1, other.x0 - one.x1, 0.0)
    down = max(one.y0 - other.y1, other.y0 - one.y1, 0.0)
    return float(across**2 + down**2)
