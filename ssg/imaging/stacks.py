"""Slices put into stacks by where they lie in the patient, not by name or number, and what is odd about a stack.

Coordinates are DICOM's (PS3.3 C.7.6.2.1.1): x towards the patient's left, y towards the back, z towards the head, in
millimetres. Knows no file format.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

Vector = tuple[float, float, float]

PARALLEL = 0.999
"""Cosine from which two slices lie in parallel planes: 2.5 degrees."""

SAME_PLACE_MM = 0.01
UNEVEN = 0.1
"""Share of the usual distance by which another is uneven."""

MOST_NOTES = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a slice lies: the middle of its first pixel, and the directions of its rows and of its columns."""

    position: Vector
    across: Vector
    down: Vector

    @property
    def normal(self) -> np.ndarray:
        """The direction through the slices, (3,)."""
        return np.cross(self.across, self.down)

    def lies_as(self, other: Place) -> bool:
        """Whether rows and columns run in the same directions."""
        pairs = ((self.across, other.across), (self.down, other.down))
        return all(float(np.dot(one, two)) >= PARALLEL for one, two in pairs)


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice of a study. ``key`` is what its picture is found by; ``series`` and ``shape`` tell stacks apart.

    ``number`` is the slice's own, for those without a place; ``moments`` tell repeats at one place apart (an echo, a
    phase), the most telling first.
    """

    key: Hashable
    series: Hashable
    shape: tuple[int, int]
    place: Place | None = None
    number: int = 0
    moments: tuple[float, ...] = ()


@dataclass(slots=True)
class Stack:
    """Slices in the order in which they are scrolled; ``slice_mm`` is the usual way from one to the next.

    ``notes`` say what is odd: gaps, uneven distances, slices without a place, slices that were left out.
    """

    slices: list[Slice]
    slice_mm: float | None = None
    notes: list[str] = field(default_factory=list)


def stacks(slices: Iterable[Slice]) -> list[Stack]:
    """Stacks of slices that are of one series, size and orientation, each sorted; the largest first."""
    groups: dict[tuple[Hashable, tuple[int, int]], list[Slice]] = defaultdict(list)
    for one in slices:
        groups[one.series, one.shape].append(one)
    found = [stack for group in groups.values() for stack in _of_one_series(group)]
    return sorted(found, key=lambda stack: -len(stack.slices))


def _of_one_series(group: list[Slice]) -> list[Stack]:
    placed = [one for one in group if one.place is not None]
    loose = [one for one in group if one.place is None]
    planes = _by_plane(placed)
    made = [_sorted(alike) for parallel in planes for alike in _by_moment(parallel)]
    if len(planes) > 1:
        for stack in made:
            stack.notes.append(f"The series has slices in {len(planes)} orientations: each is a stack of its own.")
    if len(made) > len(planes):
        for stack in made:
            stack.notes.append("The series was scanned several times over: each time is a stack of its own.")
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


def _by_moment(slices: list[Slice]) -> list[list[Slice]]:
    """Slices at different places; those that are at one place are told apart by a moment that all of them have."""
    if not _is_repeated(slices):
        return [slices]
    for tell in (*range(max(len(one.moments) for one in slices)), None):
        groups: dict[Hashable, list[Slice]] = defaultdict(list)
        for one in slices:
            groups[one.moments if tell is None else one.moments[tell : tell + 1]].append(one)
        if len(groups) > 1 and not any(map(_is_repeated, groups.values())):
            return [groups[moment] for moment in sorted(groups)]  # type: ignore[type-var]
    return _by_number(slices) or [slices]


def _is_repeated(slices: list[Slice]) -> bool:
    along = sorted(_along(slices))
    return any(after - before < SAME_PLACE_MM for before, after in pairwise(along))


def _by_number(slices: list[Slice]) -> list[list[Slice]] | None:
    """The first slices of every place, the second ones, ... where all places have as many, each with its number."""
    places: dict[int, list[Slice]] = defaultdict(list)
    for one, along in zip(slices, _along(slices), strict=True):
        places[round(along / SAME_PLACE_MM / 2)].append(one)
    counts = {len(there) for there in places.values()}
    numbers = {one.number for one in slices}
    if len(counts) != 1 or len(numbers) != len(slices) or len(places) < 2:
        return None
    ordered = [sorted(there, key=lambda one: one.number) for there in places.values()]
    return [[there[turn] for there in ordered] for turn in range(counts.pop())]


def _along(slices: Sequence[Slice]) -> list[float]:
    """How far each slice lies along the way through them, in millimetres: from head, front or the right."""
    first = slices[0].place
    assert first is not None
    normal = first.normal
    axis = int(np.argmax(np.abs(normal)))
    forwards = np.sign(normal[axis]) * (-1 if axis == 2 else 1)
    return [float(forwards * (normal @ np.array(one.place.position))) for one in slices if one.place is not None]


def _sorted(slices: list[Slice]) -> Stack:
    """Head first, front first, the patient's right first: as a report describes them, and as people scroll."""
    along = _along(slices)
    order = np.argsort(along, kind="stable")
    kept, places, doubled = _once_each([slices[index] for index in order], [along[index] for index in order])
    stack = Stack(kept)
    if doubled:
        many = "slice lies" if doubled == 1 else "slices lie"
        stack.notes.append(f"{doubled} {many} where another one does and cannot be told apart from it: left out.")
    _measure(stack, places)
    return stack


def _once_each(slices: list[Slice], places: list[float]) -> tuple[list[Slice], list[float], int]:
    kept: list[Slice] = []
    kept_places: list[float] = []
    for one, place in zip(slices, places, strict=True):
        if kept_places and place - kept_places[-1] < SAME_PLACE_MM:
            continue
        kept.append(one)
        kept_places.append(place)
    return kept, kept_places, len(slices) - len(kept)


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
        stack.notes.append(
            f"Between slices {index + 1} and {index + 2} are {steps[index]:.1f} mm in place of {usual:.1f} ({what})."
        )
    if len(uneven) > MOST_NOTES:
        stack.notes.append(f"And {len(uneven) - MOST_NOTES} uneven distances more.")
