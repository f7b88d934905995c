"""From pixels to truth: what of a finding the open field shows, its tight boxes, and the masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from ssg.boxes import Box
from ssg.phantoms.scene import Trace
from ssg.phantoms.types import Mask, PhantomFinding, SideName

LEAST_VISIBLE = 0.35
"""A finding of which less of its pixels lies in the open field is unknown, not present."""

Masks = dict[tuple[str, SideName | None], Mask]


def tight_box(mask: Mask) -> Box | None:
    """The same as :func:`ssg.boxes.from_mask`, compiled: a phantom has thirty masks."""
    left, top, right, bottom = _extent(mask.view(np.uint8))
    return Box(left, top, right, bottom) if right > left else None


@njit(cache=True)
def _extent(mask):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The plain loops below are turned into vector instructions, which a search for the first pixel is not."""
    height, width = mask.shape
    column = np.zeros(width, np.uint8)
    top, bottom = height, 0
    for i in range(height):
        row = np.uint8(0)
        for j in range(width):
            row |= mask[i, j]
            column[j] |= mask[i, j]
        if row:
            top, bottom = min(top, i), i + 1
    across = np.flatnonzero(column)
    if len(across) == 0:
        return 0.0, 0.0, 0.0, 0.0
    return float(across[0]), float(top), float(across[-1] + 1), float(bottom)


def visible(traces: Sequence[Trace], field: Mask | None) -> tuple[list[Trace], set[str]]:
    """Traces cut to the open field, and the names of findings that it hides."""
    kept: list[Trace] = []
    lost: set[str] = set()
    for trace in traces:
        whole = np.count_nonzero(trace.mask)
        mask = trace.mask if field is None else trace.mask & field
        if whole == 0 or np.count_nonzero(mask) < LEAST_VISIBLE * whole:
            lost.add(trace.finding)
            continue
        kept.append(Trace(trace.finding, trace.side, mask, trace.severity, trace.size_mm, trace.form))
    return kept, lost


def finding_entries(traces: Sequence[Trace]) -> tuple[PhantomFinding, ...]:
    """One entry for each finding and side, with a box for each instance."""
    grouped: dict[tuple[str, SideName | None], list[Trace]] = {}
    for trace in traces:
        grouped.setdefault((trace.finding, trace.side), []).append(trace)
    out = []
    for (name, side), group in grouped.items():
        boxes = tuple(box for trace in group if (box := tight_box(trace.mask)) is not None)
        first = group[0]
        out.append(PhantomFinding(name, side, boxes, first.severity, first.size_mm, first.form))
    return tuple(out)


def anatomy_entries(
    structures: dict[tuple[str, SideName | None], Mask], field: Mask | None
) -> tuple[PhantomFinding, ...]:
    """Every structure that the open field shows, with its box."""
    out = []
    for (name, side), mask in structures.items():
        box: Box | None = tight_box(mask if field is None else mask & field)
        if box is not None:
            out.append(PhantomFinding(name, side, (box,)))
    return tuple(out)


def finding_masks(
    traces: Sequence[Trace], structures: dict[tuple[str, SideName | None], Mask], field: Mask | None
) -> dict[tuple[str, SideName | None], Mask]:
    """Union of the instances of each finding, and the structures, all cut to the field."""
    masks = {key: (mask if field is None else mask & field) for key, mask in structures.items()}
    for trace in traces:
        key = (trace.finding, trace.side)
        masks[key] = masks[key] | trace.mask if key in masks else trace.mask
    return masks
