"""Checkpoints written in one piece, and what could not be written as one line that names the file and the remedy."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from ssg.cli.files import writable
from ssg.errors import BadInput, Unavailable
from ssg.whole import DISK_FULL, write_json

TORCH = ("inline_container", "PytorchStreamWriter", "iostream error", "Parent directory")
"""What torch says, in a plain RuntimeError, of a file that could not be written."""

AGAIN = "start the same command again"
GOES_ON = f"{AGAIN}; it goes on from the last state that was saved"

WEIGHTS = (".safetensors", ".safetensors.index.json", ".bin", "dense.pt")
"""How the names of files end that belong to one set of weights and to no other."""


@contextmanager
def writing(path: Path, then: str = AGAIN) -> Iterator[None]:
    """What is written to ``path``, a file or a folder; raises Unavailable where that fails, on a full disk above all.

    ``then`` is what to do when there is room again. Other errors pass, those about other files among them.
    """
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        said = refusal(error, path, then)
        if said is None:
            raise
        raise Unavailable(said) from None


def write_figures(path: Path, figures: Mapping[str, Any]) -> None:
    """Figures as JSON, in one piece; raises Unavailable as :func:`writing` does."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, figures)


def require_file(path: Path | None, inputs: Iterable[Path] = (), suffix: str = ".json") -> None:
    """Raise BadInput, before anything is computed, where ``path`` (None: nothing) is not to be written to.

    That is a folder, one of the ``inputs``, or a file that is there and does not end in ``suffix``.
    """
    if path is None:
        return
    if path.resolve() in {one.resolve() for one in inputs}:
        raise BadInput(f"{path} is what is read from, and would be written over: give another name.")
    if path.is_file() and path.suffix != suffix:
        raise BadInput(f"{path} is there already and is no {suffix} file: give another name.")
    if path.parent.is_dir():
        writable(path)
        return
    above = next(place for place in path.absolute().parents if place.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise BadInput(f"{path} cannot be written (no folder that may be written to): give another place.")


@contextmanager
def in_one_piece(folder: Path, then: str = AGAIN) -> Iterator[Path]:
    """A folder to write a checkpoint into, which takes the place of ``folder``'s weights when all of it is there.

    So whoever is cut off leaves the checkpoint that was there before, or none. What stands in ``folder`` beside its
    weights and is not written anew stays. Raises Unavailable as :func:`writing` does.
    """
    with unfinished(folder) as part:
        with writing(part, then):
            part.mkdir(parents=True)
            yield part
        with writing(folder, then):
            put(part, folder, stale=[path for end in WEIGHTS for path in folder.glob(f"*{end}")])


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Where a file or folder stands until all of it is there: beside ``path``, under a name that is nobody else's.

    What a kill left there is removed before, and what is left after.
    """
    path = path.resolve()  # it may be "."
    part = path.with_name(f".{path.name}.part")
    _remove(part)
    try:
        yield part
    finally:
        _remove(part)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):
        path.unlink(missing_ok=True)


def put(part: Path, folder: Path, stale: Iterable[Path]) -> None:
    """Give ``part`` the name ``folder``; one that is there stays the same folder, for whoever stands in it.

    Of ``stale`` goes what ``part`` does not replace.
    """
    if not folder.exists():
        part.rename(folder)
        return
    new = {path.name for path in part.iterdir()}
    for old in [path for path in stale if path.name not in new]:
        old.unlink()
    for name in sorted(new):
        (part / name).replace(folder / name)


def refusal(error: BaseException, path: Path | None = None, then: str = AGAIN) -> str | None:
    """What to say of an error where it came of writing to ``path`` (to any file without it); None where it did not."""
    if isinstance(error, OSError):
        named = error.filename2 or error.filename
        if path and named and not _within(named, path):
            return None
        if not named and error.errno in (None, errno.ENOMEM):  # a connection that broke, a process without memory
            return None
        where, why, full = named or path, error.strerror or str(error), error.errno in DISK_FULL
    elif isinstance(error, SafetensorError):
        _, failed, why = str(error).partition("I/O error: ")
        if not failed:
            return None
        where, full = path, any(f"(os error {code})" in why for code in DISK_FULL)
    elif isinstance(error, RuntimeError) and any(sign in str(error) for sign in TORCH):
        where, why, full = path, "torch was cut off at it", True  # its own words name a line of its source
    else:
        return None
    remedy = "free some space" if full else "see to it that it can be written"
    short = why.strip().split("\n")[0][:120]
    return f"{os.fspath(where) if where else 'A file'} could not be written ({short}): {remedy} and {then}."


def _within(named: str | bytes | int, path: Path) -> bool:
    """Whether a file that an error names is ``path`` or lies in it."""
    return isinstance(named, str) and Path(named).resolve().is_relative_to(path.resolve())
