"""Lesions that several pictures show, judged on one of them: who marks a nodule on one of its slices has found it.

Of each such lesion a reader's box counts that is on the picture where the answer marks it best; where the answer does
not, the largest one of the examination that is asked about. What the answer marks of it on other pictures as well says
the same thing again and is left out.

Readers need not mark a lesion on the same slices: what overlaps in the stack is one lesion of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Boxes, as_boxes, iou
from ssg.casebook.types import Case, Reader
from ssg.reward import Answer, ReaderAnswer, Reference, Region
from ssg.reward.pairing import match, matched_iou
from ssg.vocabulary.kinship import kinship

Lesion = tuple[Region, ...]
"""A reader's regions of one thing, on one picture or several."""

FITS = 0.4
"""Label match from which an answer's region may mean a lesion; below it the reward pairs nothing."""


TIED = 0.1
"""IoU from which boxes of one finding on slices beside one another are one lesion."""

BESIDE = 2
"""Slices that may lie between two boxes of a lesion: people skip some."""


def held_against(case: Case, answer: Answer | None = None) -> tuple[Reference, Answer]:
    """What an answer is judged against, and the answer with each lesion once; None: before anybody has answered."""
    answer = answer or Answer()
    readers = [lesions_of(reader) for reader in case.readers]
    kept = answer.regions
    if len({region.picture for region in kept}) > 1:
        kept = _once_each(kept, _as_all_mark_them(case, readers))
    now = frozenset(number for number in range(len(case.pictures)) if case.place_of(number)[0].days == 0)
    shown = [[_shown(lesion, kept, now) for lesion in lesions] for lesions in readers]
    pictures = {region.picture for region in (*kept, *(region for one in shown for region in one))}
    structures = tuple(region for region in case.structures if region.picture in pictures)
    judged = tuple(
        ReaderAnswer((*regions, *structures), reader.absent, reader.id)
        for reader, regions in zip(case.readers, shown, strict=True)
    )
    reference = Reference(case.width, case.height, judged, case.question, case.spacing_mm)
    return reference, replace(answer, regions=kept)


def lesions_of(reader: Reader | ReaderAnswer) -> list[Lesion]:
    """A reader's regions by what they are of; what has no word for it is a thing of its own."""
    found: dict[tuple[str, object], list[Region]] = {}
    for number, region in enumerate(reader.regions):
        found.setdefault((region.finding, region.lesion or number), []).append(region)
    return [tuple(regions) for regions in found.values()]


def overlaps_of(case: Case | None, ours: Sequence[Lesion], theirs: Sequence[Lesion]) -> NDArray[np.float64]:
    """IoU of every two lesions of two readers in their stack, (n, m); names are not looked at.

    It is the mean over the pictures that both mark. Where there are none it is that of the two slices that lie nearest
    to each other, as far as boxes beside one another are one lesion; without ``case`` no two pictures do.
    """
    found = np.zeros((len(ours), len(theirs)))
    for place, partner in np.argwhere(iou(_hulls(ours), _hulls(theirs)) > 0):  # the others meet on no slice
        found[place, partner] = _overlap_in_stack(case, ours[place], theirs[partner])
    return found


def _hulls(lesions: Sequence[Lesion]) -> Boxes:
    """The box around all boxes of each lesion, (n, 4)."""
    boxes = [as_boxes([region.box for region in lesion]) for lesion in lesions]
    return np.array([[*one[:, :2].min(axis=0), *one[:, 2:].max(axis=0)] for one in boxes]).reshape(-1, 4)


def _overlap_in_stack(case: Case | None, one: Lesion, other: Lesion) -> float:
    shared = {region.picture for region in one} & {region.picture for region in other}
    if shared:
        found = [matched_iou(_boxes_on(one, picture), _boxes_on(other, picture)) for picture in shared]
        return sum(found) / len(found)
    if case is None or len(case.pictures) == 1:
        return 0.0
    beside = [
        (slices, float(iou(as_boxes([ours.box]), as_boxes([theirs.box]))[0, 0]))
        for ours in one
        for theirs in other
        if (slices := slices_apart(case, ours, theirs)) is not None and slices <= BESIDE + 1
    ]
    nearest = min((slices for slices, _ in beside), default=0)
    return max((found for slices, found in beside if slices == nearest), default=0.0)


