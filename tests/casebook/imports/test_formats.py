"""Every format as it is published, in small: what each row becomes."""

import csv
import json
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from ssg.casebook.imports import siim
from ssg.casebook.imports.csv_rows import table_text
from ssg.casebook.imports.formats import AUTOMATIC, FORMATS, importer_of
from ssg.casebook.imports.labels import Labels, read_labels
from ssg.casebook.imports.people import person
from ssg.errors import BadInput
from ssg.imaging import boxes_of_pieces

VINDR = """image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max
a1,No finding,14,R1,,,,
a1,Cardiomegaly,3,R2,10,20,110.5,220
a1,Nodule/Mass,8,R2,1,2,x,4
b2,No finding,14,R3,,,,
"""
NIH = """Image Index,Finding Label,Bbox [x,y,w,h],,,
00000001_000.png,Effusion,10.5,20,100,50,,,
00000001_000.png,Infiltrate,,20,100,50,,,
"""
DETAILS = """Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,\
OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]
00000001_000.png,Effusion,0,1,57,F,PA,2048,3072,0.2,0.1
00000002_000.png,Mass,0,2,93,M,AP,2048,2048,0.2,0.2
"""
RSNA = """patientId,x,y,width,height,Target
p1,,,,,0
p2,100,200,50,60,1
p2,300,200,50,60,1
p3,1,2,3,4,0
p4,,,,,1
"""
SIIM = "ImageId, EncodedPixels\ni1,-1\ni2,1024 3 1021 3\ni3,1 2 3\ni4, 1048576 5\n"
LIST = [
    {"image": "images/a.png", "width": 64, "height": 48, "modality": "MR", "body_part": "BRAIN", "age": 40, "sex": "F",
     "findings": [{"label": "meningioma", "boxes": [[1, 2, 10, 12], [20, 20, 30, 30]]}], "absent": ["glioma"]},
    {"image": "images/b.png", "width": 64, "height": 48, "findings": []},
    "no picture",
]  # fmt: skip


def read(tmp_path, text, name="table.csv", form=AUTOMATIC, *more):
    path = tmp_path / name
    path.write_text(text)
    reading = importer_of(form, [path]).read([path, *more])
    assert reading.accounted == reading.rows
    return reading


def test_vindr_keeps_its_readers_apart(tmp_path):
    reading = read(tmp_path, VINDR)
    assert reading.rows == 4 and reading.kept == {"nothing there": 2, "boxes": 1}
    assert reading.refused.to_json() == {"the box is not four numbers": {"times": 1, "examples": ["line 4"]}}
    one = reading.pictures["a1"]
    assert one.normal == ["R1"] and [(mark.reader, mark.label, mark.box) for mark in one.marks] == [
        ("R2", "Cardiomegaly", (10, 20, 110.5, 220)),
    ]


def test_chestxray8_has_corner_and_size_and_a_second_table_of_patients(tmp_path):
    (tmp_path / "details.csv").write_text(DETAILS)
    reading = read(tmp_path, NIH, "boxes.csv", AUTOMATIC, tmp_path / "details.csv")
    assert reading.rows == 2 and reading.kept == {"boxes": 1} and reading.refused.counts.total() == 1
    one = reading.pictures["00000001_000.png"]
    assert one.marks[0].box == (10.5, 20, 110.5, 70) and one.size == (1024, 1024)
    assert (one.view, one.history) == ("PA", "57-year-old woman.")
    assert one.spacing_mm == (0.3, 0.4), "rows and columns of the smaller picture"
    assert "1 of 1 pictures" in reading.notes[0]


def test_rsna_target_and_box_must_fit(tmp_path):
    reading = read(tmp_path, RSNA)
    assert reading.kept == {"nothing there": 1, "boxes": 2} and reading.refused.counts.total() == 2
    assert [mark.box for mark in reading.pictures["p2"].marks] == [(100, 200, 150, 260), (300, 200, 350, 260)]
    assert reading.pictures["p1"].normal and reading.origin.looked_for == ("Lung Opacity",)


def test_siim_runs_go_down_the_columns(tmp_path):
    reading = read(tmp_path, SIIM)
    assert reading.kept == {"nothing there": 1, "masks": 1} and reading.refused.counts.total() == 2
    (mark,) = reading.pictures["i2"].marks
    assert mark.box == (1, 0, 3, 3), "three pixels from the top of the second and of the third column"
    mask = siim.decoded("1024 3 1021 3")
    assert mask.sum() == 6 and mask[:3, 1:3].all()


def test_a_list_of_ssg_says_what_is_marked_and_what_is_excluded(tmp_path):
    reading = read(tmp_path, json.dumps(LIST), "annotations.json")
    assert reading.rows == 3 and reading.kept == {"pictures": 1}
    assert set(reading.refused.counts.values()) == {1} and len(reading.refused.counts) == 2
    one = reading.pictures["images/a.png"]
    assert [(mark.label, mark.absent, mark.box) for mark in one.marks] == [
        ("meningioma", False, (1, 2, 10, 12)),
        ("meningioma", False, (20, 20, 30, 30)),
        ("glioma", True, None),
    ]
    assert (reading.origin.kind, one.history, one.size) == ("brain mr", "40-year-old woman.", (64, 48))


