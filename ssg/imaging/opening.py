"""From a file or an upload to a DisplayImage: limits and first bytes are checked here, decoding happens in a worker."""

from __future__ import annotations

import atexit
import os
import stat
from contextlib import AbstractContextManager
from pathlib import Path

from ssg.imaging.pool import WorkerPool
from ssg.imaging.process import HearMarks, Keep, no_marks
from ssg.imaging.refusals import Problem, refusal
from ssg.imaging.sniffing import kind_of
from ssg.imaging.types import DisplayImage, Removed

LARGEST_FILE_MB = 50.0

_POOL = WorkerPool()
atexit.register(_POOL.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOL.forget)


def open_image(path: Path | str, *, largest_mb: float = LARGEST_FILE_MB) -> DisplayImage:
    """Decode a PNG, JPEG or single-frame DICOM file, for display.

    Waits for a worker as long as it takes. Raises ImageRefused, whose code is one of ``refusals.MESSAGES``, and
    Unavailable where no worker can be started.
    """
    return _opened(Path(path), str(path), largest_mb, patient=True)


def decode_upload(data: bytes | Path, name: str, *, largest_mb: float = LARGEST_FILE_MB) -> DisplayImage:
    """Decode an uploaded file, given as its bytes or as where it lies; ``name`` is used in messages only.

    Raises ImageRefused as :func:`open_image` does, and Unavailable also where no worker becomes free within a minute,
    since a page waits for it. Nothing is kept of the file or its name.
    """
    return _opened(data, name, largest_mb, patient=False)


def _opened(data: bytes | Path, name: str, largest_mb: float, patient: bool) -> DisplayImage:
    try:
        content = _content(data, int(largest_mb * 2**20)) if isinstance(data, Path) else data
        if len(content) > largest_mb * 2**20:
            raise Problem("too_big_file", limit=f"{largest_mb:g}")
        return _POOL.decode(content, kind_of(content), patient)
    except Problem as problem:
        raise refusal(problem, name) from None


def decode_all(
    data: bytes | Path,
    name: str,
    salt: bytes,
    keep: Keep,
    mark: HearMarks = no_marks,
    *,
    largest_mb: float,
    labels: bool = False,
) -> Removed:
    """Decode every frame of a PNG, JPEG, DICOM or NIfTI file; ``keep`` is given each with where it belongs.

    Of DICOM segmentations and reports ``mark`` is given what they mark on other pictures. With ``labels`` the file is
    taken as a mask: samples are the whole numbers that it stores, and one that stores none is refused.
    ``salt`` keys the digests that say what belongs together. Returns what of the file is not kept. Raises as
    :func:`open_image` does; frames that ``keep`` had before that are none.
    """
    try:
        content = _content(data, int(largest_mb * 2**20)) if isinstance(data, Path) else data
        if len(content) > largest_mb * 2**20:
            raise Problem("too_big_file", limit=f"{largest_mb:g}")
        return _POOL.decode_all(content, kind_of(content, volumes=True), salt, keep, mark, labels)
    except Problem as problem:
        raise refusal(problem, name) from None


def many_files() -> AbstractContextManager[None]:
    """For as long as many files are opened one after the other: to start a worker takes longer than a small file."""
    return _POOL.kept_warm()


def _content(path: Path, largest: int) -> bytes:
    """The bytes of a regular file, one more than ``largest`` at most."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise Problem("unreadable", what="it is a folder")
        if not stat.S_ISREG(mode):
            raise Problem("unreadable", what="it is not a regular file")
        with path.open("rb") as file:
            return file.read(largest + 1)
    except OSError as error:
        raise Problem("unreadable", what=_reason(error)) from None
    except ValueError:  # a NUL in the path
        raise Problem("unreadable", what="its path is impossible") from None


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
