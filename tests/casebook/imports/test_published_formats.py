"""Seven more formats as they are published, in small and invented: what each row becomes, and what none may break."""

import copy
import gzip
import json
import math
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssg.boxes import Box
from ssg.casebook import check_images, read_case_set
from ssg.casebook.imports import padchest_gr, table
from ssg.casebook.imports import runs as run_lengths
from ssg.casebook.imports.formats import AUTOMATIC, FORMATS, importer_of
from ssg.casebook.imports.image_files import ImageFiles
from ssg.casebook.imports.labels import Labels
from ssg.casebook.imports.making import Wanted, make_case_set
from ssg.casebook.imports.marks import Mark, Origin, Picture, Reading
from ssg.casebook.imports.placing import scale_to
from ssg.casebook.imports.readers import Gathering
from ssg.casebook.imports.report import Report
from ssg.errors import BadInput
from tests.casebook.imports.test_formats import LIST, NIH, RSNA, SIIM, VINDR
from tests.casebook.imports.test_making import png

MSCXR_JSON = {
    "info": {"description": "invented"}, "licenses": [],
    "categories": [{"id": 1, "name": "Pneumothorax", "supercategory": "disease"}, {"id": 2, "name": "Edema"}],
    "images": [
        {"file_name": "aa-1.jpg", "path": "files/p10/p101/s5/aa-1.jpg", "width": 2000, "height": 1600, "id": 1,
         "num_annotations": 2},
        {"file_name": "bb-2.jpg", "path": "files/p10/p102/s6/bb-2.jpg", "width": 2000, "height": 1600, "id": 2},
    ],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [100, 200, 50, 60], "width": 2000, "height": 1600,
         "area": 3000, "iscrowd": 0, "segmentation": [], "label_text": "Small apical air\nstripe"},
        {"id": 2, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "label_text": "hazy bases"},
    ],
}  # fmt: skip
MSCXR_CSV = """dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height,split
aa-1,Pneumothorax,"Small, apical air stripe",files/p10/p101/s5/aa-1.jpg,100,200,50,60,2000,1600,test
bb-2,Edema,hazy bases,,1,2,x,4,2000,1600,test
bb-2,,hazy bases,,1,2,3,4,2000,1600,test
bb-2,Edema,hazy bases,,1,2,3,4,-5,1600,test
"""
PADCHEST = [
    {"StudyID": "1", "ImageID": "one.png", "PreviousStudyID": None, "PreviousImageID": None, "findings": [
        {"sentence_en": "Fluid at the right base.", "sentence_es": "Líquido basal derecho.", "abnormal": True,
         "boxes": [[0.1, 0.5, 0.4, 0.9]], "extra_boxes": [[0.15, 0.55, 0.45, 0.95], [0.1, 0.5, 90, 0.9]],
         "labels": ["pleural effusion"], "locations": ["right", "basal"], "progression": "stable"},
        {"sentence_en": "Enlarged heart.", "sentence_es": "Corazón grande.", "abnormal": True, "boxes": [],
         "extra_boxes": [], "labels": ["cardiomegaly"], "locations": ["cardiac"], "progression": None},
        {"sentence_en": "No pneumothorax or nodules.", "sentence_es": "Sin neumotórax ni nódulos.", "abnormal": False},
        {"sentence_en": "No new infiltrates.", "sentence_es": "", "abnormal": False},
        {"sentence_en": "No rib fractures on the left.", "sentence_es": "", "abnormal": False},
        {"sentence_en": "", "sentence_es": "Sin masas.", "abnormal": False, "labels": ["mass"], "locations": []},
    ]},
    {"StudyID": "2", "ImageID": "two.png", "findings": [
        {"sentence_en": "No significant findings.", "sentence_es": "Normal.", "abnormal": False, "labels": ["normal"]},
        {"sentence_en": "Nothing unusual.", "sentence_es": "Normal.", "abnormal": False, "labels": ["normal"]},
        {"sentence_en": "Possible nodule.", "sentence_es": "", "abnormal": False},
        {"sentence_en": "As before.", "sentence_es": "", "abnormal": True, "labels": ["unchanged"], "boxes": []},
        {"sentence_en": "No mass.", "sentence_es": "", "abnormal": False, "boxes": [[0, 0, 1, 1]]},
        {"sentence_en": "No word whether.", "sentence_es": ""},
    ]},
    {"StudyID": "3", "ImageID": "three.png", "findings": []},
    {"StudyID": "4"},
]  # fmt: skip
CHESTX = [
    {"file_name": "7.png", "syms": [], "boxes": [], "polygons": []},
    {"file_name": "8.png", "syms": ["Effusion", "Diffuse Nodule"], "boxes": [[10, 20, 30, 40], [1, 2, 3, "4"]],
     "polygons": [[[10, 20], [30, 40]], [[1, 2], [3, 4]]]},
    {"file_name": "9.png", "syms": ["Mass"], "boxes": [], "polygons": []},
    {"file_name": "10.png", "syms": [""], "boxes": [[1, 2, 3, 4]], "polygons": [[]]},
    {"syms": [], "boxes": []},
]  # fmt: skip
COCO = {
    "info": {}, "licenses": [{"id": 1}],
    "images": [
        {"id": 1, "file_name": "sub\\a.png", "width": 100, "height": 80},
        {"id": "b", "file_name": "b.png", "width": 100, "height": 80},
        {"id": 3, "file_name": "c.png", "width": 100, "height": 80},
        {"id": 4, "file_name": "d.png", "width": "wide", "height": 80},
        {"id": 5, "width": 100, "height": 80},
        {"id": 6, "file_name": "e.png"}, {"id": 6, "file_name": "f.png"},
    ],
    "categories": [
        {"id": 1, "name": "effusion"}, {"id": 2, "name": "nodule"}, {"id": 3, "name": "No finding"}, {"id": 4},
    ],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 30, 40.5], "iscrowd": 0, "segmentation": []},
        {"id": 2, "image_id": "1", "category_id": 2.0, "iscrowd": 1, "bbox": [1, 2, 3, 4],
         "segmentation": {"size": [80, 100], "counts": [0, 8000]}},
        {"id": 3, "image_id": 1, "category_id": 2, "segmentation": [[5, 6, 9, 6, 9, 12], [1, 30, 4, 30, 4, 31]]},
        {"id": 4, "image_id": 1, "category_id": 2, "segmentation": {"size": [4, 5], "counts": [5, 2, 2, 2, 9]}},
        {"id": 5, "image_id": 1, "category_id": 2},
        {"id": 6, "image_id": "b", "category_id": 3, "bbox": []},
        {"id": 7, "image_id": "b", "category_id": 9, "bbox": [1, 2, 3, 4]},
        {"id": 8, "image_id": 99, "category_id": 1, "bbox": [1, 2, 3, 4]},
        {"id": 9, "image_id": 4, "category_id": 1, "bbox": [1, 2, 3, 4]},
        {"id": 10, "image_id": 5, "category_id": 1, "bbox": [1, 2, 3, 4]},
        {"id": 11, "image_id": 6, "category_id": 1, "bbox": [1, 2, 3, 4]},
        {"id": 12, "image_id": 1, "category_id": 1, "bbox": [1, 2, "3", 4]},
        {"id": 13, "image_id": 1, "category_id": 1, "segmentation": [[1, 2, 3]]},
        {"id": 14, "image_id": 1, "category_id": 1, "segmentation": {"size": [4, 5], "counts": [5, 2]}},
        "annotation",
    ],
}  # fmt: skip
YOLO = {
    "data.yaml": "path: /elsewhere\ntrain: images/train\nnc: 2\nnames:\n  0: effusion\n  1: 'no finding'\n",
    "labels/train/a.txt": "0 0.5 0.5 0.2 0.4\n0 0.5 0.5 0.2 0.4 0.75\n0 0.1 0.2 0.3 0.2 0.3 0.6\n\n"
    "7 0.5 0.5 0.2 0.4\n0 50 50 20 40\n0 0.5 x 0.2 0.4\n0 0.5 0.5\n0 0.5 0.5 0.2 0.4 7\n0 .1 .2 .3 .2 .3 .6 .7\n",
    "labels/train/b.c.txt": "",
    "labels/val/a.txt": "1 0.5 0.5 1 1\n",
    "train.txt": "images/train/a.png\n",
    "images/train/a.png": "not looked into",
}
VOC = """<?xml version="1.0" encoding="utf-8"?>
<annotation><folder>x</folder><filename>a.png</filename><path>C:\\x\\a.png</path>
<size><width>100</width><height>80</height><depth>1</depth></size><segmented>0</segmented>
<object><name>effusion</name><pose>Unspecified</pose><truncated>1</truncated><difficult>0</difficult>
<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>100</xmax><ymax>80</ymax></bndbox></object>
<object><name>nodule</name><difficult>1</difficult>
<bndbox><ymin>20</ymin><xmin>11</xmin><xmax>30.0</xmax><ymax>40</ymax></bndbox>
<part><name>rim</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part></object>
<object><name>nodule</name><bndbox><xmin>1</xmin><ymin>one</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object>
<object><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object>
</annotation>
"""
TABLE = """Image ID;Finding;X Min;Y-Min;x_max;y_max;Annotator;Side;Score;Present;Phrase;Slice;Lesion;\
image_width;Image Height
sub\\a.png;effusion;10;20;30,5;40;R1;L;0,5;;fluid there;0;Lesion 1;100;80
sub\\a.png;nodule;;;;;R2;;;no;;;;100;80
b.png;mass;;;;;;;;1;;;;100;80
b.png;no finding;;;;;R2;;;;;;;100;80
b.png;mass;1;2;x;4;;;;;;;;100;80
b.png;mass;;;;;;;;;;;;100;80
b.png;mass;;;;;;;;maybe;;;;100;80
b.png;mass;1;2;3;4;;;;0;;;;100;80
b.png;mass;1;2;3;4;;up;;;;;;100;80
b.png;mass;1;2;3;4;;;1,5;;;;;100;80
b.png;mass;1;2;3;4;;;;;;-1;;100;80
b.png;mass;1;2;3;4;;;;;;;;10;0
b.png;;1;2;3;4;;;;;;;;100;80
;mass;1;2;3;4;;;;;;;;100;80
b.png;unchanged;1;2;3;4;;;;;;;;100;80
b.png;no finding;;;;;R2;;;0;;;;100;80
b.png;mass;1;2;3;4;;;;;;;;200;80
"""


