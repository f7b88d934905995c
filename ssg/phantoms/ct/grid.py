"""The slice a phantom is drawn on, and the compiled shapes that are drawn on it.

Patient coordinates in mm: ``x`` from the midline, positive to the PATIENT's left (the image's right); ``y`` positive to
the back, 0 in the middle of the thoracic cage; ``z`` positive to the feet, 0 at the carina. Shapes are signed distances
in mm, negative inside, so that edges are drawn smoothly at any pixel size. Knows nothing of anatomy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

F32 = NDArray[np.float32]
FAR = np.float32(900.0)
"""A distance that stands for "not near"."""


@dataclass(frozen=True, slots=True)
class Grid:
    """``size`` × ``size`` pixels over a square field at one height. ``roll`` is how far the patient lies turned."""

    size: int
    field_mm: float
    centre_x: float
    centre_y: float
    z: float
    roll: float = 0.0
    pitch: float = field(init=False)
    frame: F32 = field(init=False)
    """Coefficients: x = f0 + f1·column + f2·row, y = f3 + f4·column + f5·row."""

    def __post_init__(self) -> None:
        pitch = self.field_mm / self.size
        cos, sin = math.cos(self.roll) * pitch, math.sin(self.roll) * pitch
        half = (self.size - 1) / 2
        x0, y0 = self.centre_x - half * (cos - sin), self.centre_y - half * (sin + cos)
        object.__setattr__(self, "pitch", pitch)
        object.__setattr__(self, "frame", np.array([x0, cos, -sin, y0, sin, cos], np.float32))

    def far(self) -> F32:
        """A distance map with nothing near."""
        return np.full((self.size, self.size), FAR, np.float32)

    def zeros(self) -> F32:
        """A map of nothing."""
        return np.zeros((self.size, self.size), np.float32)


@lru_cache(maxsize=8)
def nothing(size: int) -> F32:
    """The same map as :meth:`Grid.far`, shared and not to be written."""
    out = np.full((size, size), FAR, np.float32)
    out.flags.writeable = False
    return out


@njit(cache=True, inline="always")
def reach(frame, size, x, y, radius):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Rows and columns (first, past) that hold a disc about a point."""
    scale = frame[1] * frame[1] + frame[2] * frame[2]
    dx, dy = x - frame[0], y - frame[3]
    column, row = (frame[1] * dx + frame[4] * dy) / scale, (frame[2] * dx + frame[5] * dy) / scale
    span = radius / math.sqrt(scale)
    return (
        max(math.floor(row - span), 0),
        min(math.ceil(row + span) + 1, size),
        max(math.floor(column - span), 0),
        min(math.ceil(column + span) + 1, size),
    )


@njit(cache=True, fastmath=True, error_model="numpy")
def add_tubes(out, frame, z, pieces, margin):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Lower ``out`` to the distance from tapered tubes; rows of ``pieces`` are x, y, z, radius of both ends."""
    size = out.shape[0]
    for k in range(len(pieces)):
        x1, y1, z1, r1, x2, y2, z2, r2 = pieces[k]
        wide = max(r1, r2) + margin
        if z < min(z1, z2) - wide or z > max(z1, z2) + wide:
            continue
        dx, dy, dz, dr = x2 - x1, y2 - y1, z2 - z1, r2 - r1
        inverse = np.float32(1) / (dx * dx + dy * dy + dz * dz + np.float32(1e-6))
        half = np.float32(0.5) * math.sqrt(dx * dx + dy * dy)
        top, bottom, left, right = reach(
            frame, size, (x1 + x2) * np.float32(0.5), (y1 + y2) * np.float32(0.5), half + wide
        )
        pz = z - z1
        for i in range(top, bottom):
            for j in range(left, right):
                px = frame[0] + frame[1] * j + frame[2] * i - x1
                py = frame[3] + frame[4] * j + frame[5] * i - y1
                t = min(max((px * dx + py * dy + pz * dz) * inverse, np.float32(0)), np.float32(1))
                qx, qy, qz = px - t * dx, py - t * dy, pz - t * dz
                distance = math.sqrt(qx * qx + qy * qy + qz * qz) - r1 - t * dr
                out[i, j] = min(out[i, j], distance)


@njit(cache=True, inline="always")
def longest_radius(shape):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Half of an ellipsoid's longest axis; ``shape`` are its axes as rows over their radii."""
    widest = np.float32(0)
    for k in range(3):
        norm = shape[k, 0] ** 2 + shape[k, 1] ** 2 + shape[k, 2] ** 2
        widest = max(widest, np.float32(1) / math.sqrt(norm))
    return widest


