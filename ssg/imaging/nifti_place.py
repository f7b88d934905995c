"""How a NIfTI volume is cut into slices, and where they lie: the affine of its header in DICOM's words.

NIfTI's axes point to the patient's right, front and head (RAS), DICOM's to the left, back and head; an affine says
which way each array axis runs. Slices are cut across the axis with the largest steps, which is how volumes are
scanned, and where all steps are alike across the one that is nearest to head and feet. Knows nibabel's headers, and
no pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.imaging.letters import FLAT, Edges, edges_along
from ssg.imaging.refusals import Problem
from ssg.imaging.stacks import AS_NEAR, Place, scrolling
from ssg.imaging.upright import Turn, radiological

ALIKE = 1.05
"""Steps are alike where the largest is not larger than the smallest by this factor."""

MILLIMETRES = {"meter": 1000.0, "micron": 0.001}
"""Of the units that a header may measure lengths in; files that say none mean millimetres."""

Affine = NDArray[np.float64]
"""(4, 4), from array indices to DICOM's coordinates in millimetres."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Slices of a volume in the order in which they are scrolled: head, front or the patient's right first.

    They are cut across the array axis ``through``; their columns run along the first of the other two and their rows
    along the second. ``forwards`` is 1 where they come in the order of the array, else -1. ``turn`` brings them to
    the radiological convention; ``orientation``, ``spacing_mm`` (between rows, between columns) and ``places`` are
    those of the turned slices.
    """

    through: int
    forwards: int
    turn: Turn
    orientation: Edges
    spacing_mm: tuple[float, float]
    places: tuple[Place, ...]

    def slices(self, volume: NDArray[Any]) -> NDArray[Any]:
        """A view of the array (x, y, z) as slices (slices, height, width), in order and not turned yet."""
        return np.moveaxis(volume, self.through, 0)[:: self.forwards]


def affine_of(image: Any, notes: list[str]) -> tuple[Affine, bool]:
    """The way from the array to the patient, and whether the file says it: else it is the axes as they stand.

    Raises Problem where it leads nowhere.
    """
    header = image.header
    unit = header.get_xyzt_units()[0]
    affine = np.asarray(image.affine, dtype=np.float64) * [[-1.0], [-1.0], [1.0], [1.0]]
    affine[:3] *= MILLIMETRES.get(unit, 1.0)
    if unit in MILLIMETRES:
        notes.append(f"The file measures in {unit}s: turned to millimetres.")
    steps = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.isfinite(affine).all() or not steps.min() > 0 or not abs(np.linalg.det(affine[:3, :3] / steps)) > FLAT:
        raise Problem("damaged", what="its affine is none")
    return affine, int(header["sform_code"]) != 0 or int(header["qform_code"]) != 0


def cut_of(affine: Affine, shape: tuple[int, ...]) -> Cut:
    """How a volume of this shape (x, y, z) is cut."""
    steps = np.linalg.norm(affine[:3, :3], axis=0)
    ways = affine[:3, :3] / steps
    through = _through(shape, steps, ways)
    down, across = (axis for axis in range(3) if axis != through)
    edges = edges_along(ways[:, across].tolist(), ways[:, down].tolist())
    assert edges is not None  # three axes that make a volume make planes
    turn = radiological(edges)
    onwards = scrolling(np.cross(ways[:, across], ways[:, down]))
    forwards = 1 if onwards @ ways[:, through] > 0 else -1
    first = affine[:3, 3]
    if forwards < 0:
        first = first + affine[:3, through] * (shape[through] - 1)
    sides = [across, down][:: -1 if turn.transposed else 1]
    turned = []
    for axis, mirrored in zip(sides, (turn.mirrored, turn.inverted), strict=True):
        first = first + affine[:3, axis] * ((shape[axis] - 1) * mirrored)
        turned.append(_vector(-ways[:, axis] if mirrored else ways[:, axis]))
    onward = affine[:3, through] * forwards
    return Cut(
        through=through,
        forwards=forwards,
        turn=turn,
        orientation=turn.edges(edges),
        spacing_mm=turn.spacing((float(steps[down]), float(steps[across]))),
        places=tuple(Place(_vector(first + onward * number), *turned) for number in range(shape[through])),
    )


def _through(shape: tuple[int, ...], steps: NDArray[np.float64], ways: NDArray[np.float64]) -> int:
    """The axis that slices are cut across; one of a single slice is it in any case.

    Of several with the largest steps it is the nearest to head and feet, in whatever order they are stored; of those
    that are as near, the one that leans further to the back where it goes to the head, or else to the left.
    """
    if 1 in shape:
        return shape.index(1) if shape[2] != 1 else 2
    upwards = ways * np.where(ways[2] < 0, -1.0, 1.0)
    largest = [axis for axis in range(3) if ALIKE * steps[axis] >= steps.max()]
    highest = max(upwards[2, axis] for axis in largest)
    nearest = [axis for axis in largest if upwards[2, axis] >= highest - AS_NEAR]
    return max(nearest, key=lambda axis: np.round(upwards[1::-1, axis], 1).tolist())


def _vector(values: NDArray[np.float64]) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z
