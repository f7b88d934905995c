"""Files of a case set, read only inside of its folder: no links that lead out, no devices, nothing without a limit."""

from __future__ import annotations

import hashlib
import os
import stat
import struct
from pathlib import Path

from ssg.errors import BadInput
from ssg.imaging import LARGEST_PIXELS

MANIFEST = "case_set.json"
IMAGES = "images"

LARGEST_MANIFEST = 32 * 2**20
LARGEST_IMAGE = 64 * 2**20

_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
HEADER_BYTES = len(_PNG) + 8


def file_inside(folder: Path, name: str) -> Path:
    """The regular file ``name`` of a folder; raises BadInput where it is missing or lies elsewhere, by a link too."""
    root, path = folder.resolve(), folder / name
    try:
        real = path.resolve(strict=True)
        kind = real.stat().st_mode
    except FileNotFoundError:
        raise BadInput(f"{path} is missing: put the file there.") from None
    except (OSError, RuntimeError, ValueError) as error:  # loops of links, names that no file can have
        raise BadInput(f"{path} cannot be read ({error}): replace it by a file.") from None
    if not real.is_relative_to(root):
        raise BadInput(f"{path} is a link that leads out of the case set: replace it by the file itself.")
    if not stat.S_ISREG(kind):
        raise BadInput(f"{path} is not a file: put a regular file there.")
    return real


def read_bytes(path: Path, most: int = LARGEST_IMAGE) -> bytes:
    """A whole file of at most ``most`` bytes; raises BadInput that names it."""
    try:
        with path.open("rb") as opened:
            if os.fstat(opened.fileno()).st_size > most:
                raise BadInput(f"{path} is larger than {most >> 20} MiB: make it smaller.")
            return opened.read(most)
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or error}): check the file and its rights.") from None


def read_size(path: Path) -> tuple[int, int]:
    """(width, height) of a PNG by its first bytes; nothing is decoded. Raises BadInput that names the file."""
    return _read_head(path)[0]


def png_depth(path: Path) -> int:
    """Bits of a channel of a PNG by its first bytes; raises BadInput that names the file."""
    head = _read_head(path)[1]
    if len(head) <= HEADER_BYTES:
        raise BadInput(f"{path} ends before its picture does: put the whole file there.")
    return head[HEADER_BYTES]


def _read_head(path: Path) -> tuple[tuple[int, int], bytes]:
    """(width, height) of a PNG, and its first bytes, to the depth."""
    try:
        with path.open("rb") as opened:
            head = opened.read(HEADER_BYTES + 1)
            length = os.fstat(opened.fileno()).st_size
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or error}): check the file and its rights.") from None
    if length > LARGEST_IMAGE:
        raise BadInput(f"{path} is larger than {LARGEST_IMAGE >> 20} MiB: make it smaller.")
    try:
        return png_size(head), head
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None


def png_size(data: bytes) -> tuple[int, int]:
    """(width, height) from the first bytes of a PNG; raises BadInput for anything else, and for too many pixels."""
    if len(data) < HEADER_BYTES or not data.startswith(_PNG):
        raise BadInput("this is not a PNG image: save the picture as PNG, 8 or 16 bits, grey.")
    width, height = struct.unpack(">II", data[len(_PNG) : HEADER_BYTES])
    if not width or not height or width * height > LARGEST_PIXELS:
        raise BadInput(f"{width} × {height} pixels: an image has at least one and at most {LARGEST_PIXELS:,}.")
    return int(width), int(height)


def sha256_of(data: bytes) -> str:
    """The checksum that manifests write, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
