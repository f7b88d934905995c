"""The letters at the edges of a slice, by the directions of its rows and columns: the same whatever file it is of.

Directions are in DICOM's coordinates (PS3.3 C.7.6.2.1.1): x towards the patient's left, y towards the back, z towards
the head. Knows no file format.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ssg.imaging.stacks import AS_NEAR, nearest_axis

Edges = tuple[str, str, str, str]
"""Letters of the (left, right, top, bottom) edge, as PS3.3 C.7.6.1.1.1 writes them: the nearest direction first, then
those that the edge leans to by 30 degrees or more, "LA" for left and somewhat to the front. The first letters make
the plane of the slice: where two directions are as near, that one comes first which makes the nearest plane."""

OPPOSITE = {"R": "L", "L": "R", "A": "P", "P": "A", "H": "F", "F": "H"}
AXES = ("RL", "AP", "FH")
"""Letters towards lower and higher x, y and z of the patient."""

OBLIQUE = 0.5
"""Direction cosine from which a further axis is named too: 30 degrees."""

ROUNDED = 1e-3
"""By how much a direction cosine of a header may be off, so that 30 degrees are 30 degrees in every file."""

FLAT = 0.1
"""Sine of the angle between rows and columns up to which they make no plane."""


def edges_along(across: Sequence[float], down: Sequence[float]) -> Edges | None:
    """Letters of a slice whose rows and columns run in these directions (of any length); None for no plane.

    Both are named together. The slice is cut across the axis that is nearest to its normal, and rows and columns are
    named by the other two, each by another one, so that near 45 degrees too the letters make the plane that it is.
    Of two ways that are as near, one is taken that asks only where the slice lies: rows and columns may be exchanged
    and mirrored, and every edge keeps its letters.
    """
    lengths = [float(np.linalg.norm(direction)) for direction in (across, down)]
    if not min(lengths) > 0:
        return None
    rows, columns = ([value / length for value in way] for way, length in zip((across, down), lengths, strict=True))
    normal = np.cross(rows, columns)
    if not np.linalg.norm(normal) > FLAT:
        return None
    through = nearest_axis(normal)
    first, second = (axis for axis in range(3) if axis != through)
    straight, crossed = abs(rows[first] * columns[second]), abs(rows[second] * columns[first])
    if abs(straight - crossed) > AS_NEAR:
        is_crossed = crossed > straight
    else:
        is_crossed = columns[first] * columns[second] > rows[first] * rows[second]
    if is_crossed:
        first, second = second, first
    return edges_towards(_named(rows, first), _named(columns, second))


def edges_towards(right: str, bottom: str) -> Edges | None:
    """Letters of all edges by those of the right and of the bottom one; None where these are no letters."""
    if not re.fullmatch("[RLAPHF]{1,3}", right) or not re.fullmatch("[RLAPHF]{1,3}", bottom):
        return None
    left, top = ("".join(OPPOSITE[letter] for letter in letters) for letters in (right, bottom))
    return left, right, top, bottom


def _named(cosines: Sequence[float], nearest: int) -> str:
    """The letter of the nearest axis, then those of the axes that a direction leans to, the nearer one first."""
    one, other = (axis for axis in range(3) if axis != nearest)
    if abs(cosines[other]) > abs(cosines[one]) + AS_NEAR:
        one, other = other, one
    leaning = [axis for axis in (one, other) if abs(cosines[axis]) >= OBLIQUE - ROUNDED]
    return "".join(AXES[axis][cosines[axis] > 0] for axis in (nearest, *leaning))
