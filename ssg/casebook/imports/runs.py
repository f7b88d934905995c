"""Masks as COCO's run lengths (cocoapi, ``maskApi.c``): down the columns, first of what is not there."""

from __future__ import annotations

from typing import Any

from ssg.casebook.imports.marks import Corners
from ssg.casebook.imports.values import numbers_of


def around_runs(shape: dict[str, Any]) -> Corners | None:
    """The box around a mask: runs down the columns, first of what is not there; as numbers, or packed in a text."""
    size, counts = numbers_of(shape.get("size"), 2), shape.get("counts")
    runs = _unpacked(counts) if isinstance(counts, str) else numbers_of(counts)
    if size is None or not runs or min(size) < 1 or min(runs) < 0 or any(one % 1 for one in (*size, *runs)):
        return None
    if sum(runs) != size[0] * size[1]:
        return None
    height, ends = int(size[0]), [0]
    for run in runs:
        ends.append(ends[-1] + int(run))
    there = [(start, end - 1) for start, end in zip(ends[1::2], ends[2::2], strict=False) if end > start]
    if not there:
        return None
    whole = any(last // height > first // height for first, last in there)  # a run that goes on in the next column
    rows = [(0, height - 1)] if whole else [(first % height, last % height) for first, last in there]
    top, bottom = min(first for first, _ in rows), max(last for _, last in rows)
    return float(there[0][0] // height), float(top), float(there[-1][1] // height + 1), float(bottom + 1)


def _unpacked(text: str) -> list[float] | None:
    """Run lengths of a text as COCO packs them: six bits a letter, from the third on less the last but one."""
    runs: list[float] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 48
        if not 0 <= bits < 64 or shift > 60:
            return None
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    return None if shift else runs
