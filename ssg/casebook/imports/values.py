"""Values of foreign files, which may be anything: numbers, sizes, ids, names and texts; and the files of a folder."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ssg.casebook.imports.csv_rows import number, start_of, table_text
from ssg.casebook.imports.marks import Corners, Size
from ssg.errors import BadInput

LARGEST_SIDE = 1_000_000
"""Pixels of a side; more is no picture."""


def around(values: Sequence[float]) -> Corners:
    """The corners around points, x, y, x, y, ..."""
    return min(values[0::2]), min(values[1::2]), max(values[0::2]), max(values[1::2])


def numbers_of(value: Any, count: int | None = None) -> tuple[float, ...] | None:
    """Finite numbers of a list of ``count``; None for anything else, texts of numbers too."""
    if not isinstance(value, list) or count not in (None, len(value)):
        return None
    if any(isinstance(one, bool) or not isinstance(one, (int, float)) for one in value):
        return None
    try:
        found = tuple(map(float, value))
    except OverflowError:
        return None
    return found if all(map(math.isfinite, found)) else None


def size_of(sides: Sequence[Any]) -> Size | str | None:
    """(width, height) in pixels, None where it is not told or 0; in its place why there is none."""
    if all(side in (None, "", 0, "0") for side in sides):
        return None
    found = numbers_of([number(side) if isinstance(side, str) else side for side in sides], 2)
    if found is None or not all(1 <= side <= LARGEST_SIDE for side in found):
        return "the width and height of its picture are no sizes"
    return found[0], found[1]


def id_of(value: Any) -> str:
    """An id as text, whether it is written as text or number; "" where it is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def whole(text: str) -> int | None:
    """A whole number from 0 on of at most nine digits 0 to 9; None for any other text."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def file_of(value: Any) -> str:
    """The name of a file; "" for what is no text."""
    return value.strip().encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def plain(value: Any) -> str:
    """A text in one line, without signs that do not print; "" for what is none."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())


def walked(folder: Path, linked: Callable[[Path], None] | None = None) -> Iterator[Path]:
    """Files below a folder; ``linked`` is told of links to other folders, which are not followed.

    Raises BadInput where a folder cannot be read.
    """

    def unreadable(error: OSError) -> None:
        raise BadInput(
            f"{error.filename or folder} cannot be read ({error.strerror}): give a folder that you may read."
        ) from None

    for place, folders, names in os.walk(folder, onerror=unreadable):
        if linked is not None:
            for path in (Path(place, name) for name in folders):
                if path.is_symlink():
                    linked(path)
        yield from (Path(place, name) for name in names)


def files_below(folder: Path, *endings: str) -> list[Path]:
    """Files below a folder whose names end so, in order; raises BadInput where a folder cannot be read."""
    return sorted(path for path in walked(folder) if path.name.lower().endswith(endings))


def text_that_begins(path: Path, sign: str) -> str:
    """The text of a file that begins with a sign, such as a brace, which is looked at first; "" for any other."""
    try:
        return table_text(path) if start_of(path).lstrip()[:1] == sign else ""
    except BadInput:
        return ""


def text_or_none(path: Path) -> str:
    """The text of a file; "" where it is no text, or no file."""
    try:
        return table_text(path)
    except BadInput:
        return ""


def word_of(text: str) -> str:
    """The word of a lesion as a case set takes it: "Lesion 1" is "lesion-1"."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:64]
