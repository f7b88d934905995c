"""Letters at the edges: those of a plane, whatever the file and however its rows, columns and slices are stored."""

import itertools

import nibabel as nib
import numpy as np
import pytest

from ssg.imaging.letters import edges_along
from ssg.imaging.nifti import decode_nifti
from ssg.imaging.stacks import Slice, stacks
from ssg.imaging.upright import AXES, plane_of, radiological
from tests.imaging.building import decoded, dicom

PIXELS = np.zeros((4, 4), np.uint8)
SHAPE = (4, 5, 3)
STEPS = (0.7, 0.8, 3.0)
ANGLES = (0, 30, 44.9, 45, 45.1, 60, 90)


def turned_about(axis, degrees):
    angle = np.radians(degrees)
    one, other = (each for each in range(3) if each != axis)
    made = np.eye(3)
    made[one, one] = made[other, other] = np.cos(angle)
    made[one, other], made[other, one] = -np.sin(angle), np.sin(angle)
    return made


RNG = np.random.default_rng(5)
TURNED = [
    *(np.linalg.qr(RNG.normal(size=(3, 3)))[0] for _ in range(60)),
    *(turned_about(axis, degrees) for axis in range(3) for degrees in ANGLES),
    *(turned_about(2, one) @ turned_about(0, other) for one in ANGLES for other in ANGLES),
    turned_about(2, 45) @ turned_about(0, float(np.degrees(np.arctan(2**-0.5)))) @ turned_about(2, 45),
]
"""Directions of three axes, one a column: any, and those between two or three axes of the patient."""


def volume(directions, steps=STEPS, order=(0, 1, 2), flips=(False,) * 3):
    """A NIfTI file, every value its own, along three directions in DICOM's coordinates, stored in some way."""
    values = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    affine = np.eye(4)
    affine[:3, :3] = np.diag([-1, -1, 1]) @ directions @ np.diag(steps)
    affine[:3, 3] = (3.0, -40.0, 12.0)
    for axis, flip in enumerate(flips):
        if flip:
            values = np.flip(values, axis)
            affine[:3, 3] += affine[:3, axis] * (SHAPE[axis] - 1)
            affine[:3, axis] *= -1
    image = nib.Nifti1Image(np.ascontiguousarray(values.transpose(order)), affine[:, [*order, 3]])
    image.set_sform(image.affine, code=1)
    return image.to_bytes()


@pytest.mark.parametrize("number", range(len(TURNED)))
def test_dicom_and_nifti_of_one_geometry_have_the_same_letters(number):
    directions = TURNED[number]
    found = decode_nifti(volume(directions))
    first = found.places[0]
    plane = [f"{value:.6f}" for value in (*first.across, *first.down)]
    assert decoded(dicom(PIXELS, ImageOrientationPatient=plane)).orientation == found.orientation
    assert radiological(found.orientation).is_none and plane_of(found.orientation)
    # Slices as a scanner would have stored them, along the first two axes of the volume.
    stored = [f"{value:.6f}" for value in (*directions[:, 0], *directions[:, 1])]
    edges = decoded(dicom(PIXELS, ImageOrientationPatient=stored)).orientation
    assert radiological(edges).edges(edges) == found.orientation
    (stack,) = stacks(Slice(at, "s", (4, 5), place) for at, place in enumerate(found.places))
    assert [one.key for one in stack.slices] == list(range(len(found))), "in the order of a DICOM series"


@pytest.mark.parametrize("number", (0, 20, 40, 63, 70, 77, 105, 108, 130))
@pytest.mark.parametrize("steps", [STEPS, (1.0, 1.0, 1.0)], ids=["thick slices", "steps that are alike"])
def test_a_volume_comes_out_the_same_however_it_is_stored(number, steps):
    expected = decode_nifti(volume(TURNED[number], steps))
    pictures = [expected.slice(at) for at in range(len(expected))]
    for order in itertools.permutations(range(3)):
        for flips in itertools.product((False, True), repeat=3):
            found = decode_nifti(volume(TURNED[number], steps, order, flips))
            assert found.orientation == expected.orientation
            for at, picture in enumerate(pictures):
                np.testing.assert_array_equal(found.slice(at), picture)
                assert found.places[at].position == pytest.approx(expected.places[at].position, abs=1e-4)


def test_the_letters_of_any_direction_make_a_plane_and_follow_their_edges():
    rng = np.random.default_rng(2)
    for _ in range(2000):
        across, down, _ = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        left, right, top, bottom = edges = edges_along(across.tolist(), down.tolist())
        assert plane_of(edges) and len({AXES[left[0]], AXES[top[0]]}) == 2
        assert edges_along((-across).tolist(), down.tolist()) == (right, left, top, bottom)
        assert edges_along(across.tolist(), (-3 * down).tolist()) == (left, right, bottom, top)
        assert edges_along(down.tolist(), across.tolist()) == (top, bottom, left, right)


def test_thirty_degrees_are_named_whatever_the_rounding():
    for noise in (-1e-7, 0.0, 1e-7):
        down = (0.0, 3**0.5 / 2, -0.5 + noise)
        assert edges_along((1.0, 0.0, 0.0), down) == ("R", "L", "AH", "PF")


@pytest.mark.parametrize("down", [(0, 0, 0), (2, 0, 0), (1, 0.05, 0)])
def test_rows_and_columns_that_make_no_plane_have_no_letters(down):
    assert edges_along((1, 0, 0), down) is None