def written(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return folder


EXAMPLES = {
    "annotations": {"annotations.json": LIST}, "chestxray8": {"BBox_List_2017.csv": NIH}, "vindr": {"train.csv": VINDR},
    "rsna": {"stage_2_train_labels.csv": RSNA}, "siim": {"train-rle.csv": SIIM},
    "mscxr": {"MS_CXR_Local_Alignment_v1.1.0.json": MSCXR_JSON}, "mscxr (table)": {"MS_CXR_v1.csv": MSCXR_CSV},
    "padchest_gr": {"grounded_reports.json": PADCHEST}, "chestx_det": {"ChestX_Det_train.json": CHESTX},
    "coco": {"instances.json": COCO}, "yolo": YOLO, "yolo (folder)": {".": "", **YOLO},
    "yolo (classes)": {"classes.txt": "effusion\n", "a.txt": "0 .5 .5 .2 .2\n"},
    "pascal_voc": {"a.xml": VOC}, "pascal_voc (folder)": {".": "", "Annotations/a.xml": VOC},
    "table": {"boxes.csv": TABLE},
}  # fmt: skip


def example(name, folder):
    """The file or folder that one gives to the import."""
    files = dict(EXAMPLES[name])
    first = next(iter(files))
    files.pop(".", None)
    return written(folder, files) / first


def read(path, form=AUTOMATIC, *more):
    reading = importer_of(form, [path]).read([path, *more])
    assert reading.accounted == reading.rows
    return reading


def refused(reading):
    return {why: len(row["examples"]) for why, row in reading.refused.to_json().items()}


def marks(reading, name):
    return [(mark.label, mark.box, mark.reader) for mark in reading.pictures[name].marks]


@pytest.mark.parametrize("name", EXAMPLES)
def test_automatic_takes_each_and_no_other_importer_does(name, tmp_path):
    path = example(name, tmp_path)
    own = name.partition(" ")[0]
    assert importer_of(AUTOMATIC, [path]).__name__.endswith(f".{own}")
    for other in FORMATS:
        if path.is_dir() and other in ("annotations", "chestxray8", "vindr", "rsna", "siim"):
            continue  # they take files, and say so
        assert importer_of(other, []).recognises(path) == (other == own), other


NEW = ("mscxr", "padchest_gr", "chestx_det", "coco", "yolo", "pascal_voc", "table")


@pytest.mark.parametrize("form", NEW)
@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02" * 99, b"\xff\xfe\xd8", b"[", b"{", b"<annotation", b"names:", b"\n"]
)
@pytest.mark.parametrize("ending", [".json", ".csv", ".xml", ".yaml", ".txt", ".gz", ".zip", ""])
def test_whatever_a_file_holds_it_is_read_or_refused_in_words(form, content, ending, tmp_path):
    path = tmp_path / f"file{ending}"
    path.write_bytes(content)
    assert importer_of(form, []).recognises(path) in (False, True)
    try:
        reading = read(path, form)
    except BadInput as error:
        assert str(tmp_path) in str(error) and "\n" not in str(error)
    else:
        assert not reading.pictures and reading.refused.counts


@pytest.mark.parametrize("form", NEW)
def test_a_file_that_is_not_there_and_an_empty_folder_are_bad_input(form, tmp_path):
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "nowhere.csv", tmp_path / "empty"):
        assert not importer_of(form, []).recognises(path)
        with pytest.raises(BadInput):
            read(path, form)
    with pytest.raises(BadInput, match="empty is of no format that is known by its look"):
        importer_of(AUTOMATIC, [tmp_path / "empty"])
    with pytest.raises(BadInput, match="cannot be read"):
        importer_of(AUTOMATIC, [tmp_path / "nowhere.csv"])


def test_packed_tables_are_recognised_too(tmp_path):
    path = tmp_path / "boxes.csv.gz"
    path.write_bytes(gzip.compress(TABLE.encode()))
    assert importer_of(AUTOMATIC, [path]) is table and read(path).pictures
    path.write_bytes(gzip.compress(b"x" * 9999)[:15] + b"\xff" * 30)
    assert not any(importer_of(form, []).recognises(path) for form in NEW)


def test_mscxr_has_the_phrase_and_the_path_of_the_picture(tmp_path):
    reading = read(example("mscxr", tmp_path))
    one = reading.pictures["files/p10/p101/s5/aa-1.jpg"]
    assert [(mark.label, mark.box, mark.phrase) for mark in one.marks] == [
        ("Pneumothorax", (100, 200, 150, 260), "Small apical air stripe"),
        ("Edema", (1, 2, 4, 6), "hazy bases"),
    ]
    assert one.size == (2000, 1600) and reading.kept == {"boxes": 2}
    assert refused(reading) == {"no annotation is of it, so nothing is known": 1}
    assert reading.origin.looked_for == () and "Credentialed" in reading.origin.licence and reading.origin.citation
    reading = read(example("mscxr (table)", tmp_path))
    (mark,) = reading.pictures["files/p10/p101/s5/aa-1.jpg"].marks
    assert (mark.box, mark.phrase, mark.where) == ((100, 200, 150, 260), "Small, apical air stripe", "line 2")
    assert list(reading.pictures) == ["files/p10/p101/s5/aa-1.jpg"] and refused(reading) == {
        "the box is not four numbers": 1,
        "no picture or no finding is named": 1,
        "the width and height of its picture are no sizes": 1,
    }


def test_padchest_gr_keeps_two_readers_apart_and_denials_with_reservations_out(tmp_path):
    reading = read(example("padchest_gr", tmp_path))
    one = reading.pictures["one.png"]
    assert list(reading.pictures) == ["one.png"] and one.normalised and one.size is None and not one.normal
    assert [(mark.label, mark.box, mark.reader, mark.absent, mark.side) for mark in one.marks] == [
        ("pleural effusion", (0.1, 0.5, 0.4, 0.9), "reader 1", False, "right"),
        ("pleural effusion", (0.15, 0.55, 0.45, 0.95), "reader 2", False, "right"),
        ("cardiomegaly", None, "reader 1", False, ""),
        ("pneumothorax", None, "reader 1", True, ""),
        ("nodule", None, "reader 1", True, ""),
        ("mass", None, "reader 1", True, ""),
    ]
    assert one.marks[0].phrase == "Fluid at the right base." and one.marks[1].where == "study 1, sentence 1, box 2"
    assert (
        one.report.startswith("Fluid at the right base. Enlarged heart. No pneumothorax") and "Sin masas." in one.report
    )
    assert reading.kept == {"boxes": 2, "findings without a place": 1, "absent": 3}
    assert refused(reading) == {
        "the box is not four shares of the picture, from 0 to 1": 1,
        "it denies with reservations, which leaves open what is there": 2,
        "it denies a finding on one side, which leaves the other open": 1,
        "it states nothing abnormal, and names no finding that is not there": 1,
        "it is said to state nothing abnormal, and its sentence may state something": 1,
        "no label says what the sentence states, or one that names no finding": 1,
        "it states nothing abnormal, and has a box": 1,
        "it does not say whether it states something abnormal": 1,
        "it has no sentences, so nothing is known": 1,
        "it is no study with an ImageID and a list of findings": 1,
    }


def test_what_a_sentence_denies():
    assert padchest_gr.denied_by("Normal heart size.") == ("cardiomegaly",)
    assert padchest_gr.denied_by("No effusion, possible mass.").startswith("it is said")
    assert padchest_gr.denied_by("") == () == padchest_gr.denied_by("Unremarkable study.")


def test_chestx_det_says_that_nothing_of_its_categories_is_there(tmp_path):
    reading = read(example("chestx_det", tmp_path))
    assert reading.pictures["7.png"].normal == ["ChestX-Det readers"] and len(reading.origin.looked_for) == 13
    assert marks(reading, "8.png") == [("Effusion", (10, 20, 30, 40), "ChestX-Det readers")]
    assert reading.pictures["8.png"].size == (1024, 1024) and set(reading.pictures) == {"7.png", "8.png"}
    assert reading.kept == {"nothing there": 1, "boxes": 1} and refused(reading) == {
        "the box is not four numbers": 1,
        "syms and boxes are no lists of one length": 1,
        "its label names no finding": 1,
        "it is no object that names its file": 1,
    }
    labels = Labels("chest x-ray")
    assert all(labels.meaning(label).finding for label in reading.origin.looked_for)


def test_its_forerunner_looked_for_ten(tmp_path):
    path = written(tmp_path, {"train.json": [{"file_name": "1.png", "syms": [], "boxes": []}]}) / "train.json"
    reading = read(path)
    assert len(reading.origin.looked_for) == 10 and "Cardiomegaly" not in reading.origin.looked_for


def test_coco_in_all_its_forms(tmp_path):
    reading = read(example("coco", tmp_path))
    assert marks(reading, "sub\\a.png") == [
        ("effusion", (10, 20, 40, 60.5), "annotator"),
        ("nodule", (1, 2, 4, 6), "annotator"),
        ("nodule", (1, 6, 9, 31), "annotator"),
        ("nodule", (1, 1, 3, 3), "annotator"),
        ("nodule", None, "annotator"),
    ]
    assert reading.pictures["b.png"].normal == ["annotator"] and not reading.pictures["b.png"].marks
    assert reading.origin.looked_for == ("effusion", "nodule") and reading.pictures["b.png"].size == (100, 80)
    assert reading.kept == {"boxes": 3, "boxes around groups": 1, "findings without a place": 1, "nothing there": 1}
    assert refused(reading) == {
        "it is no image with an id and file_name": 1,
        "its id is that of another image": 1,
        "it is no category with an id and name": 1,
        "its category_id names none of the file, or several": 1,
        "its image_id names none of the file, or several": 3,
        "the width and height of its picture are no sizes": 1,
        "the box is not four numbers": 1,
        "the polygons are no lists of x, y, x, y, ...": 1,
        "the run lengths make no mask of their size": 1,
        "it is no object": 1,
        "no annotation is of it, so nothing is known": 1,
    }
    assert reading.refused.examples["no annotation is of it, so nothing is known"] == ["image 3"]
    assert reading.origin.kind == "" and not reading.origin.licence, "COCO says neither"


def packed(runs):
    """Run lengths as COCO's tools pack them."""
    out = []
    for index, run in enumerate(runs):
        value, more = run - (runs[index - 2] if index > 2 else 0), True
        while more:
            bits = value & 31
            value >>= 5
            more = value != -1 if bits & 16 else value != 0
            out.append(chr(bits + 48 + 32 * more))
    return "".join(out)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**81 - 1))
