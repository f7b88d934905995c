"""What DICOM and NIfTI say of one geometry gives the same series: oblique ones, and those of a microscope."""

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from ssg.casebook.ingest import Limits, ingest
from tests.casebook.ingest.making import SIZE, SPACING, ct, patient, save
from tests.imaging.test_letters import turned_about

STEP = 3.0
TURNED = [turned_about(2, 45), turned_about(0, 45), turned_about(1, 30) @ turned_about(2, 44.9), turned_about(2, 50)]
TURNED += [np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0] for seed in range(4)]


def series_of(folder, out):
    ((series,),) = [study.series for study in ingest([folder], out, Limits(look_for_text=False)).studies]
    offset, slope = series.series.values
    pictures = [np.asarray(Image.open(out / frame.file)) * slope + offset for frame in series.series.frames]
    return series, np.stack(pictures)


@pytest.mark.parametrize("number", range(len(TURNED)))
def test_an_oblique_series_is_the_same_as_dicom_and_as_nifti(number, tmp_path):
    rows, columns, normal = TURNED[number].T
    slices = ct()
    for at, one in enumerate(slices):
        one.ImageOrientationPatient = [f"{value:.8f}" for value in (*rows, *columns)]
        one.ImagePositionPatient = [f"{value:.6f}" for value in at * STEP * normal]
        one.InstanceNumber = at
    affine = np.eye(4)
    affine[:3, :3] = np.diag([-1, -1, 1]) @ np.stack([rows * SPACING[1], columns * SPACING[0], normal * STEP], axis=1)
    values = patient().transpose(2, 1, 0)[:, ::-1]  # rows from below, as converters write them
    affine[:3, 3] = affine[:3, 1] * (SIZE[1] - 1)
    affine[:3, 1] *= -1
    image = nib.Nifti1Image(np.ascontiguousarray(values), affine)
    image.set_sform(affine, code=1)
    dicom = save(tmp_path / "dicom", {f"{at}.dcm": one for at, one in enumerate(slices)})
    plain = save(tmp_path / "nifti", {"a.nii": image.to_bytes()})
    one, pictures = series_of(dicom, tmp_path / "of-dicom")
    other, same = series_of(plain, tmp_path / "of-nifti")
    np.testing.assert_array_equal(pictures, same)
    assert one.series.orientation == other.series.orientation
    assert one.series.spacing_mm == pytest.approx(other.series.spacing_mm) and one.series.slice_mm == pytest.approx(
        STEP
    )
    np.testing.assert_allclose(one.quads, other.quads, atol=1e-3)


@pytest.mark.parametrize("micrometres", [2, 9])
def test_a_volume_of_a_microscope_is_a_stack(micrometres, tmp_path):
    values = np.random.default_rng(0).integers(0, 1000, (20, 22, 6)).astype(np.int16)
    image = nib.Nifti1Image(values, np.diag([micrometres, micrometres, micrometres, 1.0]))
    image.header.set_xyzt_units("micron")
    series, _ = series_of(save(tmp_path / "in", {"a.nii": image.to_bytes()}), tmp_path / "out")
    assert series.series.slice_mm == micrometres / 1000 and len(series.series.frames) == 6
    assert not any("at one place" in note for note in series.notes)