@njit(cache=True, inline="always")
def from_ellipsoid(shape, px, py, pz):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Signed distance (about) of a point, given from the centre, from an ellipsoid: its norm over the norm's slope."""
    a = shape[0, 0] * px + shape[0, 1] * py + shape[0, 2] * pz
    b = shape[1, 0] * px + shape[1, 1] * py + shape[1, 2] * pz
    c = shape[2, 0] * px + shape[2, 1] * py + shape[2, 2] * pz
    norm = math.sqrt(a * a + b * b + c * c) + np.float32(1e-6)
    gx = a * shape[0, 0] + b * shape[1, 0] + c * shape[2, 0]
    gy = a * shape[0, 1] + b * shape[1, 1] + c * shape[2, 1]
    gz = a * shape[0, 2] + b * shape[1, 2] + c * shape[2, 2]
    return norm * (norm - 1) / (math.sqrt(gx * gx + gy * gy + gz * gz) + np.float32(1e-6))


@njit(cache=True, fastmath=True, error_model="numpy")
def add_ellipsoid(out, frame, z, centre, shape, margin):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Lower ``out`` to the distance (about) from an ellipsoid; ``shape`` are its axes as rows over their radii."""
    size = out.shape[0]
    widest = longest_radius(shape)
    if abs(z - centre[2]) > widest + margin:
        return
    top, bottom, left, right = reach(frame, size, centre[0], centre[1], widest + margin)
    pz = z - centre[2]
    for i in range(top, bottom):
        for j in range(left, right):
            px = frame[0] + frame[1] * j + frame[2] * i - centre[0]
            py = frame[3] + frame[4] * j + frame[5] * i - centre[1]
            out[i, j] = min(out[i, j], from_ellipsoid(shape, px, py, pz))


@njit(cache=True, fastmath=True, error_model="numpy")
def merge(out, other, grow, round_mm):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Join ``other`` grown by ``grow`` mm into ``out``, with the corner between them rounded by ``round_mm``."""
    k = np.float32(round_mm)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            a, b = out[i, j], other[i, j] - np.float32(grow)
            h = max(k - abs(a - b), np.float32(0)) / k
            out[i, j] = min(a, b) - h * h * k * np.float32(0.25)


@njit(cache=True, fastmath=True, error_model="numpy")
def paint(hu, distance, value, pitch):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Set ``hu`` to ``value`` inside of a shape, in place, with a soft edge of one pixel."""
    inverse, half, one = np.float32(1 / pitch), np.float32(0.5), np.float32(1)
    for i in range(hu.shape[0]):
        for j in range(hu.shape[1]):
            share = half - distance[i, j] * inverse
            if share > 0:
                hu[i, j] += min(share, one) * (np.float32(value) - hu[i, j])


@njit(cache=True, fastmath=True, error_model="numpy")
def paint_within(hu, distance, bound, value, pitch):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The same, only where ``bound`` is inside as well."""
    inverse, half, one = np.float32(1 / pitch), np.float32(0.5), np.float32(1)
    for i in range(hu.shape[0]):
        for j in range(hu.shape[1]):
            share = half - max(distance[i, j], bound[i, j]) * inverse
            if share > 0:
                hu[i, j] += min(share, one) * (np.float32(value) - hu[i, j])


@njit(cache=True, fastmath=True, error_model="numpy")
def blend(hu, share, value):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move ``hu`` towards ``value`` by a share of 0 to 1 for each pixel, in place."""
    for i in range(hu.shape[0]):
        for j in range(hu.shape[1]):
            hu[i, j] += share[i, j] * (np.float32(value) - hu[i, j])


def axes(radii: ArrayLike, yaw: float = 0.0, pitch: float = 0.0) -> F32:
    """Rows of an ellipsoid's matrix: its first axis turned by ``yaw`` in the slice and by ``pitch`` to the feet."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    rows = np.array([[cy * cp, sy * cp, sp], [-sy, cy, 0.0], [-cy * sp, -sy * sp, cp]])
    return (rows / np.asarray(radii, float)[:, None]).astype(np.float32)


def tube(points: ArrayLike) -> F32:
    """A chain of points (x, y, z, radius) as rows for :func:`add_tubes`."""
    chain = np.asarray(points, np.float32)
    return np.concatenate([chain[:-1], chain[1:]], axis=1)
