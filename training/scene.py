"""A picture whose truth is known: the common form of a phantom and of a row of an annotation list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Box, Boxes, as_boxes
from ssg.grounding.coordinates import CoordinateFrame
from ssg.phantoms import all_findings
from ssg.reward.wording import OTHER
from ssg.vocabulary import Side, vocabulary
from training.frames import RELATIVE, Frames

Key = tuple[str, Side | None]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scene:
    """One image with what is known of it. ``pixels`` uint8 (H, W); a finding in neither dictionary is unknown.

    ``lost`` are findings and structures that a crop cut off, at least in part: whatever else is known of their kind,
    on their side they are unknown.

    ``masks`` hold the area of each finding and structure where known (phantoms only), over the same field, at a
    resolution of their own; ``anatomy`` their boxes. ``kind`` is the phantom's, None of real images. ``frames`` say how
    the policy that is taught writes places.
    """

    pixels: NDArray[np.uint8]
    present: dict[Key, tuple[Box, ...]]
    absent: tuple[str, ...] = ()
    anatomy: dict[Key, tuple[Box, ...]] = field(default_factory=dict)
    masks: dict[Key, Mask] = field(default_factory=dict)
    kind: str | None = None
    frames: Frames = RELATIVE
    lost: frozenset[Key] = frozenset()

    def is_lost(self, key: Key) -> bool:
        """Whether a crop cut off a part of what ``key`` asks about, on its side or (without one) on any."""
        name, side = key
        sides = {other_side for other, other_side in self.lost if other == name}
        return bool(sides) and (side not in OTHER or bool(sides & {side, None, Side.BILATERAL}))

    @property
    def body(self) -> str:
        """The part of the body: see :func:`body_of`."""
        return body_of([*(name for name, _ in self.present), *self.absent])

    @property
    def frame(self) -> CoordinateFrame:
        """How boxes on this image are written."""
        height, width = self.pixels.shape
        return self.frames(width, height)


@cache
def places_of(name: str) -> frozenset[str]:
    """The parts of the body where a finding is looked for: "chest", "brain", "abdominal", ..."""
    return frozenset(place.partition(" ")[0] for place in vocabulary().get(name).modalities)


def boxes_by_name(present: Mapping[Key, Sequence[Box]]) -> dict[str, Boxes]:
    """All boxes (n, 4) of each finding, whatever their side."""
    names = dict.fromkeys(name for name, _ in present)
    return {
        name: as_boxes([box for key, boxes in present.items() if key[0] == name for box in boxes]) for name in names
    }


def body_of(names: Sequence[str]) -> str:
    """The one part of the body that all these findings share ("" where there is none, or several)."""
    common = frozenset.intersection(*map(places_of, names)) if names else frozenset()
    return next(iter(common)) if len(common) == 1 else ""


@cache
def elsewhere(body: str) -> tuple[str, ...]:
    """Findings that phantoms show of another part of the body and that this one cannot have."""
    return tuple(name for name in all_findings() if body and body not in places_of(name))
