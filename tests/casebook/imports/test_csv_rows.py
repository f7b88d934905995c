"""CSV as people have it."""

import gzip
import zipfile

import pytest

from ssg.casebook.imports.csv_rows import csv_rows, number
from ssg.errors import BadInput

TABLE = "name;x;y\nfirst;1,5;2\n\nMüller;3;4\n"


def written(path, data):
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_separators_encodings_and_line_ends(separator, encoding, line_end, tmp_path):
    cell = '"1,5"' if separator == "," else "1,5"
    text = TABLE.replace("1,5", cell).replace(";", separator).replace("\n", line_end)
    rows = list(csv_rows(written(tmp_path / "t.csv", text.encode(encoding)), ("name", "x")))
    assert [row.text("name") for row in rows] == ["first", "Müller"]
    assert [row.numbers(("x", "y")) for row in rows] == [(1.5, 2.0), (3.0, 4.0)]
    assert rows[1].where == "line 4"


def test_packed_tables_are_read(tmp_path):
    with gzip.open(tmp_path / "t.csv.gz", "wt") as file:
        file.write(TABLE)
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as packed:
        packed.writestr("folder/t.csv", TABLE)
    assert len(list(csv_rows(tmp_path / "t.csv.gz", ("x",)))) == len(list(csv_rows(tmp_path / "t.zip", ("x",)))) == 2
    with zipfile.ZipFile(tmp_path / "t.zip", "a") as packed:
        packed.writestr("other.csv", TABLE)
    with pytest.raises(BadInput, match="holds 2 tables"):
        list(csv_rows(tmp_path / "t.zip", ("x",)))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"a,b\n1,2\n", "has no column x: it has a, b"),
        ("t.csv", b"\x89PNG\x00\x00", "is no text"),
        ("t.csv.gz", b"no gzip", "cannot be read"),
        ("t.zip", b"no zip", "cannot be read"),
        ("t.csv.gz", gzip.compress(b"x\n1\n", mtime=0)[:-6], "cannot be read"),
    ],
)
def test_what_is_no_table_is_refused_by_name(name, data, said, tmp_path):
    path = written(tmp_path / name, data)
    with pytest.raises(BadInput, match=said) as refused:
        list(csv_rows(path, ("x",)))
    assert str(path) in str(refused.value)
    with pytest.raises(BadInput, match="cannot be read"):
        list(csv_rows(tmp_path / "absent.csv", ("x",)))


def test_a_short_row_has_empty_cells_and_a_hundred_thousand_rows_are_read(tmp_path):
    (row,) = csv_rows(written(tmp_path / "t.csv", b"x,y\n1\n"), ("x",))
    assert row.text("y") == "" and row.number("y") is None
    many = b"x,y\n" + b"1.5,2\n" * 100_000
    rows = list(csv_rows(written(tmp_path / "many.csv", many), ("x",)))
    assert len(rows) == 100_000 and rows[-1].where == "line 100001"


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), ("1.5", 1.5), ("1,5", 1.5), ("-2e3", -2000.0), ("", None), ("x", None), ("nan", None), ("inf", None),
     ("1.234,5", None), ("1,2,3", None)],
)  # fmt: skip
def test_numbers(text, value):
    assert number(text) == value
