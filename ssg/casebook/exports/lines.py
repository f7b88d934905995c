"""Lines of YOLO's label files: read, and told which of them are those that were written, whatever their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ssg.boxes import Boxes, iou
from ssg.casebook.exports.back import label_problem
from ssg.casebook.imports.csv_rows import number
from ssg.casebook.problems import Problems, shown

Shares = tuple[float, ...]
"""The middle, width and height of a box as shares of its picture."""

SAME_PLACE = 0.5
"""IoU from which a line of another class is the same box, relabelled."""

EQUAL = 1e-6
"""Shares that differ by less are the same: what other tools lose in far digits."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is now; ``count`` counts those of its file from 1."""

    count: int
    label: str
    shares: Shares


@dataclass(frozen=True, slots=True)
class Written:
    """A line as it was written: the number of its region, its class, its box (None where that was not kept)."""

    number: int
    label: str
    shares: Shares | None


def read_lines(path: Path, name: str, names: dict[int, str], problems: Problems) -> list[Line]:
    """The lines of a file; those that cannot be read are noted by its ``name`` and their number.

    A confidence at the end of a line is passed over.
    """
    try:
        rows = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        problems.add(name, f"this cannot be read as text ({error}): write it as UTF-8.")
        return []
    found = []
    for count, row in enumerate(rows, start=1):
        words = row.split()
        values = [value for word in words if (value := number(word)) is not None]
        if not words:
            continue
        if len(values) < len(words) or len(values) not in (5, 6):
            message = f"{shown(row)} is no box: give class, middle x, middle y, width and height, five numbers."
            problems.add(f"{name}, line {count}", message)
        elif (label := names.get(int(values[0]), "") if values[0].is_integer() else "") == "":
            problems.add(f"{name}, line {count}", label_problem("class", words[0], names))
        elif min(values[3:5]) <= 0:
            problems.add(f"{name}, line {count}", "the box has no width or no height: correct or delete it.")
        else:
            found.append(Line(count, label, tuple(values[1:5])))
    return found


def same_lines(before: Sequence[Written], now: Sequence[Line]) -> list[int | None]:
    """For each line of now the number of the region that it is, None for one that was drawn since.

    Boxes that are where they were are told first, then those of one class by how far they overlap, then those that
    have another class at the same place. Where no boxes were kept, lines of one class go by their order.
    """
    found: dict[int, int] = {}
    left = dict(enumerate(before))

    def tell(pairs: Iterable[tuple[int, int]]) -> None:
        for line, was in pairs:
            if line not in found and was in left:
                found[line] = left.pop(was).number

    near = _overlaps(before, now)
    some = [(line, was) for line in range(len(now)) for was in range(len(before))]
    alike = [(line, was) for line, was in some if now[line].label == before[was].label]
    tell(one for one in alike if _is_equal(now[one[0]], before[one[1]]))
    tell(one for one in some if _is_equal(now[one[0]], before[one[1]]))
    tell(sorted((one for one in alike if near[one] > 0), key=lambda one: -near[one]))
    tell(sorted((one for one in some if near[one] >= SAME_PLACE), key=lambda one: -near[one]))
    tell(one for one in alike if before[one[1]].shares is None)
    return [found.get(line) for line in range(len(now))]


def _is_equal(line: Line, was: Written) -> bool:
    return was.shares is not None and all(
        abs(one - other) < EQUAL for one, other in zip(line.shares, was.shares, strict=True)
    )


def _overlaps(before: Sequence[Written], now: Sequence[Line]) -> dict[tuple[int, int], float]:
    """IoU by (line, line as it was written); 0 where no box was kept."""
    kept = [number for number, one in enumerate(before) if one.shares is not None]
    found = {(line, was): 0.0 for line in range(len(now)) for was in range(len(before))}
    if now and kept:
        table = iou(_boxes([one.shares for one in now]), _boxes([before[number].shares or () for number in kept]))
        found |= {(line, was): float(table[line, at]) for line in range(len(now)) for at, was in enumerate(kept)}
    return found


def _boxes(shares: Sequence[Shares]) -> Boxes:
    middle, half = np.array([one[:2] for one in shares]), np.array([one[2:] for one in shares]) / 2
    return np.concatenate([middle - half, middle + half], axis=1)
