"""Stored values to unsigned samples and the real values that they stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssg.imaging.grey import Integers, LookupTable, Reals, blocks
from ssg.imaging.types import Samples

MOST_LEVELS = 65536


@dataclass(frozen=True, eq=False, slots=True)
class Levels:
    """``samples`` (height, width) below ``kinds``; real value = ``offset`` + ``slope`` × sample, slope above 0."""

    samples: Samples
    kinds: int
    offset: float
    slope: float

    @property
    def reals(self) -> Reals:
        """The real value of each sample value, ascending, (kinds,)."""
        return self.offset + self.slope * np.arange(self.kinds, dtype=np.float64)


def rescaled(stored: Integers, slope: float, intercept: float) -> Levels:
    """Levels of stored integers of any width and sign; a range of more than 65,536 values is coarsened to that.

    The smallest stored value becomes sample 0, or the largest one where the slope is negative.
    """
    lowest, highest = int(stored.min()), int(stored.max())
    step = (highest - lowest) // MOST_LEVELS + 1
    samples = np.empty(stored.shape, dtype=np.uint16)
    for rows in blocks(stored.shape):
        above = stored[rows].astype(np.int64) - lowest
        samples[rows] = above // step if slope > 0 else (highest - lowest - above) // step
    start = lowest if slope > 0 else highest
    kinds = (highest - lowest) // step + 1
    return Levels(samples, kinds, intercept + slope * start, abs(slope) * step)


def through_table(stored: Integers, table: LookupTable) -> Levels:
    """Levels behind a modality lookup table, whose entries are the real values."""
    samples = np.empty(stored.shape, dtype=np.uint16)
    for rows in blocks(stored.shape):
        samples[rows] = table.through(stored[rows].astype(np.float64))
    return Levels(samples, int(samples.max()) + 1, 0.0, 1.0)
