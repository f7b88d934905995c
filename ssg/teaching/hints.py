"""Hints for one finding in three steps: where to search, from which landmark, and a nudge by what is drawn.

A hint leads the search and never gives the answer: a zone is a third of the image across and down, whatever the
reference's box is; a landmark is a structure that is not the finding; a nudge has directions and no distances. On a
stack both are outlined on the middle slice of the third of the slices that has to be searched, whichever it is. And no
hint tells whether the finding is there: for one that is not, the same is said of a place where other cases have it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ssg.boxes import Box, as_boxes, iou
from ssg.casebook import Case
from ssg.reward import Region, said
from ssg.reward.relations import relations
from ssg.vocabulary import vocabulary

SEARCH, LANDMARK, NUDGE = STEPS = (1, 2, 3)
COSTS: dict[int, float] = {SEARCH: 0.05, LANDMARK: 0.10, NUDGE: 0.15}
"""What each step takes from the mark, which is at most 1."""

WIDE = 0.6
"""Share of the image from which a place is not called left, middle or right (or upper, middle or lower) of it."""

IS_THE_FINDING = 0.4
"""IoU with something to be found from which a structure is no landmark but the answer."""

BESIDE = 0.35
"""Offset of the middles, as a share of what is looked for, from which a nudge says where to look."""

ROOMIER = 1.8
"""Ratio of the areas from which a nudge speaks of the size."""

FEW_SLICES = 3
"""So many slices are looked through without being told in which third of them to search."""

ACROSS = ("left", "middle", "right")
DOWN = ("upper", "middle", "lower")
THROUGH = ("first", "middle", "last")
PLACED = ("inside", "overlaps", "touches")
"""Relations whose other end is where one looks for a finding."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A hint in words. ``shown`` are (what it is, box) to be outlined on picture ``picture``, in their order.

    That picture says no more than the words do: it is not the one that the finding is seen best on.
    """

    finding: str
    step: int
    cost: float
    sentence: str
    shown: tuple[tuple[str, Box], ...] = ()
    picture: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """What hints lead to: a box on a picture, of the reference or, where nothing is there, of other cases."""

    box: Box
    picture: int


def advice(case: Case, finding: str, step: int, drawn: Iterable[Region], others: Sequence[Case]) -> Advice:
    """Step ``step`` (1 to 3) for a finding that the case asks about; ``drawn`` are the learner's boxes so far.

    ``others`` are cases of the same kind; where the finding is not there they say where it might be.
    """
    target = target_of(case, finding, others)
    seen = replace(target, picture=_slice_to_show(case, target.picture))
    if step == SEARCH:
        zone, where = zone_of(case, seen)
        sentence = f"Search {where}."
        return Advice(finding, step, COSTS[step], sentence, (("Search here", zone),), seen.picture)
    if step == LANDMARK:
        return _landmark(case, finding, seen)
    return Advice(finding, step, COSTS[step], nudge(case, finding, target, drawn), (), seen.picture)


def target_of(case: Case, finding: str, others: Sequence[Case]) -> Target:
    """The largest region that a reader marks; else a place that is as likely, always the same one for the case."""
    if regions := _marked(case, finding):
        largest = max(regions, key=lambda region: region.box.area)
        return Target(largest.box, largest.picture)
    series = case.series[0]
    picture = 0 if len(case.pictures) == 1 else len(series.frames) // 2
    width, height = case.sizes[picture]
    chance = _number(case.id, finding)
    elsewhere = [(one, region) for one in others for region in _marked(one, finding) if one.id != case.id]
    if elsewhere:
        other, region = elsewhere[chance % len(elsewhere)]
        return Target(_scaled(region.box, other.sizes[region.picture], (width, height)), picture)
    usual = {one.b for one in relations() if vocabulary().is_a(finding, one.a) and one.kind in PLACED}
    places = [one for one in case.structures if one.finding in usual and one.picture == picture]
    if places:
        box = places[chance % len(places)].box
        dx, dy = box.width / 4, box.height / 4
        return Target(Box(box.x0 + dx, box.y0 + dy, box.x1 - dx, box.y1 - dy), picture)
    column, row = chance % 3, chance // 3 % 3
    corner = width * (column / 3 + 1 / 12), height * (row / 3 + 1 / 12)
    return Target(Box(*corner, corner[0] + width / 6, corner[1] + height / 6), picture)


def _marked(case: Case, finding: str) -> list[Region]:
    """What readers mark of a finding, on the examination that is asked about."""
    return [
        region
        for reader in case.readers
        for region in reader.regions
        if vocabulary().asks_about(finding, region.finding) and case.place_of(region.picture)[0].days == 0
    ]


def _number(*words: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(words).encode()).digest()[:4])


def _scaled(box: Box, of: tuple[int, int], to: tuple[int, int]) -> Box:
    x, y = to[0] / of[0], to[1] / of[1]
    return Box(box.x0 * x, box.y0 * y, min(box.x1 * x, to[0]), min(box.y1 * y, to[1]))


def zone_of(case: Case, target: Target) -> tuple[Box, str]:
    """The coarse zone around a target as a box of thirds of the image, and in words: "the lower third of …"."""
    width, height = case.sizes[target.picture]
    column = _third(target.box.centre[0] / width) if target.box.width < WIDE * width else None
    row = _third(target.box.centre[1] / height) if target.box.height < WIDE * height else None
    x0, x1 = (0.0, float(width)) if column is None else (width * column / 3, width * (column + 1) / 3)
    y0, y1 = (0.0, float(height)) if row is None else (height * row / 3, height * (row + 1) / 3)
    zone = Box(x0, y0, x1, y1)
    if column is None and row is None:
        where = "the whole image, from edge to edge"
    elif column is None:
        where = f"the {DOWN[row or 0]} third of the image, on both sides"
    elif row is None:
        where = f"the whole {_side(case, column)}, from top to bottom"
    else:
        where = f"the {DOWN[row]} third of the image, in its {_side(case, column)}"
    return zone, where + _slices(case, target.picture)


def _third(share: float) -> int:
    return min(int(share * 3), 2)


def _side(case: Case, column: int) -> str:
    """A third of the image's width; on a frontal radiograph with the patient's side, which is the other one."""
    patient = {0: " (the patient's right)", 2: " (the patient's left)"}.get(column, "") if case.is_frontal else ""
    return f"{ACROSS[column]} part{patient}"


def _slices(case: Case, picture: int) -> str:
    series, frame = case.place_of(picture)
    parts = []
    if len(series.frames) > FEW_SLICES:
        parts.append(f"in the {THROUGH[_third(frame / len(series.frames))]} third of its slices")
    if len(case.series) > 1 and series.title:
        parts.append(f"of “{series.title}”")
    return "".join(f", {part}" if number == 0 else f" {part}" for number, part in enumerate(parts))


def _slice_to_show(case: Case, picture: int) -> int:
    """The middle slice of the third of its series in which a picture lies; of a few slices the middle one of all."""
    series, frame = case.place_of(picture)
    count = len(series.frames)
    middle = count // 2 if count <= FEW_SLICES else (2 * _third(frame / count) + 1) * count // 6
    return picture - frame + middle


def _landmark(case: Case, finding: str, target: Target) -> Advice:
    entry = vocabulary().get(finding)
    found = landmark_of(case, target)
    zone, _ = zone_of(case, target)
    shown: tuple[tuple[str, Box], ...] = (("Search here", zone),)
    if found is None:
        sentence = entry.search_hint
    else:
        called = said(found.finding, found.side)
        sentence = f"Start from the {called}, which is outlined. {entry.search_hint}"
        shown = (*shown, (f"Landmark: {called}", found.box))
    return Advice(finding, LANDMARK, COSTS[LANDMARK], sentence, shown, target.picture)


def landmark_of(case: Case, target: Target) -> Region | None:
    """The structure on the target's picture that lies nearest, of several the smallest; never one that is an answer."""
    asked = [region.box for one in case.question for region in _marked(case, one) if region.picture == target.picture]
    answers = as_boxes([target.box, *asked])
    there = [
        one
        for one in case.structures
        if one.picture == target.picture and float(iou(as_boxes([one.box]), answers).max()) < IS_THE_FINDING
    ]
    return min(there, key=lambda one: (_gap(one.box, target.box), one.box.area), default=None)


