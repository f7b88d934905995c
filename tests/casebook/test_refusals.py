"""What ``python -m ssg cases`` says of what cannot be used: a line for each thing, where it is, and what to do."""

import json
import re
import zipfile

import pytest

from ssg.cli.main import main
from tests.casebook.conftest import png


@pytest.fixture
def said(capsys):
    """Runs a command that refuses its input; its lines on stderr, without the name of the command."""

    def running(*arguments):
        capsys.readouterr()
        assert main(["cases", *map(str, arguments)]) == 2
        lines = capsys.readouterr().err.splitlines()
        assert all(line.startswith("ssg cases: ") and line.isprintable() for line in lines)
        return [line.removeprefix("ssg cases: ") for line in lines]

    return running


@pytest.fixture
def table(tmp_path):
    """A table of boxes, written from its rows, in a folder of its own beside its one picture."""
    place = tmp_path / "data"
    place.mkdir()
    (place / "a.png").write_bytes(png())

    def writing(*rows, columns="image,label,xmin,ymin,xmax,ymax"):
        path = place / "boxes.csv"
        path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
        return path

    return writing


def test_an_import_of_nothing_says_why_in_one_sentence_and_leaves_nothing(said, table, tmp_path):
    path, out = table("a.png,nodule,x,1,2,3", "a.png,,1,1,2,2"), tmp_path / "new" / "set"
    (line,) = said("import", path, "--images", path.parent, "--out", out, "--licence", "CC0-1.0")
    assert line == (
        "No case came of it, so nothing is written: rows refused 1: the box is not four numbers (line 2); rows refused "
        "1: no picture or no label is named (line 3). Correct the annotations."
    )
    assert not out.parent.exists()


def test_pictures_that_are_elsewhere_are_asked_for(said, table, tmp_path):
    path, empty = table("a.png,nodule,1,1,20,20"), tmp_path / "empty"
    empty.mkdir()
    (line,) = said("import", path, "--images", empty, "--out", tmp_path / "set", "--licence", "CC0-1.0")
    assert "pictures left out 1: no file has the name of the picture (a.png)" in line
    assert line.endswith("Give the folder that holds these pictures.")
    assert not (tmp_path / "set").exists()


def test_a_folder_without_files_is_told_and_nothing_is_left(said, tmp_path):
    (tmp_path / "empty").mkdir()
    (line,) = said("import", tmp_path / "empty", "--out", tmp_path / "set", "--licence", "CC0-1.0")
    assert line.startswith("No picture was taken: 0 files looked at. Give DICOM, NIfTI, PNG or JPEG files")
    assert not (tmp_path / "set").exists()


def test_each_problem_of_a_set_has_a_line(said, folder):
    folder.case["difficulty"] = 9
    folder.case["modality"] = "X\x1b[2J"
    lines = said("stats", folder.save())
    assert [line.split(" (case ")[0].rpartition(", ")[2] for line in lines] == [
        "cases[0].modality",
        "cases[0].difficulty",
    ]


def test_very_many_problems_are_counted(said, folder):
    for region in range(30):
        folder.case["readers"][0]["regions"].append({"finding": "nodule", "box": [0, 0, 0, region]})
    lines = said("stats", folder.save())
    assert len(lines) == 21
    assert lines[-1] == "and 10 more: correct these first."


@pytest.mark.parametrize(
    "region",
    [
        {"finding": "nodule", "box": [0, 0, 900, 900]},
        {"finding": "nodule", "box": [5, 5, 5, 5]},
        {"finding": "nodul", "box": [5, 5, 9, 9]},
    ],
    ids=["outside", "no area", "misspelt"],
)
def test_a_region_that_cannot_be_read_is_one_problem(said, folder, region):
    folder.case["readers"] = [{"id": "A", "regions": [region]}]
    del folder.case["question"], folder.case["teaching_points"]
    (line,) = said("stats", folder.save())
    assert "cases[0].readers[0].regions[0]" in line


def test_readers_of_whom_nothing_is_written_say_nothing(said, folder):
    folder.case["readers"] = [{"id": "A", "regions": []}]
    del folder.case["question"], folder.case["teaching_points"]
    lines = said("stats", folder.save())
    assert any("no reader says anything" in line for line in lines)


DAMAGED = "cannot be read (it is damaged or ends too early): copy or export it again."


