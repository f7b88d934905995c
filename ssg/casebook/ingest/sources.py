"""Files that may be pictures: single ones, those of folders, those in zip archives. Nothing is unpacked to the disk.

A member of an archive is read into memory and its name is only shown, so that names that lead elsewhere lead nowhere.
"""

from __future__ import annotations

import os
import stat
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ssg.casebook.archives import ZIP_ERRORS, Unreadable, is_archive, reason_of, require_short_directory
from ssg.errors import BadInput

MOST_MEMBERS = 50_000
MOST_FILES = 200_000
"""Of one ingest: a CT of the whole body has a few thousand."""

MOST_OPEN = 8
"""Archives that are open at a time."""

Refused = Callable[[str, str], None]
"""Told why something is not taken, and its name."""

CLUTTER = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")


class Archives:
    """Zip archives that are read from, the last few of them open: there may be more of them than files may be open.

    Thread-safe.
    """

    def __init__(self) -> None:
        self._open: OrderedDict[Path, zipfile.ZipFile] = OrderedDict()
        self._lock = threading.Lock()

    def members(self, path: Path) -> list[zipfile.ZipInfo]:
        """The table of contents; raises one of ZIP_ERRORS."""
        with self._lock:
            return self._opened(path).infolist()

    def member(self, path: Path, info: zipfile.ZipInfo) -> IO[bytes]:
        """A member, opened: it is read on where its archive is closed meanwhile. Raises one of ZIP_ERRORS."""
        with self._lock:
            return self._opened(path).open(info)

    def _opened(self, path: Path) -> zipfile.ZipFile:
        archive = self._open.pop(path, None)
        if archive is None:
            archive = zipfile.ZipFile(path)
        self._open[path] = archive
        if len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)[1].close()
        return archive

    def close(self) -> None:
        """Close all of them; they are opened again where they are needed."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()


@dataclass(frozen=True, slots=True)
class Source:
    """One file. ``name`` is for messages; ``stamp`` changes with its content.

    ``folder`` is the absolute place of what it lies in: it tells folders of one name apart, and is stored nowhere.
    """

    name: str
    folder: str
    stamp: str
    path: Path
    archives: Archives | None = None
    member: zipfile.ZipInfo | None = None

    def read(self, largest: int) -> bytes:
        """All bytes, at most ``largest`` + 1 of them; raises Unreadable."""
        try:
            if self.archives is None or self.member is None:
                with self.path.open("rb") as file:
                    return file.read(largest + 1)
            with self.archives.member(self.path, self.member) as member:
                return _read_member(member, largest)
        except ZIP_ERRORS as error:
            raise Unreadable(reason_of(error), may_pass=isinstance(error, OSError)) from None

    @property
    def place(self) -> tuple[Path, str]:
        """What no other file has in common with it: where it lies, and its name in an archive."""
        return self.path.absolute(), self.member.filename if self.member else ""


def stamp_of(known: os.stat_result) -> str:
    """What changes when a file is written again."""
    return f"{known.st_size}.{known.st_mtime_ns}"


def _read_member(file: IO[bytes], largest: int) -> bytes:
    """The bytes of a member, whatever size its entry claims."""
    parts, size = [], 0
    while size <= largest and (part := file.read(min(1 << 20, largest + 1 - size))):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def sources_of(paths: Iterable[Path], archives: Archives, refused: Refused) -> Iterator[Source]:
    """All files of ``paths``, folders and archives among them; ``refused`` is told of what is none of them, and why.

    Raises BadInput for a path that is not there, and for more files than are taken.
    """
    seen: set[tuple[Path, str]] = set()
    for path in paths:
        require_there(path)
        for source in _of_path(path, archives, refused):
            if source.place in seen:
                refused("it is given twice", source.name)
                continue
            seen.add(source.place)
            if len(seen) > MOST_FILES:
                raise BadInput(f"There are more than {MOST_FILES:,} files: take a part of them at a time.")
            yield source


def require_there(path: Path) -> None:
    """Raise BadInput for a path where nothing is, or that cannot be reached."""
    try:
        path.stat()
    except FileNotFoundError:
        raise BadInput(f"{path} is not there: correct the path.") from None
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise BadInput(f"{path} cannot be read ({error.strerror or error}): correct the path or its rights.") from None


def _of_path(path: Path, archives: Archives, refused: Refused) -> Iterator[Source]:
    if not path.is_dir():
        yield from _of_file(path, _printable(path.name), archives, refused)
        return

    def shown(inside: Path) -> str:
        return _printable(inside.relative_to(path).as_posix() if inside != path else path.name)

    def unreadable(error: OSError) -> None:
        refused(reason_of(error), f"{shown(Path(error.filename or path))}/")

    for place, folders, names in os.walk(path, onerror=unreadable):
        folders.sort()
        for name in sorted([*names, *(one for one in folders if Path(place, one).is_symlink())]):
            inside = Path(place, name)
            if inside.is_symlink():
                refused("it is a link to another place", shown(inside))
            elif not _is_clutter(shown(inside)):
                yield from _of_file(inside, shown(inside), archives, refused)


def _of_file(path: Path, name: str, archives: Archives, refused: Refused) -> Iterator[Source]:
    try:
        known = path.stat()
        if not stat.S_ISREG(known.st_mode):  # to open a pipe would wait for its other end
            refused("it is not a regular file", name)
            return
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        refused(reason_of(error), name)
        return
    if is_archive(start):
        yield from _of_archive(path, name, archives, refused)
    else:
        yield Source(name, str(path.absolute().parent), stamp_of(known), path)


def _of_archive(path: Path, name: str, archives: Archives, refused: Refused) -> Iterator[Source]:
    try:
        require_short_directory(path)
        members = archives.members(path)
        if len(members) > MOST_MEMBERS:
            raise Unreadable("it holds more files than are taken")
    except Unreadable as error:
        refused(str(error), name)
        return
    except ZIP_ERRORS as error:
        refused(reason_of(error), name)
        return
    seen: set[str] = set()
    for info in members:
        shown = f"{name}: {_printable(info.filename)}"
        if info.is_dir() or _is_clutter(info.filename):
            continue
        if stat.S_ISLNK(info.external_attr >> 16):
            refused("it is a link to another place", shown)
        elif info.flag_bits & 1:
            refused("it is encrypted", shown)
        elif info.filename in seen:
            refused("the archive holds two files of this name", shown)
        else:
            seen.add(info.filename)
            folder = f"{path.absolute()}/{info.filename.rpartition('/')[0]}"
            yield Source(shown, folder, f"{info.CRC}.{info.file_size}", path, archives, info)


def _printable(name: str) -> str:
    """A name as it can be printed: no control signs, no bytes that are no text."""
    plain = name.encode("utf-8", "replace").decode()
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in plain)


def _is_clutter(name: str) -> bool:
    parts = name.lower().replace("\\", "/").split("/")
    return any(part in CLUTTER or part.startswith("._") for part in parts)
