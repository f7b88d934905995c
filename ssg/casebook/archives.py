"""Zip archives of strangers: told by their first bytes, and never opened where their table of contents is too long.

Python reads the whole table when it opens an archive, whatever its length.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

LARGEST_DIRECTORY = 16 * 2**20
"""Bytes of the table of contents of an archive: 50,000 names take far less."""

END_MARK, END_SIZE, LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
LOCATOR_MARK, LOCATOR_SIZE = b"PK\x06\x07", 20
LONG_MARK, LONG_SIZE = b"PK\x06\x06", 56

ZIP_ERRORS = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, OSError, lzma.LZMAError),
    ValueError,
)


class Unreadable(Exception):
    """A source that cannot be read; its text says why, in words for the report, ``may_pass`` that it may not last."""

    def __init__(self, why: str, may_pass: bool = False) -> None:
        super().__init__(why)
        self.may_pass = may_pass


DAMAGED = "it is damaged or ends too early"


def reason_of(error: Exception) -> str:
    """What one of ZIP_ERRORS, or Unreadable, says in words."""
    if isinstance(error, Unreadable):
        return str(error)
    if isinstance(error, RuntimeError) and not isinstance(error, NotImplementedError):
        return "it is encrypted"
    if isinstance(error, NotImplementedError):
        return "it is packed in a way that is not known"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return DAMAGED


def why_unreadable(path: Path, members: bool = True) -> str:
    """Why a file that begins as a zip archive cannot be read, "" where nothing tells so; its members are not unpacked.

    With ``members`` every name in the table of contents is held against the one that stands before its member.
    """
    try:
        require_short_directory(path)
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist() if members else ():
                archive.open(info).close()
    except (*ZIP_ERRORS, Unreadable) as error:
        return reason_of(error)
    return ""


def is_archive(start: bytes) -> bool:
    """Whether a file that begins so is a zip archive."""
    return start[:4] in (b"PK\x03\x04", END_MARK)


def require_short_directory(path: Path) -> None:
    """Raise Unreadable where the table of contents is too long to be read, and OSError.

    An archive may state its length in several places (APPNOTE 4.3.14 to 4.3.16): the largest counts, since versions
    of Python differ in which of them they follow.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        start = file.seek(max(0, size - END_SIZE - LONGEST_COMMENT))
        tail = file.read()
        at = tail.rfind(END_MARK)
        if at < 0 or len(tail) < at + END_SIZE:
            raise Unreadable(DAMAGED)
        stated = [int.from_bytes(tail[at + 12 : at + 16], "little")] if tail[at + 12 : at + 16] != b"\xff" * 4 else []
        stated += _long_lengths(file, start + at)
    if not stated or max(stated) > LARGEST_DIRECTORY:
        raise Unreadable("it holds more files than are taken")


def names_in(path: Path) -> frozenset[str]:
    """The names of the files in a zip archive; none for any other file, and for one that cannot be read."""
    try:
        with path.open("rb") as file:
            if not is_archive(file.read(4)):
                return frozenset()
        require_short_directory(path)
        with zipfile.ZipFile(path) as archive:
            return frozenset(info.filename for info in archive.infolist() if not info.is_dir())
    except (*ZIP_ERRORS, Unreadable):
        return frozenset()


def _long_lengths(file: BinaryIO, end: int) -> Iterator[int]:
    """The lengths that the records for more than 4 GB state; ``end`` is where the record of the end begins."""
    if end < LOCATOR_SIZE:
        return
    file.seek(end - LOCATOR_SIZE)
    locator = file.read(LOCATOR_SIZE)
    if not locator.startswith(LOCATOR_MARK):
        return
    # Where the locator says that it is, and where Python takes it to be.
    for place in (int.from_bytes(locator[8:16], "little"), end - LOCATOR_SIZE - LONG_SIZE):
        if 0 <= place < end:
            file.seek(place)
            record = file.read(LONG_SIZE)
            if record.startswith(LONG_MARK):
                yield int.from_bytes(record[40:48], "little")
