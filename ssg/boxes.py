"""Box algebra, vectorised; knows nothing of findings.

A box is ``(x0, y0, x1, y1)``, half-open, in pixels of the displayed image, floats allowed: ``x1 - x0`` is its
width. There is no ``+1`` anywhere, so identical boxes, also below one pixel, have an IoU of 1.

One box is a :class:`Box`, which cannot be built invalid. Many boxes are a float64 array of shape ``(n, 4)``, made
by :func:`as_boxes`, which refuses the same things. The functions below take such arrays and never change them; the
algebra (areas to proximity) also takes arrays of another library that keeps to the array API standard, torch's tensors
say, and gives the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from ssg.errors import InvalidBox

Boxes = NDArray[np.float64]

LARGEST_COORDINATE = 1e6
"""No image has a side this long; beyond it float64 areas would begin to lose their pixels."""

SMALLEST_SIDE = 1e-3
"""Pixels; a thinner box is nothing that anyone drew, and its area would vanish in the arithmetic."""


@dataclass(frozen=True, slots=True)
class Box:
    """One rectangle: left, top, right and bottom edge in pixels of the displayed image, half-open."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        for name in ("x0", "y0", "x1", "y1"):
            given = getattr(self, name)
            if isinstance(given, (bool, str, bytes)):
                raise InvalidBox(f"{name} of a box must be a number, got {str(given)[:40]!r}.")
            try:
                value = float(given)
            except (TypeError, ValueError, OverflowError):
                raise InvalidBox(f"{name} of a box must be a number, got {str(given)[:40]!r}.") from None
            object.__setattr__(self, name, value)
        problem = _problem(self.x0, self.y0, self.x1, self.y1)
        if problem:
            raise InvalidBox(f"Box {_shown(self)}: {problem}")

    @classmethod
    def of(cls, corners: Sequence[float]) -> Box:
        """Build from any sequence of four numbers (x0, y0, x1, y1)."""
        if isinstance(corners, (str, bytes, Mapping, Set)) or not hasattr(corners, "__len__") or len(corners) != 4:
            raise InvalidBox(f"A box is four numbers [x0, y0, x1, y1], got {str(corners)[:80]!r}.")
        return cls(*corners)

    def __iter__(self) -> Iterator[float]:
        return iter((self.x0, self.y0, self.x1, self.y1))

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom)."""
        return self.x0, self.y0, self.x1, self.y1

    @property
    def width(self) -> float:
        """Horizontal extent in pixels."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Vertical extent in pixels."""
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        """Area in square pixels; never 0."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """Centre (x, y) in pixels."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def require_inside(self, width: float, height: float) -> Box:
        """Return self, or raise :class:`InvalidBox` where it leaves a ``width`` × ``height`` image."""
        if self.x0 < 0 or self.y0 < 0 or self.x1 > width or self.y1 > height:
            raise InvalidBox(
                f"Box {_shown(self)} lies outside of its image of {width:g} × {height:g} pixels: "
                "use pixels of the displayed image, from 0 to its width and height."
            )
        return self

    def rounded(self, digits: int = 1) -> list[float]:
        """Corners as a list for JSON."""
        return [round(value, digits) for value in self]


def _problem(x0: float, y0: float, x1: float, y1: float) -> str | None:
    if not all(math.isfinite(value) for value in (x0, y0, x1, y1)):
        return "every coordinate must be a finite number."
    if max(abs(value) for value in (x0, y0, x1, y1)) > LARGEST_COORDINATE:
        return f"coordinates are pixels, at most {LARGEST_COORDINATE:g}."
    if x1 <= x0 or y1 <= y0:
        return "corners are out of order or it has no area; give [left, top, right, bottom]."
    if min(x1 - x0, y1 - y0) < SMALLEST_SIDE:
        return f"it is thinner than {SMALLEST_SIDE:g} pixels; coordinates are pixels, not shares of the image."
    return None


def _shown(corners: Iterable[float]) -> str:
    return "[" + ", ".join(f"{value:g}" for value in corners) + "]"


def as_boxes(rows: Iterable[Box] | Iterable[Sequence[float]] | NDArray[np.floating]) -> Boxes:
    """Any number of boxes as a valid float64 array of shape (n, 4); raises :class:`InvalidBox`."""
    if isinstance(rows, np.ndarray):
        array = np.array(rows, dtype=np.float64).reshape(-1, 4) if rows.size else np.zeros((0, 4))
    else:
        array = np.array([tuple(row) for row in rows], dtype=np.float64)
        if array.size == 0:
            return np.zeros((0, 4))
        if array.ndim != 2 or array.shape[1] != 4:
            raise InvalidBox(f"Boxes are rows of four numbers, got an array of shape {array.shape}.")
    wrong = ~np.isfinite(array).all(axis=1)
    with np.errstate(invalid="ignore"):
        wrong |= ~((array[:, 2:] - array[:, :2]) >= SMALLEST_SIDE).all(axis=1)
        wrong |= (np.abs(array) > LARGEST_COORDINATE).any(axis=1)
    if wrong.any():
        index = int(np.flatnonzero(wrong)[0])
        raise InvalidBox(f"Box number {index + 1} {_shown(array[index])}: {_problem(*array[index])}")
    return array


