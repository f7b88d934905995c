"""PNG and JPEG bytes to a DisplayImage. Pillow opens these two formats only, and its warnings are errors."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from ssg.imaging.grey import as_bytes, full_range, looked_up
from ssg.imaging.levels import rescaled
from ssg.imaging.refusals import Problem, require_size
from ssg.imaging.sniffing import Kind
from ssg.imaging.types import REDUCED, DisplayImage, Pixels, Removed

UPRIGHT = 1
ENDINGS = {"png": b"IEND", "jpeg": b"\xff\xd9"}
DEEP_MODES = ("I;16", "I;16B", "I")
BESIDE = {
    "exif": "EXIF",
    "Raw profile type exif": "EXIF",
    "icc_profile": "colour profile",
    "xmp": "XMP",
    "XML:com.adobe.xmp": "XMP",
    "photoshop": "Photoshop data",
    "comment": "comment",
    "mp": "more pictures",
}
"""Pillow's names of what stands beside a picture, in words; all others are texts whose names may say anything."""

OF_THE_PICTURE = (
    *("aspect", "background", "chromaticity", "dpi", "gamma", "interlace", "progression", "progressive", "srgb"),
    *("transparency", "adobe", "adobe_transform", "jfif", "jfif_density", "jfif_unit", "jfif_version"),
)

PNG_DEPTH_AT = 24
"""Where the IHDR chunk, which is always first, keeps the bits of a channel."""


Draw = Callable[[Image.Image, int, int], DisplayImage]
"""Makes something of a loaded picture, of its bits a channel as the file says, and of its EXIF orientation."""


def decode_raster(data: bytes, kind: Kind, draw: Draw | None = None) -> DisplayImage:
    """Decode one PNG or JPEG file, as it is displayed or as ``draw`` says; raises Problem, or what Pillow raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", module="PIL.TiffImagePlugin")  # reads EXIF, which may be broken
            return _decoded(data, kind, draw or _displayed)
    except (Problem, MemoryError):
        raise
    except Exception:
        if ENDINGS[kind] not in data[-1024:]:
            raise Problem("truncated") from None
        raise


def removed_of(data: bytes) -> Removed:
    """What stands in a PNG or JPEG beside its picture: kinds of it, and no values."""
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as image:
            image.load()
            found = Counter(BESIDE.get(str(name), "texts") for name in image.info if name not in OF_THE_PICTURE)
    except Exception:  # noqa: BLE001 - what cannot be counted is removed all the same
        return Removed({"elements that cannot be read": 1})
    return Removed(dict(found))


def _decoded(data: bytes, kind: Kind, draw: Draw) -> DisplayImage:
    if kind == "png":
        with Image.open(BytesIO(data), formats=("PNG",)) as image:
            image.verify()  # the checksums of its parts; loading alone shows a picture that is damaged inside
    with Image.open(BytesIO(data), formats=(kind.upper(),)) as image:
        require_size(*image.size)
        frames = getattr(image, "n_frames", 1)
        if kind == "png" and frames > 1:
            raise Problem("multi_frame", frames=frames)
        image.load()
        return draw(image, data[PNG_DEPTH_AT] if kind == "png" else 8, _orientation(image))


def _displayed(image: Image.Image, depth: int, orientation: int) -> DisplayImage:
    if image.mode in DEEP_MODES:
        return _deep(image, orientation)
    notes = ["16 bits were reduced to 8."] if depth == 16 else []
    pixels, more = _grey(image)
    if orientation != UPRIGHT:
        more.append("Turned upright, as its EXIF orientation says.")
    return DisplayImage(pixels=turned(pixels, orientation), notes=(*notes, *more))


def _deep(image: Image.Image, orientation: int) -> DisplayImage:
    """16-bit grey: the range of its values is shown, and all of them are kept for window and level."""
    stored = np.clip(np.asarray(image), 0, 65535).astype(np.uint16)
    levels = rescaled(turned(stored, orientation), 1.0, 0.0)
    window = full_range(levels.offset, levels.offset + levels.kinds - 1)
    return DisplayImage(
        pixels=looked_up(as_bytes(window.shown(levels.reals)), levels.samples),
        samples=levels.samples,
        samples_offset=levels.offset,
        window=(window.width, window.level),
        notes=(f"16 {REDUCED}",),
    )


def _grey(image: Image.Image) -> tuple[Pixels, list[str]]:
    """Grey pixels of any other mode, with notes on what was lost."""
    notes = []
    if "A" in image.getbands() or "transparency" in image.info:
        full = image.convert("RGBA")
        if min(full.getchannel("A").tobytes()) < 255:
            notes.append("Transparent parts are shown on black.")
            black = Image.new("RGBA", full.size, (0, 0, 0, 255))
            black.alpha_composite(full)
            full = black
        image = full.convert("RGB")
    if image.mode not in ("1", "L"):
        image = image.convert("RGB")
        if _has_colour(image):
            notes.append("Colour was turned to grey.")
    return np.array(image.convert("L")), notes


def _has_colour(image: Image.Image) -> bool:
    red, green, blue = (channel.tobytes() for channel in image.split())
    return red != green or green != blue


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; upright where it is missing or unreadable."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
    except Exception:  # noqa: BLE001 - a broken EXIF block does not make a broken picture
        return UPRIGHT
    return value if isinstance(value, int) and 1 <= value <= 8 else UPRIGHT


def turned(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """``array`` (height, width) turned and mirrored as EXIF 2.32, 4.6.4, table "Orientation", asks."""
    if orientation >= 5:
        array = array.T
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return np.ascontiguousarray(array)
