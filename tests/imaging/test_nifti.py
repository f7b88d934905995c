"""NIfTI volumes: which way they are cut and turned, whatever axes they are stored along."""

import gzip
import itertools
import struct
import tracemalloc

import nibabel as nib
import numpy as np
import pytest

from ssg.imaging import nifti as nifti_module
from ssg.imaging.nifti import decode_nifti, removed_of
from ssg.imaging.refusals import Problem, refusal
from ssg.imaging.sniffing import kind_of

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


def samples(volume):
    """All slices, uint16 (slices, height, width)."""
    return np.stack([volume.slice(number) for number in range(len(volume))])


def slice_mm(volume):
    first, second = (np.array(place.position) for place in volume.places[:2])
    return np.linalg.norm(second - first)


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
        assert volume.orientation == ("R", "L", "A", "P") and slice_mm(volume) == pytest.approx(3)
        assert volume.spacing_mm == pytest.approx((0.8, 0.7))
        real = volume.offset + volume.slope * samples(volume)
        assert (real == values.transpose(2, 1, 0)).all(), "head first, front at the top, right at the left"


def test_sagittal_and_coronal_scans_are_cut_as_they_were_scanned():
    values, _ = patient()
    sagittal = decode_nifti(nifti(values, np.diag([-4.0, -0.8, -0.9, 1.0])))
    assert sagittal.orientation == ("A", "P", "H", "F") and samples(sagittal).shape == (6, 5, 8)
    assert (sagittal.offset + samples(sagittal)[0] == values[0].T).all(), "the patient's right first"
    coronal = decode_nifti(nifti(values, np.diag([-0.7, -5.0, -0.9, 1.0])))
    assert coronal.orientation == ("R", "L", "H", "F") and samples(coronal).shape == (8, 5, 6)
    assert (coronal.offset + samples(coronal)[0] == values[:, 0].T).all(), "the front first"


def test_steps_that_are_alike_are_cut_from_head_to_feet():
    values, _ = patient()
    assert samples(decode_nifti(nifti(values, np.diag([-1.0, -1.0, -1.0, 1.0])))).shape == (5, 8, 6)


def test_packed_files_floats_and_missing_numbers():
    values, affine = patient()
    floats = values / 7.0
    floats[0, 0, 0] = np.nan
    volume = decode_nifti(nifti(floats.astype(np.float32), affine, packed=True))
    real = volume.offset + volume.slope * samples(volume).astype(float)
    assert np.abs(real[1:] - floats.transpose(2, 1, 0)[1:]).max() < volume.slope
    assert "no numbers" in volume.notes[0]
    assert volume.window[0] > 0


def test_a_scaled_file_holds_real_values():
    values, affine = patient()
    data = bytearray(nifti(values, affine))
    struct.pack_into("<ff", data, SCALE_AT, 2.0, -1000.0)  # what is stored, times 2, less 1000
    volume = decode_nifti(bytes(data))
    real = volume.offset + volume.slope * samples(volume)
    assert (real == 2.0 * values.transpose(2, 1, 0) - 1000).all()


def test_a_scale_below_zero_turns_the_order_of_values():
    values, affine = patient()
    data = bytearray(nifti(values, affine))
    struct.pack_into("<ff", data, SCALE_AT, -0.5, 10.0)
    volume = decode_nifti(bytes(data))
    assert volume.slope == 0.5
    assert (volume.offset + volume.slope * samples(volume) == 10 - 0.5 * values.transpose(2, 1, 0)).all()


@pytest.mark.parametrize("whole", [True, False])
def test_background_that_is_no_number_is_no_part_of_the_window(whole):
    values = np.full((20, 20, 6), np.nan, np.float32)
    values[8:12, 8:12] = np.random.default_rng(0).integers(0, 100, (4, 4, 6)) * (1 if whole else 0.37)
    expected = decode_nifti(nifti(np.ascontiguousarray(values[8:12, 8:12]), np.eye(4))).window
    assert decode_nifti(nifti(values, np.eye(4))).window == expected
    data = bytearray(nifti(values, np.eye(4)))
    struct.pack_into("<ff", data, SCALE_AT, -1.0, 0.0)
    volume = decode_nifti(bytes(data))
    assert volume.window == pytest.approx((expected[0], -expected[1]))
    real = volume.offset + volume.slope * samples(volume).astype(float)
    assert real.min() == real[0, 0, 0] == -np.nanmax(values) and real.max() == pytest.approx(0), "shown as the lowest"


def test_of_several_volumes_the_first_is_taken_and_one_slice_is_one():
    values, affine = patient()
    volume = decode_nifti(nifti(np.stack([values, values + 5], axis=-1), affine))
    assert volume.offset == -100 and "holds 2 volumes" in volume.notes[0]
    assert samples(decode_nifti(nifti(values[:, :, :1], affine))).shape == (1, 8, 6)
    assert samples(decode_nifti(nifti(values[:, :, 0], affine))).shape == (1, 8, 6)


