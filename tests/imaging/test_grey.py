"""The window formulas against the words of the standard, tables, and the tools that look values up."""

import math

import numpy as np
import pytest

from ssg.imaging import grey
from ssg.imaging.grey import LookupTable, Window


def linear(x, c, w):
    """PS3.3 C.11.2.1.2.1, as its pseudo-code says, for an output from 0 to 255."""
    if x <= c - 0.5 - (w - 1) / 2:
        return 0
    if x > c - 0.5 + (w - 1) / 2:
        return 255
    return ((x - (c - 0.5)) / (w - 1) + 0.5) * 255


def linear_exact(x, c, w):
    """PS3.3 C.11.2.1.3.2."""
    if x <= c - w / 2:
        return 0
    if x > c + w / 2:
        return 255
    return ((x - c) / w + 0.5) * 255


def sigmoid(x, c, w):
    """PS3.3 C.11.2.1.3.1."""
    return 255 / (1 + math.exp(-4 * (x - c) / w))


FORMULAS = {"LINEAR": linear, "LINEAR_EXACT": linear_exact, "SIGMOID": sigmoid}


@pytest.mark.parametrize("function", FORMULAS)
@pytest.mark.parametrize(("width", "level"), [(400, 40), (2, 0), (1, 7), (1500.5, -600.25), (4096, 2048)])
def test_windows_follow_the_formulas_of_the_standard(function, width, level):
    values = np.linspace(level - width, level + width, 801)
    expected = [FORMULAS[function](x, level, width) for x in values]
    np.testing.assert_allclose(Window(width, level, function).shown(values), expected, atol=1e-9)


def test_the_examples_of_the_standard():
    """The notes to C.11.2.1.2: c=2048, w=4096 is the identity of 12 bits; c=2048, w=1 cuts between 2047 and 2048."""
    values = np.arange(4096.0)
    np.testing.assert_allclose(Window(4096, 2048).shown(values) / 255 * 4095, values, atol=1e-9)
    assert list(Window(1, 2048).shown(np.array([2047.0, 2048.0]))) == [0, 255]


def test_a_sigmoid_far_from_its_level_is_black_or_white_without_a_warning():
    with np.errstate(all="raise"):
        assert list(Window(1e-3, 0, "SIGMOID").shown(np.array([-1e6, 0, 1e6]))) == [0, 127.5, 255]


def test_a_table_holds_its_ends_and_scales_by_its_bits():
    table = LookupTable(np.array([0, 512, 1023], np.uint16), first=-1, bits=10)
    assert list(table.through(np.array([-50.0, -1.0, 0.0, 1.0, 50.0]))) == [0, 0, 512, 1023, 1023]
    assert list(grey.as_bytes(table.shown(np.array([-1.0, 0.0, 1.0])))) == [0, 128, 255]


def test_full_range_shows_eight_bits_as_they_are():
    values = np.arange(256.0)
    assert list(grey.as_bytes(grey.full_range(0, 255).shown(values))) == list(range(256))


def test_halves_round_up():
    assert list(grey.as_bytes(np.array([-3, 0.5, 1.49, 254.5, 300]))) == [0, 1, 1, 255, 255]


@pytest.mark.parametrize(
    ("counts", "share", "expected"),
    [
        ([1, 98, 1], 0.0, (0, 2)),
        ([0, 5, 0, 5, 0], 0.0, (1, 3)),
        ([1, 500, 498, 1], 0.005, (1, 2)),
        ([998, 1, 1], 0.005, (0, 2)),
        ([0, 7, 0], 0.005, (0.5, 1.5)),
        ([0, 0, 0], 0.005, (0, 2)),
    ],
    ids=["full", "full without absent values", "tails cut", "mostly background", "one value", "nothing"],
)
def test_percentile_windows(counts, share, expected):
    window = grey.percentile_window(np.array(counts), np.arange(float(len(counts))), share)
    assert (window.level - window.width / 2, window.level + window.width / 2) == expected


def test_looking_up_in_blocks_equals_looking_up_at_once(monkeypatch):
    codes = np.random.default_rng(1).integers(0, 300, (37, 23)).astype(np.uint16)
    entries = np.random.default_rng(2).integers(0, 256, 300).astype(np.uint8)
    monkeypatch.setattr(grey, "BLOCK_PIXELS", 100)
    np.testing.assert_array_equal(grey.looked_up(entries, codes), entries[codes])
    np.testing.assert_array_equal(grey.counted(codes, 300), np.bincount(codes.ravel(), minlength=300))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
def test_grey_colours_keep_their_value_at_any_depth(dtype):
    value = np.iinfo(dtype).max
    same = np.array([[[0] * 3, [value] * 3, [value // 3] * 3]], dtype)
    out, colourful = grey.luma(same)
    assert (out.tolist(), colourful) == ([[0, value, value // 3]], False)


def test_colour_becomes_its_luma():
    out, colourful = grey.luma(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8))
    assert (out.tolist(), colourful) == ([[76, 150, 29]], True)
