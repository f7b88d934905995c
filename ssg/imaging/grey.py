"""Windows, lookup tables and colour to grey, as DICOM defines them (PS3.3 C.11.1, C.11.2); knows no file format.

An image of up to 16 bits has at most 65,536 values, so every transform is computed once for each possible value and
then looked up for each pixel: exact, fast, and in bounded memory. Large arrays are worked through in blocks of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.integer]
Reals = NDArray[np.float64]
Number = TypeVar("Number", bound=np.generic)

BLOCK_PIXELS = 1 << 20
LUMA = (19595, 38470, 7471)
"""ITU-R BT.601 weights of red, green and blue, × 65536; they add up to it, so grey colours keep their value."""

TAIL = 0.005
"""Share of pixels that may be cut at each end where the file names no window."""

LINEAR, LINEAR_EXACT, SIGMOID = "LINEAR", "LINEAR_EXACT", "SIGMOID"


@dataclass(frozen=True, slots=True)
class Window:
    """A VOI window in real values. LINEAR needs a width of at least 1, the others one above 0."""

    width: float
    level: float
    function: str = LINEAR

    def shown(self, values: Reals) -> Reals:
        """Grey from 0 to 255 for each real value, any shape (PS3.3 C.11.2.1.2, C.11.2.1.3)."""
        with np.errstate(over="ignore", under="ignore"):
            if self.function == SIGMOID:
                return np.asarray(255 / (1 + np.exp(-4 * (values - self.level) / self.width)))
            if self.function == LINEAR:
                if self.width == 1:
                    return np.where(values <= self.level - 0.5, 0.0, 255.0)
                share = (values - (self.level - 0.5)) / (self.width - 1) + 0.5
            else:
                share = (values - self.level) / self.width + 0.5
            return np.asarray(np.clip(share, 0, 1) * 255)


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A modality or VOI lookup table: ``entries`` (n,) for the inputs ``first`` ... ``first + n - 1``."""

    entries: NDArray[np.uint16]
    first: int
    bits: int

    def through(self, values: Reals) -> NDArray[np.uint16]:
        """The entry of each value; values before the first or after the last take that entry."""
        places = np.clip(np.rint(values) - self.first, 0, len(self.entries) - 1)
        return np.asarray(self.entries[places.astype(np.int64)])

    def shown(self, values: Reals) -> Reals:
        """Grey from 0 to 255 for each real value."""
        return np.asarray(self.through(values) * (255 / (2**self.bits - 1)))


def full_range(lowest: float, highest: float) -> Window:
    """The window that shows ``lowest`` black and ``highest`` white; one value alone is shown mid-grey."""
    return Window(max(highest - lowest, 0) or 1.0, (lowest + highest) / 2, LINEAR_EXACT)


def percentile_window(counts: NDArray[np.int64], values: Reals, share: float) -> Window:
    """The window from the ``share`` quantile to its mirror, for ``counts`` (n,) of ``values`` (n,), ascending.

    Where both quantiles fall together, as in an image that is mostly background, the full range is taken.
    """
    present = np.flatnonzero(counts)
    if not present.size:
        return full_range(float(values[0]), float(values[-1]))
    running = np.cumsum(counts)
    low, high = np.searchsorted(running, [share * running[-1], (1 - share) * running[-1]], side="left")
    low = max(low, present[0])
    if high <= low:
        low, high = present[0], present[-1]
    return full_range(float(values[low]), float(values[high]))


def as_bytes(grey: Reals) -> NDArray[np.uint8]:
    """Grey from 0 to 255 rounded to whole steps, halves up."""
    return np.floor(np.clip(grey, 0, 255) + 0.5).astype(np.uint8)


def counted(codes: NDArray[np.uint16], kinds: int) -> NDArray[np.int64]:
    """How many pixels of ``codes`` (height, width) have each value from 0 to ``kinds - 1``."""
    counts = np.zeros(kinds, dtype=np.int64)
    for rows in blocks(codes.shape):
        counts += np.bincount(codes[rows].ravel(), minlength=kinds)
    return counts


def looked_up(table: NDArray[Number], codes: Integers) -> NDArray[Number]:
    """``table[codes]`` for codes (height, width), without the temporary of 8 bytes a pixel that numpy would make."""
    out = np.empty(codes.shape, dtype=table.dtype)
    for rows in blocks(codes.shape):
        np.take(table, codes[rows], out=out[rows], mode="clip")
    return out


def luma(colour: Integers) -> tuple[Integers, bool]:
    """Grey of RGB (height, width, 3), unsigned, of the same depth; and whether there was any colour in it."""
    out = np.empty(colour.shape[:2], dtype=colour.dtype)
    colourful = False
    for rows in blocks(colour.shape[:2]):
        red, green, blue = (colour[rows][..., channel].astype(np.uint64) for channel in range(3))
        out[rows] = (red * LUMA[0] + green * LUMA[1] + blue * LUMA[2] + 32768) >> np.uint64(16)
        colourful = colourful or bool((red != green).any() or (green != blue).any())
    return out, colourful


def blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices of rows of about BLOCK_PIXELS pixels each that cover an image of ``shape`` (height, width, ...)."""
    height, width = shape[:2]
    step = max(1, BLOCK_PIXELS // max(width, 1))
    for top in range(0, height, step):
        yield slice(top, min(top + step, height))