def slices_apart(case: Case, one: Region, other: Region) -> int | None:
    """How many slices it is from one region to the other; None where they are not in one series."""
    (series, frame), (series_of_other, frame_of_other) = case.place_of(one.picture), case.place_of(other.picture)
    return abs(frame - frame_of_other) if series.id == series_of_other.id else None


def _boxes_on(lesion: Lesion, picture: int) -> Boxes:
    return as_boxes([region.box for region in lesion if region.picture == picture])


def _as_all_mark_them(case: Case, readers: list[list[Lesion]]) -> list[list[Lesion]]:
    """The lesions of each reader, each with what the others mark of it: two slices of it say the same thing again."""
    found = [list(lesions) for lesions in readers]
    for number, ours in enumerate(readers):
        for theirs in readers[:number] + readers[number + 1 :]:
            overlaps = overlaps_of(case, ours, theirs)
            for place, partner in np.argwhere(overlaps > 0):
                if overlaps[place, partner] < TIED or not _fits(ours[place][0], theirs[partner][0]):
                    overlaps[place, partner] = 0.0
            for place, partner in enumerate(match(overlaps[None])[0] if overlaps.size else ()):
                if partner >= 0:
                    found[number][place] += theirs[partner]
    return found


def _once_each(regions: Sequence[Region], readers: Sequence[Sequence[Lesion]]) -> tuple[Region, ...]:
    """The regions of an answer without those that mark a lesion again, on another picture than its best.

    Where readers differ on what is one lesion, a region is left out if it says nothing new to any who mark its place.
    """
    told = [_told_again(regions, lesions) for lesions in readers]
    return tuple(
        region
        for number, region in enumerate(regions)
        if not (said := [one[number] for one in told if number in one]) or not all(said)
    )


def _told_again(regions: Sequence[Region], lesions: Sequence[Lesion]) -> dict[int, bool]:
    """Of each region that marks a lesion of a reader's, by number, whether it marks it again.

    A region marks the lesion that it overlaps best: its neighbour may reach into it.
    """
    overlaps = [[_overlap(region, lesion) for lesion in lesions] for region in regions]
    marked = {at: max(range(len(lesions)), key=row.__getitem__) for at, row in enumerate(overlaps) if any(row)}
    told = {}
    for at, lesion in marked.items():
        best = max((one for one, which in marked.items() if which == lesion), key=lambda one: overlaps[one][lesion])
        told[at] = regions[at].picture != regions[best].picture
    return told


def _shown(lesion: Lesion, drawn: Sequence[Region], now: frozenset[int]) -> Region:
    """The box of a lesion that counts; ``now`` are the pictures of the examination that is asked about."""
    if len(lesion) == 1:
        return lesion[0]
    best = max(lesion, key=lambda box: max((_overlap(region, (box,)) for region in drawn), default=0.0))
    if any(_overlap(region, (best,)) > 0 for region in drawn):
        return best
    return max(lesion, key=lambda box: (box.picture in now, box.box.area))


def _overlap(region: Region, lesion: Lesion) -> float:
    """The IoU with the lesion's box on the same picture; 0 where there is none, or the names do not fit."""
    if not _fits(region, lesion[0]):
        return 0.0
    here = [box.box for box in lesion if box.picture == region.picture]
    return float(iou(as_boxes([region.box]), as_boxes(here)).max()) if here else 0.0


def _fits(one: Region, other: Region) -> bool:
    """Whether the names of two regions may mean one thing."""
    names = kinship().numbers([one.finding]), kinship().numbers([other.finding])
    return bool(kinship().label[names[0][0], names[1][0]] >= FITS)
