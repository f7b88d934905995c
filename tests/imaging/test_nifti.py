"""NIfTI volumes: which way they are cut and turned, whatever axes they are stored along."""

import gzip
import itertools
import struct

import nibabel as nib
import numpy as np
import pytest

from ssg.imaging.nifti import decode_nifti
from ssg.imaging.refusals import Problem

SHAPE = (6, 8, 5)
"""From the patient's right to left, from front to back, from head to feet."""

STEPS = (0.7, 0.8, 3.0)
SCALE_AT = 112
"""Where the header keeps ``scl_slope`` and ``scl_inter``."""


def patient():
    """A volume along R→L, A→P, H→F, every value its own; and the affine of it."""
    values = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE) - 100
    affine = np.diag([-STEPS[0], -STEPS[1], -STEPS[2], 1.0])
    return values, affine


def stored(values, affine, order=(0, 1, 2), flips=(False,) * 3):
    """The same patient with array axes in another order and direction."""
    affine = affine.copy()
    for axis, flip in enumerate(flips):
        if flip:
            values = np.flip(values, axis)
            affine[:3, 3] += affine[:3, axis] * (values.shape[axis] - 1)
            affine[:3, axis] *= -1
    return values.transpose(order), affine[:, [*order, 3]]


def nifti(values, affine, packed=False):
    image = nib.Nifti1Image(values, affine)
    image.header.set_sform(affine, code=1)
    data = image.to_bytes()
    return gzip.compress(data) if packed else data


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_patient_comes_out_the_same_however_it_is_stored(order):
    values, affine = patient()
    for flips in itertools.product((False, True), repeat=3):
        volume = decode_nifti(nifti(*stored(values, affine, order, flips)))
        assert volume.orientation == ("R", "L", "A", "P") and volume.slice_mm == pytest.approx(3)
        assert volume.spacing_mm == pytest.approx((0.8, 0.7))
        real = volume.offset + volume.slope * volume.samples
        assert (real == values.transpose(2, 1, 0)).all(), "head first, front at the top, right at the left"


def test_sagittal_and_coronal_scans_are_cut_as_they_were_scanned():
    values, _ = patient()
    sagittal = decode_nifti(nifti(values, np.diag([-4.0, -0.8, -0.9, 1.0])))
    assert sagittal.orientation == ("A", "P", "H", "F") and sagittal.samples.shape == (6, 5, 8)
    assert (sagittal.offset + sagittal.samples[0] == values[0].T).all(), "the patient's right first"
    coronal = decode_nifti(nifti(values, np.diag([-0.7, -5.0, -0.9, 1.0])))
    assert coronal.orientation == ("R", "L", "H", "F") and coronal.samples.shape == (8, 5, 6)
    assert (coronal.offset + coronal.samples[0] == values[:, 0].T).all(), "the front first"


def test_steps_that_are_alike_are_cut_from_head_to_feet():
    values, _ = patient()
    assert decode_nifti(nifti(values, np.diag([-1.0, -1.0, -1.0, 1.0]))).samples.shape == (5, 8, 6)


def test_packed_files_floats_and_missing_numbers():
    values, affine = patient()
    floats = values / 7.0
    floats[0, 0, 0] = np.nan
    volume = decode_nifti(nifti(floats.astype(np.float32), affine, packed=True))
    real = volume.offset + volume.slope * volume.samples.astype(float)
    assert np.abs(real[1:] - floats.transpose(2, 1, 0)[1:]).max() < volume.slope
    assert "no numbers" in volume.notes[0]
    assert volume.window[0] > 0


def test_a_scaled_file_holds_real_values():
    values, affine = patient()
    data = bytearray(nifti(values, affine))
    struct.pack_into("<ff", data, SCALE_AT, 2.0, -1000.0)  # what is stored, times 2, less 1000
    volume = decode_nifti(bytes(data))
    real = volume.offset + volume.slope * volume.samples
    assert (real == 2.0 * values.transpose(2, 1, 0) - 1000).all()


def test_a_scale_below_zero_turns_the_order_of_values():
    values, affine = patient()
    data = bytearray(nifti(values, affine))
    struct.pack_into("<ff", data, SCALE_AT, -0.5, 10.0)
    volume = decode_nifti(bytes(data))
    assert volume.slope == 0.5
    assert (volume.offset + volume.slope * volume.samples == 10 - 0.5 * values.transpose(2, 1, 0)).all()


