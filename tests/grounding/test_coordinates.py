import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssg.boxes import as_boxes, iou
from ssg.errors import BadInput, InvalidBox
from ssg.grounding.coordinates import Convention, CoordinateFrame

frames = st.builds(
    CoordinateFrame,
    st.sampled_from(Convention),
    st.tuples(st.integers(64, 3000), st.integers(64, 3000)),
    st.just((448, 672)),
)


@given(frames, st.floats(0, 0.7), st.floats(0, 0.7), st.floats(0.1, 0.3), st.floats(0.1, 0.3))
def test_a_box_comes_back_within_one_unit(frame, x, y, w, h):
    width, height = frame.image_size
    box = as_boxes([[x * width, y * height, (x + w) * width, (y + h) * height]])
    back = frame.read(frame.write(box)[0])
    unit = np.array([width / frame.limit[0], height / frame.limit[1]] * 2)
    assert (np.abs(np.array(list(back)) - box[0]) <= 0.5 * unit + 1e-9).all()
    assert iou(as_boxes([back]), box)[0, 0] > 0.9


def test_relative_and_pixel_conventions_by_hand():
    box = as_boxes([[100, 50, 200, 100]])
    relative = CoordinateFrame(Convention.RELATIVE_1000, (400, 200), (448, 224))
    pixels = CoordinateFrame(Convention.RESIZED_PIXELS, (400, 200), (448, 224))
    assert relative.write(box) == [[250, 250, 500, 500]]
    assert pixels.write(box) == [[112, 56, 224, 112]]


def test_the_smallest_box_is_still_a_box():
    frame = CoordinateFrame(Convention.RELATIVE_1000, (3000, 3000), (448, 448))
    x0, y0, x1, y1 = frame.write(as_boxes([[2999.2, 2999.2, 2999.9, 2999.9]]))[0]
    assert x1 > x0
    assert y1 > y0
    assert max(x1, y1) <= 1000


def test_what_leaves_the_image_is_cut_and_nothing_left_is_an_error():
    frame = CoordinateFrame(Convention.RESIZED_PIXELS, (100, 100), (100, 100))
    assert list(frame.read([50, 50, 300, 90])) == [50, 50, 100, 90]
    with pytest.raises(InvalidBox):
        frame.read([200, 200, 300, 300])
    with pytest.raises(BadInput):
        frame.read([1, 2, 3])