def test_a_file_that_does_not_say_how_the_patient_lies_is_noted():
    image = nib.Nifti1Image(patient()[0], None)
    image.header["sform_code"] = image.header["qform_code"] = 0
    volume = decode_nifti(image.to_bytes())
    assert "sides are not known" in volume.notes[0] and volume.orientation is None


@pytest.mark.parametrize("bytes_a_value", [1, 2, 4])
def test_a_volume_is_as_large_as_its_bytes(bytes_a_value, monkeypatch):
    monkeypatch.setattr(nifti_module, "MOST_BYTES", 1_000_000 * bytes_a_value)
    for slices, is_taken in ((100, True), (101, False)):
        data = nifti(np.zeros((100, 100, slices), f"u{bytes_a_value}"), np.eye(4), packed=True)
        if is_taken:
            assert len(decode_nifti(data)) == slices
            continue
        with pytest.raises(Problem, match="too_big_volume"):
            decode_nifti(data)


def test_a_small_file_takes_little_memory_whatever_it_says():
    data = nifti(*patient(), packed=True)
    huge = bytearray(gzip.decompress(data))
    struct.pack_into("<8h", huge, 40, 3, 700, 700, 400, 1, 1, 1, 1)
    for one in (data, gzip.compress(huge), bytes(huge)):
        tracemalloc.start()
        try:
            decode_nifti(one)
        except Problem as problem:
            assert problem.code == "truncated"
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
        tracemalloc.stop()


def test_what_follows_a_packed_volume_is_not_unpacked_and_its_checksum_is_looked_at():
    plain = nifti(*patient())
    volume = decode_nifti(gzip.compress(plain + bytes(2**20)))
    assert (samples(volume) == samples(decode_nifti(plain))).all()
    packed = bytearray(gzip.compress(plain))
    packed[-8] ^= 1
    with pytest.raises(OSError, match="CRC"):
        decode_nifti(bytes(packed))


def test_numbers_that_are_missing_are_said():
    plain = nifti(*patient())
    for cut in (plain[:-1], gzip.compress(plain[:-1])):
        with pytest.raises(Problem, match="truncated"):
            decode_nifti(cut)


@pytest.mark.parametrize("big_endian", [False, True])
def test_the_second_version_of_the_format_is_read_like_the_first(big_endian):
    values, affine = patient()
    image = nib.Nifti2Image(values, affine)
    image.set_sform(affine, code=1)
    image.header["descrip"] = b"Doe^Jane"
    if big_endian:
        image = nib.Nifti2Image(values, affine, image.header.as_byteswapped(">"))
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"Doe^Jane"))
    for data in (image.to_bytes(), gzip.compress(image.to_bytes())):
        assert kind_of(data, volumes=True) == "nifti"
        volume = decode_nifti(data)
        assert (volume.offset + volume.slope * samples(volume) == values.transpose(2, 1, 0)).all()
        assert volume.orientation == ("R", "L", "A", "P") and volume.spacing_mm == pytest.approx((0.8, 0.7))
        assert removed_of(data).elements == {"descrip": 1, "extensions": 1}
    with pytest.raises(Problem) as refused:
        kind_of(image.to_bytes())
    assert refused.value.values == {"what": "a NIfTI volume"}


@pytest.mark.parametrize("kind", [nib.Nifti1Pair, nib.Nifti2Pair])
def test_the_header_of_a_pair_is_told_to_be_half_of_one(kind):
    values, affine = patient()
    pair = kind(values, affine)
    with pytest.raises(Problem) as refused:
        kind_of(pair.header.binaryblock + bytes(4), volumes=True)
    assert "one .nii file" in str(refusal(refused.value, "a.hdr"))


def test_a_mark_at_another_place_is_none():
    data = bytearray(nifti(*patient()))
    data[344:348] = b"n+2\0"
    with pytest.raises(Problem):
        kind_of(bytes(data), volumes=True)


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
    real = volume.offset + volume.slope * samples(volume).astype(float)
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
    assert volume.spacing_mm == pytest.approx((0.8, 0.7)) and slice_mm(volume) == pytest.approx(3)
    assert any("millimetres" in note for note in volume.notes) == (unit in ("meter", "micron"))


def test_voxels_of_half_a_micron_are_no_broken_affine():
    image = nib.Nifti1Image(patient()[0], np.diag([0.5, 0.5, 0.5, 1.0]))
    image.header.set_xyzt_units("micron")
    assert decode_nifti(image.to_bytes()).spacing_mm == pytest.approx((0.0005, 0.0005))
    image = nib.Nifti1Image(patient()[0], np.array([[1, 1, 0, 0], [0, 0.01, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]))
    with pytest.raises(Problem) as refused:
        decode_nifti(image.to_bytes())
    assert refused.value.values == {"what": "its affine is none"}


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
        assert samples(decode_nifti(nifti(*stored(values, affine, order)))).shape == (5, 8, 6)
