"""The pixels of annotated images, grey of eight bits as the app shows them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ssg.errors import BadInput
from ssg.imaging.grey import as_bytes, full_range, looked_up
from ssg.imaging.levels import rescaled
from training.rows import Row
from training.scene import Scene

UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises for a file that is no picture, or too large a one."""

REMEDY = "mend the file, or leave its entry out"

THINNEST = 200
"""Sides to each other from which Qwen's image processor refuses an image."""

DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I")
"""Pillow's names of grey of more than 8 bits."""


def load_scene(row: Row) -> Scene:
    """Read one row's image as grey uint8; raises BadInput where the file is not what the row says."""
    try:
        with Image.open(row.path) as picture:
            pixels = _grey(picture)
    except UNREADABLE as error:
        raise BadInput(f"{row.place}: {row.path} cannot be read ({_why(error)}): {REMEDY}.") from None
    _require_size(row, (pixels.shape[1], pixels.shape[0]))
    return Scene(pixels, row.present, row.absent)


def require_images(rows: Iterable[Row]) -> None:
    """Raise BadInput for the first row whose image is missing, is none or has another size; reads headers only.

    A run would otherwise end by it hours later, when that image is drawn.
    """
    for row in rows:
        if row.path.exists() and not row.path.is_file():  # a pipe would wait for ever
            raise BadInput(f"{row.place}: {row.path} is no regular file: {REMEDY}.")
        try:
            with Image.open(row.path) as picture:
                size = picture.size
        except UNREADABLE as error:
            raise BadInput(f"{row.place}: {row.path} cannot be read ({_why(error)}): {REMEDY}.") from None
        _require_size(row, size)


def _why(error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return "it has too many pixels"
    if isinstance(error, UnidentifiedImageError):
        return "it is no image"
    return getattr(error, "strerror", None) or str(error).split("\n")[0][:120]


def _require_size(row: Row, size: tuple[int, int]) -> None:
    if max(size) >= THINNEST * min(size):
        raise BadInput(f"{row.place}: {row.path} has {size[0]} × {size[1]} pixels, which is a line and no image.")
    if size != row.size:
        said = f"{row.size[0]} × {row.size[1]}"
        raise BadInput(f"{row.place}: {row.path} has {size[0]} × {size[1]} pixels, its entry says {said}.")


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    """Grey of 8 bits; deeper grey is shown over the range of its values, as the app shows it."""
    if picture.mode == "F":
        raise ValueError("its pixels are broken numbers, of which nobody says what is black: save it as 16 bit grey")
    if picture.mode not in DEEP_MODES:
        return np.asarray(picture.convert("L"))
    values = np.asarray(picture)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError("it holds values below 0 or above 65535: save it as 16 bit grey")
    levels = rescaled(values.astype(np.uint16), 1.0, 0.0)
    window = full_range(levels.offset, levels.offset + levels.kinds - 1)
    return looked_up(as_bytes(window.shown(levels.reals)), levels.samples)