@pytest.fixture
def zipped(folder, tmp_path):
    path = tmp_path / "small.zip"
    assert main(["cases", "export", str(folder.path), "--format", "zip", "--out", str(path)]) == 0
    return path


def test_a_zip_that_ends_too_early_is_said_to_be_damaged(said, zipped, capsys):
    zipped.write_bytes(zipped.read_bytes()[:-200])
    assert said("stats", zipped) == [f"{zipped} {DAMAGED}"]
    capsys.readouterr()
    assert main(["cases", "validate", str(zipped)]) == 2
    assert capsys.readouterr().out == f"{zipped}: {DAMAGED}\n"


@pytest.mark.parametrize("inside", ["images/c2.png", "case_set.json"])
@pytest.mark.parametrize("which", [0, 1], ids=["before the member", "in the table of contents"])
def test_a_name_that_was_damaged_in_a_zip_is_no_missing_file(said, zipped, inside, which):
    data = bytearray(zipped.read_bytes())
    at = [found.start() for found in re.finditer(re.escape(inside.encode()), data)][which]
    data[at + 2] ^= 4
    zipped.write_bytes(data)
    assert said("stats", zipped) == [f"{zipped} {DAMAGED}"]


def test_a_zip_is_named_as_it_was_given(zipped, capsys):
    capsys.readouterr()
    assert main(["cases", "validate", "--json", str(zipped)]) == 0
    assert json.loads(capsys.readouterr().out)["sets"][0]["folder"] == str(zipped)


def test_a_picture_that_was_damaged_in_a_zip_is_told_of_the_zip(said, zipped):
    data = bytearray(zipped.read_bytes())
    at = data.index(b"IDAT") + 30
    data[at : at + 4] = bytes(4)
    zipped.write_bytes(data)
    assert said("stats", zipped) == [f"{zipped} {DAMAGED}"]


def test_of_a_zip_whose_manifest_has_a_problem_no_picture_is_said_to_be_missing(said, folder, tmp_path):
    folder.case["difficulty"] = 9
    folder.save()
    with zipfile.ZipFile(tmp_path / "small.zip", "w") as archive:
        for path in folder.path.rglob("*"):
            archive.write(path, path.relative_to(folder.path))
    (line,) = said("stats", tmp_path / "small.zip")
    assert line.startswith(f"{tmp_path / 'small.zip'}/case_set.json, cases[0].difficulty (case c1): 9 cannot be used")


def test_validate_tells_of_everything_that_is_given(said, folder, tmp_path, capsys):
    note = tmp_path / "note.txt"
    note.write_text("Remember.")
    capsys.readouterr()
    assert main(["cases", "validate", str(folder.path), str(note), str(tmp_path / "nope")]) == 2
    out = capsys.readouterr()
    note_line, nope_line, good_line, *_ = out.out.splitlines()
    assert note_line.startswith(f"{note}: is no case set: give the folder of one")
    assert nope_line == f"{tmp_path / 'nope'}: this folder does not exist: correct the path."
    assert good_line.startswith("small 1.0.0: A small set, 2 cases")
    assert out.err == "ssg cases: 2 problems, listed above: correct and validate again.\n"


@pytest.mark.parametrize("command", ["stats", "export", "diff"])
def test_a_folder_that_is_not_there_is_said_not_to_be(said, folder, tmp_path, command):
    nope = tmp_path / "nope"
    before = [folder.path] if command == "diff" else []
    more = ["--format", "coco", "--out", tmp_path / "out"] if command == "export" else []
    assert said(command, *before, nope, *more) == [f"{nope}: this folder does not exist: correct the path."]


def test_a_folder_without_a_manifest_is_no_set(said, tmp_path):
    (line,) = said("stats", tmp_path)
    assert line == f"{tmp_path}: no case set is here: a case set is a folder with a case_set.json."


@pytest.mark.parametrize(
    ("more", "words"),
    [(["--id", "Not An Id"], "'Not An Id' is no id of a set: give --id"), (["--title", "x" * 999], "title: ")],
    ids=["id", "title"],
)
def test_what_a_set_cannot_be_called_is_told_before_a_picture_is_read(said, table, tmp_path, more, words):
    path = table("a.png,nodule,1,1,20,20")
    (line,) = said("import", path, "--images", path.parent, "--out", tmp_path / "set", "--licence", "CC0-1.0", *more)
    assert words in line
    assert not (tmp_path / "set").exists()
