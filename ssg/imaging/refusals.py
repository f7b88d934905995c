"""Every reason to refuse a file: a stable code and one line that names the file, what is wrong and the remedy.

Workers raise :class:`Problem`, which knows neither the file's name nor any words; the app turns it into
:class:`ssg.errors.ImageRefused`. Values come out of files of strangers and are shortened and made printable.
"""

from __future__ import annotations

import re
import unicodedata

from ssg.errors import ImageRefused
from ssg.imaging.types import LARGEST_PIXELS

TAKEN = "PNG, JPEG and single-frame DICOM images (CR, DX, CT, MR, ...) are taken"

MESSAGES = {
    "unreadable": "'{name}' cannot be read ({what}): correct the path or the permissions of the file.",
    "empty": "'{name}' is empty: choose the file again, or export it anew.",
    "too_big_file": "'{name}' is larger than the {limit} MB that are taken: export a single image, or compress it.",
    "not_an_image": "'{name}' is {what}, not an image: " + TAKEN + ".",
    "unsupported_format": "'{name}' is {what}, which is not taken: save it as PNG or JPEG; " + TAKEN + ".",
    "volume_in_two_files": (
        "'{name}' is half of a NIfTI pair (.hdr and .img), which has to be one .nii file: "
        "save it as that with the program that wrote it."
    ),
    "archive": "'{name}' is {what}: unpack it and give one image at a time.",
    "truncated": "'{name}' ends before its picture does: copy, download or export it again.",
    "damaged": "'{name}' cannot be decoded ({what}): export it again, or open and save it with another viewer.",
    "no_pixels": "'{name}' is DICOM without a picture ({what}): give an image, such as CR, DX, CT or MR.",
    "zero_pixels": "'{name}' has no pixels ({width} × {height}): export it again.",
    "too_large": "'{name}' has {width} × {height} pixels, more than the {limit} million taken: save it smaller.",
    "too_thin": "'{name}' has {width} × {height} pixels, a line and not an image: export the whole picture.",
    "too_many_frames": "'{name}' holds {frames} frames, more than the {limit} that are taken: export a part of it.",
    "too_many_marks": "'{name}' marks more than {limit} places: export a part of it.",
    "multi_frame": "'{name}' holds {frames} frames, and only single images are taken: export one frame of it.",
    "unsupported_transfer_syntax": (
        "'{name}' is compressed as {what}, which is not decoded here: "
        "export it uncompressed (Explicit VR Little Endian) or as JPEG 2000."
    ),
    "unsupported_pixels": "'{name}' has {what}, which are not shown: export it as grey of 8 to 16 bits.",
    "no_mask": "'{name}' is no mask ({what}): save it with whole numbers of 0 and above, 0 where nothing is.",
    "too_big_volume": (
        "'{name}' takes more than {limit} MB when it is unpacked, which is the most that is taken: "
        "export fewer slices, or the same ones with fewer pixels."
    ),
    "no_memory": (
        "'{name}' needs more than {limit} MB of memory to be opened, which this computer does not have to spare: "
        "export fewer slices, close other programs, or take it in on a larger computer."
    ),
    "crashed": (
        "'{name}' makes the decoder crash, or something else ended it: "
        "try once more, then export it again, or open and save it with another viewer."
    ),
    "bomb": "'{name}' unpacks to far more than an image of its size needs ({what}): export the picture again.",
    "too_slow": "'{name}' takes more than {seconds} s to decode: export it uncompressed, or save it smaller.",
}
"""Message of each code. Codes are stable: pages, tests and documentation may rely on them."""

MAY_PASS = frozenset({"unreadable", "too_slow", "no_memory", "crashed"})
"""Codes of what another try may get over: it was the machine, or may have been, and not the file."""

THINNEST = 100
"""An image whose sides differ more than this many times is refused: no film has that form, and no policy takes it."""

LONGEST_VALUE = 80
LONGEST_NAME = 60
UNPRINTABLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


class Problem(Exception):
    """A reason to refuse, before it has words. ``code`` is one of MESSAGES, ``values`` what its message needs."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def refusal(problem: Problem, name: str) -> ImageRefused:
    """The problem in words for the file ``name``; safe for any code and values, as a worker may lie."""
    code = problem.code if problem.code in MESSAGES else "damaged"
    values = _Values({key: printable(str(value), LONGEST_VALUE) for key, value in problem.values.items()})
    values["name"] = printable_name(name)
    reason = MESSAGES[code].removeprefix("'{name}' ").split(": ")[0].format_map(values)
    return ImageRefused(code, MESSAGES[code].format_map(values), f"it {reason}")


def printable_name(name: str) -> str:
    """The last part of a path, shortened in its middle: its ending says what the file is."""
    last = printable(re.split(r"[/\\]", name.rstrip("/\\"))[-1], 10 * LONGEST_NAME) or "unnamed file"
    return last if len(last) <= LONGEST_NAME else f"{last[: LONGEST_NAME // 2]}…{last[1 - LONGEST_NAME // 2 :]}"


def printable(text: str, longest: int) -> str:
    """``text`` on one line and cut, with nothing in it that controls a terminal or turns the direction of reading."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join("�" if unicodedata.category(letter) in UNPRINTABLE else letter for letter in cut).strip()


def require_size(width: int, height: int) -> None:
    """Raise Problem for an image without pixels, with too many or all in a line; to be called before decoding."""
    if width < 1 or height < 1:
        raise Problem("zero_pixels", width=width, height=height)
    if width * height > LARGEST_PIXELS:
        raise Problem("too_large", width=width, height=height, limit=LARGEST_PIXELS // 1_000_000)
    if max(width, height) > THINNEST * min(width, height):
        raise Problem("too_thin", width=width, height=height)


class _Values(dict[str, str]):
    """A missing value reads as "unknown"."""

    def __missing__(self, key: str) -> str:
        return "unknown"
