"""The radiological convention: known patients' positions, every flip, letters and boxes that follow."""

import itertools

import numpy as np
import pytest

from ssg.boxes import Box
from ssg.imaging.letters import edges_towards
from ssg.imaging.upright import Turn, plane_of, radiological

OPPOSITE = {"R": "L", "L": "R", "A": "P", "P": "A", "H": "F", "F": "H"}
CONVENTION = {"axial": ("R", "L", "A", "P"), "coronal": ("R", "L", "H", "F"), "sagittal": ("A", "P", "H", "F")}
PLANES = {"axial": "RA", "coronal": "RH", "sagittal": "AH"}


def edges_of(across, down):
    """Edges of a slice whose rows run towards ``across`` and whose columns towards ``down``."""
    return edges_towards(across, down)


@pytest.mark.parametrize(
    ("position", "across", "down"),
    [
        ("HFS", "L", "P"),
        ("FFS", "L", "P"),
        ("HFP", "R", "A"),
        ("FFP", "R", "A"),
        ("HFDR", "P", "R"),
        ("HFDL", "A", "L"),
    ],
)
def test_an_axial_slice_of_any_position_ends_with_the_right_at_the_left(position, across, down):
    """As scanners store them: rows from the table's left, columns downwards (PS3.3 C.7.3.1.1.2)."""
    stored = edges_of(across, down)
    turned = radiological(stored).edges(stored)
    assert turned == ("R", "L", "A", "P"), position
    assert radiological(turned).is_none


@pytest.mark.parametrize("plane", PLANES)
def test_every_way_to_store_a_plane_comes_out_the_same_and_is_no_mirror_image(plane):
    """All eight ways: a marked corner of the patient lies at the same place in the end."""
    one, two = PLANES[plane]
    patient = np.arange(12).reshape(3, 4)  # in the convention: rows downwards, columns to the right
    ways = 0
    for transposed, mirrored, inverted in itertools.product((False, True), repeat=3):
        stored, edges = patient, CONVENTION[plane]
        if mirrored:
            stored, edges = stored[:, ::-1], (edges[1], edges[0], edges[2], edges[3])
        if inverted:
            stored, edges = stored[::-1], (edges[0], edges[1], edges[3], edges[2])
        if transposed:
            stored, edges = stored.T, (edges[2], edges[3], edges[0], edges[1])
        turn = radiological(edges)
        assert (turn.pixels(stored) == patient).all() and turn.edges(edges) == CONVENTION[plane]
        assert plane_of(edges) == plane
        ways += 1
    assert ways == 8 and one in CONVENTION[plane] and two in CONVENTION[plane]


def test_boxes_and_spacing_follow_the_picture():
    rng = np.random.default_rng(0)
    for transposed, mirrored, inverted in itertools.product((False, True), repeat=3):
        turn = Turn(transposed, mirrored, inverted)
        stored = np.zeros((30, 50), np.uint8)
        x0, y0 = rng.integers(0, 40), rng.integers(0, 20)
        stored[y0 : y0 + 5, x0 : x0 + 8] = 1
        box = turn.box(Box(x0, y0, x0 + 8, y0 + 5), 50, 30)
        turned = turn.pixels(stored)
        rows, columns = np.nonzero(turned)
        assert tuple(box) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert turn.spacing((0.5, 0.7)) == ((0.7, 0.5) if transposed else (0.5, 0.7))


def test_oblique_edges_go_by_their_nearest_direction():
    stored = ("LA", "RP", "AF", "PH")
    assert plane_of(stored) == "axial" and radiological(stored) == Turn(mirrored=True)
    assert radiological(stored).edges(stored) == ("RP", "LA", "AF", "PH")


def test_edges_that_make_no_plane_are_left_alone():
    assert plane_of(("R", "L", "R", "L")) == "" and radiological(("R", "L", "R", "L")).is_none
