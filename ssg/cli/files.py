"""Reading JSON and text, and writing files for the commands, with errors that name the file."""

from __future__ import annotations

import argparse
import codecs
import json
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ssg.errors import BadInput

LARGEST_JSON = 64 * 2**20
DEEPEST_JSON = 32
"""Lists and objects inside each other; a reference takes six."""


STANDARD_INPUT = Path("-")
"""As other commands of a shell have it; pictures and folders are never read from there."""


def file_path(text: str) -> Path:
    """A path as a flag gives it; an empty one, from a variable that is not set, must not mean the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    if "\0" in text:
        raise argparse.ArgumentTypeError("the path holds a NUL character")
    return Path(text)


def name_of(path: Path) -> str:
    """How an error names what was read."""
    return "standard input" if path == STANDARD_INPUT else str(path)


def read_text(path: Path) -> str:
    """The text of a file, or of the standard input; raises BadInput that names it."""
    try:
        return _read(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{name_of(path)} is not a UTF-8 text file: save it as UTF-8, or give another file.") from None


def read_prose(path: Path) -> str:
    """What somebody wrote in whichever editor: UTF-8, UTF-16 with its mark, or Windows-1252, line ends as they are.

    Raises BadInput that names the file.
    """
    data = _read(path)
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise BadInput(f"{name_of(path)} is not a text file: save the report as plain text (UTF-8).")


def _read(path: Path) -> bytes:
    name = name_of(path)
    try:
        # Not its size: a device says that it has none.
        if path == STANDARD_INPUT:
            data = sys.stdin.buffer.read(LARGEST_JSON + 1)
        else:
            with path.open("rb") as file:
                data = file.read(LARGEST_JSON + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(f"{name} cannot be read ({reason}): give a file that exists and that you may read.") from None
    if len(data) > LARGEST_JSON:
        raise BadInput(f"{name} is larger than {LARGEST_JSON >> 20} MiB: split it.")
    return data


def parse_json(text: str, what: str, not_finite: bool = False) -> Any:
    """JSON, without repeated names; raises BadInput that names ``what``.

    NaN and infinities are refused, or left to whoever checks the numbers and can say whose they are (``not_finite``).
    """
    try:
        value = json.loads(
            text, parse_constant=float if not_finite else _refuse, parse_int=_whole, object_pairs_hook=_each_name_once
        )
        too_deep = _deeper_than(value, DEEPEST_JSON)
    except RecursionError:
        too_deep = True
    except ValueError as error:
        raise BadInput(f"{what} is not valid JSON: {error}; correct it there.") from None
    if too_deep:
        raise BadInput(f"{what} is nested too deeply: at most {DEEPEST_JSON} lists and objects inside each other.")
    return value


def read_json(path: Path, not_finite: bool = False) -> Any:
    """A JSON file; raises BadInput that names it. ``not_finite`` as for :func:`parse_json`."""
    return parse_json(read_text(path), name_of(path), not_finite)


def json_lines(path: Path, not_finite: bool = False) -> Iterator[tuple[str, Any]]:
    """Where each line of a file stands, and its JSON; empty lines are left out. Raises as :func:`read_json`."""
    # Not splitlines: JSON text may hold separators such as U+2028, which are no ends of a line.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            where = f"{name_of(path)}, line {number}"
            yield where, parse_json(line, where, not_finite)


@contextmanager
def naming(where: str) -> Iterator[None]:
    """Errors say where the thing stands."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name[:60]!r} stands twice in one object")
        found[name] = value
    return found


def _deeper_than(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        nested = [item for item in level if isinstance(item, dict | list)]
        level = [inner for item in nested for inner in (item.values() if isinstance(item, dict) else item)]
        if not level:
            return False
    return any(isinstance(item, dict | list) for item in level)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < 19 else math.inf * (-1 if digits.startswith("-") else 1)


def writable(path: Path) -> Path:
    """The path, or BadInput where a file cannot be put there."""
    try:
        if path.is_dir():
            raise BadInput(f"{path} is a folder: give the name of a file.")
        if not path.parent.is_dir():
            raise BadInput(f"The folder {path.parent} does not exist: create it first.")
        refused = not os.access(path if path.exists() else path.parent, os.W_OK)
    except OSError as error:  # a name that the file system does not take
        raise unwritable(path, error) from None
    if refused:
        raise BadInput(f"{path} cannot be written (no permission): give another place.")
    return path


def unwritable(path: Path, error: OSError) -> BadInput:
    """What to raise where writing a file failed."""
    return BadInput(f"{path} cannot be written ({error.strerror or error}): give another place.")
