import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssg.boxes import (
    Box,
    areas,
    as_boxes,
    centres,
    clipped,
    from_mask,
    hull,
    intersections,
    iou,
    mirrored,
    proximity,
    rescaled,
)
from ssg.errors import InvalidBox

coordinate = st.floats(0, 1000, allow_nan=False)
extent = st.floats(0.5, 500)


@st.composite
def box_rows(draw, least=1, most=5):
    count = draw(st.integers(least, most))
    rows = []
    for _ in range(count):
        x, y, w, h = draw(coordinate), draw(coordinate), draw(extent), draw(extent)
        rows.append([x, y, x + w, y + h])
    return as_boxes(rows)


@pytest.mark.parametrize(
    ("corners", "because"),
    [
        ((3, 0, 1, 2), "corners out of order"),
        ((0, 2, 1, 2), "no height"),
        ((0, 0, math.nan, 2), "NaN"),
        ((0, 0, math.inf, 2), "infinite"),
        ((0, 0, 1e9, 2), "larger than any image"),
        (("a", 0, 1, 2), "a letter"),
        ((None, 0, 1, 2), "nothing"),
    ],
)
def test_an_invalid_box_cannot_be_built(corners, because):
    with pytest.raises(InvalidBox):
        Box(*corners)


@pytest.mark.parametrize("corners", [(1, 2, 3), (1, 2, 3, 4, 5), "1234", 7, None, {"x": 1}])
def test_a_box_is_four_numbers(corners):
    with pytest.raises(InvalidBox):
        Box.of(corners)


def test_as_boxes_names_the_bad_row():
    with pytest.raises(InvalidBox, match="number 2"):
        as_boxes([[0, 0, 1, 1], [5, 5, 4, 6]])


def test_as_boxes_copies():
    rows = np.array([[0.0, 0.0, 1.0, 1.0]])
    as_boxes(rows)[0, 0] = 9
    assert rows[0, 0] == 0


def test_no_boxes_have_a_shape():
    assert as_boxes([]).shape == (0, 4)
    assert iou(as_boxes([]), as_boxes([[0, 0, 1, 1]])).shape == (0, 1)


@pytest.mark.parametrize(
    ("box", "inside"),
    [((0, 0, 10, 10), True), ((-1, 0, 5, 5), False), ((0, 0, 10.5, 5), False), ((0, 0, 5, 11), False)],
)
def test_a_box_outside_of_its_image_is_refused(box, inside):
    if inside:
        assert Box(*box).require_inside(10, 10) == Box(*box)
    else:
        with pytest.raises(InvalidBox, match="outside"):
            Box(*box).require_inside(10, 10)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 0, 2, 2), (1, 1, 3, 3), 1 / 7),
        ((0, 0, 1, 1), (0, 0, 1, 1), 1.0),
        ((0, 0, 0.01, 0.01), (0, 0, 0.01, 0.01), 1.0),
        ((0, 0, 1, 1), (1, 0, 2, 1), 0.0),
        ((0, 0, 4, 4), (1, 1, 3, 3), 0.25),
    ],
)
def test_iou_by_hand(a, b, expected):
    assert iou(as_boxes([a]), as_boxes([b]))[0, 0] == pytest.approx(expected)


def test_proximity_by_hand():
    # centres 3 apart, enclosing box 4 × 1
    got = proximity(as_boxes([[0, 0, 1, 1]]), as_boxes([[3, 0, 4, 1]]))[0, 0]
    assert got == pytest.approx(1 - 3 / math.sqrt(17))


@given(box_rows(), box_rows())
def test_iou_and_proximity_are_symmetric_and_bounded(a, b):
    for measure in (iou, proximity):
        forward, backward = measure(a, b), measure(b, a)
        assert np.allclose(forward, backward.T)
        assert ((forward >= 0) & (forward <= 1 + 1e-12)).all()


@given(box_rows())
def test_a_box_agrees_fully_with_itself(boxes):
    assert np.allclose(np.diag(iou(boxes, boxes)), 1)
    assert np.allclose(np.diag(proximity(boxes, boxes)), 1)


@given(box_rows(), box_rows(), st.floats(0.01, 50), st.floats(-500, 500), st.floats(-500, 500))
def test_iou_does_not_depend_on_unit_or_origin(a, b, scale, dx, dy):
    shift = np.array([dx, dy, dx, dy])
    assert np.allclose(iou(a * scale + shift, b * scale + shift), iou(a, b), atol=1e-6)


@given(box_rows(), box_rows())
def test_intersection_is_at_most_the_smaller_area(a, b):
    smaller = np.minimum(areas(a)[:, None], areas(b)[None])
    assert (intersections(a, b) <= smaller + 1e-9).all()


@given(box_rows())
def test_mirroring_twice_gives_the_same_boxes(boxes):
    assert np.allclose(mirrored(mirrored(boxes, 2000), 2000), boxes)
    assert np.allclose(areas(mirrored(boxes, 2000)), areas(boxes))


@given(box_rows())
def test_rescaling_there_and_back(boxes):
    there = rescaled(boxes, (1024, 768), (256, 320))
    assert np.allclose(rescaled(there, (256, 320), (1024, 768)), boxes)


@given(box_rows())
def test_the_hull_holds_every_box(boxes):
    outer = hull(boxes)
    assert (boxes[:, :2] >= outer[:2]).all()
    assert (boxes[:, 2:] <= outer[2:]).all()
    assert np.allclose(intersections(boxes, outer[None])[:, 0], areas(boxes))


@given(box_rows(), st.floats(0, 0.9))
def test_clipped_boxes_lie_inside(boxes, share):
    kept = clipped(boxes, 600, 400, share)
    assert (kept[:, 2:] <= [600, 400]).all()
    assert (kept[:, :2] >= 0).all()
    assert (areas(kept) > 0).all()


def test_clipping_drops_what_leaves():
    boxes = as_boxes([[0, 0, 10, 10], [95, 0, 115, 10]])
    assert clipped(boxes, 100, 100, 0.5).tolist() == [[0, 0, 10, 10]]


def test_centres():
    assert centres(as_boxes([[0, 0, 4, 2]])).tolist() == [[2, 1]]


def test_from_mask_is_tight_and_half_open():
    mask = np.zeros((10, 20), dtype=bool)
    assert from_mask(mask) is None
    mask[3:5, 7:9] = True
    assert from_mask(mask) == Box(7, 3, 9, 5)
