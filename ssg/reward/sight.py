"""What an image-text encoder sees in the regions of an answer, and in the reader's.

The reward knows no encoder. Whoever wants the image to be heard hands in a :class:`Sight` for each answer
(:meth:`ssg.grounding.region_text.RegionText.on` makes one); without it, names are judged by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ssg.errors import BadInput
from ssg.reward.answers import Answer, Region
from ssg.reward.layout import Layout


class Sight(Protocol):
    """One image, as an image-text encoder sees it."""

    @property
    def name(self) -> str:
        """The encoder's name."""

    def shown(self, regions: Sequence[Region]) -> NDArray[np.float64]:
        """How likely each region shows what it is called, (n,) in [0, 1]; NaN where the encoder cannot tell that.

        Boxes are in pixels of the reference.
        """


@dataclass(frozen=True, slots=True)
class Seen:
    """Of all regions of a batch, how likely each shows what it is called.

    ``drawn`` (answers, n) of the answers' regions, ``marked`` (tasks, m) of the readers'. NaN where nothing is known:
    no encoder has seen the image, or it cannot tell the finding.
    """

    drawn: NDArray[np.float64]
    marked: NDArray[np.float64]


def see(layout: Layout, answers: Sequence[Answer], sights: Sequence[Sight | None]) -> Seen:
    """Ask each answer's sight about its regions and about those that it is held against, each once."""
    seen = Seen(np.full(layout.answers.findings.shape, np.nan), np.full(layout.marked.findings.shape, np.nan))
    readings = [reading.regions for outline in layout.outlines for reading in outline.readings]
    answer_of_task = layout.answer_of_slot[layout.slot_of_task]
    marked: list[list[tuple[int, tuple[Region, ...]]]] = [[] for _ in answers]
    for row, (answer, task) in enumerate(zip(answer_of_task.tolist(), layout.task.tolist(), strict=True)):
        marked[answer].append((row, readings[task]))
    for number, (answer, sight) in enumerate(zip(answers, sights, strict=True)):
        if sight is None or not answer.regions or not marked[number]:
            continue
        found = _asked(sight, [answer.regions, *(regions for _, regions in marked[number])])
        seen.drawn[number, : len(answer.regions)] = [found[_place(region)] for region in answer.regions]
        for row, regions in marked[number]:
            seen.marked[row, : len(regions)] = [found[_place(region)] for region in regions]
    return seen


def _place(region: Region) -> Region:
    """What a sight is asked about: how sure somebody is of a region does not change what it shows."""
    return region if region.confidence is None else replace(region, confidence=None)


def _asked(sight: Sight, rows: Sequence[Sequence[Region]]) -> dict[Region, float]:
    regions = list(dict.fromkeys(_place(region) for row in rows for region in row))
    given = np.asarray(sight.shown(regions), dtype=np.float64)
    if given.shape != (len(regions),) or ((given < 0) | (given > 1)).any():
        raise BadInput(
            f"The image-text encoder {sight.name} must give one number from 0 to 1 for each of {len(regions)} regions, "
            f"got {str(given)[:80]}."
        )
    return dict(zip(regions, given.tolist(), strict=True))