def areas(boxes: Boxes) -> NDArray[np.float64]:
    """Areas in square pixels, shape (..., n) for boxes of shape (..., n, 4)."""
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def centres(boxes: Boxes) -> NDArray[np.float64]:
    """Centres (x, y) in pixels, shape (..., n, 2)."""
    return (boxes[..., :2] + boxes[..., 2:]) / 2


def intersections(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """Overlap areas of every box of ``a`` (..., n, 4) with every box of ``b`` (..., m, 4): (..., n, m)."""
    width, height = (_common_extent(a, b, axis) for axis in (0, 1))
    overlap: NDArray[np.float64] = width * height
    return overlap


def _common_extent(a: Boxes, b: Boxes, axis: int) -> NDArray[np.float64]:
    xp = array_namespace(a, b)
    end = xp.minimum(a[..., :, None, 2 + axis], b[..., None, :, 2 + axis])
    start = xp.maximum(a[..., :, None, axis], b[..., None, :, axis])
    return xp.clip(end - start, 0, None)  # type: ignore[no-any-return]


def iou(a: Boxes, b: Boxes, overlap: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Intersection over union (Jaccard 1912) of every pair: (..., n, 4) × (..., m, 4) → (..., n, m) in [0, 1].

    ``overlap`` are their intersections, where they are known already.
    """
    overlap = intersections(a, b) if overlap is None else overlap
    return overlap / (areas(a)[..., :, None] + areas(b)[..., None, :] - overlap)


def proximity(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """One minus the centre distance over the diagonal of the enclosing box, for every pair; in [0, 1].

    The penalty term of DIoU without its square (Zheng et al. 2020, "Distance-IoU loss"): 1 where the centres
    coincide, and still informative where two boxes do not touch.
    """
    delta = centres(a)[..., :, None, :] - centres(b)[..., None, :, :]
    wide, high = (_enclosing_extent(a, b, axis) for axis in (0, 1))
    return 1 - _length(delta[..., 0], delta[..., 1]) / _length(wide, high)


def _enclosing_extent(a: Boxes, b: Boxes, axis: int) -> NDArray[np.float64]:
    xp = array_namespace(a, b)
    end = xp.maximum(a[..., :, None, 2 + axis], b[..., None, :, 2 + axis])
    return end - xp.minimum(a[..., :, None, axis], b[..., None, :, axis])  # type: ignore[no-any-return]


def _length(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    # Not hypot, whose last digit differs between libraries: square roots are rounded alike everywhere.
    xp = array_namespace(x)
    return xp.sqrt(x * x + y * y)  # type: ignore[no-any-return]


def hull(boxes: Boxes) -> Boxes:
    """The smallest single box that holds all of ``boxes`` (n, 4), as shape (4,); n must be at least 1."""
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def clipped(boxes: Boxes, width: float, height: float, least_share: float = 0.0) -> Boxes:
    """Boxes cut to the image; those that keep no more than ``least_share`` of their area are dropped."""
    limits = np.array([width, height, width, height], dtype=np.float64)
    cut = np.minimum(np.clip(boxes, 0, None), limits)
    size = np.clip(cut[:, 2:] - cut[:, :2], 0, None).prod(axis=1)
    kept: Boxes = cut[size > least_share * areas(boxes)]
    return kept


def mirrored(boxes: Boxes, width: float) -> Boxes:
    """Boxes of the image flipped left to right."""
    return np.stack([width - boxes[..., 2], boxes[..., 1], width - boxes[..., 0], boxes[..., 3]], axis=-1)


def rescaled(boxes: Boxes, from_size: tuple[float, float], to_size: tuple[float, float]) -> Boxes:
    """Boxes of a (width, height) image in the pixels of the same image at another (width, height)."""
    factor_x, factor_y = to_size[0] / from_size[0], to_size[1] / from_size[1]
    scaled: Boxes = boxes * np.array([factor_x, factor_y, factor_x, factor_y])
    return scaled


def from_mask(mask: NDArray[np.bool_]) -> Box | None:
    """The tight box around the true pixels of ``mask`` (height, width), or None where there are none."""
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return None
    columns = np.flatnonzero(mask.any(axis=0))
    return Box(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))


SMALL, MEDIUM = 0.02, 0.10
SIZES = ("small", "medium", "large")
"""Names of sizes, and the shares of the image's area below which boxes are small, and below which they are medium."""


def size_of(share: float) -> str:
    """small, medium or large, by the share of their image that boxes cover."""
    return "small" if share < SMALL else "medium" if share < MEDIUM else "large"
