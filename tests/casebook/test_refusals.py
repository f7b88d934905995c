"""What ``python -m ssg cases`` says of what cannot be used: a line for each thing, where it is, and what to do."""

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
