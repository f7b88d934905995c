"""Annotated data sets into a set that is being built: looked at, labels given a meaning, taken in with pictures."""

import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from ssg.casebook import read_case_set
from ssg.casebook.exports.formats import export
from ssg.casebook.ingest import Limits
from ssg.casebook.types import UNTOLD_ORIGIN
from ssg.casebook.zipped import write_zip
from ssg.errors import BadInput, Cancelled
from ssg.settings import BUNDLED_CASES
from ssg.teaching.importing import LAID, Importing, meanings_of

LIMITS = Limits(look_for_text=False)


def wanted():
    """Nobody cancels."""


def picture(path, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (60, 80), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def coco(tmp_path):
    """Two pictures and COCO boxes in one zip file; one picture is missing, one label is not known."""
    folder = tmp_path / "coco"
    for number in (1, 2):
        picture(folder / "images" / f"{number}.png", number)
    rows = {
        "images": [{"id": n, "file_name": f"{n}.png", "width": 80, "height": 60} for n in (1, 2, 3)],
        "categories": [{"id": 1, "name": "nodule"}, {"id": 2, "name": "blob thing"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20]},
            {"id": 2, "image_id": 2, "category_id": 2, "bbox": [10, 10, 20, 20]},
            {"id": 3, "image_id": 3, "category_id": 1, "bbox": [10, 10, 20, 20]},
        ],
    }
    (folder / "boxes.json").write_text(json.dumps(rows))
    out = tmp_path / "coco.zip"
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, f"coco/{path.relative_to(folder)}")
    return out


@pytest.fixture
def target(shop):
    return shop.create("Imported", "CC0-1.0", "Ann").id


def test_a_data_set_is_looked_at_before_it_is_taken_in(shop, target, coco):
    importing = Importing(shop)
    token, refused = importing.lay(target, [coco], LIMITS, wanted)
    looked = importing.look(target, token)
    assert "pictures  " in looked.report.in_words() and "cases " not in looked.report.in_words(), "none are made yet"
    assert (looked.form, looked.named, looked.found) == ("coco", 3, 2) and not refused.counts
    assert [label for label, _ in looked.unknown] == ["blob thing"]
    assert shop.store.cases(target) == []
    assert importing.look(target, token, meanings="blob thing = mass").unknown == ()
    works, report = importing.take_in(target, token, looked.form, "blob thing = mass", "Ann")
    assert len(works) == report.cases == 2
    cases = [shop.open(target, work.case_id).case for work in works]
    assert [case.present for case in cases] == [("nodule",), ("mass",)]
    assert all((shop.folder_of(target) / case.image.file).is_file() for case in cases)
    assert not list((shop.folder_of(target) / LAID).iterdir()), "what was uploaded is not kept"
    assert shop.store.set(target).head["provenance"] == UNTOLD_ORIGIN, "of a table of one's own nothing is known"
    with pytest.raises(BadInput, match="no longer here"):
        importing.look(target, token)


def test_a_case_set_of_ssg_comes_with_all_its_texts(shop, target, tmp_path):
    (folder, *_) = sorted(path.parent for path in BUNDLED_CASES.glob("*/case_set.json"))
    own = read_case_set(folder)
    write_zip(own, tmp_path / "own.zip")
    importing = Importing(shop)
    token, _ = importing.lay(target, [tmp_path / "own.zip"], LIMITS, wanted)
    assert (importing.look(target, token).form, importing.look(target, token).cases) == ("ssg", len(own.cases))
    works, report = importing.take_in(target, token, "ssg", "", "Ann")
    assert report is None and len(works) == len(own.cases)
    assert shop.store.set(target).head["provenance"] == own.provenance
    assert shop.open(target, works[0].case_id).case.readers == own.cases[0].readers


