"""A case set in one zip file comes back the same; what is no set, or more than one, is refused and leaves nothing."""

import io
import json
import zipfile

import pytest

from ssg.casebook import InvalidCaseSet, read_case_set
from ssg.casebook.zipped import is_zipped_set, unzip_set, write_zip
from ssg.errors import BadInput
from tests.cli.conftest import run

__all__ = ["run"]


@pytest.fixture
def zipped(folder, tmp_path):
    path = tmp_path / "set.zip"
    write_zip(read_case_set(folder.path), path)
    return path


def changed(path, **members):
    """The same archive with other members: None takes one away."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            if members.get(name, b"") is not None:
                new.writestr(name, members.pop(name, None) or old.read(name))
        for name, data in members.items():
            if data is not None:
                new.writestr(name, data)
    path.write_bytes(buffer.getvalue())
    return path


def test_a_set_comes_back_the_same(zipped, folder, tmp_path):
    assert is_zipped_set(zipped)
    before, after = read_case_set(folder.path), unzip_set(zipped, tmp_path / "out")
    assert (after.cases, after.title, after.version) == (before.cases, before.title, before.version)
    again = tmp_path / "again.zip"
    write_zip(after, again)
    assert again.read_bytes() == zipped.read_bytes(), "of one set there is one zip file"


def test_a_folder_around_it_is_no_matter(zipped, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(zipped) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(f"my set/{name}", old.read(name))
    zipped.write_bytes(buffer.getvalue())
    assert is_zipped_set(zipped) and unzip_set(zipped, tmp_path / "out").cases


def test_other_members_are_left_where_they_are(zipped, tmp_path):
    changed(zipped, **{"../../escaped.txt": b"x", "images/more.exe": b"MZ", "/tmp/abs": b"x"})
    unzip_set(zipped, tmp_path / "deep" / "er" / "out")
    made = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert not made & {"escaped.txt", "more.exe", "abs"}


def test_what_is_broken_is_named_and_leaves_nothing(zipped, folder, tmp_path):
    out = tmp_path / "out"
    picture = folder.manifest["cases"][0]["image"]["file"]
    for members, error, words in (
        ({picture: None}, BadInput, f"set.zip holds no {picture}"),
        ({"case_set.json": b"{"}, InvalidCaseSet, "not valid JSON"),
        ({"case_set.json": json.dumps({"format": "ssg-case-set/2"}).encode()}, InvalidCaseSet, "missing"),
    ):
        data = zipped.read_bytes()
        with pytest.raises(error, match=words):
            unzip_set(changed(zipped, **members), out)
        assert not out.exists()
        zipped.write_bytes(data)
    zipped.write_bytes(zipped.read_bytes()[:-40])
    with pytest.raises(BadInput, match="cannot be read"):
        unzip_set(zipped, out)
    assert not is_zipped_set(zipped)


def test_names_that_lead_out_are_refused_by_the_manifest(zipped, folder, tmp_path):
    folder.manifest["cases"][0]["image"]["file"] = "../../x.png"
    changed(zipped, **{"case_set.json": json.dumps(folder.manifest).encode(), "../../x.png": b"x"})
    with pytest.raises(InvalidCaseSet):
        unzip_set(zipped, tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("x.png"))


def test_by_command(run, folder, tmp_path):
    path = tmp_path / "set.zip"
    assert run("cases", "export", folder.path, "--format", "zip", "--out", path).code == 0
    again = run("cases", "export", folder.path, "--format", "zip", "--out", path)
    assert again.code == 2 and "there already" in again.err
    assert run("cases", "validate", path).code == 0
    assert run("cases", "import", path, "--out", tmp_path / "back").code == 0
    assert read_case_set(tmp_path / "back").cases == read_case_set(folder.path).cases
    assert "give --out" in run("cases", "import", path).err
    assert "there already" in run("cases", "import", path, "--out", tmp_path / "back").err


def test_what_is_no_zip_is_no_set(tmp_path):
    for number, data in enumerate((b"", b"PK", b"PK\x03\x04 but nothing else", b"hello")):
        path = tmp_path / str(number)
        path.write_bytes(data)
        assert not is_zipped_set(path)


def test_stats_diff_and_export_take_it_too(zipped, folder, tmp_path, run):
    stats, diff = run("cases", "stats", zipped), run("cases", "diff", folder.path, zipped)
    assert stats.code == 0 and "2 cases, 2 pictures" in stats.out
    assert (diff.code, diff.out) == (0, "Nothing differs.\n")
    assert run("cases", "export", zipped, "--format", "csv", "--out", tmp_path / "csv").code == 0
    assert (tmp_path / "csv" / "regions.csv").is_file() and len(list((tmp_path / "csv" / "images").iterdir())) == 2