def test_of_several_volumes_the_first_is_taken_and_one_slice_is_one():
    values, affine = patient()
    volume = decode_nifti(nifti(np.stack([values, values + 5], axis=-1), affine))
    assert volume.offset == -100 and "holds 2 volumes" in volume.notes[0]
    assert decode_nifti(nifti(values[:, :, :1], affine)).samples.shape == (1, 8, 6)
    assert decode_nifti(nifti(values[:, :, 0], affine)).samples.shape == (1, 8, 6)


def test_a_file_that_does_not_say_how_the_patient_lies_is_noted():
    image = nib.Nifti1Image(patient()[0], None)
    image.header["sform_code"] = image.header["qform_code"] = 0
    assert "sides are not known" in decode_nifti(image.to_bytes()).notes[0]


def test_what_is_no_grey_volume_is_refused():
    values, affine = patient()
    for odd in (values.astype(np.complex64), np.zeros(SHAPE, [("R", "u1"), ("G", "u1"), ("B", "u1")])):
        with pytest.raises(Problem) as refused:
            decode_nifti(nib.Nifti1Image(odd, affine).to_bytes())
        assert "no grey" in refused.value.values["what"]
    with pytest.raises(Problem):
        decode_nifti(nifti(np.full(SHAPE, np.nan, np.float32), affine))
    with pytest.raises(Exception):  # noqa: B017 - nibabel's own, which the worker turns into words
        decode_nifti(b"no nifti at all, but some bytes" * 20)


def test_infinite_values_are_shown_as_the_limits_of_the_others():
    values, affine = patient()
    floats = values.astype(np.float32)
    floats[0, 0, 0], floats[1, 0, 0] = np.inf, -np.inf
    volume = decode_nifti(nifti(floats, affine))
    real = volume.offset + volume.slope * volume.samples.astype(float)
    there = values.transpose(2, 1, 0)
    assert real[0, 0, 0] == real.max() == there.max() and real[0, 0, 1] == real.min() == -99
    assert any("Infinite" in note for note in volume.notes)
    wide = np.array([-1e308, 1e308] * 24, dtype=np.float64).reshape(4, 4, 3)
    with pytest.raises(Problem) as refused:
        decode_nifti(nifti(wide, affine))
    assert "too large" in refused.value.values["what"]


@pytest.mark.parametrize(("unit", "factor"), [("meter", 1e-3), ("micron", 1e3), ("mm", 1.0), ("unknown", 1.0)])
def test_lengths_are_in_millimetres_whatever_the_file_measures_in(unit, factor):
    values, affine = patient()
    image = nib.Nifti1Image(values, affine * np.array([[factor]] * 3 + [[1.0]]))
    image.header.set_xyzt_units(unit)
    volume = decode_nifti(image.to_bytes())
    assert volume.spacing_mm == pytest.approx((0.8, 0.7)) and volume.slice_mm == pytest.approx(3)
    assert any("millimetres" in note for note in volume.notes) == (unit in ("meter", "micron"))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_slices_say_where_they_lie_however_they_are_stored(order):
    values, affine = patient()
    affine[:3, 3] = (50.0, 60.0, 70.0)
    for flips in itertools.product((False, True), repeat=3):
        volume = decode_nifti(nifti(*stored(values, affine, order, flips)))
        first, last = volume.places[0], volume.places[-1]
        assert first.position == pytest.approx((-50, -60, 70), abs=1e-4), "DICOM counts towards left and back"
        assert last.position == pytest.approx((-50, -60, 58), abs=1e-4)
        assert first.across == pytest.approx((1, 0, 0)) and first.down == pytest.approx((0, 1, 0))


def test_of_two_axes_with_large_steps_the_nearest_to_head_and_feet_is_cut_across():
    values, _ = patient()
    affine = np.diag([-0.7, -3.0, -3.0, 1.0])
    for order in itertools.permutations(range(3)):
        assert decode_nifti(nifti(*stored(values, affine, order))).samples.shape == (5, 8, 6)
