"""A mask lies on its picture as both lie in the patient; one that does not fit is left out, and the report says why."""

import json
import weakref

import numpy as np
import pytest

from ssg.boxes import Box
from ssg.casebook import read_case_set
from ssg.casebook.imports import fitting
from ssg.casebook.imports.fitting import first_frame
from tests.casebook.ingest.making import ct, multi_frame
from tests.cli.conftest import run
from tests.imaging.building import dicom, png, written
from tests.imaging.test_nifti import nifti, stored

__all__ = ["run"]

SHAPE = (40, 30, 12)
"""Right to left, front to back, head to feet."""

AFFINE = np.diag([-0.7, -0.8, -3.0, 1.0])
AFFINE[:3, 3] = (14.0, 12.0, 18.0)
LESION = np.zeros(SHAPE, np.uint8)
LESION[5:12, 8:18, 4:7] = 1
WHERE = [(at, Box(5, 8, 12, 18)) for at in (4, 5, 6)]


@pytest.fixture
def imported(run, tmp_path):
    """Import a mask, given as a file name and bytes, on a picture; the regions and the report."""

    def imported(picture, mask, *more):
        for folder, (name, data) in (("pictures", picture), ("masks", mask)):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / name).write_bytes(data)
        answer = run(
            *("cases", "import", tmp_path / "masks", "--format", "masks", "--images", tmp_path / "pictures"),
            *("--licence", "CC0-1.0", "--out", tmp_path / "out", "--json", *more),
        )
        if answer.code:
            return None, answer.err
        (case,) = read_case_set(tmp_path / "out").cases
        marked = [*case.readers[0].regions, *case.readers[0].other]
        return sorted(((one.picture, one.box) for one in marked), key=str), json.loads(answer.out)

    return imported


def volume(values=None, affine=AFFINE, order=(0, 1, 2), flips=(False,) * 3):
    values = np.random.default_rng(3).integers(-900, 400, SHAPE).astype(np.int16) if values is None else values
    return nifti(*stored(values, affine, order, flips))


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1)])
@pytest.mark.parametrize("flips", [(False, False, False), (True, False, True), (True, True, True)])
def test_volumes_are_laid_on_each_other_however_they_are_stored(imported, order, flips):
    found, _ = imported(("a.nii", volume()), ("a__nodule.nii", volume(LESION, order=order, flips=flips)))
    assert found == WHERE


def moved(axis, by):
    affine = AFFINE.copy()
    affine[axis, 3] += by
    return affine


@pytest.mark.parametrize(
    ("mask", "why"),
    [
        (volume(LESION[:, :, :10]), "another number of slices"),
        (volume(LESION[:30]), "another size"),
        (volume(LESION, moved(2, 6.0)), "lies elsewhere"),
        (volume(LESION, moved(0, 0.7)), "lies elsewhere"),
        (volume(LESION, np.diag([-1.0, -1.0, -3.0, 1.0])), "pixels have another size"),
        (volume(LESION, np.diag([0.7, -0.8, -3.0, 1.0])), "lies elsewhere"),
    ],
)
def test_a_volume_on_another_grid_is_left_out_and_the_report_says_what_differs(imported, mask, why):
    found, told = imported(("a.nii", volume()), ("a__nodule.nii", mask))
    assert found is None and why in told and "a__nodule.nii: " in told and "the picture 40 × 30 × 12" in told


HEAD_UP = {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "ImagePositionPatient": [-14, -12, 18]}
SPACING = {"PixelSpacing": [0.8, 0.7], "Modality": "CT"}
SLICE = LESION[:, :, 5].T


def test_dicom_is_turned_to_its_picture_and_left_out_where_it_lies_elsewhere(imported):
    picture = dicom(np.arange(1200, dtype=np.uint16).reshape(30, 40), **HEAD_UP, **SPACING)
    mirrored = {"ImageOrientationPatient": [-1, 0, 0, 0, 1, 0], "ImagePositionPatient": [-14 + 39 * 0.7, -12, 18]}
    mask = dicom(np.ascontiguousarray(SLICE[:, ::-1]), **mirrored, **SPACING)
    found, _ = imported(("a.dcm", picture), ("a__nodule.dcm", mask))
    assert found == [(0, Box(5, 8, 12, 18))]


