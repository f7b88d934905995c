"""Slices put into stacks by where they lie in the patient, not by name or number, and what is odd about a stack.

Coordinates are DICOM's (PS3.3 C.7.6.2.1.1): x towards the patient's left, y towards the back, z towards the head, in
millimetres. Knows no file format.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ssg.counting import counted

Vector = tuple[float, float, float]

PARALLEL = 0.999
"""Cosine from which two slices lie in parallel planes: 2.5 degrees."""

SAME_PLACE_MM = 0.01
SAME_PLACE = 0.1
"""Share of a pixel: slices lie at one place where they are nearer to each other than both this and SAME_PLACE_MM."""

UNEVEN = 0.1
"""Share of the usual distance by which another is uneven."""

MOST_NOTES = 5

AS_NEAR = 0.01
"""Direction cosines that differ by no more are taken to be equal: at 45 degrees, 0.4 degrees to either side."""


def nearest_axis(direction: Sequence[float] | NDArray[np.float64]) -> int:
    """The axis of the patient (0 to 2: x, y, z) that a direction is nearest to.

    Of axes that are as near it is z before y before x, so that slices at 45 degrees are not named by their rounding.
    """
    lengths = np.abs(np.asarray(direction, dtype=np.float64))
    return int(max(np.flatnonzero(lengths >= lengths.max() - AS_NEAR)))


def scrolling(normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """The way along a normal (3,), or against it, in which slices are scrolled: from head, front or the right."""
    axis = nearest_axis(normal)
    return np.asarray(normal * (np.sign(normal[axis]) * (-1 if axis == 2 else 1)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a slice lies: the middle of its first pixel, and the directions of its rows and of its columns."""

    position: Vector
    across: Vector
    down: Vector

    @property
    def normal(self) -> NDArray[np.float64]:
        """The direction through the slices, (3,)."""
        return np.cross(self.across, self.down)

    def lies_as(self, other: Place) -> bool:
        """Whether rows and columns run in the same directions."""
        pairs = ((self.across, other.across), (self.down, other.down))
        return all(float(np.dot(one, two)) >= PARALLEL for one, two in pairs)


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice of a study. ``key`` is what its picture is found by; ``series`` and ``shape`` tell stacks apart.

    ``number`` is the slice's own, in the order in which slices were taken; ``moments`` tell repeats at one place apart
    (an echo, a phase), the most telling first; ``content`` is a digest of its pixels, "" where none is known.
    ``pixel_mm`` is the shorter side of a pixel, None where it is not known.
    """

    key: Hashable
    series: Hashable
    shape: tuple[int, int]
    place: Place | None = None
    number: int = 0
    moments: tuple[float, ...] = ()
    content: str = ""
    pixel_mm: float | None = None


@dataclass(slots=True)
class Stack:
    """Slices in the order in which they are scrolled; ``slice_mm`` is the usual way from one to the next.

    ``notes`` say what is odd: gaps, uneven distances, slices without a place. ``repeats`` are slices that were left
    out, since the stack has the same picture at the same place.
    """

    slices: list[Slice]
    slice_mm: float | None = None
    notes: list[str] = field(default_factory=list)
    repeats: list[Slice] = field(default_factory=list)


def stacks(slices: Iterable[Slice]) -> list[Stack]:
    """Stacks of slices that are of one series, size and orientation, each sorted."""
    groups: dict[tuple[Hashable, tuple[int, int]], list[Slice]] = defaultdict(list)
    for one in slices:
        groups[one.series, one.shape].append(one)
    return [stack for group in groups.values() for stack in _of_one_series(group)]


def _of_one_series(group: list[Slice]) -> list[Stack]:
    placed = [one for one in group if one.place is not None]
    loose = [one for one in group if one.place is None]
    planes = _by_plane(placed)
    made = [stack for parallel in planes for stack in _of_one_plane(parallel)]
    if len(planes) > 1:
        for stack in made:
            stack.notes.append(f"The series has slices in {len(planes)} orientations: each is a stack of its own.")
    if loose:
        stack = Stack(sorted(loose, key=lambda one: one.number))
        if len(loose) > 1:
            stack.notes.append("The slices do not say where they lie: they are in the order of their numbers.")
        made.append(stack)
    return made


def _by_plane(slices: Sequence[Slice]) -> list[list[Slice]]:
    planes: list[tuple[Place, list[Slice]]] = []
    for one in slices:
        assert one.place is not None
        for known, members in planes:
            if one.place.lies_as(known):
                members.append(one)
                break
        else:
            planes.append((one.place, [one]))
    return [members for _, members in planes]


def _of_one_plane(slices: list[Slice]) -> list[Stack]:
    """Parallel slices as stacks that have one slice at each place.

    Where several lie at a place and are the same picture, one is kept. Else they are told apart by a moment, or by
    their numbers where all places have as many. Else repeats of the same picture are left out, the first at each place
    make a stack that is whole, and the others go to stacks of their own. Slices that all lie at one place are a film,
    in the order in which they were taken.
    """
    places = _places(slices)
    most = max(map(len, places))
    if most == 1:
        return [_sorted(slices)]
    if len(places) == 1:
        return [_film(slices)]
    kept, repeats = _once_each(places)
    others = sum(map(len, kept)) - len(kept)
    times = (_by_moment(slices, most) or _by_number(places, most)) if others else None
    if times:
        return [
            _sorted(each, "The series was scanned several times over: each time is a stack of its own.")
            for each in times
        ]
    said = f"{_lie(others)} with another picture: {_OWN[others > 1]}" if others else ""
    found = [_sorted(each, said) for each in _turns(kept)]
    return [_without(found[0], repeats), *found[1:]]


def _film(slices: list[Slice]) -> Stack:
    """Frames at one place in the order in which they were taken: by moment, then by number, then as they came."""
    ordered = sorted(slices, key=lambda one: (one.moments, one.number))
    numbered = len({(one.moments, one.number) for one in slices}) == len(slices)
    # Frames of a film may be alike.
    (kept,), repeats = ([ordered], []) if len(slices) > 2 and numbered else _once_each([ordered])
    stack = _without(Stack(kept), repeats)
    if len(stack.slices) > 1:
        stack.notes.append("All lie at one place: they are in the order in which they were taken.")
    return stack


def _places(slices: Sequence[Slice]) -> list[list[Slice]]:
    """Parallel slices by place, in the order in which they are scrolled; those of a place in that of their numbers."""
    along = _along(slices)
    near = min([SAME_PLACE_MM, *(SAME_PLACE * one.pixel_mm for one in slices if one.pixel_mm)])
    places: list[list[Slice]] = []
    before = -math.inf
    for index in np.argsort(along, kind="stable"):
        if along[index] - before < near:
            places[-1].append(slices[index])
        else:
            places.append([slices[index]])
        before = along[index]
    return [sorted(there, key=lambda one: one.number) for there in places]


def _by_moment(slices: Sequence[Slice], most: int) -> list[list[Slice]] | None:
    """The slices of each moment, where one tells those at every place apart and has no more values than it must.

    A moment that is another for every slice (a time) would make a stack of each.
    """
    for tell in (*range(max(len(one.moments) for one in slices)), None):
        groups: dict[tuple[float, ...], list[Slice]] = defaultdict(list)
        for one in slices:
            groups[one.moments if tell is None else one.moments[tell : tell + 1]].append(one)
        if len(groups) == most and all(max(map(len, _places(group))) == 1 for group in groups.values()):
            return [groups[moment] for moment in sorted(groups)]
    return None


def _by_number(places: list[list[Slice]], most: int) -> list[list[Slice]] | None:
    """The first slices of every place, the second ones, ... where all places have as many, and not the same twice."""
    times = _turns(places)
    pictures = {tuple(one.content or one.key for one in time) for time in times}
    return times if len(pictures) == most and all(len(there) == most for there in places) else None


def _turns(places: list[list[Slice]]) -> list[list[Slice]]:
    """The first slice of each place, the second one of those that have one, ..."""
    most = max(map(len, places))
    return [[there[turn] for there in places if len(there) > turn] for turn in range(most)]


def _once_each(places: list[list[Slice]]) -> tuple[list[list[Slice]], list[Slice]]:
    """The slices of each place without those whose picture is there already, and these."""
    kept: list[list[Slice]] = []
    repeats: list[Slice] = []
    for there in places:
        seen: set[Hashable] = set()
        kept.append([])
        for one in there:
            picture = one.content or one.key
            (repeats if picture in seen else kept[-1]).append(one)
            seen.add(picture)
    return kept, repeats


def _without(stack: Stack, repeats: list[Slice]) -> Stack:
    stack.repeats = repeats
    if repeats:
        stack.notes.append(f"{_lie(len(repeats))} with the same picture: left out.")
    return stack


def _lie(count: int) -> str:
    return f"{counted(count, 'slice')} {'lies' if count == 1 else 'lie'} where another one does,"


_OWN = ("it is a stack of its own.", "they are stacks of their own.")


def _along(slices: Sequence[Slice]) -> list[float]:
    """How far each slice lies along the way through them, in millimetres: from head, front or the right."""
    first = slices[0].place
    assert first is not None
    way = scrolling(first.normal)
    return [float(way @ np.array(one.place.position)) for one in slices if one.place is not None]


def _sorted(slices: list[Slice], note: str = "") -> Stack:
    """Head first, front first, the patient's right first: as a report describes them, and as people scroll."""
    along = _along(slices)
    order = np.argsort(along, kind="stable")
    stack = Stack([slices[index] for index in order])
    _measure(stack, [along[index] for index in order])
    if note:
        stack.notes.append(note)
    return stack


def _measure(stack: Stack, places: Sequence[float]) -> None:
    """Note the usual distance, and where it is another."""
    if len(places) < 2:
        return
    steps = np.diff(places)
    usual = float(np.median(steps))
    stack.slice_mm = round(usual, 4)
    uneven = np.flatnonzero(np.abs(steps - usual) > UNEVEN * usual)
    for index in uneven[:MOST_NOTES]:
        missing = round(float(steps[index]) / usual) - 1
        what = f"{missing} missing" if missing >= 1 and abs(steps[index] / usual - missing - 1) < UNEVEN else "uneven"
        there, wanted = (f"{step:.1f}" if usual >= 0.1 else f"{step:.2g}" for step in (steps[index], usual))
        stack.notes.append(f"Between slices {index + 1} and {index + 2} are {there} mm in place of {wanted} ({what}).")
    if len(uneven) > MOST_NOTES:
        stack.notes.append(f"And {len(uneven) - MOST_NOTES} uneven distances more.")
