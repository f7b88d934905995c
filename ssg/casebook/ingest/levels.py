"""The frames of one stack on one scale of grey: one offset and one slope for all, as a viewer's window needs it.

Scanners give every slice its own range, and some (MR) its own slope. The common scale has the finest of the slopes,
or the finest that 16 bits can hold. It is exact (:func:`is_exact`) where the other slopes are whole multiples of that
one, and all offsets lie whole steps apart; else values are rounded to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HIGHEST = 65_535
EXACT = 1e-6
"""Share of a step by which an offset may miss a whole number of steps and still count as one."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Real value = ``offset`` + ``slope`` × sample, for samples up to ``highest``."""

    offset: float
    slope: float
    highest: int

    @property
    def top(self) -> float:
        """The highest real value."""
        return self.offset + self.slope * self.highest


def common_scale(scales: Sequence[Scale]) -> Scale:
    """The scale that holds all values of ``scales``."""
    offset, top = min(one.offset for one in scales), max(one.top for one in scales)
    slope = min(one.slope for one in scales)
    if (top - offset) / slope > HIGHEST:
        slope = (top - offset) / HIGHEST
    return Scale(offset, slope, min(HIGHEST, round((top - offset) / slope)))


def is_exact(scale: Scale, common: Scale) -> bool:
    """Whether every value of a scale is one of the common scale too."""
    steps, factor = (scale.offset - common.offset) / common.slope, scale.slope / common.slope
    return abs(steps - round(steps)) < EXACT and abs(factor - round(factor)) < EXACT


def rescaled_to(common: Scale, scale: Scale, samples: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Samples of ``scale`` as samples of ``common``, of any shape; rounded to the nearest where it is not exact."""
    if scale.slope == common.slope and scale.offset == common.offset:
        return samples
    kinds = np.arange(int(samples.max()) + 1, dtype=np.float64)
    table = np.rint((scale.offset + scale.slope * kinds - common.offset) / common.slope)
    found: NDArray[np.uint16] = np.clip(table, 0, HIGHEST).astype(np.uint16)[samples]
    return found