@settings(max_examples=300, deadline=None)
def test_masks_of_coco_give_the_box_around_them(height, width, bits):
    flat = np.array([bits >> place & 1 for place in range(height * width)])
    runs, value = [], 0
    for one in flat:  # the first run is of what is not there, perhaps of none
        if one != value or not runs:
            runs += [0] if not runs and one else []
            runs.append(0)
            value = one
        runs[-1] += 1
    mask = flat.reshape(width, height).T
    down, across = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (across[0], down[0], across[-1] + 1, down[-1] + 1) if mask.any() else None
    for counts in (runs, packed(runs)):
        found = run_lengths.around_runs({"size": [height, width], "counts": counts})
        assert found == box


def test_a_packed_mask_as_coco_s_own_tools_make_it():
    """By pycocotools 2.0.11, of a mask of 6 × 8 that is there in rows 2 to 4 of columns 3 to 5."""
    assert run_lengths._unpacked("d033000:") == [20, 3, 3, 3, 3, 3, 13]
    assert run_lengths.around_runs({"size": [6, 8], "counts": "d033000:"}) == (3, 2, 6, 5)
    assert run_lengths.around_runs({"size": [6, 8], "counts": "d033000"}) is None, "it ends early"


def test_yolo_lines(tmp_path):
    reading = read(example("yolo", tmp_path))
    one = reading.pictures["images/train/a.png"]
    assert one.normalised and [tuple(round(value, 6) for value in mark.box) for mark in one.marks] == [
        (0.4, 0.3, 0.6, 0.7), (0.4, 0.3, 0.6, 0.7), (0.1, 0.2, 0.3, 0.6),
    ]  # fmt: skip
    assert [mark.confidence for mark in one.marks] == [None, 0.75, None] and one.marks[0].label == "effusion"
    assert reading.pictures["images/val/a"].normal == ["annotator"] and reading.origin.looked_for == ("effusion",)
    assert reading.kept == {"boxes": 3, "nothing there": 1} and refused(reading) == {
        "its class has no name": 1,
        "its numbers are no shares of the picture, from 0 to 1": 1,
        "the line is not a class and at least four numbers": 2,
        "its sixth number is no confidence from 0 to 1": 1,
        "its outline has an x without a y": 1,
        "the label file is empty, which says nothing of the picture": 1,
    }
    assert reading.refused.examples["its class has no name"] == ["labels/train/a.txt, line 5"]
    assert reading.refused.examples["the label file is empty, which says nothing of the picture"] == [
        "labels/train/b.c.txt"
    ]
    same = read(tmp_path)
    assert same.rows == reading.rows and list(same.pictures) == list(reading.pictures)
    (tmp_path / "labels" / "train" / "z.txt").write_bytes(b"\x00\x01")
    assert "the label file cannot be read as text" in refused(read(tmp_path))


