"""Masks and volumes become boxes on the right frames; every file and every row is accounted for."""

import csv
import gzip
import json
import os

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from ssg.boxes import Box
from ssg.casebook import read_case_set
from ssg.casebook.imports import mask_values
from ssg.casebook.imports.formats import importer_of
from ssg.casebook.imports.mask_values import NoMask, masks_of
from ssg.errors import BadInput
from tests.cli.conftest import run
from tests.imaging.building import png
from tests.imaging.test_nifti import nifti

__all__ = ["run"]

SHAPE = (40, 30, 12)
"""Right to left, front to back, head to feet."""

AFFINE = np.diag([-0.7, -0.8, -3.0, 1.0])


@pytest.fixture
def volumes(tmp_path):
    """One case as M3D-RefSeg has it: a CT that is stored the other way round, two regions, words."""
    ct = np.random.default_rng(3).integers(-900, 400, SHAPE).astype(np.int16)
    mask = np.zeros(SHAPE, np.int16)
    mask[10:20, 5:12, 3:5] = 1
    mask[25:33, 15:25, 7:10] = 2
    folder = tmp_path / "m3d" / "s0001"
    folder.mkdir(parents=True)
    turned = AFFINE.copy()
    turned[:3, 3] += turned[:3, 0] * (SHAPE[0] - 1)
    turned[:3, 0] *= -1
    for name, values in (("ct", ct), ("mask", mask)):
        (folder / f"{name}.nii.gz").write_bytes(gzip.compress(nifti(np.flip(values, 0), turned)))
    words = {"1": "A well-defined cyst in the liver.", "2": "Left pleural effusion, layering.", "3": "Nothing drawn."}
    (folder / "text.json").write_text(json.dumps(words))
    return tmp_path / "m3d"


def test_m3d_refseg_as_folders(run, volumes, tmp_path):
    answer = run(
        *(
            "cases",
            "import",
            volumes,
            "--format",
            "m3d_refseg",
            "--images",
            volumes,
            "--out",
            tmp_path / "out",
            "--json",
        )
    )
    row = json.loads(answer.out)
    assert row["rows"] == {
        "read": 3,
        "kept": {"regions": 2},
        "refused": {"the mask has no such value": {"times": 1, "examples": ["s0001/ct.nii.gz, mask 3"]}},
    }
    (case,) = read_case_set(tmp_path / "out").cases
    regions = case.readers[0].regions
    effusion = [one for one in regions if one.finding == "pleural effusion"]
    assert [(one.picture, one.box) for one in effusion] == [(at, Box(25, 15, 33, 25)) for at in (7, 8, 9)]
    assert {one.lesion for one in effusion} == {"mask-2"} and effusion[0].phrase.startswith("Left pleural")
    assert effusion[0].side == "left"
    other = [one.picture for one in regions if one.lesion == "mask-1"]
    assert other == [3, 4]
    (series,) = case.series
    assert len(series.frames) == 12 and series.orientation == ("R", "L", "A", "P") and series.slice_mm == 3
    assert case.modality == "CT" and case.key_picture in (7, 8, 9)


def test_m3d_refseg_as_tables(run, volumes, tmp_path):
    table = volumes / "M3D_RefSeg_test.csv"
    with table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Image", "Mask", "Mask_ID", "Question_Type", "Question", "Answer"])
        for number in ("1", "1", "2", "9", "x"):
            rows.writerow(["s0001/ct.nii.gz", "s0001/mask.nii.gz", number, "0", "Where?", "There."])
        rows.writerow(["../../etc/ct.nii.gz", "../../etc/mask.nii.gz", "1", "0", "Where?", "There."])
        rows.writerow(["s0009/ct.nii.gz", "s0009/mask.nii.gz", "1", "0", "Where?", "There."])
    reading = importer_of("auto", [table]).read([table])
    assert reading.rows == 7 == reading.accounted
    assert reading.kept == {"regions": 2, "questions about a region that is there already": 1}
    assert len(reading.refused.counts) == 4


