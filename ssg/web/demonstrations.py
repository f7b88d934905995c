"""Phantoms on which the reward is shown at work: what is there stands beside the answer that one moves."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssg import phantoms
from ssg.boxes import Box
from ssg.casebook.drawn import regions_of, to_png
from ssg.errors import BadInput
from ssg.reward import ReaderAnswer, Reference, Region
from ssg.vocabulary import vocabulary

SIZE = 640
READER = "truth"
ABSENT_ASKED = 2
SEEDS = {
    "A mass": 9035,
    "A large heart and fluid on both sides": 9029,
    "Air, fluid and a broken rib": 9017,
    "A tube, and a lung that has lost its air": 9026,
    "A nodule and a pacemaker": 9018,
    "Nothing": 9033,
}
"""Phantoms by what is on them; none of their seeds is trained on, and none is a case of Practise."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One of them: its picture, grey and as PNG, what is there, and the reference with its structures."""

    name: str
    pixels: NDArray[np.uint8]
    png: bytes
    marked: tuple[Region, ...]
    reference: Reference

    @property
    def question(self) -> tuple[str, ...]:
        """The findings that are asked about."""
        return self.reference.question or ()

    @property
    def beginning(self) -> tuple[Region, ...]:
        """What is drawn at first: everything that is there, a little off."""
        return tuple(Region(one.finding, _off(one.box), one.side) for one in self.marked)


@functools.lru_cache(maxsize=len(SEEDS))
def demonstration(name: str) -> Demonstration:
    """One by its name; drawn when it is first asked for. Raises BadInput for another name."""
    if name not in SEEDS:
        raise BadInput(f"There is no example {name[:60]!r}: choose one of the list.")
    drawn = phantoms.chest_xray(SEEDS[name], size=SIZE)
    marked = tuple(sorted(regions_of(drawn.findings), key=lambda one: -vocabulary().get(one.finding).urgency))
    asked = tuple(dict.fromkeys([*(one.finding for one in marked), *drawn.absent[:ABSENT_ASKED]]))
    reader = ReaderAnswer((*marked, *regions_of(drawn.anatomy)), tuple(drawn.absent), id=READER)
    spacing = (drawn.spacing_mm[1], drawn.spacing_mm[0])  # a phantom gives (x, y), a reference wants (row, column)
    return Demonstration(name, drawn.pixels, to_png(drawn), marked, Reference(SIZE, SIZE, (reader,), asked, spacing))


def _off(box: Box) -> Box:
    """Moved by a seventh of its size, within the image."""
    dx, dy = min(box.width / 7, SIZE - box.x1), min(box.height / 7, SIZE - box.y1)
    return Box(box.x0 + dx, box.y0 + dy, box.x1 + dx, box.y1 + dy)
