"""A mask fits its picture where both have the same pixels in the patient, however they are stored."""

from dataclasses import replace

import pytest

from ssg.imaging.grids import ANOTHER_COUNT, ANOTHER_SIZE, ELSEWHERE, TURNS, UNSAID, Grid, fit, quad_of, turned_quad
from ssg.imaging.stacks import Place
from ssg.imaging.upright import Turn

WIDTH, HEIGHT, SLICES = 40, 30, 5


def stack(step=3.0, first=(10.0, 20.0, 30.0), spacing=(0.8, 0.7), slices=SLICES, width=WIDTH, height=HEIGHT):
    x, y, z = first
    places = [Place((x, y, z - step * number), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)) for number in range(slices)]
    quads = tuple(quad_of(place, spacing, width, height) for place in places)
    return Grid((width, height), slices, quads)


PICTURE = stack()


@pytest.mark.parametrize("turn", TURNS)
def test_a_mask_that_is_turned_fits_when_it_is_turned_back(turn):
    size = (HEIGHT, WIDTH) if turn.transposed else (WIDTH, HEIGHT)
    mask = Grid(size, SLICES, tuple(turned_quad(quad, turn) for quad in reversed(PICTURE.quads)))
    frames, back = fit(mask, PICTURE)
    assert frames == (4, 3, 2, 1, 0)
    assert turned_quad(mask.quads[0], back) == PICTURE.quads[4]


@pytest.mark.parametrize(
    ("mask", "why"),
    [
        (stack(slices=4), ANOTHER_COUNT),
        (stack(width=WIDTH + 1), ANOTHER_SIZE),
        (stack(first=(10.0, 20.0, 33.0)), ELSEWHERE),
        (stack(first=(10.7, 20.0, 30.0)), ELSEWHERE),
        (stack(step=2.5), ELSEWHERE),
        (stack(spacing=(0.7, 0.7)), ELSEWHERE),
        (replace(PICTURE, quads=(), as_stored=False), UNSAID),
        (Grid((WIDTH + 1, HEIGHT), SLICES), ANOTHER_SIZE),
    ],
)
def test_a_mask_of_other_pixels_does_not_fit(mask, why):
    assert fit(mask, PICTURE) == why


def test_rounded_headers_fit_and_so_do_files_that_tell_no_place():
    near = stack(first=(10.04, 19.96, 30.02))
    assert fit(near, PICTURE) == (tuple(range(SLICES)), Turn())
    assert fit(Grid((WIDTH, HEIGHT), SLICES), PICTURE) == (tuple(range(SLICES)), Turn())
    unsaid = Grid((WIDTH, HEIGHT), SLICES, as_stored=False)
    assert fit(unsaid, unsaid) == (tuple(range(SLICES)), Turn())
    assert fit(Grid((WIDTH, HEIGHT), SLICES), unsaid) == UNSAID


@pytest.mark.parametrize("told", [False, True])
def test_slices_that_were_sorted_by_where_they_lie_fit_no_mask_that_does_not_say_it(told):
    sorted_ = Grid((WIDTH, HEIGHT), SLICES, as_stored=False, told=told)
    for mask in (Grid((WIDTH, HEIGHT), SLICES), Grid((WIDTH, HEIGHT), SLICES, as_stored=False)):
        is_alike = not told and not mask.as_stored
        assert fit(mask, sorted_) == ((tuple(range(SLICES)), Turn()) if is_alike else UNSAID)


def test_a_single_pixel_fits_where_it_lies():
    here, there = (stack(first=(x, 0.0, 0.0), slices=1, width=1, height=1) for x in (0.0, 0.5))
    assert fit(here, here) == ((0,), Turn())
    assert fit(there, here) == ELSEWHERE


def test_a_grid_says_what_it_is_and_is_kept_as_json():
    import json
    from dataclasses import asdict

    assert str(PICTURE) == "40 × 30 × 5 pixels of 0.7 × 0.8 mm from (10.0, 20.0, 30.0)"
    assert str(Grid((4, 3))) == "4 × 3"
    assert Grid.from_json(json.loads(json.dumps(asdict(PICTURE)))) == PICTURE
