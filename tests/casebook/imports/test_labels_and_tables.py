"""Labels that only near candidates are offered for; boxes in one column; tables that lack something."""

import codecs
import json

import numpy as np
import pytest
from PIL import Image

from ssg.casebook import read_case_set
from ssg.casebook.imports.labels import Labels
from ssg.casebook.imports.readers import NOTHING_THERE
from ssg.casebook.imports.table import read, recognises
from ssg.cli.main import main


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Épanchement", ()),
        ("Rundherd", ()),
        ("Herz", ()),
        ("Cardiomegalie", ("cardiomegaly",)),
        ("Fractura", ("fracture",)),
        ("pleural_effusion_small", ("pleural effusion", "pleura")),
    ],
)
def test_only_what_is_near_a_label_is_offered_for_it(label, expected):
    assert Labels("chest x-ray").meaning(label).candidates == expected


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    grey = np.random.default_rng(0).integers(0, 255, (40, 60), dtype=np.uint8)
    Image.fromarray(grey).save(folder / "a.png")
    return folder


@pytest.mark.parametrize("written", ['"[10, 5, 20, 30]"', '"10 5 20 30"', '"(10; 5; 20.0; 30)"'])
def test_a_box_in_one_column_is_read_as_coco_has_it(written, pictures, tmp_path, capsys):
    table = tmp_path / "boxes.csv"
    table.write_text(f"image,label,bbox\na.png,nodule,{written}\n")
    more = ["--images", str(pictures), "--out", str(tmp_path / "set"), "--licence", "private"]
    assert main(["cases", "import", str(table), *more]) == 0
    assert "bbox is taken as [x, y, width, height]" in capsys.readouterr().out
    (case,) = read_case_set(tmp_path / "set").cases
    assert tuple(case.readers[0].regions[0].box) == (10, 5, 30, 35)


def test_a_box_in_one_column_that_is_none_is_refused_and_counted(tmp_path):
    table = tmp_path / "boxes.csv"
    table.write_text('image,label,bbox\na.png,nodule,"[1, 2, 3]"\nb.png,nodule,"[1, 2, x, 4]"\n')
    reading = read([table])
    assert reading.refused.counts == {"the box is not four numbers": 2} and not reading.pictures


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("picture,colour", "none that is known to hold the label or the box"),
        ("patient,finding,xmin,ymin,xmax,ymax", "none that is known to hold the image"),
        ("image,label", "none that is known to hold the box (or whether it is there)"),
    ],
)
def test_what_a_table_lacks_is_named(columns, said, tmp_path, capsys):
    table = tmp_path / "boxes.csv"
    table.write_text(f"{columns}\n1,2,3,4,5,6\n")
    assert main(["cases", "import", str(table)]) == 2
    err = capsys.readouterr().err
    assert said in err and "--format" in err and err.count("\n") == 1


def refused(path, capsys):
    assert main(["cases", "import", str(path)]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("name", ["boxes.csv", "boxes.json"])
def test_a_file_without_anything_is_empty(name, tmp_path, capsys):
    (tmp_path / name).write_text("\n")
    assert f"{name} is empty: give a file with the annotations in it." in refused(tmp_path / name, capsys)


COCO = {"images": [{"id": 1, "file_name": "a.png"}], "annotations": [], "categories": [{"id": 1, "name": "nodule"}]}


def test_json_that_ends_too_early_is_said_to_be_none_and_where(tmp_path, capsys):
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps(COCO)[:70])
    said = refused(path, capsys)
    assert "boxes.json is not valid JSON (" in said and "line 1 column " in said


@pytest.mark.parametrize("missing", list(COCO))
def test_coco_without_one_of_its_lists_is_told_which(missing, tmp_path, capsys):
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps({key: value for key, value in COCO.items() if key != missing}))
    assert f"as COCO has, but no {missing}: " in refused(path, capsys)


UTF8 = "a.png,Épanchement pleural,1,1,20,20\n".encode()
WINDOWS = "a.png,Épanchement,2,2,20,20\n".encode("cp1252")
HEAD = b"image,label,xmin,ymin,xmax,ymax\n"


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["plain", "with a mark"])
@pytest.mark.parametrize("rows", [UTF8 + WINDOWS, WINDOWS + UTF8.rstrip()], ids=["UTF-8 first", "UTF-8 last"])
def test_lines_of_two_encodings_are_each_read_as_what_they_are(rows, mark, tmp_path):
    (tmp_path / "boxes.csv").write_bytes(mark + HEAD + rows)
    reading = read([tmp_path / "boxes.csv"])
    assert {one.label for one in reading.pictures["a.png"].marks} == {"Épanchement pleural", "Épanchement"}
    assert any("some lines are UTF-8, some Windows-1252" in note for note in reading.notes)


@pytest.mark.parametrize("rows", [UTF8, WINDOWS], ids=["UTF-8", "Windows-1252"])
def test_a_table_of_one_encoding_mixes_none(rows, tmp_path):
    (tmp_path / "boxes.csv").write_bytes(HEAD + rows + b"a.png,mass,1,1,20,20\n")
    assert not read([tmp_path / "boxes.csv"]).notes


@pytest.mark.parametrize(
    ("written", "confidence"),
    [("80%", 0.8), ("12.5 %", 0.125), ("0.8", 0.8), ('"0,8"', 0.8), ("high", None), ("80", None), ("120%", None)],
)
def test_a_box_is_kept_whatever_its_confidence(written, confidence, tmp_path):
    (tmp_path / "boxes.csv").write_text(
        f"image,label,xmin,ymin,xmax,ymax,confidence\na.png,nodule,1,1,20,20,{written}\n"
    )
    reading = read([tmp_path / "boxes.csv"])
    (mark,) = reading.pictures["a.png"].marks
    assert mark.box == (1, 1, 20, 20) and mark.confidence == pytest.approx(confidence)
    assert bool(reading.notes) == (confidence is None)
    assert all(note.startswith("In 1 row (line 2) the confidence is no number") for note in reading.notes)


def test_a_table_of_normal_pictures_alone_is_taken_in(pictures, tmp_path, capsys):
    table = tmp_path / "normal.csv"
    table.write_text("image,label\na.png,No finding\na.png,normal\n")
    more = ["--images", str(pictures), "--out", str(tmp_path / "set"), "--licence", "private"]
    assert main(["cases", "import", str(table), *more]) == 0
    out = capsys.readouterr().out
    assert "2 nothing there" in out and "nowhere what was looked for" in out
    (case,) = read_case_set(tmp_path / "set").cases
    assert [mark.label for mark in case.readers[0].other] == [NOTHING_THERE]
    assert case.readers[0].absent == () and not case.is_asked, "nobody said what was looked for"


@pytest.mark.parametrize("rows", ["a.png,mass\n", "a.png,normal\nb.png,mass\n", "", "a.png,\n"])
def test_a_table_of_whole_pictures_that_names_findings_must_be_asked_for(rows, tmp_path):
    (tmp_path / "t.csv").write_text(f"image,label\n{rows}")
    assert not recognises(tmp_path / "t.csv")
