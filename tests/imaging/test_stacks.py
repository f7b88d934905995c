"""Slices in order, whatever their names and numbers say; gaps, repeats and other planes are named."""

import random

import numpy as np
import pytest

from ssg.imaging.stacks import Place, Slice, stacks

AXIAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
CORONAL = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
SAGITTAL = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
PRONE = ((-1.0, 0.0, 0.0), (0.0, -1.0, 0.0))
SHAPE = (512, 512)


def axial(z, name=None, plane=AXIAL, **more):
    return Slice(
        name if name is not None else z,
        more.pop("series", "s"),
        more.pop("shape", SHAPE),
        Place((0, 0, z), *plane),
        **more,
    )


def shuffled(slices, seed=3):
    mixed = list(slices)
    random.Random(seed).shuffle(mixed)
    return mixed


@pytest.mark.parametrize("plane", [AXIAL, PRONE], ids=["supine", "prone"])
def test_axial_slices_go_from_head_to_feet(plane):
    (stack,) = stacks(shuffled(axial(2.5 * n, plane=plane, number=n) for n in range(40)))
    assert [one.key for one in stack.slices] == [2.5 * n for n in range(39, -1, -1)]
    assert stack.slice_mm == 2.5 and not stack.notes


@pytest.mark.parametrize(("plane", "axis"), [(CORONAL, 1), (SAGITTAL, 0)])
def test_coronal_slices_go_from_front_to_back_and_sagittal_ones_from_the_right(plane, axis):
    def at(value):
        position = [0.0, 0.0, 0.0]
        position[axis] = value
        return Slice(value, "s", SHAPE, Place(tuple(position), *plane))

    (stack,) = stacks(shuffled(at(3.0 * n) for n in range(9)))
    assert [one.key for one in stack.slices] == [3.0 * n for n in range(9)]


def test_a_tilted_gantry_sorts_along_its_own_normal():
    angle = np.radians(20)
    down = (0.0, float(np.cos(angle)), float(-np.sin(angle)))
    normal = np.cross((1, 0, 0), down)
    slices = [Slice(n, "s", SHAPE, Place(tuple(5.0 * n * normal), (1.0, 0.0, 0.0), down)) for n in range(12)]
    (stack,) = stacks(shuffled(slices))
    assert [one.key for one in stack.slices] == list(range(11, -1, -1)) and stack.slice_mm == 5


def test_gaps_and_uneven_distances_are_named():
    places = [0, 2, 4, 10, 12, 13.1, 15, 17, 19, 21]
    (stack,) = stacks(shuffled(axial(-z) for z in places))
    assert stack.slice_mm == 2 and len(stack.notes) == 2
    assert stack.notes[0] == "Between slices 3 and 4 are 6.0 mm in place of 2.0 (2 missing)."
    assert "Between slices 5 and 6 are 1.1 mm" in stack.notes[1] and "uneven" in stack.notes[1]


def test_many_uneven_distances_are_counted():
    (stack,) = stacks(axial(float(np.sum(np.arange(n + 1)))) for n in range(20))
    assert len(stack.notes) == 6 and "uneven distances more" in stack.notes[-1]


def test_a_scout_in_another_plane_is_a_stack_of_its_own():
    scout = Slice("scout", "s", SHAPE, Place((0, 0, 0), *CORONAL))
    second, first = stacks([scout, *(axial(z) for z in range(5))])
    assert len(first.slices) == 5 and [one.key for one in second.slices] == ["scout"]
    assert all("2 orientations" in stack.notes[-1] for stack in (first, second))


def test_series_sizes_and_moments_are_kept_apart():
    slices = [
        axial(z, name=(z, moment), moments=(0.0, float(moment)), number=3 * z + moment)
        for z in range(4)
        for moment in range(3)
    ]
    slices += [axial(z, name=(z, "small"), shape=(256, 256)) for z in range(2)]
    slices += [axial(z, name=(z, "other"), series="t") for z in range(2)]
    found = sorted(stacks(shuffled(slices)), key=lambda stack: -len(stack.slices))
    assert [len(stack.slices) for stack in found] == [4, 4, 4, 2, 2]
    assert [one.key[1] for one in found[0].slices] == [0] * 4, "each stack is of one moment"
    assert all("several times over" in stack.notes[0] for stack in found[:3]) and not found[3].notes


def test_repeats_without_a_moment_are_told_apart_by_their_numbers():
    slices = [axial(z, name=(z, turn), number=10 * turn + z) for z in range(4) for turn in range(2)]
    found = stacks(shuffled(slices))
    assert [[one.key[1] for one in stack.slices] for stack in found] == [[0] * 4, [1] * 4]


@pytest.mark.parametrize("is_of_another_time", [True, False])
def test_one_slice_that_is_there_twice_is_left_out_and_said(is_of_another_time):
    slices = [axial(z, content=str(z), number=z, moments=(1.0, 100.0 * z)) for z in range(12)]
    again = axial(5, "again", content="5", number=99, moments=(2.0 if is_of_another_time else 1.0, 7.0))
    (stack,) = stacks(shuffled([*slices, again]))
    assert [one.key for one in stack.slices] == list(range(11, -1, -1)) and stack.slice_mm == 1
    assert [one.key for one in stack.repeats] == ["again"]
    assert stack.notes == ["1 slice lies where another one does, with the same picture: left out."]


