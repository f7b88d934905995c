"""Pictures of full depth are shown through the window of their series; those of 8 bits as they are."""

import numpy as np
import pytest
from PIL import Image

from ssg.casebook import Case, CaseImage, CaseSet, Reader, Series, write_case_set
from ssg.casebook.shown import file_of_full_depth, file_shown, is_shown_as_stored, shown_pixels
from ssg.errors import BadInput
from ssg.imaging import png_bytes, windowed
from ssg.web.images import ImageShelf

STORED = np.arange(0, 3200, dtype=np.uint16).reshape(40, 80)


def set_of(folder, pixels, **how):
    data = png_bytes(pixels)
    image = CaseImage.of_png(data)
    series = (Series("image", (image,), **how),)
    case = Case("c", "t", "h", "CT", 1, series, (Reader((), ("nodule",), "r"),), ("nodule",))
    made = write_case_set(CaseSet("s", "t", "1", "l", "p", False, (case,)), folder, {image.file: data})
    return made, case


def test_hounsfield_units_go_through_the_window(tmp_path):
    case_set, case = set_of(tmp_path / "set", STORED, values=(-1024.0, 1.0), window=(400.0, 40.0))
    pixels = shown_pixels(case_set, case)
    units = STORED.astype(float) - 1024
    assert (pixels[units <= -160.5] == 0).all() and (pixels[units >= 239.5] == 255).all()
    assert abs(int(pixels[units == 40][0]) - 128) <= 1
    assert not is_shown_as_stored(case_set, case)
    inverted, case = set_of(tmp_path / "other", STORED, values=(-1024.0, 1.0), window=(400.0, 40.0), inverted=True)
    assert (shown_pixels(inverted, case) == 255 - pixels).all()


def test_without_a_window_the_range_is_shown(tmp_path):
    case_set, case = set_of(tmp_path / "set", STORED)
    pixels = shown_pixels(case_set, case)
    assert (pixels.min(), pixels.max()) == (0, 255)
    assert (windowed(np.full((3, 3), 7, np.uint16)) == 128).all(), "one value alone is grey"


def test_eight_bits_are_shown_as_they_are_unless_inverted(tmp_path):
    plain = (STORED // 16).astype(np.uint8)
    case_set, case = set_of(tmp_path / "set", plain)
    assert is_shown_as_stored(case_set, case) and (shown_pixels(case_set, case) == plain).all()
    assert file_shown(case_set, case, tmp_path / "kept") == case_set.image_path(case)
    inverted, case = set_of(tmp_path / "other", plain, inverted=True)
    assert not is_shown_as_stored(inverted, case) and (shown_pixels(inverted, case) == 255 - plain).all()


def test_the_app_serves_what_is_shown_and_makes_it_once(tmp_path):
    case_set, case = set_of(tmp_path / "set", STORED, values=(-1024.0, 1.0), window=(400.0, 40.0))
    shelf = ImageShelf(b"k" * 32, tmp_path / "uploads")
    name = shelf.case_id(case_set, case)
    path = shelf.path("", name)
    assert path.is_relative_to(tmp_path / "uploads") and Image.open(path).mode == "L"
    assert (shelf.pixels("", name) == shown_pixels(case_set, case)).all()
    made = path.stat().st_mtime_ns
    assert shelf.path("", name) == path and path.stat().st_mtime_ns == made
    assert shelf.thumbnail("", name)
    (case_set.folder / case.image.file).write_bytes(png_bytes(STORED[::-1]))
    after_a_restart = ImageShelf(b"k" * 32, tmp_path / "uploads")
    with pytest.raises(BadInput, match="is not the picture"):
        after_a_restart.path("", after_a_restart.case_id(case_set, case))


def test_the_stored_file_is_there_where_it_has_more_than_8_bits(tmp_path):
    deep, case = set_of(tmp_path / "deep", STORED)
    assert file_of_full_depth(deep, case) == deep.image_path(case)
    plain, case = set_of(tmp_path / "plain", (STORED // 16).astype(np.uint8))
    assert file_of_full_depth(plain, case) is None
