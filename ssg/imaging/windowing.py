"""Samples of full depth as they are shown: through a window of real values, low values black or white."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ssg.imaging.grey import Window, as_bytes, full_range, looked_up
from ssg.imaging.types import DisplayImage, Pixels, Samples

ALIKE = 2.0
"""Grey levels that a picture may differ by, in the mean, from how its file shows it."""


def windowed(
    samples: Samples,
    offset: float = 0.0,
    slope: float = 1.0,
    window: tuple[float, float] | None = None,
    inverted: bool = False,
) -> Pixels:
    """Grey (height, width) of samples whose real value is ``offset + slope`` × sample.

    ``window`` is (width, level) in real values (DICOM PS3.3 C.11.2.1.2, LINEAR); without one the range of what is there
    is shown. ``inverted``: low values white.
    """
    highest = int(samples.max())
    reals = offset + slope * np.arange(highest + 1, dtype=np.float64)
    chosen = Window(*window) if window and window[0] >= 1 else None
    if chosen is None and window:
        chosen = full_range(window[1] - window[0] / 2, window[1] + window[0] / 2)
    if chosen is None:
        chosen = full_range(float(reals[int(samples.min())]), float(reals[-1]))
    grey: NDArray[np.uint8] = as_bytes(chosen.shown(reals))
    return looked_up(255 - grey if inverted else grey, samples)


def is_shown_by_its_window(shown: DisplayImage) -> bool:
    """Whether the full depth and a window give what the file shows: a lookup table of its own is no window."""
    if shown.samples is None:
        return False
    again = windowed(shown.samples, shown.samples_offset, shown.samples_slope, shown.window, shown.inverted)
    return float(np.abs(again.astype(np.int16) - shown.pixels).mean()) <= ALIKE
