"""What is covered is black as it is shown, on every frame, whatever the window and whichever end is white."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ssg.boxes import Box
from ssg.casebook.ingest.covering import MARGIN, covered, covered_series
from ssg.casebook.types import CaseImage, Series
from ssg.imaging import png_bytes, windowed
from ssg.whole import write_whole

BOX = Box(4, 4, 10, 9)
INSIDE = np.s_[4:9, 4:10]


def series_of(folder, *frames, **more):
    images = []
    (folder / "images").mkdir()
    for frame in frames:
        data = png_bytes(frame)
        images.append(CaseImage.of_png(data))
        write_whole(folder / images[-1].file, data)
    return Series("s", tuple(images), **more)


def numbers(series, folder):
    return [np.asarray(Image.open(folder / frame.file)) for frame in series.frames]


def shown(series, folder):
    return [
        windowed(one.astype(np.uint16), *series.values, series.window, series.inverted)
        for one in numbers(series, folder)
    ]


def tissue(low, high, seed=0):
    return np.random.default_rng(seed).integers(low, high, (20, 24)).astype(np.uint16)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(
    ("values", "window"),
    [
        ((0.0, 1.0), (2000.0, 1000.0)),
        ((-1024.0, 1.0), (400.0, 40.0)),
        ((0.3, 0.7), (900.0, 800.0)),
        ((500.0, 1.0), (3000.0, 1000.0)),
        ((0.0, 0.001), (0.5, 1.5)),
        ((0.0, 1.0), (1.0, 1200.0)),
    ],
)
def test_a_cover_is_black_and_all_else_stays_as_it_is(tmp_path, values, window, inverted):
    made = series_of(
        tmp_path, tissue(1000, 1500), tissue(1200, 3000, 1), values=values, window=window, inverted=inverted
    )
    before, real = shown(made, tmp_path), [one * values[1] + values[0] for one in numbers(made, tmp_path)]
    found = covered_series(made, [BOX], tmp_path)
    for was, now, value, number in zip(before, shown(found, tmp_path), real, numbers(found, tmp_path), strict=True):
        assert (now[INSIDE] == 0).all()
        outside = np.ones(was.shape, bool)
        outside[: int(9 + MARGIN), : int(10 + MARGIN)] = False
        np.testing.assert_array_equal(now[outside], was[outside])
        np.testing.assert_allclose((number * found.values[1] + found.values[0])[outside], value[outside], atol=1e-9)


def test_a_series_that_has_black_keeps_its_numbers(tmp_path):
    made = series_of(tmp_path, tissue(0, 3000), tissue(900, 3000, 1), values=(-1000.0, 1.0), window=(400.0, 40.0))
    found = covered_series(made, [BOX], tmp_path)
    assert found.values == made.values
    assert all((one[INSIDE] == 0).all() for one in numbers(found, tmp_path)), "the darkest that there is"


@pytest.mark.parametrize("inverted", [False, True])
def test_a_range_that_fills_16_bits_is_coarsened_for_black(tmp_path, inverted):
    frame = tissue(0, 65_536)
    frame[0, 0], frame[0, 1] = 0, 65_535
    made = series_of(tmp_path, frame, values=(10_000.0, 1.0), window=(90_000.0, 45_000.0), inverted=inverted)
    found = covered_series(made, [BOX], tmp_path)
    assert (shown(found, tmp_path)[0][INSIDE] == 0).all()
    assert np.abs(shown(found, tmp_path)[0][12:].astype(int) - shown(made, tmp_path)[0][12:]).max() <= 1


@pytest.mark.parametrize("inverted", [False, True])
def test_without_a_window_black_is_the_darkest_of_each_frame(tmp_path, inverted):
    frames = tissue(1000, 1500), tissue(1200, 3000, 1)
    made = series_of(tmp_path, *frames, inverted=inverted)
    found = covered_series(made, [BOX], tmp_path)
    for was, now in zip(shown(made, tmp_path), shown(found, tmp_path), strict=True):
        assert (now[INSIDE] == 0).all()
        np.testing.assert_array_equal(now[12:], was[12:])
    assert covered_series(replace(made, values=(0.0, -1.0)), [BOX], tmp_path).values == (0.0, -1.0)


@pytest.mark.parametrize(("inverted", "black"), [(False, 0), (True, 255)])
def test_pictures_of_8_bits_are_covered_in_black_where_they_have_none(tmp_path, inverted, black):
    made = series_of(tmp_path, tissue(90, 200).astype(np.uint8), inverted=inverted)
    (found,) = numbers(covered_series(made, [BOX], tmp_path), tmp_path)
    assert found.dtype == np.uint8 and (found[INSIDE] == black).all()


def test_a_picture_of_one_bit_or_of_colours_is_covered_too(tmp_path):
    for mode in ("1", "P", "RGB"):
        path = tmp_path / "images" / "a.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(tissue(90, 200).astype(np.uint8)).convert(mode).save(path)
        image = CaseImage("images/a.png", 24, 20, "")
        (found,) = numbers(covered_series(Series.single(image), [BOX], tmp_path), tmp_path)
        assert (found[INSIDE] == 0).all() and found.shape == (20, 24)


def test_boxes_are_covered_as_far_as_they_lie_on_the_picture():
    picture = np.arange(48, dtype=np.uint16).reshape(6, 8) + 7
    assert (covered(picture, [Box(1, 1, 3, 3)], 5)[1:3, 1:3] == 5).all()
    assert (covered(picture, [Box(-3, -3, 90, 90)], 5) == 5).all(), "a box over the edge covers what is inside"
    assert (covered(picture, [Box(-9, -9, -3, -3)], 5) == picture).all()
    assert picture[1, 1] == 16, "the picture that was given stays"