def test_yolo_key_points_are_no_outline_and_single_files_follow_their_classes(tmp_path):
    pose = {"data.yaml": "names: [nodule]\nkpt_shape: [2, 2]\n", "labels/a.txt": "0 .5 .5 .2 .2 .1 .1 .9 .9\n"}
    (mark,) = read(written(tmp_path / "pose", pose)).pictures["images/a"].marks
    assert mark.box == (0.4, 0.4, 0.6, 0.6)
    flat = {"classes.txt": "nodule\n\nmass\n", "y.txt": "1 .5 .5 1 1\n"}
    files = written(tmp_path / "flat", flat)
    other = written(tmp_path / "one", {"x.txt": "2 .5 .5 .2 .2\n"}) / "x.txt"
    reading = read(files / "classes.txt", "yolo", other)
    assert marks(reading, "x") == [("mass", (0.4, 0.4, 0.6, 0.6), "annotator")]
    assert refused(reading) == {"its class has no name": 1}, "the second line names none"
    with pytest.raises(BadInput, match="has no names of classes"):
        read(files / "y.txt", "yolo")


@pytest.mark.parametrize(
    "text",
    ["names: 7", "names: []", "names: {a: b}", "names: [[x]]", "names: {0: no}", "names: [a", "a: 1", "names: [' ']",
     "names: {true: x}", "names: &a [*a]", "names: {0: 2020-99-99}", "names: [!!python/object:os.system x]",
     "? [1]\n: x", f"names: {{0: 0x{'f' * 9000}}}", f"names: {{0x{'f' * 9000}: x}}",
     f"names: {'[' * 5000}", "names: {-1: x}"],
)  # fmt: skip
def test_yaml_without_names_is_bad_input(text, tmp_path):
    written(tmp_path, {"data.yaml": text, "labels/a.txt": "0 .5 .5 .2 .2\n"})
    with pytest.raises(BadInput, match=r"data\.yaml"):
        read(tmp_path / "data.yaml", "yolo")


