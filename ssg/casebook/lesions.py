"""Lesions that several pictures show, judged on one of them: who marks a nodule on one of its slices has found it.

Of each such lesion a reader's box counts that is on the picture where the answer marks it best; where the answer does
not, the largest one of the examination that is asked about. What the answer marks of it on other pictures as well says
the same thing again and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ssg.boxes import as_boxes, iou
from ssg.casebook.types import Case, Reader
from ssg.reward import Answer, ReaderAnswer, Reference, Region
from ssg.vocabulary.kinship import kinship

Lesion = tuple[Region, ...]
"""A reader's regions of one thing, on one picture or several."""

FITS = 0.4
"""Label match from which an answer's region may mean a lesion; below it the reward pairs nothing."""


def held_against(case: Case, answer: Answer | None = None) -> tuple[Reference, Answer]:
    """What an answer is judged against, and the answer with each lesion once; None: before anybody has answered."""
    answer = answer or Answer()
    readers = [lesions_of(reader) for reader in case.readers]
    kept = answer.regions
    for lesions in readers:
        kept = _once_each(kept, lesions)
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


def _once_each(regions: Sequence[Region], lesions: Sequence[Lesion]) -> tuple[Region, ...]:
    """The regions of an answer without those that mark a lesion again, on another picture than its best.

    A region marks the lesion that it overlaps best: its neighbour may reach into it.
    """
    kept = list(regions)
    overlaps = [[_overlap(region, lesion) for lesion in lesions] for region in regions]
    marked = [max(range(len(lesions)), key=row.__getitem__) if any(row) else -1 for row in overlaps]
    for number, lesion in enumerate(lesions):
        if len(lesion) < 2:
            continue
        touching = [(overlaps[at][number], regions[at]) for at, which in enumerate(marked) if which == number]
        if len({region.picture for _, region in touching}) > 1:
            best = max(touching, key=lambda row: row[0])[1]
            again = [region for _, region in touching if region.picture != best.picture]
            kept = [region for region in kept if region not in again]
    return tuple(kept)


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
    names, known = kinship().numbers([region.finding]), kinship().numbers([lesion[0].finding])
    if kinship().label[names[0], known[0]] < FITS:
        return 0.0
    here = [box.box for box in lesion if box.picture == region.picture]
    return float(iou(as_boxes([region.box]), as_boxes(here)).max()) if here else 0.0
