"""Annotations and their pictures in a zip archive, or in a folder: both are taken in as they are given."""

import json
import zipfile

import pytest

from ssg.casebook import read_case_set
from ssg.cli.main import main
from tests.casebook.conftest import png

BOXES = "image,label,xmin,ymin,xmax,ymax\na.png,nodule,1,2,30,40\n"
COCO = {
    "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],
    "categories": [{"id": 1, "name": "nodule"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 29, 38]}],
}
ANNOTATIONS = {
    "coco": {"boxes.json": json.dumps(COCO)},
    "table": {"boxes.csv": BOXES},
    "yolo": {"classes.txt": "nodule\n", "labels/a.txt": "0 0.2421875 0.4375 0.453125 0.79166667\n"},
}


def given(place, files, as_zip):
    if as_zip:
        with zipfile.ZipFile(place.with_suffix(".zip"), "w") as archive:
            for name, data in files.items():
                archive.writestr(f"all/{name}", data)
        return place.with_suffix(".zip")
    for name, data in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return place


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("form", list(ANNOTATIONS))
@pytest.mark.parametrize("named", [False, True], ids=["found by its look", "named"])
def test_annotations_with_their_pictures_make_a_set(form, as_zip, named, tmp_path, capsys):
    path = given(tmp_path / "data", {**ANNOTATIONS[form], "images/a.png": png()}, as_zip)
    more = ["--format", form] if named else []
    assert main(["cases", "import", str(path), *more]) == 0
    assert "Nothing was written: give --out to make a set." in capsys.readouterr().out
    assert main(["cases", "import", str(path), *more, "--out", str(tmp_path / "set"), "--licence", "CC0-1.0"]) == 0
    (case,) = read_case_set(tmp_path / "set").cases
    (region,) = case.readers[0].regions
    assert list(region.box) == pytest.approx([1, 2, 30, 40], abs=0.01)


def test_annotations_alone_in_a_zip_are_read_and_their_pictures_asked_for(tmp_path, capsys):
    path = given(tmp_path / "data", ANNOTATIONS["table"], as_zip=True)
    assert main(["cases", "import", str(path)]) == 0
    assert "1 box" in capsys.readouterr().out
    more = ["--out", str(tmp_path / "set"), "--licence", "CC0-1.0"]
    assert main(["cases", "import", str(path), *more]) == 2
    assert "--images and --out belong together" in capsys.readouterr().err
    pictures = given(tmp_path / "pictures", {"a.png": png()}, as_zip=False)
    assert main(["cases", "import", str(path), *more, "--images", str(pictures)]) == 0


def test_a_zip_of_pictures_and_one_of_annotations_belong_together(tmp_path):
    boxes = given(tmp_path / "boxes", ANNOTATIONS["coco"], as_zip=True)
    pictures = given(tmp_path / "pictures", {"a.png": png()}, as_zip=True)
    more = ["--out", str(tmp_path / "set"), "--licence", "CC0-1.0"]
    assert main(["cases", "import", str(pictures), str(boxes), *more]) == 0
    assert read_case_set(tmp_path / "set").cases[0].present == ("nodule",)


def test_what_is_wrong_in_a_zip_is_told_by_its_name_there(tmp_path, capsys):
    path = given(tmp_path / "data", {"boxes.json": json.dumps(COCO | {"images": 1})}, as_zip=True)
    assert main(["cases", "import", str(path)]) == 2
    assert f"{path}/all/boxes.json has no lists of images" in capsys.readouterr().err


def test_a_folder_without_annotations_of_the_format_is_told(tmp_path, capsys):
    folder = given(tmp_path / "data", {"a.png": png()}, as_zip=False)
    assert main(["cases", "import", str(folder), "--format", "coco"]) == 2
    assert f"{folder} is a folder: give the file of the annotations that is in it." in capsys.readouterr().err


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_annotations_that_are_cut_short_are_not_left_out_in_silence(as_zip, tmp_path, capsys):
    path = given(tmp_path / "data", {"boxes.json": json.dumps(COCO)[:80], "a.png": png()}, as_zip)
    more = ["--out", str(tmp_path / "set"), "--licence", "CC0-1.0"]
    assert main(["cases", "import", str(path), *more]) == 2
    assert f"{path}/{'all/' * as_zip}boxes.json is not valid JSON" in capsys.readouterr().err
    assert main(["cases", "import", str(path), "--format", "pictures", *more]) == 0


@pytest.mark.parametrize("more", [[], ["--format", "coco"], ["--out", "set", "--licence", "private"]], ids=" ".join)
def test_a_zip_that_ends_too_early_is_said_to_be_damaged(more, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = given(tmp_path / "data", {**ANNOTATIONS["coco"], "a.png": png()}, as_zip=True)
    path.write_bytes(path.read_bytes()[:-50])
    assert main(["cases", "import", str(path), *more]) == 2
    err = capsys.readouterr().err
    assert err == f"ssg cases: {path} cannot be read (it is damaged or ends too early): copy or export it again.\n"
    assert not (tmp_path / "set").exists()


def test_a_zip_without_annotations_of_the_format_is_told(tmp_path, capsys):
    path = given(tmp_path / "data", ANNOTATIONS["table"], as_zip=True)
    assert main(["cases", "import", str(path), "--format", "coco"]) == 2
    assert "no file in it looks like the format coco" in capsys.readouterr().err


def test_one_packed_table_of_whole_pictures_is_read_where_it_is_asked_for(tmp_path, capsys):
    path = given(tmp_path / "data", {"t.csv": "image,label\na.png,mass\n"}, as_zip=True)
    assert main(["cases", "import", str(path), "--format", "table"]) == 0
    assert "1 finding without a place" in capsys.readouterr().out


def test_coco_without_categories_is_told_so_where_it_is_asked_for_too(tmp_path, capsys):
    rows = {key: value for key, value in COCO.items() if key != "categories"}
    path = given(tmp_path / "data", {"boxes.json": json.dumps(rows)}, as_zip=False) / "boxes.json"
    assert main(["cases", "import", str(path), "--format", "coco"]) == 2
    assert "boxes.json has no categories: " in capsys.readouterr().err