@given(st.text(st.characters(codec="utf-8"), max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_yaml_is_read_or_refused(tmp_path, text):
    written(tmp_path, {"data.yaml": "names: " + text, "labels/a.txt": f"0 .5 .5 .2 .2\n{text}\n"})
    try:
        read(tmp_path / "data.yaml", "yolo")
    except BadInput as error:
        assert "data.yaml" in str(error)


def test_pascal_voc_counts_pixels_from_one(tmp_path):
    reading = read(example("pascal_voc", tmp_path))
    assert marks(reading, "a.png") == [
        ("effusion", (0, 0, 100, 80), "annotator"),
        ("nodule", (10, 19, 30, 40), "annotator"),
    ]
    assert reading.kept == {"boxes": 1, "boxes said to be difficult": 1} and refused(reading) == {
        "parts of objects are not kept": 1,
        "the box is not four numbers": 1,
        "the object has no name": 1,
    }
    assert reading.pictures["a.png"].size == (100, 80)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('<!DOCTYPE annotation [<!ENTITY a "b">]><annotation>&a;</annotation>', "DOCTYPE"),
        ('<!doctype x SYSTEM "file:///etc/passwd"><annotation/>', "DOCTYPE"),
        ("<annotation>", "no XML"),
        ("<annotation>&a;</annotation>", "no XML"),
        ("<other/>", "no annotation"),
        ("<annotation/>", "no objects"),
        ("<a>" * 50_000, "no XML"),
        ("", "no XML"),
        (VOC.replace("100</width>", "0.5</width>"), "are no sizes"),
    ],
)
def test_xml_that_is_refused(text, why, tmp_path):
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "a.xml").write_text(text, encoding=encoding)
        reading = read(tmp_path / "a.xml", "pascal_voc")
        assert not reading.pictures and any(why in one for one in reading.refused.counts)


