"""The grid a phantom is drawn on: millimetres of the patient to pixels of the image, sub-windows, smooth noise.

Patient coordinates on a frontal view: ``x`` in mm from the midline, positive to the PATIENT's left (the image's right);
``y`` in mm down from the carina. Every row of the image has one ``y``; a tilted or bent patient shifts whole rows
(``bend``). So everything that depends on height alone is a column of ``height`` numbers, which makes drawing fast.
Knows nothing of anatomy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

F32 = NDArray[np.float32]

# glibc gives freed pages back to the system beyond twice the largest block it has seen; with arrays of a few hundred kB
# that means a page fault for nearly every result. Having seen one large block, it keeps them: a third of the time.
np.empty(28 << 20, np.uint8)
Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Framing:
    """Where the image lies on the patient, in mm: field size, its top left corner, tilt and lateral bow of the body."""

    width_mm: float
    height_mm: float
    left: float
    top: float
    tilt: float = 0.0
    bow: float = 0.0


@dataclass(frozen=True, slots=True)
class Canvas:
    """``size`` × ``size`` pixels over a :class:`Framing`. ``x`` (H, W) and ``y`` (H, 1) are patient mm, float32."""

    size: int
    framing: Framing
    spacing_x: float = field(init=False)
    spacing_y: float = field(init=False)
    y: F32 = field(init=False)
    x: F32 = field(init=False)
    bend: F32 = field(init=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "spacing_x", self.framing.width_mm / self.size)
        put(self, "spacing_y", self.framing.height_mm / self.size)
        centres = np.arange(self.size, dtype=np.float32) + 0.5
        put(self, "y", (self.framing.top + centres * self.spacing_y).astype(np.float32)[:, None])
        put(self, "bend", self._bend(self.y))
        put(self, "x", (self.framing.left + centres * self.spacing_x)[None, :].astype(np.float32) - self.bend)

    def _bend(self, y: Any) -> Any:
        """Shift of a height to the side, in mm: tilt, and a lateral bow (a parabola, cheap for many points)."""
        high = (y - 20.0) * (1 / 160)
        return self.framing.tilt * y + self.framing.bow * (1 - high * high)

    @property
    def pitch(self) -> float:
        """The mean pixel pitch in mm."""
        return (self.spacing_x + self.spacing_y) / 2

    def rows(self, top: float, bottom: float) -> slice:
        """Rows between two heights in mm, cut to the image."""
        first = math.floor((top - self.framing.top) / self.spacing_y)
        last = math.ceil((bottom - self.framing.top) / self.spacing_y)
        return slice(min(max(first, 0), self.size), min(max(last, 0), self.size))

    def window(self, left: float, right: float, top: float, bottom: float) -> Window:
        """The sub-window that holds a rectangle in patient mm; empty where it lies outside of the image."""
        rows = self.rows(top, bottom)
        low, high = self._bend_range(rows)
        first = math.floor((left + low - self.framing.left) / self.spacing_x)
        last = math.ceil((right + high - self.framing.left) / self.spacing_x)
        return rows, slice(min(max(first, 0), self.size), min(max(last, 0), self.size))

    def _bend_range(self, rows: slice) -> tuple[float, float]:
        """Least and greatest sideways shift among rows: of the parabola's ends, or its vertex if between."""
        top, bottom = (self.framing.top + row * self.spacing_y for row in (rows.start, rows.stop))
        shifts = [self._bend(top), self._bend(bottom)]
        if self.framing.bow:
            vertex = 20 + self.framing.tilt * 160 * 160 / (2 * self.framing.bow)
            shifts += [self._bend(vertex)] if top < vertex < bottom else []
        return min(shifts), max(shifts)

    def pixels(self, x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Pixel coordinates (column, row; pixel centres at .5) of points in patient mm."""
        column = (x + self._bend(y) - np.float32(self.framing.left)) * np.float32(1 / self.spacing_x)
        return column, (y - np.float32(self.framing.top)) * np.float32(1 / self.spacing_y)

    def empty(self) -> F32:
        """A blank path-length image in mm."""
        return np.zeros((self.size, self.size), np.float32)

    def curve(self, at: list[float], values: list[float], smooth: float = 12.0) -> F32:
        """A profile over height (H, 1): straight pieces through ``values`` at heights ``at``, rounded by ``smooth``."""
        heights, kernel = _smoother(int(smooth))
        table = np.convolve(np.interp(heights, at, values), kernel, mode="valid")
        return np.interp(self.y[:, 0], _TABLE, table).astype(np.float32)[:, None]


_STEP = 3.0
_TABLE = np.arange(-400.0, 501.0, _STEP)


@lru_cache(maxsize=64)
def _smoother(smooth: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Heights of a table wide enough to be rounded by a bell of ``smooth`` mm, and that bell's weights."""
    reach = round(2 * smooth / _STEP)
    heights = np.arange(-reach, len(_TABLE) + reach) * _STEP + _TABLE[0]
    weights = np.hanning(2 * reach + 3)[1:-1]
    return heights, weights / weights.sum()


def smooth_noise(size: int, rng: Generator, cells: int) -> F32:
    """Cubic B-spline noise of about unit variance, ``cells`` bumps a side; the same pattern at every image size.

    A random window of a larger fixed field, so it costs nothing; the caller must not write into it.
    """
    field = _smooth_field(size, cells)
    row, column, flip = rng.random(3)
    spare = field.shape[0] - size
    top, left = int(row * spare), int(column * spare)
    view = field[top : top + size, left : left + size]
    return view[:, ::-1] if flip < 0.5 else view


@lru_cache(maxsize=32)
def _smooth_field(size: int, cells: int) -> F32:
    side = size + size // 2
    basis = _spline_basis(side, size, cells)
    bumps = basis.shape[1]
    lattice = np.random.default_rng([cells, 7]).standard_normal((bumps, bumps), dtype=np.float32)
    return np.asarray(basis @ lattice @ basis.T * np.float32(1.9), np.float32)


def _spline_basis(side: int, size: int, cells: int) -> F32:
    """Weights (side, bumps) of the four cubic B-splines at each pixel, ``cells`` splines for ``size`` pixels."""
    place = (np.arange(side) + 0.5) * cells / size
    knot = np.floor(place).astype(int)
    t = place - knot
    weights = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]) / 6
    basis = np.zeros((side, int(knot[-1]) + 4), np.float32)
    for offset in range(4):
        basis[np.arange(side), knot + offset] = weights[offset]
    return basis


