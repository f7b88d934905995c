"""Pixels to PNG bytes, and regions drawn on a picture. Pillow is loaded at first use."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Box

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

PNG_EFFORT = 4
"""zlib level: radiographs take as many bytes as at level 6, in about a third of the time."""

HALO = "#000000"
SMALLEST_TEXT = 9
ELLIPSIS = "…"

Region = tuple[Box, str, str]
Rectangle = tuple[float, float, float, float]


def png_bytes(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """Lossless PNG of uint8 or uint16 (height, width), grey and of the same depth, with no metadata in it."""
    from PIL import Image

    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim != 2:
        raise TypeError(f"a PNG is made of uint8 or uint16 (height, width), got {pixels.dtype} {pixels.shape}")
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, format="PNG", compress_level=PNG_EFFORT)
    return buffer.getvalue()


def draw_regions(pixels: NDArray[np.uint8], regions: Iterable[Region]) -> Image.Image:
    """An RGB picture of ``pixels`` (height, width) with each (box, label, colour) drawn on it.

    Lines and letters grow with the image. A label stands above its box, below it or in it, where it fits into the image
    and covers no earlier label; one that is too wide is cut.
    """
    from PIL import Image, ImageDraw

    picture = Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB")
    drawing = ImageDraw.Draw(picture)
    taken: list[Rectangle] = []
    regions = list(regions)
    line = max(1, round(min(picture.size) / 300))
    for box, _, colour in regions:
        _outline(drawing, box, line, colour)
    for box, label, colour in regions:
        if label.strip():
            taken.append(_write(drawing, box, " ".join(label.split()), colour, taken))
    return picture


def _outline(drawing: ImageDraw.ImageDraw, box: Box, line: int, colour: str) -> None:
    """A coloured frame along the inside of the box, with a dark one at either side."""
    x0, y0, x1, y1 = round(box.x0), round(box.y0), round(box.x1) - 1, round(box.y1) - 1
    x1, y1 = max(x0, x1), max(y0, y1)
    drawing.rectangle((x0 - line, y0 - line, x1 + line, y1 + line), outline=HALO, width=3 * line)
    drawing.rectangle((x0, y0, x1, y1), outline=colour, width=line)


def _write(drawing: ImageDraw.ImageDraw, box: Box, label: str, colour: str, taken: list[Rectangle]) -> Rectangle:
    """Write the label at the best free place and return the rectangle that it takes."""
    from PIL import ImageFont

    width, height = drawing.im.size
    size = max(SMALLEST_TEXT, round(min(width, height) / 36))
    font = ImageFont.load_default(size)
    halo = max(1, round(size / 9))

    def extent(text: str) -> Rectangle:
        return drawing.textbbox((0, 0), text, font=font, stroke_width=halo)

    text = fitting(label, width, lambda text: extent(text)[2] - extent(text)[0])
    left, top, right, bottom = extent(text)
    place = best_place(box, (right - left, bottom - top), (width, height), taken)
    drawing.text((place[0] - left, place[1] - top), text, font=font, fill=colour, stroke_width=halo, stroke_fill=HALO)
    return place


def fitting(text: str, width: float, measure: Any) -> str:
    """``text``, cut so that ``measure(text)`` is at most ``width``; at least one letter is left."""
    if measure(text) <= width:
        return text
    for length in range(len(text) - 1, 0, -1):
        cut = text[:length].rstrip() + ELLIPSIS
        if measure(cut) <= width:
            return cut
    return ELLIPSIS


def best_place(box: Box, size: tuple[float, float], image: tuple[int, int], taken: list[Rectangle]) -> Rectangle:
    """Where a label of ``size`` goes in an ``image`` (width, height): a rectangle inside of it."""
    places: list[tuple[float, bool, int, float, float]] = []
    for x in (box.x0, box.x1 - size[0]):
        for y in (box.y0 - size[1], box.y1, box.y0, box.y1 - size[1]):
            left = min(max(x, 0), max(image[0] - size[0], 0))
            is_inside = 0 <= y <= image[1] - size[1]
            top = min(max(y, 0), max(image[1] - size[1], 0))
            covered = sum(_overlap((left, top, left + size[0], top + size[1]), other) for other in taken)
            places.append((covered, not is_inside, len(places), left, top))
    _, _, _, left, top = min(places)
    return left, top, left + size[0], top + size[1]


def _overlap(a: Rectangle, b: Rectangle) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0)
