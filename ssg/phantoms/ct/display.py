"""From Hounsfield units to the 8-bit picture: the window, what lies outside of the field, burnt-in text."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ssg.phantoms.ct.grid import F32
from ssg.phantoms.ct.sites import Site, Window
from ssg.phantoms.lettering import stamp


def show(hu: F32, window: Window, site: Site, rng: Generator) -> NDArray[np.uint8]:
    """The 8-bit picture, with the site's burnt-in text."""
    grey = (hu - np.float32(window.level - window.width / 2)) * np.float32(255 / window.width)
    grey = np.clip(grey + 0.5, 0, 255)
    if site.border and site.circle:
        grey[hu < -1500] = np.float32(255 * site.border)
    if rng.random() < site.text:
        _write(grey, window, rng)
    return np.asarray(grey, np.uint8)


_WORDS = (
    "CHEST",
    "THORAX",
    "AX",
    "SE 3",
    "IM 47",
    "SUPINE",
    "HEAD FIRST",
    "kV 120",
    "mA 210",
    "FOV 38",
    "R",
    "L",
    "P",
    "A",
)


def _write(grey: F32, window: Window, rng: Generator) -> None:
    """A few words in the corners and the sides' letters at the edges: R at the image's left."""
    size = grey.shape[0]
    height = size * rng.uniform(0.026, 0.04)
    bright = float(rng.uniform(170, 255))
    words = [_WORDS[int(k)] for k in rng.integers(0, 10, 4)]
    words[3] = f"W {window.width:.0f} L {window.level:.0f}"
    for word, (x, y) in zip(words, ((0.02, 0.02), (0.74, 0.02), (0.02, 0.94), (0.7, 0.94)), strict=True):
        if rng.random() < 0.7:
            stamp(grey, word, x, y, height, bright)
    if rng.random() < 0.5:
        stamp(grey, "R", 0.01, 0.47, height * 1.2, bright)
        stamp(grey, "L", 0.96, 0.47, height * 1.2, bright)
