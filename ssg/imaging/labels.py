"""Masks: the numbers that a file stores, whatever it shows of them. Palettes, windows and polarity do not count.

A number says what a pixel is of, 0 that it is of nothing; so a file whose numbers are none is refused, never rounded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ssg.imaging.grey import luma
from ssg.imaging.raster import DEEP_MODES, turned
from ssg.imaging.refusals import Problem
from ssg.imaging.types import DisplayImage, Samples

HIGHEST = 65535
WHOLE = 1e-3
"""How far from a whole number a label may be: what a scale that is stored as a float does to it."""

SHALLOW = {2: 85, 4: 17}
"""What Pillow multiplies grey of 2 and 4 bits by; of one bit it makes a mode of its own."""


def labels_of(values: NDArray[Any]) -> Samples:
    """Real values (height, width) as labels, uint16; raises Problem where they are none."""
    if not np.isfinite(values).all():
        raise Problem("no_mask", what="it holds values that are no numbers or infinite")
    whole = np.rint(values.astype(np.float64))
    if np.abs(values - whole).max(initial=0.0) > WHOLE:
        raise Problem("no_mask", what="its values are no whole numbers")
    if whole.min(initial=0) < 0:
        raise Problem("no_mask", what="it holds values below 0")
    if whole.max(initial=0) > HIGHEST:
        raise Problem("no_mask", what=f"it holds values above {HIGHEST:,}")
    return whole.astype(np.uint16)


def as_image(labels: Samples, spacing: tuple[float, float] | None = None, orientation: Any = None) -> DisplayImage:
    """Labels as samples: real value = sample."""
    shown = np.minimum(labels, 255).astype(np.uint8)
    return DisplayImage(shown, samples=labels, spacing_mm=spacing, orientation=orientation)


def png_labels(image: Image.Image, depth: int, orientation: int) -> DisplayImage:
    """The numbers of a PNG: indices of a palette, grey of its own ``depth``; raises Problem. See ``raster.Draw``."""
    if image.format != "PNG":
        raise Problem("no_mask", what="JPEG changes the values that are stored in it")
    numbers = _palette(image) if image.mode == "P" else _grey(image, depth)
    return as_image(labels_of(turned(numbers, orientation)))


def _palette(image: Image.Image) -> NDArray[Any]:
    """Indices; raises Problem where the palette is grey and not black at 0: then the colours may be what is meant."""
    indices = np.asarray(image)
    colours = np.array(image.getpalette("RGB"), dtype=np.int64).reshape(-1, 3)
    used = colours[[one for one in np.unique(indices) if one < len(colours)]]
    if (used == used[:, :1]).all() and colours[0].any() and (used == 0).all(axis=1).any():
        raise Problem("no_mask", what="its palette is grey, and black is not its first entry")
    return indices


def _grey(image: Image.Image, depth: int) -> NDArray[Any]:
    if image.mode in DEEP_MODES or image.mode in ("1", "L"):
        scale = SHALLOW.get(depth, 1) if image.mode == "L" else 1
        return np.asarray(image).astype(np.int64) // scale
    if depth > 8:
        raise Problem("no_mask", what="it has several channels of 16 bits")
    full = np.asarray(image.convert("RGBA"))
    grey, colourful = luma(full[..., :3] * (full[..., 3:] > 0))
    if colourful and len(np.unique(full[grey > 0][:, :3], axis=0)) > 1:
        raise Problem("no_mask", what="it has several colours and no palette")
    return grey
