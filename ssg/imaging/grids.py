"""Whether two files are of the same pixels in the patient: where the corners of their slices lie, in millimetres.

A mask belongs to its picture where both have the same slices with the same corners, in whatever order and whichever way
round they are stored. Knows no file format.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.imaging.stacks import Place, Vector
from ssg.imaging.upright import Turn

Quad = tuple[Vector, Vector, Vector, Vector]
"""The middles of the top left, top right, bottom left and bottom right pixel, in DICOM's coordinates."""

NEAR = 0.25
"""Share of a pixel by which corners may differ: headers are rounded, and a whole pixel is another place."""

TURNS = tuple(Turn(*each) for each in product((False, True), repeat=3))

ANOTHER_COUNT = "the mask has another number of slices than its picture"
ANOTHER_SIZE = "the mask has another size than its picture"
ELSEWHERE = "the mask lies elsewhere than its picture, or its pixels have another size"
UNSAID = "only one of mask and picture says how it lies in the patient"


@dataclass(frozen=True, slots=True)
class Grid:
    """The pixels of a picture or a stack. ``size`` is (width, height).

    ``quads`` are the corners of its slices, empty where they are not known. ``as_stored`` says that slices are in the
    order and way round in which the file has them; ``told``, that they are in another one by what the file tells of
    the patient, corners or not. ``bare`` says that the file can tell no place at all, as PNG.
    """

    size: tuple[int, int]
    slices: int = 1
    quads: tuple[Quad, ...] = ()
    as_stored: bool = True
    bare: bool = False
    told: bool = False

    def __str__(self) -> str:
        parts = [" × ".join(map(str, (*self.size, *([self.slices] if self.slices > 1 else []))))]
        if self.quads:
            across, down = self._steps
            first = ", ".join(f"{value:.1f}" for value in self.quads[0][0])
            parts.append(f"pixels of {across:.4g} × {down:.4g} mm from ({first})")
        return " ".join(parts)

    @property
    def _steps(self) -> tuple[float, float]:
        """Millimetres from pixel to pixel, across and down."""
        corners = np.array(self.quads[0])
        across, down = np.linalg.norm(corners[1:3] - corners[0], axis=1)
        return float(across / max(self.size[0] - 1, 1)), float(down / max(self.size[1] - 1, 1))

    @property
    def corners(self) -> NDArray[np.float64]:
        """(slices, 4, 3)."""
        return np.array(self.quads, dtype=np.float64).reshape(-1, 4, 3)

    @property
    def tolerance(self) -> float:
        """Millimetres by which corners may differ; a single pixel, which has no other beside it, is one of 1 mm."""
        return NEAR * min((step for step in self._steps if step > 0), default=1.0)

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Grid:
        """What ``dataclasses.asdict`` gave, as JSON has it."""
        quads = tuple(tuple(tuple(point) for point in quad) for quad in row["quads"])
        return cls(**{**row, "size": tuple(row["size"]), "quads": quads})


def quad_of(place: Place | None, spacing: tuple[float, float] | None, width: int, height: int) -> Quad | None:
    """The corners of a slice; ``spacing`` is (between rows, between columns) in mm. None where something is unknown."""
    if place is None or spacing is None:
        return None
    first, across, down = (np.array(each) for each in (place.position, place.across, place.down))
    right, low = across * spacing[1] * (width - 1), down * spacing[0] * (height - 1)
    return _quad([first, first + right, first + low, first + right + low])


def turned_quad(quad: Quad, turn: Turn) -> Quad:
    """The corners of a slice that was turned."""
    return _quad(np.array(quad)[_order(turn)])


def _quad(points: Sequence[Any] | NDArray[np.float64]) -> Quad:
    rounded: Any = tuple(tuple(round(float(value), 4) for value in point) for point in points)
    return rounded  # type: ignore[no-any-return]


def _order(turn: Turn) -> NDArray[np.int64]:
    """Which corner of the stored slice is at each corner of the turned one."""
    return turn.pixels(np.arange(4).reshape(2, 2)).ravel()


def fit(mask: Grid, picture: Grid) -> tuple[tuple[int, ...], Turn] | str:
    """The picture's slice that each slice of a mask is of, and how they are turned to it; in its place why not."""
    if mask.slices != picture.slices:
        return ANOTHER_COUNT
    if not (mask.quads and picture.quads):
        return _fit_unplaced(mask, picture)
    if sorted(mask.size) != sorted(picture.size):
        return ANOTHER_SIZE
    ours, theirs = mask.corners, picture.corners
    apart = np.linalg.norm(ours.mean(axis=1)[:, None] - theirs.mean(axis=1)[None], axis=-1)
    nearest = apart.argmin(axis=1)
    if len(set(nearest.tolist())) < mask.slices:
        return ELSEWHERE
    for turn in TURNS:
        differs = np.linalg.norm(ours[:, _order(turn)] - theirs[nearest], axis=-1)
        if differs.max() <= picture.tolerance and (mask.size[::-1] if turn.transposed else mask.size) == picture.size:
            return tuple(nearest.tolist()), turn
    return ELSEWHERE


def _fit_unplaced(mask: Grid, picture: Grid) -> tuple[tuple[int, ...], Turn] | str:
    """Slice upon slice, where neither was sorted or turned by what only one of both files tells."""
    told = any(grid.quads or grid.told for grid in (mask, picture))
    if mask.as_stored != picture.as_stored or (told and not mask.as_stored):
        return UNSAID
    return (tuple(range(mask.slices)), Turn()) if mask.bare or mask.size == picture.size else ANOTHER_SIZE