def test_m3d_refseg_with_two_masks_of_one_volume(volumes):
    folder = volumes / "s0001"
    other = np.zeros(SHAPE, np.int16)
    other[2:9, 20:28, 8:11] = 1
    (folder / "mask2.nii.gz").write_bytes(gzip.compress(nifti(other, AFFINE)))
    table = volumes / "M3D_RefSeg.csv"
    rows = ["Image,Mask,Mask_ID,Text", ",s0001/mask.nii.gz,1,", "s0001/ct.nii.gz,/mask.nii.gz,1,"]
    rows += [f"s0001/ct.nii.gz,s0001/{name}.nii.gz,1,A nodule." for name in ("mask", "mask2", "mask2")]
    table.write_text("\n".join(rows))
    reading = importer_of("m3d_refseg", [table]).read([table])
    assert reading.kept == {"regions": 2, "questions about a region that is there already": 1}
    assert reading.refused.counts == {"it names no picture": 1, "its path leads out of the data set": 1}
    marks = reading.pictures["s0001/ct.nii.gz"].marks
    assert {(one.lesion, one.phrase, one.box, one.frame) for one in marks} == {
        *(("mask-1", "A well-defined cyst in the liver.", (10, 5, 20, 12), at) for at in (3, 4)),
        *(("mask2-1", "A nodule.", (2, 20, 9, 28), at) for at in (8, 9, 10)),
    }


def test_m3d_refseg_as_folders_says_what_is_not_read(volumes):
    folder = volumes / "s0001"
    (folder / "mask2.nii.gz").write_bytes((folder / "mask.nii.gz").read_bytes())
    (folder / "text.json").write_text(json.dumps({"1": "A cyst.", "²": "A nodule.", "first": "A mass."}))
    reading = importer_of("m3d_refseg", [volumes]).read([volumes])
    assert reading.rows == reading.accounted == 4 and reading.kept == {"regions": 2}
    assert reading.refused.counts == {"a key of text.json is no number": 2}
    assert reading.notes == ["1 other mask (s0001/mask2.nii.gz) not read: give the table that names them."]


def test_masks_are_read_in_the_order_of_their_pictures(volumes):
    mask = masks_of(volumes / "s0001" / "mask.nii.gz")
    assert mask.grid.size == (40, 30) and mask.grid.slices == 12
    assert [int(one.max()) for one in mask.values] == [0, 0, 0, 1, 1, 0, 0, 2, 2, 2, 0, 0]