def test_a_folder_of_xml_and_one_too_large_and_a_normal_one(tmp_path, monkeypatch):
    normal = "<annotation><object><name>normal</name></object><object><name>unchanged</name>"
    normal += "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object></annotation>"
    written(tmp_path, {"a.xml": VOC, "sub/b.XML": normal, "sub/c.xml": VOC + " " * 5_000})
    monkeypatch.setattr("ssg.casebook.imports.pascal_voc.LARGEST", 5_000)
    reading = read(tmp_path)
    assert reading.pictures["b"].normal == ["annotator"], "the file's name stands in for the picture's"
    assert reading.origin.looked_for == ("effusion", "nodule")
    assert {"the file is larger than 0 MiB", "the label says nothing of what is there"} <= set(refused(reading))


def test_a_table_of_usual_columns(tmp_path):
    reading = read(example("table", tmp_path))
    first, second = reading.pictures["sub\\a.png"].marks
    assert first == Mark(
        "effusion", (10, 20, 30.5, 40), "R1", side="left", confidence=0.5, phrase="fluid there", lesion="lesion-1",
        where="line 2",
    )  # fmt: skip
    assert second == Mark("nodule", None, "R2", absent=True, where="line 3")
    assert marks(reading, "b.png") == [("mass", None, "annotator"), ("mass", (1, 2, 3, 4), "annotator")]
    assert reading.pictures["b.png"].marks[1].confidence is None and "it is left out" in reading.notes[0]
    assert reading.pictures["b.png"].normal == ["R2"]
    assert reading.pictures["sub\\a.png"].size == (100, 80)
    assert reading.origin.looked_for == ("effusion", "nodule", "mass")
    assert reading.kept == {"boxes": 2, "absent": 1, "findings without a place": 1, "nothing there": 1}
    assert refused(reading) == {
        "the box is not four numbers": 1,
        "there is neither a box nor a word whether it is there": 1,
        "present or absent is neither yes nor no": 1,
        "it is said not to be there, and has a box": 1,
        "the side is none of left, right, bilateral, midline": 1,
        "the frame is no whole number from 0 on": 1,
        "the width and height of its picture are no sizes": 1,
        "no picture or no label is named": 2,
        "the label says nothing of what is there": 1,
        "it is said that something is there": 1,
        "its picture has another size elsewhere": 1,
    }