def test_a_file_of_no_known_look_needs_its_format(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadInput, match="give --format, one of annotations"):
        importer_of(AUTOMATIC, [tmp_path / "x.csv"])
    with pytest.raises(BadInput, match=r"has no column image_id, class_name, rad_id, .*: it has a, b"):
        importer_of("vindr", [tmp_path / "x.csv"]).read([tmp_path / "x.csv"])
    for name in FORMATS:
        assert importer_of(name, []).read


def packaged(name):
    found = find_spec("torchxrayvision")
    path = Path(next(iter(found.submodule_search_locations)), "data", name) if found else None
    if path is None or not path.is_file():
        pytest.skip("needs the tables in torchxrayvision: pip install --no-deps torchxrayvision")
    return path


@pytest.mark.parametrize(
    ("name", "form", "pictures"),
    [
        ("BBox_List_2017.csv.gz", "chestxray8", 880),
        ("vinbigdata-train.csv.gz", "vindr", 15_000),
        ("kaggle_stage_2_train_labels.csv.zip", "rsna", 26_684),
        ("siim-pneumothorax-train-rle.csv.gz", "siim", 12_047),
    ],
)
def test_every_row_of_the_published_tables_is_accounted_for(name, form, pictures):
    path = packaged(name)
    rows = list(csv.reader(table_text(path).splitlines()))[1:]
    reading = importer_of(AUTOMATIC, [path]).read([path])
    assert reading.rows == reading.accounted == len(rows) and not reading.refused.counts
    assert len(reading.pictures) == len({row[0] for row in rows}) == pictures
    assert importer_of(form, []).recognises(path)
    labels = Labels(reading.origin.kind)
    for mark in (mark for picture in reading.pictures.values() for mark in picture.marks):
        labels.meaning(mark.label)
    unknown = [label for label, meaning in labels.meanings.items() if not (meaning.finding or meaning.nothing)]
    assert not unknown, "every label of the published tables has a name in the vocabulary"


def test_vindr_s_boxes_are_those_of_the_table():
    path = packaged("vinbigdata-train.csv.gz")
    reading = importer_of("vindr", []).read([path])
    rows = [row for row in csv.DictReader(table_text(path).splitlines()) if row["class_name"] != "No finding"]
    told = Counter((row["image_id"], row["rad_id"], row["class_name"], float(row["x_min"])) for row in rows)
    marks = [(picture.name, mark) for picture in reading.pictures.values() for mark in picture.marks]
    assert told == Counter((name, mark.reader, mark.label, mark.box[0]) for name, mark in marks)


@pytest.mark.parametrize(
    ("label", "finding", "side"),
    [
        ("Left Lung", "lung", "left"),
        ("rib_left_10", "rib", "left"),
        ("Infiltrate", "infiltrate", ""),
        ("Aortic enlargement", Labels("chest x-ray").meaning("Aortic enlargement").finding, ""),
        ("Zorp", "", ""),
        ("left right thing", "", ""),
    ],
)
def test_labels_mean_findings_perhaps_on_a_side(label, finding, side):
    meaning = Labels("chest x-ray").meaning(label)
    assert (meaning.finding, meaning.side) == (finding, side)


def test_meanings_may_be_given_in_a_table(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("label;finding\nZorp;PTX\nBlob;\n")
    labels = Labels("chest x-ray", read_labels(path))
    assert labels.meaning("zorp ").finding == "pneumothorax" and labels.meaning("Blob").finding == ""
    path.write_text("label,finding\nZorp,pneumothorx\n")
    with pytest.raises(BadInput, match=r"labels\.csv, line 2: .* did you mean pneumothorax"):
        read_labels(path)


def test_pieces_that_touch_at_a_corner_are_one_and_crumbs_are_none():
    mask = np.zeros((60, 80), np.uint8)
    mask[10:20, 10:20] = mask[20:30, 20:30] = 255
    mask[50:58, 60:70] = 1
    mask[0, 0] = 1
    assert boxes_of_pieces(mask) == [(10, 10, 30, 30), (60, 50, 70, 58)]
    assert boxes_of_pieces(np.eye(3) > 2) == [] and boxes_of_pieces(np.eye(2)) == [(0, 0, 2, 2)]


@pytest.mark.parametrize(
    ("age", "sex", "said"),
    [("57", "M", "57-year-old man."), ("057Y", "female", "57-year-old woman."),
     ("93", "F", "Woman of 90 years or more."),
     ("", "", ""), ("x", "f", "Woman."), ("40", "", "40-year-old patient."), ("411", "M", "Man.")],
)  # fmt: skip
def test_people_are_an_age_and_a_sex(age, sex, said):
    assert person(age, sex) == said