def damaged(path, out, name):
    """A copy of a zip file in which one member has lost its end."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            data = old.read(member)
            new.writestr(member, data[: len(data) // 2] if member.endswith(name) else data)
    return out


def test_a_damaged_picture_of_a_set_is_told_before_it_is_taken_in_by_its_name_in_the_archive(shop, target, tmp_path):
    (folder, *_) = sorted(path.parent for path in BUNDLED_CASES.glob("*/case_set.json"))
    own = read_case_set(folder)
    write_zip(own, tmp_path / "own.zip")
    name = own.cases[0].image.file
    importing = Importing(shop)
    token, _ = importing.lay(target, [damaged(tmp_path / "own.zip", tmp_path / "bad.zip", name)], LIMITS, wanted)
    for step in (lambda: importing.look(target, token), lambda: importing.take_in(target, token, "ssg", "", "Ann")):
        with pytest.raises(BadInput) as error:
            step()
        assert name in str(error.value) and str(tmp_path) not in str(error.value)
    assert shop.store.cases(target) == []


def test_a_damaged_picture_of_a_data_set_is_left_out_and_no_folder_of_ours_is_told(shop, target, coco, tmp_path):
    importing = Importing(shop)
    token, _ = importing.lay(target, [damaged(coco, tmp_path / "bad.zip", "2.png")], LIMITS, wanted)
    importing.look(target, token)
    works, report = importing.take_in(target, token, "coco", "", "Ann")
    assert len(works) == 1 and "2.png" in report.in_words() and str(tmp_path) not in report.in_words()


@pytest.mark.parametrize("form", ["coco", "yolo"])
def test_an_export_is_counted_and_what_is_different_is_told_before_it_is_taken_in(form, shop, target, tmp_path):
    (folder, *_) = sorted(path.parent for path in BUNDLED_CASES.glob("*/case_set.json"))
    own = read_case_set(folder)
    export(own, form, tmp_path / "out")
    if form == "coco":
        data = json.loads((tmp_path / "out" / "annotations.json").read_text())
        del data["annotations"][0]
        (tmp_path / "out" / "annotations.json").write_text(json.dumps(data))
    importing = Importing(shop)
    token, _ = importing.lay(target, [tmp_path / "out"], LIMITS, wanted)
    looked = importing.look(target, token)
    assert (looked.form, looked.cases, bool(looked.changed)) == ("ssg", len(own.cases), form == "coco")
    data = {"annotations": [{"id": 1, "image_id": 99, "category_id": 1, "bbox": [1, 1, 2, 2]}]}
    if form == "coco":
        path = next((shop.folder_of(target) / LAID / token).glob("annotations.json"))
        path.write_text(json.dumps(json.loads(path.read_text()) | data))
        with pytest.raises(BadInput, match=r"annotations\[0\] \(id 1\).*image_id 99") as error:
            importing.look(target, token)
        assert str(tmp_path) not in str(error.value)


def test_loose_files_of_a_table_are_taken_in(shop, target, tmp_path):
    table = tmp_path / "boxes.csv"
    table.write_text("image,label,xmin,ymin,xmax,ymax\na.png,nodule,1,1,20,20\n")
    importing = Importing(shop)
    token, _ = importing.lay(target, [table, picture(tmp_path / "a.png")], LIMITS, wanted)
    assert importing.look(target, token).form == "table"
    with pytest.raises(BadInput, match="not of the format yolo"):
        importing.look(target, token, "yolo")
    with pytest.raises(BadInput, match="no format 'odd'"):
        importing.look(target, token, "odd")
    works, _ = importing.take_in(target, token, "table", "", "Ann")
    assert len(works) == 1


def test_who_cancels_leaves_nothing_behind(shop, target, coco):
    importing = Importing(shop)

    def given_up(*_):
        raise Cancelled("given up")

    with pytest.raises(Cancelled):
        importing.lay(target, [coco], LIMITS, given_up)
    assert not list((shop.folder_of(target) / LAID).glob("*"))
    token, _ = importing.lay(target, [coco], LIMITS, wanted)
    with pytest.raises(Cancelled):
        importing.take_in(target, token, "coco", "", "Ann", given_up)
    assert shop.store.cases(target) == []
    assert not list((shop.folder_of(target) / "images").glob("*"))
    assert len(importing.take_in(target, token, "coco", "", "Ann")[0]) == 2, "the files are still there for another try"


def test_names_that_lead_elsewhere_lead_nowhere(shop, target, tmp_path):
    out = tmp_path / "odd.zip"
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("../../up.csv", "/root.csv", "a" * 300, "x\x01y.csv", "good.csv", "./good.csv"):
            archive.writestr(name, "image,label\n")
    importing = Importing(shop)
    token, refused = importing.lay(target, [out], LIMITS, wanted)
    inside = shop.folder_of(target) / LAID / token
    assert sorted(path.name for path in inside.rglob("*")) == ["good.csv", "root.csv", "up.csv"]
    assert refused.counts == {"its name cannot be used": 2, "another file has its name": 1}
    assert not (tmp_path / "up.csv").exists()


def test_what_cannot_be_imported_is_told(shop, target, tmp_path):
    importing = Importing(shop)
    token, _ = importing.lay(target, [picture(tmp_path / "a.png")], LIMITS, wanted)
    with pytest.raises(BadInput, match="no format that is known by its look"):
        importing.look(target, token)
    (tmp_path / "big.csv").write_bytes(b"x" * 2_000_000)
    with pytest.raises(BadInput, match="larger than what is taken"):
        importing.lay(target, [tmp_path / "big.csv"], Limits(file_mb=1), wanted)
    for odd in ("../..", "0" * 16, ""):
        with pytest.raises(BadInput, match="no longer here"):
            importing.look(target, odd)


def test_meanings_are_read_line_by_line():
    assert meanings_of("Blob = mass\n\n x=y = nodule\nkeep =\n") == {"Blob": "mass", "x=y": "nodule", "keep": ""}
    with pytest.raises(BadInput, match="Line 2 of the labels: write"):
        meanings_of("a = mass\nb")
    with pytest.raises(BadInput, match="Line 1 of the labels"):
        meanings_of("a = massive")
