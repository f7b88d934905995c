"""PNG bytes and regions drawn on a picture."""

import io

import numpy as np
import pytest
from PIL import Image

from ssg.boxes import Box
from ssg.imaging import draw_regions, png_bytes
from ssg.imaging.drawing import best_place, fitting

GREY = np.random.default_rng(5).integers(0, 256, (120, 160)).astype(np.uint8)


@pytest.mark.parametrize("pixels", [GREY, GREY[:, ::-1], GREY.astype(np.uint16) * 257], ids=["8", "view", "16"])
def test_png_is_lossless_at_both_depths(pixels):
    read = np.asarray(Image.open(io.BytesIO(png_bytes(pixels))))
    assert read.dtype == pixels.dtype
    np.testing.assert_array_equal(read, pixels)


def test_png_holds_nothing_but_pixels():
    data = png_bytes(GREY)
    kinds, at = [], 8
    while at < len(data):
        kinds.append(data[at + 4 : at + 8])
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    assert set(kinds) == {b"IHDR", b"IDAT", b"IEND"}


@pytest.mark.parametrize("pixels", [GREY.astype(np.float32), GREY[None], np.zeros((2, 2, 3), np.uint8)])
def test_png_of_anything_else_is_a_bug(pixels):
    with pytest.raises(TypeError, match="uint8 or uint16"):
        png_bytes(pixels)


def test_the_frame_lies_on_the_box_and_the_rest_is_untouched():
    picture = np.asarray(draw_regions(np.zeros((400, 400), np.uint8), [(Box(100, 150, 300, 250), "", "#ff0000")]))
    red = (picture == [255, 0, 0]).all(axis=-1)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    assert (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) == (100, 150, 300, 250)
    assert not picture[:140].any()


def test_the_input_is_not_changed_and_no_region_is_the_plain_picture():
    before = GREY.copy()
    np.testing.assert_array_equal(np.asarray(draw_regions(GREY, []))[..., 1], GREY)
    draw_regions(GREY, [(Box(0, 0, 160, 120), "all", "#ff0000")])
    np.testing.assert_array_equal(GREY, before)


@pytest.mark.parametrize("shape", [(64, 64), (500, 700), (3000, 2500)])
@pytest.mark.parametrize("corner", ["left top", "right top", "left bottom", "right bottom", "all"])
def test_labels_are_whole_wherever_the_box_lies(shape, corner):
    """A label at a border has as many coloured pixels as the same label in the middle: nothing is cut off."""
    height, width = shape

    def coloured(box):
        picture = np.asarray(draw_regions(np.zeros(shape, np.uint8), [(box, "nodule", "#00ff00")])).astype(int)
        frame = np.asarray(draw_regions(np.zeros(shape, np.uint8), [(box, "", "#00ff00")])).astype(int)
        return np.abs(picture - frame).sum()

    side = min(shape) // 8
    x = 0 if "left" in corner else width - side
    y = 0 if "top" in corner else height - side
    box = Box(0, 0, width, height) if corner == "all" else Box(x, y, x + side, y + side)
    middle = Box(width / 4, height / 2, width / 4 + side, height / 2 + side)
    assert coloured(box) == pytest.approx(coloured(middle), rel=0.25)


def test_places_lie_inside_and_avoid_each_other():
    rng = np.random.default_rng(7)
    for _ in range(300):
        x0, y0 = rng.uniform(0, 180, 2)
        box = Box(x0, y0, x0 + rng.uniform(1, 20), y0 + rng.uniform(1, 20))
        size = tuple(rng.uniform(5, 90, 2))
        left, top, right, bottom = best_place(box, size, (200, 200), [])
        assert 0 <= left < right <= 200
        assert 0 <= top < bottom <= 200
    first = best_place(box, (50, 10), (200, 200), [])
    second = best_place(box, (50, 10), (200, 200), [first])
    assert second != first


def test_labels_grow_with_the_image():
    def height_of_text(side):
        box = Box(side * 0.4, side * 0.5, side * 0.6, side * 0.7)
        picture = np.asarray(draw_regions(np.zeros((side, side), np.uint8), [(box, "mass", "#00ff00")]))
        return np.flatnonzero((picture[: side // 2 - side // 100] > 128).any(axis=(1, 2))).size

    assert height_of_text(2000) == pytest.approx(4 * height_of_text(500), rel=0.2)


def test_long_labels_are_cut_to_the_width():
    assert fitting("pleural effusion", 100, lambda text: 10 * len(text)) == "pleural e…"
    assert fitting("mass", 100, lambda text: 10 * len(text)) == "mass"
    assert fitting("mass", 1, lambda text: 10 * len(text)) == "…"
    draw_regions(np.zeros((64, 64), np.uint8), [(Box(1, 1, 9, 9), "a label of many words\nand two lines", "#fff")])


def test_letters_of_other_languages_are_drawn():
    draw_regions(GREY, [(Box(10, 10, 60, 60), "Épanchement pleural – Rundherd äöü 肺", "#ffb454")])
