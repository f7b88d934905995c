"""Rows of CSV files as people have them: other separators and encodings, packed, with Windows line ends.

Rows come as texts by the name of their column, with their line, and nothing is guessed of what they mean.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import math
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ssg.casebook.archives import ZIP_ERRORS, Unreadable, reason_of, require_short_directory
from ssg.errors import BadInput

LARGEST = 512 * 2**20
"""Bytes of a table when it is unpacked."""

START = 32 * 2**10
"""Bytes that tell what a file is."""

SEPARATORS = ",;\t|"
csv.field_size_limit(64 * 2**20)  # a mask in one cell is longer than Python's 128 KiB

BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Lines(Protocol):
    """What ``csv.reader`` gives."""

    line_num: int

    def __next__(self) -> list[str]:
        """The cells of the next row."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row: its ``values`` by column, and where it stands."""

    values: Mapping[str, str]
    where: str

    def text(self, column: str) -> str:
        """What a column says; "" where the row ends before it."""
        return (self.values.get(column) or "").strip()

    def number(self, column: str) -> float | None:
        """A finite number, with a point or a comma; None for anything else."""
        return number(self.text(column))

    def numbers(self, columns: Sequence[str]) -> tuple[float, ...] | None:
        """Finite numbers of several columns, None where one of them is none."""
        found = [self.number(column) for column in columns]
        return None if any(value is None for value in found) else tuple(value for value in found if value is not None)


def number(text: str) -> float | None:
    """A finite number that a text is, written with a point or a decimal comma; None where it is none."""
    try:
        value = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def csv_rows(path: Path, needed: Sequence[str]) -> Iterator[CsvRow]:
    """The rows of a CSV file, ``.gz`` and ``.zip`` too, whose first line names the columns.

    Raises BadInput for a file that is no such table, and for ``needed`` columns that it does not have.
    """
    lines = _lines(table_text(path))
    try:
        columns = [name.strip() for name in next(lines)]
    except StopIteration:
        raise BadInput(f"{path} is empty: give a table whose first line names its columns.") from None
    except csv.Error as error:
        raise BadInput(f"{path} is no CSV table ({error}): save it as CSV with a first line of column names.") from None
    if missing := [name for name in needed if name not in columns]:
        raise BadInput(
            f"{path} has no column {', '.join(missing)}: it has {', '.join(filter(None, columns))[:300]}. Is this the "
            "table of another data set, or has its first line been lost?"
        )
    number_of_line = 1
    while True:
        number_of_line = lines.line_num + 1
        try:
            row = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(f"{path}, line {number_of_line}, is no row of CSV ({error}): correct it there.") from None
        if any(cell.strip() for cell in row):
            yield CsvRow(dict(zip(columns, row, strict=False)), f"line {number_of_line}")


def columns_of(path: Path) -> list[str]:
    """The columns that the first line of a table names, none where it is no CSV; raises as :func:`table_text` does."""
    try:
        return [name.strip() for name in next(_lines(start_of(path)), [])]
    except csv.Error:
        return []


def first_rows(path: Path) -> Iterator[CsvRow]:
    """The whole rows among the first letters of a table; raises as :func:`table_text` does."""
    text = start_of(path)
    lines = _lines(text if len(text.encode()) < START - 2 else text.rpartition("\n")[0])
    with suppress(csv.Error):
        columns = [name.strip() for name in next(lines, [])]
        for row in iter(lambda: next(lines, None), None):
            yield CsvRow(dict(zip(columns, row, strict=False)), f"line {lines.line_num}")


def _lines(text: str) -> Lines:
    """The rows of a table, whose separator is what stands most often in its first line."""
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)


def table_text(path: Path) -> str:
    """The text of a table in UTF-8, UTF-16 or Windows-1252; raises BadInput that names the file."""
    data = _unpacked(path, LARGEST + 1)
    if len(data) > LARGEST:
        raise BadInput(f"{path} is larger than {LARGEST >> 20} MiB: split it.")
    return _text(data, path, whole=True)


def start_of(path: Path) -> str:
    """The first letters of a text, some ten thousand; raises BadInput as :func:`table_text` does."""
    data = _unpacked(path, START)
    return _text(data, path, whole=len(data) < START)


def _text(data: bytes, path: Path, whole: bool) -> str:
    if b"\x00" in data[:1000] and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput(f"{path} is no text: save the table as CSV.")
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data, whole)
    except UnicodeDecodeError:
        pass
    try:
        if encoding != "utf-16":
            return "".join(_by_line(data.removeprefix(codecs.BOM_UTF8), whole))
    except UnicodeDecodeError:
        pass
    raise BadInput(f"{path} is not a text of UTF-8, UTF-16 or Windows-1252: save it as UTF-8.")


def _by_line(data: bytes, whole: bool) -> Iterator[str]:
    """Each line as UTF-8 where it can be that, else as Windows-1252: tables are put together of several."""
    lines = data.splitlines(keepends=True)
    for number_of_line, line in enumerate(lines, start=1):
        try:
            yield codecs.getincrementaldecoder("utf-8")().decode(line, whole or number_of_line < len(lines))
        except UnicodeDecodeError:
            yield line.decode("cp1252")


def mixes_encodings(path: Path) -> bool:
    """Whether some lines of a table are UTF-8, beyond ASCII, and others are not; raises as :func:`table_text` does."""
    data = _unpacked(path, LARGEST)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    found = {_is_utf8(line) for line in data.splitlines() if not line.isascii()}
    return len(found) > 1


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unpacked(path: Path, most: int) -> bytes:
    """The first bytes of a file, unpacked: ``most`` of them."""
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as file:
                return file.read(most)
        if path.suffix.lower() == ".zip":
            require_short_directory(path)
            with zipfile.ZipFile(path) as packed:
                names = [one for one in packed.namelist() if one.lower().endswith((".csv", ".tsv", ".txt"))]
                if len(names) != 1:
                    raise BadInput(f"{path} holds {len(names)} tables: give one that holds one, or the table itself.")
                with packed.open(names[0]) as file:
                    return file.read(most)
        with path.open("rb") as file:
            return file.read(most)
    except IsADirectoryError:
        raise BadInput(f"{path} is a folder: give the file of the annotations that is in it.") from None
    except (*ZIP_ERRORS, Unreadable) as error:
        raise BadInput(f"{path} cannot be read ({reason_of(error)}): see to the file, or give another.") from None
