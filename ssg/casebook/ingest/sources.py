"""Files that may be pictures: single ones, those of folders, those in zip archives. Nothing is unpacked to the disk.

A member of an archive is read into memory and its name is only shown, so that names that lead elsewhere lead nowhere.
"""

from __future__ import annotations

import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ssg.errors import BadInput

MOST_MEMBERS = 50_000
MOST_FILES = 200_000
"""Of one ingest: a CT of the whole body has a few thousand."""

LARGEST_DIRECTORY = 16 * 2**20
"""Bytes of the table of contents of an archive: far more than MOST_MEMBERS names take."""

END_MARK, END_SIZE, LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
LOCATOR_MARK, LOCATOR_SIZE, UNSAID = b"PK\x06\x07", 20, 0xFFFFFFFF
CLUTTER = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")

ZIP_ERRORS = (
    *(zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, OSError, lzma.LZMAError),
    ValueError,
)


class Unreadable(Exception):
    """A source that cannot be read; its text says why, in words for the report."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file. ``name`` is for messages; ``folder`` is what it lies in; ``stamp`` changes with its content."""

    name: str
    folder: str
    stamp: str
    path: Path
    archive: zipfile.ZipFile | None = None
    member: zipfile.ZipInfo | None = None

    def read(self, largest: int) -> bytes:
        """All bytes, at most ``largest`` + 1 of them; raises Unreadable."""
        try:
            if self.archive is None or self.member is None:
                with self.path.open("rb") as file:
                    return file.read(largest + 1)
            with self.archive.open(self.member) as member:
                return _read_member(member, largest)
        except ZIP_ERRORS as error:
            raise Unreadable(_reason(error)) from None


def _read_member(file: IO[bytes], largest: int) -> bytes:
    """The bytes of a member, whatever size its entry claims."""
    parts, size = [], 0
    while size <= largest and (part := file.read(min(1 << 20, largest + 1 - size))):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _reason(error: Exception) -> str:
    if isinstance(error, RuntimeError) and not isinstance(error, NotImplementedError):
        return "it is encrypted"
    if isinstance(error, NotImplementedError):
        return "it is packed in a way that is not known"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "it is damaged or ends too early"


def sources_of(paths: Iterable[Path], refused: dict[str, str]) -> Iterator[Source]:
    """All files of ``paths``, folders and archives among them; what is none of them goes to ``refused`` with a reason.

    Raises BadInput for a path that is not there, and for more files than are taken.
    """
    count = 0
    for path in paths:
        if not path.exists():
            raise BadInput(f"{path} is not there: correct the path.")
        for source in _of_path(path, refused):
            count += 1
            if count > MOST_FILES:
                raise BadInput(f"There are more than {MOST_FILES:,} files: take a part of them at a time.")
            yield source


def _of_path(path: Path, refused: dict[str, str]) -> Iterator[Source]:
    if not path.is_dir():
        yield from _of_file(path, _printable(path.name), path.parent.name, refused)
        return
    for place, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            inside = Path(place, name)
            shown = _printable(inside.relative_to(path).as_posix())
            if inside.is_symlink():
                refused[shown] = "it is a link to another place"
            elif not _is_clutter(shown):
                yield from _of_file(inside, shown, Path(place).relative_to(path.parent).as_posix(), refused)


def _of_file(path: Path, name: str, folder: str, refused: dict[str, str]) -> Iterator[Source]:
    try:
        known = path.stat()
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        refused[name] = (error.strerror or "it cannot be read").lower()
        return
    if not stat.S_ISREG(known.st_mode):
        refused[name] = "it is not a regular file"
    elif is_archive(start):
        yield from _of_archive(path, name, refused)
    else:
        yield Source(name, folder, f"{known.st_size}.{known.st_mtime_ns}", path)


def _of_archive(path: Path, name: str, refused: dict[str, str]) -> Iterator[Source]:
    try:
        require_short_directory(path)
        archive = zipfile.ZipFile(path)  # stays open while its members are read; several threads may do so
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise Unreadable("it holds more files than are taken")
    except Unreadable as error:
        refused[name] = str(error)
        return
    except ZIP_ERRORS as error:
        refused[name] = _reason(error)
        return
    seen: set[str] = set()
    for info in members:
        shown = f"{name}: {_printable(info.filename)}"
        if info.is_dir() or _is_clutter(info.filename):
            continue
        if stat.S_ISLNK(info.external_attr >> 16):
            refused[shown] = "it is a link to another place"
        elif info.flag_bits & 1:
            refused[shown] = "it is encrypted"
        elif info.filename in seen:
            refused[shown] = "the archive holds two files of this name"
        else:
            seen.add(info.filename)
            folder = f"{name}/{info.filename.rpartition('/')[0]}"
            yield Source(shown, folder, f"{info.CRC}.{info.file_size}", path, archive, info)


def require_short_directory(path: Path) -> None:
    """Raise Unreadable where the table of contents is too long to be read; what it says of its length is checked."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - END_SIZE - LONGEST_COMMENT))
        tail = file.read()
    at = tail.rfind(END_MARK)
    if at < 0 or len(tail) < at + END_SIZE:
        raise Unreadable("it is damaged or ends too early")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if length == UNSAID:
        length = _long_directory(path, tail[max(0, at - LOCATOR_SIZE) : at])
    if length > LARGEST_DIRECTORY:
        raise Unreadable("it holds more files than are taken")


def _long_directory(path: Path, locator: bytes) -> int:
    """The length of the table of contents where the archive is of the kind for more than 4 GB (APPNOTE 4.3.14)."""
    if not locator.startswith(LOCATOR_MARK):
        return UNSAID
    with path.open("rb") as file:
        file.seek(int.from_bytes(locator[8:16], "little"))
        record = file.read(48)
    return int.from_bytes(record[40:48], "little") if record.startswith(b"PK\x06\x06") else UNSAID


def _printable(name: str) -> str:
    """A name as it can be printed: no control signs, no bytes that are no text."""
    plain = name.encode("utf-8", "replace").decode()
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in plain)


def is_archive(start: bytes) -> bool:
    """Whether a file that begins so is a zip archive."""
    return start[:4] in (b"PK\x03\x04", END_MARK)


def _is_clutter(name: str) -> bool:
    parts = name.lower().replace("\\", "/").split("/")
    return any(part in CLUTTER or part.startswith("._") for part in parts)