@pytest.mark.parametrize(
    ("head", "row", "box", "size"),
    [
        ("filename,width,height,class,xmin,ymin,xmax,ymax", "a,100,80,x,1,2,30,40", (1, 2, 30, 40), (100, 80)),
        ("file,label,x,y,width,height", "a,x,1,2,30,40", (1, 2, 31, 42), None),
        ("file,label,x,y,w,h,image_width,image_height", "a,x,1,2,30,40,100,80", (1, 2, 31, 42), (100, 80)),
        ("path|category|Left|Top|Right|Bottom", "a|x|1|2|30|40", (1, 2, 30, 40), None),
        ("Image,Finding,X0,Y0,X1,Y1", "a,x,1,2,30,40", (1, 2, 30, 40), None),
        ("image,label,x1,y1,x2,y2", "a,x,1,2,30,40", (1, 2, 30, 40), None),
    ],
)
def test_boxes_in_all_the_ways_that_tables_have_them(head, row, box, size, tmp_path):
    (tmp_path / "t.csv").write_text(f"{head}\r\n{row}\r\n", newline="")
    reading = read(tmp_path / "t.csv")
    assert reading.pictures["a"].marks[0].box == box and reading.pictures["a"].size == size


def test_a_table_in_shares_says_so_and_one_without_boxes_is_of_statements(tmp_path):
    (tmp_path / "t.csv").write_text("file,label,xmin,ymin,xmax,ymax\na,mass,0.1,0.2,0.3,1\n")
    reading = read(tmp_path / "t.csv")
    assert reading.pictures["a"].normalised and "shares of pictures" in reading.notes[0]
    (tmp_path / "t.csv").write_text("file,label\na,mass\nb,no finding\n")
    assert not table.recognises(tmp_path / "t.csv"), "too little to go by"
    reading = read(tmp_path / "t.csv", "table")
    assert reading.kept == {"findings without a place": 1, "nothing there": 1} and reading.origin.looked_for == (
        "mass",
    )
    (tmp_path / "t.csv").write_text("file,label,present,absent\na,mass,1,1\na,mass,,yes\na,mass,yes,no\n")
    assert read(tmp_path / "t.csv").kept == {"absent": 1, "findings without a place": 1}


def test_a_table_whose_columns_cannot_be_told_is_bad_input_with_both_lists(tmp_path):
    (tmp_path / "t.csv").write_text("patient,diagnosis,xmin\n1,2,3\n")
    with pytest.raises(
        BadInput, match=r"image or the label: it has patient, diagnosis, xmin\. Understood are .*filename"
    ):
        read(tmp_path / "t.csv", "table")
    for text in ("", "\n\n", '"'):
        (tmp_path / "t.csv").write_text(text)
        with pytest.raises(BadInput, match=r"t\.csv"):
            read(tmp_path / "t.csv", "table")


def test_a_hundred_thousand_rows_take_seconds(tmp_path):
    lines = [f"images\\{n // 4}.png,nodule {n % 50},{n % 900},5,{n % 900 + 9.5},40,R{n % 3}" for n in range(100_000)]
    (tmp_path / "t.csv").write_text("image,label,xmin,ymin,xmax,ymax,reader\r\n" + "\r\n".join(lines))
    begin = time.monotonic()
    reading = read(tmp_path / "t.csv")
    assert reading.kept == {"boxes": 100_000} and len(reading.pictures) == 25_000
    assert time.monotonic() - begin < 20, "about two on an idle machine"


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=9), max_size=8), max_size=4))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_is_read_or_refused(tmp_path, rows):
    text = "image,label,xmin,ymin,xmax,ymax,present,lesion\na,b,1,2,3,4,,\n" + "\n".join(map(",".join, rows))
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    try:
        heard(read(tmp_path / "t.csv", "table"))
    except BadInput as error:
        assert "t.csv" in str(error)


def places(value, path=()):
    yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, entry in entries:
        yield from places(entry, (*path, name))


def put(value, path, junk):
    if not path:
        return junk
    value = copy.deepcopy(value)
    inner = value
    for name in path[:-1]:
        inner = inner[name]
    if junk is DELETED:
        del inner[path[-1]]
    else:
        inner[path[-1]] = junk
    return value


def heard(reading):
    """Make readers of every picture, as the set would: nothing may break later what was kept."""
    labels = Labels(reading.origin.kind)
    report = Report(reading, labels)
    report.require_accounted()
    report.in_words()
    gathering = Gathering(reading.origin, labels, report)
    for picture in reading.pictures.values():
        assert picture.name.encode() and picture.report.isprintable()
        for reader in gathering.readers(picture, [(100, 80)]):
            assert all(region.phrase.isprintable() for region in reader.regions)
            boxes = [region.box for region in reader.regions]
            assert all(0 <= box.x0 < box.x1 <= 100 and 0 <= box.y0 < box.y1 <= 80 for box in boxes)