def test_another_picture_at_the_place_of_a_slice_leaves_the_stack_whole_and_is_told():
    slices = [axial(z, content=str(z), number=z, moments=(100.0 * z,)) for z in range(12)]
    others = [axial(z, f"other {z}", content=f"other {z}", number=90 + z, moments=(5.0 + z,)) for z in (3, 4)]
    whole, rest = stacks(shuffled([*slices, *others]))
    assert [one.key for one in whole.slices] == list(range(11, -1, -1))
    assert [one.key for one in rest.slices] == ["other 4", "other 3"]
    for stack in (whole, rest):
        assert (
            stack.notes[0].startswith("2 slices lie where another one does, with another picture") and not stack.repeats
        )


@pytest.mark.parametrize("told", ["number", "time", "nothing"])
def test_frames_at_one_place_are_a_film_in_the_order_in_which_they_were_taken(told):
    frames = [
        axial(0, n, number=n if told == "number" else 0, moments=(30.0 * n,) if told == "time" else (), content=str(n))
        for n in range(25)
    ]
    (film,) = stacks(frames if told == "nothing" else shuffled(frames))
    assert [one.key for one in film.slices] == list(range(25)) and film.slice_mm is None and not film.repeats
    assert film.notes == ["All lie at one place: they are in the order in which they were taken."]


def test_frames_of_a_film_may_be_alike_and_a_slice_alone_may_not():
    film = [axial(0, n, number=n, content="black") for n in range(5)]
    assert len(stacks(film)[0].slices) == 5
    (single,) = stacks(film[:2])
    assert [one.key for one in single.slices] == [0] and [one.key for one in single.repeats] == [1]


def test_a_whole_series_that_is_there_twice_is_one_stack():
    slices = [axial(z, (z, turn), number=10 * turn + z, content=str(z)) for z in range(4) for turn in range(2)]
    (stack,) = stacks(shuffled(slices))
    assert len(stack.slices) == len(stack.repeats) == 4


def test_a_phase_that_lacks_a_slice_is_a_stack_all_the_same():
    slices = [
        axial(z, (z, phase), moments=(float(phase),), content=f"{z} {phase}") for z in range(6) for phase in range(3)
    ]
    found = stacks(shuffled(one for one in slices if one.key != (2, 1)))
    assert sorted((one.slices[0].key[1], len(one.slices)) for one in found) == [(0, 6), (1, 5), (2, 6)]


def test_every_slice_is_in_one_stack_or_among_the_repeats_of_one():
    rng = random.Random(5)
    for _ in range(300):
        slices = [
            axial(
                rng.randrange(4),
                name=n,
                plane=rng.choice((AXIAL, AXIAL, CORONAL)),
                number=rng.randrange(6),
                moments=(float(rng.randrange(3)), float(rng.randrange(2))),
                content=str(rng.randrange(4)),
            )
            for n in range(rng.randrange(1, 20))
        ]
        found = stacks(slices)
        keys = [one.key for stack in found for one in (*stack.slices, *stack.repeats)]
        assert sorted(keys) == list(range(len(slices)))


def test_planes_at_45_degrees_do_not_hang_on_rounding():
    half = 2**-0.5
    for noise in (-1e-3, 0.0, 1e-3):
        down = np.array([0.0, half + noise, -half + noise])
        across = (1.0, 0.0, 0.0)
        normal = np.cross(across, down)
        places = [Place(tuple(4.0 * n * normal), across, tuple(down)) for n in range(5)]
        (stack,) = stacks(Slice(n, "s", SHAPE, place) for n, place in enumerate(places))
        assert [one.key for one in stack.slices] == [4, 3, 2, 1, 0], "as axial slices, from the head"


@pytest.mark.parametrize("micrometres", [2, 5, 9, 12])
def test_slices_of_a_microscope_do_not_all_lie_at_one_place(micrometres):
    step = micrometres / 1000
    (stack,) = stacks(shuffled(axial(-step * n, n, number=n, pixel_mm=step) for n in range(6)))
    assert [one.key for one in stack.slices] == list(range(6)) and stack.slice_mm == step and not stack.notes
    (stack,) = stacks(axial(-step * n, n, pixel_mm=step) for n in (0, 1, 2, 5))
    assert stack.notes == [f"Between slices 3 and 4 are {3 * step:.2g} mm in place of {step} (2 missing)."]


def test_rounded_places_of_a_film_are_one_place():
    (film,) = stacks(axial(0.004 * n, n, number=n, pixel_mm=0.5, content=str(n)) for n in range(3))
    assert film.slice_mm is None and "All lie at one place" in film.notes[0]


def test_slices_without_a_place_are_in_the_order_of_their_numbers():
    slices = [Slice(n, "s", SHAPE, None, number=n) for n in (3, 1, 2)]
    (stack,) = stacks(slices)
    assert [one.key for one in stack.slices] == [1, 2, 3] and "order of their numbers" in stack.notes[0]
    assert stack.slice_mm is None
    (single,) = stacks(slices[:1])
    assert not single.notes


def test_nothing_is_no_stack():
    assert stacks([]) == []
