"""The numbers that boxes have on the screen, so that the words about them mean the same boxes.

The viewer counts the boxes that are drawn by themselves, and those of all other readers through, in the order of the
readers. A number so depends on who looks; what is stored is the place of a region among those of its reader, from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ssg.casebook import Case
from ssg.errors import BadInput
from ssg.web.words_build import BUILD as W

TIED = re.compile(r"(?P<reader>.+?) #(?P<number>[0-9]{1,4}):\s*(?P<text>.+)")
"""A teaching point that is tied to a reader's region: "Ann #2: the fluid level"."""

Counts = Sequence[tuple[str, int]]
"""Readers with how many regions each has."""


def counts_of(case: Case) -> list[tuple[str, int]]:
    """The readers of a case with how many regions each has."""
    return [(one.id, len(one.regions)) for one in case.readers]


def seen_as(counts: Counts, reader: str, place: int, looker: str) -> int:
    """The number on the screen of the region at ``place`` (from 0) of a reader, where ``looker`` draws."""
    return _before(counts, reader, looker) + place + 1


def place_of(counts: Counts, reader: str, number: int, looker: str, line: str) -> int:
    """The place of the region that has a number on the screen; raises BadInput, naming the line, where none has it."""
    before, count = _before(counts, reader, looker), dict(counts).get(reader, 0)
    if before < number <= before + count:
        return number - before - 1
    there = {0: W["no_boxes"], 1: W["its_box"].format(number=before + 1)}
    some = W["its_boxes"].format(first=before + 1, last=before + count)
    raise BadInput(W["no_such_box"].format(line=line[:80], reader=reader, there=there.get(count, some), number=number))


def renumbered(points: str, was: Counts, now: Counts, looker: str) -> str:
    """Lines of teaching points that were written when readers had other regions, with the numbers of now."""
    if list(was) == list(now):
        return points
    return "\n".join(_renumbered(line, was, now, looker) for line in points.split("\n"))


def _renumbered(line: str, was: Counts, now: Counts, looker: str) -> str:
    tied = TIED.fullmatch(line.strip())
    if not tied or tied["reader"] not in dict(was) or tied["reader"] == looker:
        return line
    reader = tied["reader"]
    number = int(tied["number"]) - _before(was, reader, looker) + _before(now, reader, looker)
    return f"{reader} #{number}: {tied['text']}"


def _before(counts: Counts, reader: str, looker: str) -> int:
    """How many boxes the screen counts before those of a reader."""
    if reader == looker:
        return 0
    return sum(_until(((name, count) for name, count in counts if name != looker), reader))


def _until(counts: Iterable[tuple[str, int]], reader: str) -> Iterable[int]:
    for name, count in counts:
        if name == reader:
            return
        yield count