DELETED = object()
JUNK = [None, True, 0, -1.5, 7, math.nan, math.inf, 10**400, "", "x\x00\u202e", "\ud800", "9", [], [[]], {}, {"id": 1},
        [1, 2, 3, 4], [[0.1, 0.2, 0.3, 0.4, 0.5]], DELETED]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "valid"),
    [("mscxr", MSCXR_JSON), ("padchest_gr", PADCHEST), ("chestx_det", CHESTX), ("coco", COCO)],
)
def test_junk_at_every_place_is_bad_input_or_a_refused_row(form, valid, tmp_path):
    path, importer = tmp_path / "a.json", importer_of(form, [])
    for place in places(valid):
        for junk in JUNK:
            if junk is DELETED and not place:
                continue
            path.write_text(json.dumps(put(valid, place, junk)))
            assert importer.recognises(path) in (False, True)
            try:
                heard(read(path, form))
            except BadInput as error:
                assert "a.json" in str(error) and len(place) <= 1, place


KEYS = [
    "id", "images", "annotations", "categories", "bbox", "file_name", "image_id", "category_id", "name", "segmentation",
    "size", "counts", "ImageID", "findings", "abnormal", "boxes", "labels", "syms",
]  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(KEYS),
        inner, max_size=6,
    ),
    max_leaves=25,
)  # fmt: skip


@pytest.mark.parametrize("form", ["mscxr", "padchest_gr", "chestx_det", "coco"])
@given(value=json_values)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_read_or_refused(form, tmp_path, value):
    (tmp_path / "a.json").write_text(json.dumps(value))
    try:
        heard(read(tmp_path / "a.json", form))
    except BadInput as error:
        assert "a.json" in str(error)


def test_shares_are_of_the_picture_whatever_its_shape(tmp_path):
    reading = Reading(Origin("x"))
    gathering = Gathering(reading.origin, Labels(""), Report(reading, Labels("")))
    picture = Picture("a", marks=[Mark("mass", (0.1, 0.25, 0.5, 0.75))], normalised=True)
    (reader,) = gathering.readers(picture, [(200, 100)])
    assert reader.regions[0].box == Box(20, 25, 100, 75)
    assert isinstance(scale_to((1.0, 1.0), (200, 100)), str), "a size of 1 × 1 would not do: the shape differs"


def made(reading, folder, out):
    wanted = Wanted("set", "A set", "CC0-1.0", "Made in a test.")
    labels = Labels(reading.origin.kind)
    case_set, report = make_case_set(reading, labels, wanted, ImageFiles([folder]), out)
    assert read_case_set(out).cases == case_set.cases and not check_images(case_set)
    return case_set.cases, report


def test_a_case_set_of_coco(tmp_path):
    pictures = tmp_path / "pictures" / "sub"
    pictures.mkdir(parents=True)
    (pictures / "a.png").write_bytes(png(50, 40))
    (pictures.parent / "b.png").write_bytes(png(100, 80, 3))
    (first, second), report = made(read(example("coco", tmp_path)), pictures.parent, tmp_path / "set")
    assert [region.box for region in first.readers[0].regions] == [
        Box(5, 10, 20, 30.25), Box(0.5, 1, 2, 3), Box(0.5, 3, 4.5, 15.5), Box(0.5, 0.5, 1.5, 1.5),
    ]  # fmt: skip
    assert first.readers[0].other[0].label == "nodule" and second.readers[0].absent == ("pleural effusion", "nodule")
    assert report.marks == {"regions": 4, "findings without a place": 1, "nothing there": 1} and first.modality == "OT"


def test_a_case_set_of_yolo(tmp_path):
    source = example("yolo", tmp_path / "source").parent
    (source / "images" / "train" / "a.png").write_bytes(png(200, 80))
    (source / "images" / "val").mkdir()
    (source / "images" / "val" / "a.png").write_bytes(png(100, 80, 3))
    (first, second), _ = made(read(source), source, tmp_path / "set")
    boxes = [(region.box, region.confidence) for region in first.readers[0].regions]
    assert boxes == [(Box(80, 24, 120, 56), None), (Box(80, 24, 120, 56), 0.75), (Box(20, 16, 60, 48), None)]
    assert second.width == 100 and second.readers[0].absent == ("pleural effusion",), "of two a.png each its own"


def test_a_case_set_of_padchest_gr(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "one.png").write_bytes(png(200, 100))
    (case,), report = made(read(example("padchest_gr", tmp_path)), tmp_path / "pictures", tmp_path / "set")
    one, two = case.readers
    assert [(region.finding, region.side, region.box, region.phrase) for region in one.regions] == [
        ("pleural effusion", "right", Box(20, 50, 80, 90), "Fluid at the right base."),
    ]
    assert [region.box for region in two.regions] == [Box(30, 55, 90, 95)] and (one.id, two.id) == (
        "reader 1",
        "reader 2",
    )
    assert one.absent == ("pneumothorax", "nodule", "mass") and not two.absent and one.other[0].label == "cardiomegaly"
    assert case.report.startswith("Fluid at the right base.") and report.marks["regions"] == 2