def _gap(one: Box, other: Box) -> float:
    across = max(one.x0 - other.x1, other.x0 - one.x1, 0.0)
    down = max(one.y0 - other.y1, other.y0 - one.y1, 0.0)
    return float(across**2 + down**2)


def drawn_of(finding: str, drawn: Iterable[Region]) -> list[Region]:
    """The boxes that are drawn of a finding: what a nudge goes by."""
    return [region for region in drawn if vocabulary().asks_about(finding, region.finding)]


def nudge(case: Case, finding: str, target: Target, drawn: Iterable[Region]) -> str:
    """What to do next, by the boxes of the finding that are drawn; it says nothing of whether it is there."""
    mine = drawn_of(finding, drawn)
    both = "compare both sides at the same height" if vocabulary().get(finding).has_sides else "compare it with normal"
    if not mine:
        return f"In that zone, {both} before you decide."
    here = [region for region in mine if region.picture == target.picture]
    if not here:
        return f"Look on other slices than those that you drew on, and {both} there before you decide."
    box = min(here, key=lambda region: _distance(region.box, target.box)).box
    ways = _ways(box, target.box)
    if ways:
        return f"Look {' and '.join(ways)} than your box, and {both} before you decide."
    ratio = box.area / target.box.area
    if ratio > ROOMIER:
        return f"Your box is roomy: look where its borders would be if it were smaller, and {both} before you decide."
    if ratio < 1 / ROOMIER:
        return f"Your box is tight: follow its borders outwards, and {both} before you decide."
    return f"Your box lies where one has to look: {both} before you decide."


def _distance(one: Box, other: Box) -> float:
    (x0, y0), (x1, y1) = one.centre, other.centre
    return float((x0 - x1) ** 2 + (y0 - y1) ** 2)


def _ways(box: Box, target: Box) -> list[str]:
    dx, dy = box.centre[0] - target.centre[0], box.centre[1] - target.centre[1]
    ways = []
    if abs(dy) > BESIDE * target.height:
        ways.append("higher" if dy > 0 else "lower")
    if abs(dx) > BESIDE * target.width:
        ways.append(f"further to the image's {'left' if dx > 0 else 'right'}")
    return ways