@pytest.mark.parametrize("position", ["HFS", "HFP", "FFS", "FFP"])
@pytest.mark.parametrize("forwards", [True, False])
def test_files_of_several_frames_are_laid_on_each_other_in_any_order(imported, position, forwards):
    values = np.zeros((6, 10, 8), np.int16)
    values[1:3, 2:8, 1:4] = 1
    slices = ct(position, values=values)
    mask = written(multi_frame(slices if forwards else slices[::-1]))
    found, _ = imported(("a.dcm", written(multi_frame(ct()))), ("a__nodule.dcm", mask))
    assert found == [(at, Box(1, 2, 4, 8)) for at in (1, 2)]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({**HEAD_UP, "ImagePositionPatient": [-14, -12, 24], **SPACING}, "lies elsewhere"),
        ({**HEAD_UP, **SPACING, "PixelSpacing": [0.4, 0.35]}, "pixels have another size"),
    ],
)
def test_dicom_of_another_geometry_is_left_out(imported, said, why):
    picture = dicom(np.arange(1200, dtype=np.uint16).reshape(30, 40), **HEAD_UP, **SPACING)
    found, told = imported(("a.dcm", picture), ("a__nodule.dcm", dicom(np.ascontiguousarray(SLICE), **said)))
    assert found is None and why in told


def test_dicom_of_another_size_is_left_out_and_png_of_the_same_shape_is_scaled(imported):
    picture = ("a.png", png(np.tile(np.arange(80, dtype=np.uint8), (60, 1))))
    found, told = imported(picture, ("a__nodule.dcm", dicom(np.ascontiguousarray(SLICE))))
    assert found is None and "another size" in told and "the picture 80 × 60" in told


def test_png_of_the_same_shape_is_scaled_and_that_is_said(imported):
    picture = ("a.png", png(np.tile(np.arange(80, dtype=np.uint8), (60, 1))))
    found, told = imported(picture, ("a__nodule.png", png(np.ascontiguousarray(SLICE))))
    assert found == [(0, Box(10, 16, 24, 36))]
    assert any("were scaled to them: 1 (a__nodule.png, 40 × 30 for 80 × 60)" in note for note in told["notes"])


def test_png_of_another_shape_and_of_one_slice_of_a_volume_are_left_out(imported):
    found, told = imported(("a.nii", volume()), ("a__nodule.png", png(np.ascontiguousarray(SLICE))))
    assert found is None and "another number of slices" in told


def test_a_picture_that_is_made_smaller_still_fits_its_mask(imported):
    found, _ = imported(("a.nii", volume()), ("a__nodule.nii", volume(LESION)), "--longest", "20")
    assert found == [(at, Box(2.5, 4, 6, 9)) for at in (4, 5, 6)]


def test_of_a_file_of_many_frames_only_the_first_is_kept(tmp_path, monkeypatch):
    (tmp_path / "a.dcm").write_bytes(written(multi_frame(ct())))
    seen, alive = [], []

    def noted(path, name, salt, keep, **more):
        def also(image, belonging):
            seen.append(weakref.ref(image.pixels))
            keep(image, belonging)
            alive.append(sum(one() is not None for one in seen))

        return real(path, name, salt, also, **more)

    real = fitting.decode_all
    monkeypatch.setattr(fitting, "decode_all", noted)
    image, grid = first_frame(tmp_path / "a.dcm")
    assert (image.width, image.height, grid.frames) == (8, 10, 6) and len(grid.made().quads) == 6
    assert max(alive) <= 2, "the first, and the one that comes"


@pytest.mark.parametrize("name", ["a__nodule.nii", "a.nii"])
def test_more_boxes_than_a_set_takes_are_left_out_and_counted(imported, name):
    shape = (40, 30, 60)
    values = np.zeros(shape, np.uint8)
    for number in range(9):
        left, top = 12 * (number % 3), 9 * (number // 3)
        values[left : left + 6, top : top + 6] = number + 1
    picture = np.arange(values.size).reshape(shape).astype(np.int32)
    found, told = imported(("a.nii", volume(picture)), (name, volume(values)))
    assert len(found) == 500
    (why, left_out), *others = told["marks"]["left_out"].items()
    assert "a set takes 500 boxes" in why and left_out["times"] == 40 and not others