def white_noise(size: int, rng: Generator) -> F32:
    """Unit normal noise (size, size): a random window of a larger fixed field, ten times faster than drawing."""
    field = _noise_field(size)
    spare = field.shape[0] - size
    row, column = (int(value) for value in rng.integers(0, spare, 2))
    view = field[row : row + size, column : column + size]
    view = view[::-1] if rng.random() < 0.5 else view
    return view[:, ::-1] if rng.random() < 0.5 else view


@lru_cache(maxsize=6)
def _noise_field(size: int) -> F32:
    side = size + max(160, size // 2)
    return np.random.default_rng([size, 224]).standard_normal((side, side), dtype=np.float32)


def broad_blur(image: F32, sigma: float) -> F32:
    """Gaussian blur by ``sigma`` (a share of the image side, at least 1/32): pooled, blurred and spread by matrices."""
    height, width = image.shape
    down_y, down_x = _blur_basis(height, sigma), _blur_basis(width, sigma)
    small = down_y @ image @ down_x.T
    return np.asarray(_spread_basis(height) @ small @ _spread_basis(width).T, np.float32)


_COARSE = 32


@lru_cache(maxsize=32)
def _blur_basis(size: int, sigma: float) -> F32:
    fine, coarse = (np.arange(size) + 0.5) / size, (np.arange(_COARSE) + 0.5) / _COARSE
    weights = np.exp(-0.5 * ((coarse[:, None] - fine[None, :]) / sigma) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


@lru_cache(maxsize=8)
def _spread_basis(size: int) -> F32:
    place = np.clip((np.arange(size) + 0.5) * _COARSE / size - 0.5, 0, _COARSE - 1)
    low = np.minimum(place.astype(int), _COARSE - 2)
    basis = np.zeros((size, _COARSE), np.float32)
    basis[np.arange(size), low] = 1 - (place - low)
    basis[np.arange(size), low + 1] = place - low
    return basis


def smoothstep(value: NDArray[Any], low: float, high: float) -> F32:
    """0 below ``low``, 1 above ``high``, cubic between."""
    t = np.minimum(np.maximum((value - np.float32(low)) * np.float32(1 / (high - low)), 0), 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
