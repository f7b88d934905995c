"""Hints for one finding in three steps: where to search, from which landmark, and a nudge by what is drawn.

A hint leads the search and never gives the answer: a zone is of thirds or halves of what is seen, and holds the finding
where it is there; a landmark is a structure that is not the finding; a nudge has directions and no distances. On a
stack both are outlined on the middle slice of the third of the slices that has to be searched, whichever it is. And no
hint tells whether the finding is there: for one that is not, the same is said of a place that is as likely
(``places.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ssg.boxes import Box
from ssg.casebook import Case
from ssg.reward import Region, said
from ssg.teaching.finding_hints import what_to_look_for
from ssg.teaching.places import Target, landmark_names, landmark_of, target_of
from ssg.teaching.zones import SLICED, plane_of, slice_to_show, zone_around
from ssg.vocabulary import vocabulary

SEARCH, LANDMARK, NUDGE = STEPS = (1, 2, 3)
COSTS: dict[int, float] = {SEARCH: 0.05, LANDMARK: 0.10, NUDGE: 0.15}
"""What each step takes from the mark, which is at most 1."""

BESIDE = 0.35
"""Offset of the middles, as a share of what is looked for, from which a nudge says where to look."""

ROOMIER = 1.8
"""Ratio of the areas from which a nudge speaks of the size."""


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


def advice(case: Case, finding: str, step: int, drawn: Iterable[Region], others: Sequence[Case]) -> Advice:
    """Step ``step`` (1 to 3) for a finding that the case asks about; ``drawn`` are the learner's boxes so far.

    ``others`` are cases of the same kind; where the finding is not there they say where it might be.
    """
    target = target_of(case, finding, others)
    seen = replace(target, picture=slice_to_show(case, target.picture))
    zone, where = zone_around(case, seen.box, seen.picture)
    search = ("Search here", zone)
    if step == SEARCH:
        return Advice(finding, step, COSTS[step], f"Search {where}.", (search,), seen.picture)
    if step == LANDMARK:
        sentence = what_to_look_for(case, finding)
        landmark = landmark_of(case, seen, landmark_names(case, finding, others))
        if landmark is None:
            return Advice(finding, step, COSTS[step], sentence, (search,), seen.picture)
        called = said(landmark.finding, landmark.side)
        shown = (search, (f"Landmark: {called}", landmark.box))
        sentence = f"Start from the {called}, which is outlined. {sentence}"
        return Advice(finding, step, COSTS[step], sentence, shown, seen.picture)
    return Advice(finding, step, COSTS[step], nudge(case, finding, target, drawn), (), seen.picture)


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
    ways = _ways(case, box, target.box)
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


def _ways(case: Case, box: Box, target: Box) -> list[str]:
    is_axial = case.modality in SLICED and plane_of(case.view) == "axial"
    up, down = ("further to the front", "further to the back") if is_axial else ("higher", "lower")
    dx, dy = box.centre[0] - target.centre[0], box.centre[1] - target.centre[1]
    ways = []
    if abs(dy) > BESIDE * target.height:
        ways.append(up if dy > 0 else down)
    if abs(dx) > BESIDE * target.width:
        ways.append(f"further to the image's {'left' if dx > 0 else 'right'}")
    return ways