@pytest.fixture
def masks(tmp_path):
    folder = tmp_path / "masks"
    (folder / "nodule").mkdir(parents=True)
    mask = np.zeros((50, 60), np.uint8)
    mask[10:20, 30:42] = 255
    (folder / "a__left_lung.png").write_bytes(png(mask))
    (folder / "nodule" / "b_mask.png").write_bytes(png(mask))
    (folder / "c.png").write_bytes(png(mask // 255 * 7))
    (folder / "empty.png").write_bytes(png(mask * 0))
    (folder / "picture.png").write_bytes(png(np.arange(3000, dtype=np.uint16).reshape(50, 60) * 20))
    (folder / "broken.png").write_bytes(png(mask)[:60])
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number, name in enumerate("abc"):
        (pictures / f"{name}.png").write_bytes(png(np.full((50, 60), 40 + number, np.uint8)))
    return folder


def test_masks_are_named_by_their_file_their_folder_or_their_value(run, masks, tmp_path):
    meanings = tmp_path / "labels.csv"
    meanings.write_text("label,finding\n7,mass\n")
    answer = run(
        *("cases", "import", masks, "--format", "masks", "--images", tmp_path / "pictures", "--licence", "CC0-1.0"),
        *("--out", tmp_path / "out", "--labels", meanings, "--json"),
    )
    row = json.loads(answer.out)
    assert row["rows"]["read"] == 6 and row["rows"]["kept"] == {"masks": 3}
    assert set(row["rows"]["refused"]) == {
        "nothing is marked on it, and it does not say what was looked for",
        "it has as many grey levels as a picture",
        "it ends before its picture does",
    }
    found = {
        case.readers[0].regions[0].called: case.readers[0].regions[0].box
        for case in read_case_set(tmp_path / "out").cases
    }
    assert found == {name: Box(30, 10, 42, 20) for name in ("left lung", "nodule", "mass")}


def test_labels_beside_the_masks_say_what_values_mean(masks):
    (masks.parent / "labels.json").write_text('{"liver": 7, "spleen": 255}')
    reading = importer_of("masks", [masks]).read([masks])
    assert {mark.label for mark in reading.pictures["c"].marks} == {"liver"}
    (masks / "labels.json").write_text('{"liver": [1]}')
    for odd in ('{"liver": [1]}', '{"²": "liver"}', '{"liver": -1}', "5", '"liver"', "null"):
        (masks / "labels.json").write_text(odd)
        with pytest.raises(BadInput, match="must say what values mean"):
            importer_of("masks", [masks]).read([masks])


def test_a_folder_without_masks_is_refused(tmp_path):
    with pytest.raises(BadInput, match="holds no masks"):
        importer_of("masks", [tmp_path]).read([tmp_path])


@pytest.mark.parametrize("pack", ["cxr-devices-opacities", "mr-lumbar-spine", "us-breast-lesion", "ct-lung-tumor"])
def test_boxes_of_published_masks_are_those_of_the_annotations(pack, shared_data):
    folder = shared_data / pack
    reading = importer_of("masks", [folder / "masks"]).read([folder / "masks"])
    assert reading.rows == reading.accounted == len(list((folder / "masks").iterdir()))
    expected = json.loads((folder / "annotations.json").read_text())
    wanted = found = 0
    for row in expected:
        name = row["image"].rpartition("/")[2].rpartition(".")[0]
        if name not in reading.pictures:
            continue
        boxes = {tuple(mark.box) for mark in reading.pictures[name].marks}
        for finding in row["findings"]:
            for box in finding["boxes"]:
                wanted += 1
                found += tuple(map(float, box)) in boxes
    assert wanted > 10 and found >= 0.85 * wanted, (found, wanted)


def test_a_label_map_with_names(shared_data):
    folder = shared_data / "ct-abdomen-totalseg"
    files = sorted((folder / "png").glob("*_labels.png"))
    reading = importer_of("masks", files).read(files)
    assert len(reading.pictures) == 20 and "slice00" in reading.pictures
    with Image.open(files[0]) as mask:
        values = set(np.unique(np.asarray(mask))) - {0}
    names = json.loads((folder / "labels.json").read_text())
    assert {mark.label for mark in reading.pictures["slice00"].marks} == {names[str(value)] for value in values}


def test_a_volume_is_a_picture_of_a_table_too(run, tmp_path):
    values = np.random.default_rng(1).integers(0, 900, (30, 20, 6)).astype(np.int16)
    (tmp_path / "in").mkdir()
    nib.save(nib.Nifti1Image(values, AFFINE), tmp_path / "in" / "v1.nii.gz")
    (tmp_path / "t.csv").write_text("image,label,xmin,ymin,xmax,ymax\nv1.nii.gz,nodule,3,4,9,12\n")
    answer = run(
        *("cases", "import", tmp_path / "t.csv", "--images", tmp_path / "in", "--out", tmp_path / "out"),
        *("--licence", "CC0-1.0", "--longest", "15", "--eight-bit"),
    )
    assert answer.code == 0
    (case,) = read_case_set(tmp_path / "out").cases
    assert len(case.series[0].frames) == 6 and (case.width, case.height) == (15, 10)
    assert case.series[0].window is None


def reading_of(folder, name, values, labels=None):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(nifti(np.ascontiguousarray(values), AFFINE))
    if labels:
        (folder / "labels.json").write_text(json.dumps(labels))
    return importer_of("masks", [folder]).read([folder])


def lesions(reading, picture="a"):
    found = {}
    for mark in reading.pictures[picture].marks:
        found.setdefault((mark.label, mark.lesion), set()).add(mark.frame)
    return sorted((label, *sorted(frames)) for (label, _), frames in found.items())


def two_pieces():
    """Two pieces of one value, the second of which touches a third over a corner only, and two specks."""
    values = np.zeros(SHAPE, np.uint8)
    values[2:9, 2:9, 1:4] = 1
    values[20:26, 10:16, 5:7] = 1
    values[26:32, 16:22, 7:9] = 1
    values[38, 28, 11] = values[0, 29, 0] = 1
    return values


def test_two_lesions_of_one_value_are_two(tmp_path):
    reading = reading_of(tmp_path / "m", "a.nii", two_pieces(), {"1": "nodule"})
    assert lesions(reading) == [("nodule", 1, 2, 3), ("nodule", 5, 6, 7, 8)]
    assert reading.notes[0].startswith(
        "2 specks left out of 1 mask (a.nii): pieces of fewer than 10 voxels of a volume"
    )


def test_specks_of_a_picture_are_counted_too(masks):
    mask = np.zeros((50, 60), np.uint8)
    mask[10:20, 30:42] = mask[40:42, 2:4] = 1
    (masks / "c.png").write_bytes(png(mask))
    reading = importer_of("masks", [masks / "c.png"]).read([masks / "c.png"])
    assert [mark.box for mark in reading.pictures["c"].marks] == [(30, 10, 42, 20)]
    assert reading.notes[0].startswith("1 speck left out of 1 mask (c.png)")


@pytest.mark.parametrize("labels", [{"1": "nodule"}, {"1": "liver"}])
def test_specks_on_a_slice_of_a_volume_are_counted_too(labels, tmp_path):
    """25 voxels that hang together with the rest, over another slice or by their name, and not on their own slice."""
    values = np.zeros(SHAPE, np.uint8)
    values[2:12, 2:12, 1] = values[20:25, 20:25, 1] = values[2:25, 2:25, 2] = 1
    reading = reading_of(tmp_path / "m", "a.nii", values, labels)
    assert sorted((mark.frame, mark.box) for mark in reading.pictures["a"].marks) == [
        (1, (2, 2, 12, 12)),
        (2, (2, 2, 25, 25)),
    ]
    assert reading.notes[0].startswith("1 speck left out of 1 mask (a.nii)") and "picture or slice" in reading.notes[0]


def test_a_mask_takes_no_more_memory_than_it_may(tmp_path, monkeypatch):
    (tmp_path / "a.nii").write_bytes(nifti(two_pieces(), AFFINE))
    assert masks_of(tmp_path / "a.nii").values.dtype == np.uint8, "a byte for each voxel is enough"
    (tmp_path / "deep.nii").write_bytes(nifti(two_pieces().astype(np.uint16) * 700, AFFINE))
    deep = masks_of(tmp_path / "deep.nii").values
    assert deep.dtype == np.uint16 and sorted(set(deep.ravel().tolist())) == [0, 700]
    monkeypatch.setattr(mask_values, "MOST_BYTES", two_pieces().size)
    assert masks_of(tmp_path / "a.nii").values.shape == (12, 30, 40)
    with pytest.raises(NoMask, match="its values take more than"):
        masks_of(tmp_path / "deep.nii")
    monkeypatch.setattr(mask_values, "MOST_BYTES", two_pieces().size - 1)
    reading = importer_of("masks", [tmp_path]).read([tmp_path])
    assert reading.rows == reading.refused.counts.total() == 2 and not reading.pictures


def test_a_folder_that_cannot_be_read_is_said(masks, monkeypatch):
    real = os.scandir

    def closed(path="."):
        if str(path).endswith("nodule"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(BadInput, match="nodule cannot be read"):
        importer_of("masks", [masks]).read([masks])


def test_a_small_lesion_is_kept_where_nothing_is_larger(tmp_path):
    values = np.zeros(SHAPE, np.uint8)
    values[3, 3, 3] = 1
    reading = reading_of(tmp_path / "m", "a.nii", values)
    assert [(mark.frame, mark.box) for mark in reading.pictures["a"].marks] == [(3, (3, 3, 4, 4))]
    assert not reading.notes


def test_what_was_told_apart_by_its_values_stays_as_it_is(tmp_path):
    values = two_pieces()
    values[20:32][values[20:32] > 0] = 2
    assert len(lesions(reading_of(tmp_path / "m", "a__nodule.nii", values))) == 2
    values[30, 2, 2] = 2
    named = reading_of(tmp_path / "n", "a.nii", values, {"1": "nodule", "2": "nodule"})
    assert lesions(named) == [("nodule", 0, 1, 2, 3, 11), ("nodule", 2, 5, 6, 7, 8)]
    assert not named.notes


def test_a_structure_is_one_in_however_many_pieces(tmp_path):
    assert len(lesions(reading_of(tmp_path / "m", "a.nii", two_pieces(), {"1": "liver"}))) == 1


def test_numbered_masks_of_one_picture_are_lesions_of_their_own(tmp_path):
    values = two_pieces()
    for number, part in ((1, slice(0, 12)), (2, slice(12, 40))):
        one = np.zeros_like(values)
        one[part] = values[part]
        reading = reading_of(tmp_path / "m", f"a__nodule_{number}.nii", one)
    assert len(lesions(reading)) == 2 and len({mark.lesion for mark in reading.pictures["a"].marks}) == 2
