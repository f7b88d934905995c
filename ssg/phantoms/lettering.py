"""Text burnt into a picture, as machines and technologists leave it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ssg.phantoms.canvas import F32


def stamp(grey: F32, text: str, x: float, y: float, height: float, bright: float) -> None:
    """Burn text in with its top left corner at a share (x, y) of the image, ``height`` pixels tall; in place."""
    drawn = glyphs(text, max(6, round(height)))
    row, column = int(y * grey.shape[0]), int(x * grey.shape[1])
    if row < 0 or column < 0 or row >= grey.shape[0] or column >= grey.shape[1]:
        return
    part = grey[row : row + drawn.shape[0], column : column + drawn.shape[1]]
    np.maximum(part, drawn[: part.shape[0], : part.shape[1]] * np.float32(bright), out=part)


@lru_cache(maxsize=64)
def _font(height: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=height)


@lru_cache(maxsize=4096)
def glyphs(text: str, height: int) -> F32:
    """The text as shares of ink, 0 to 1, in a tight box."""
    font = _font(height)
    left, top, right, bottom = font.getbbox(text)
    picture = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2), 0)
    ImageDraw.Draw(picture).text((1 - left, 1 - top), text, fill=255, font=font)
    return np.asarray(picture, np.float32) / np.float32(255)
