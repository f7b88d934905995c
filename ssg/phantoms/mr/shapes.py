"""Solids as signed distances on a grid in millimetres: ellipsoids, tubes, slabs, their unions and cuts.

Negative is inside. One half of a symmetric head is described (``x`` from 0 outwards): +y is to the front, +z up.
Knows nothing of anatomy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
Point = tuple[float, float, float]

STEP = 2.0
"""Edge of a voxel in mm."""
LOW: Point = (0.0, -126.0, -146.0)
COUNT = (53, 125, 125)
FAR = 20.0
"""Distances are cut off here, inside and outside."""

_AXES = [(np.arange(n, dtype=np.float32) * STEP + low) for n, low in zip(COUNT, LOW, strict=True)]
AXIS: tuple[F32, F32, F32] = (_AXES[0][:, None, None], _AXES[1][None, :, None], _AXES[2][None, None, :])


@dataclass(frozen=True, slots=True)
class Solid:
    """Signed distances in a sub-window of the grid; farther away than ``FAR`` outside of it."""

    window: tuple[slice, slice, slice]
    distance: F32


def _window(low: Sequence[float], high: Sequence[float]) -> tuple[slice, slice, slice]:
    reach = 12.0
    out = []
    for axis in range(3):
        first = math.floor((low[axis] - reach - LOW[axis]) / STEP)
        last = math.ceil((high[axis] + reach - LOW[axis]) / STEP) + 1
        first, last = max(first, 0), min(last, COUNT[axis])
        out.append(slice(first, max(last, first)))
    return out[0], out[1], out[2]


def _local(window: tuple[slice, slice, slice]) -> tuple[F32, F32, F32]:
    return AXIS[0][window[0]], AXIS[1][:, window[1]], AXIS[2][:, :, window[2]]


def ellipsoid(centre: Point, radii: Point, pitch: float = 0.0, yaw: float = 0.0) -> Solid:
    """An ellipsoid, ``pitch`` degrees nose down about x, then ``yaw`` degrees about z (front end outwards)."""
    reach = max(radii) if pitch or yaw else 0.0
    spread = [max(radius, reach) for radius in radii]
    window = _window([c - r for c, r in zip(centre, spread, strict=True)],
                     [c + r for c, r in zip(centre, spread, strict=True)])  # fmt: skip
    x, y, z = _local(window)
    x, y, z = x - np.float32(centre[0]), y - np.float32(centre[1]), z - np.float32(centre[2])
    if yaw:
        c, s = np.float32(math.cos(math.radians(yaw))), np.float32(math.sin(math.radians(yaw)))
        x, y = c * x - s * y, s * x + c * y
    if pitch:
        c, s = np.float32(math.cos(math.radians(pitch))), np.float32(math.sin(math.radians(pitch)))
        y, z = c * y - s * z, s * y + c * z
    rx, ry, rz = (np.float32(radius) for radius in radii)
    u, v, w = (x / rx) ** 2, (y / ry) ** 2, (z / rz) ** 2
    near = np.sqrt(u + v + w)
    slope = np.sqrt(u / rx**2 + v / ry**2 + w / rz**2)
    return Solid(window, np.asarray(near * (near - 1) / np.maximum(slope, np.float32(1e-4)), np.float32))


def tube(points: Sequence[Point], radii: Sequence[float] | float) -> Solid:
    """Round rods from point to point, the radius changing along each."""
    wide = [radii] * len(points) if isinstance(radii, (int, float)) else list(radii)
    low = [min(point[axis] - r for point, r in zip(points, wide, strict=True)) for axis in range(3)]
    high = [max(point[axis] + r for point, r in zip(points, wide, strict=True)) for axis in range(3)]
    window = _window(low, high)
    x, y, z = _local(window)
    best: Any = np.float32(FAR)
    for (a, ra), (b, rb) in zip(
        zip(points[:-1], wide[:-1], strict=True), zip(points[1:], wide[1:], strict=True), strict=True
    ):
        along = [np.float32(b[axis] - a[axis]) for axis in range(3)]
        length = max(float(sum(step * step for step in along)), 1e-6)
        u, v, w = x - np.float32(a[0]), y - np.float32(a[1]), z - np.float32(a[2])
        share = np.clip((u * along[0] + v * along[1] + w * along[2]) * np.float32(1 / length), 0, 1)
        gap = np.sqrt((u - share * along[0]) ** 2 + (v - share * along[1]) ** 2 + (w - share * along[2]) ** 2)
        best = np.minimum(best, gap - (np.float32(ra) + share * np.float32(rb - ra)))
    return Solid(window, np.asarray(best, np.float32))


def everywhere(distance: Any) -> Solid:
    """A signed distance (or any function with the same zero and unit slope) given on the whole grid."""
    shape = tuple(COUNT)
    return Solid((slice(0, shape[0]), slice(0, shape[1]), slice(0, shape[2])),
                 np.broadcast_to(np.asarray(distance, np.float32), shape))  # fmt: skip


def evened(function: Any) -> F32:
    """A function divided by its slope, so that it is a distance near its zero."""
    full = np.broadcast_to(np.asarray(function, np.float32), COUNT)
    gx, gy, gz = np.gradient(full, STEP)
    slope = np.sqrt(gx * gx + gy * gy + gz * gz)
    return np.asarray(np.clip(full / np.maximum(slope, np.float32(0.05)), -FAR, FAR), np.float32)


def ellipsoid_field(centre: Point, radii: Point) -> F32:
    """Distance from an upright ellipsoid on the whole grid, to cut others with."""
    whole = Volume().add(ellipsoid(centre, radii)).distance
    return np.asarray(whole, np.float32)


class Volume:
    """One channel of the atlas while it is put together from solids."""

    def __init__(self, start: Any = FAR) -> None:
        self.distance: F32 = np.array(np.broadcast_to(np.asarray(start, np.float32), COUNT))

    def add(self, *solids: Solid, smooth: float = 0.0) -> Volume:
        """Union with solids, the seams rounded over ``smooth`` mm."""
        for solid in solids:
            here = self.distance[solid.window]
            np.minimum(here, solid.distance, out=here) if not smooth else _round_min(here, solid.distance, smooth)
        return self

    def cut(self, *solids: Solid, grow: float = 0.0) -> Volume:
        """Take solids away, each grown by ``grow`` mm."""
        for solid in solids:
            here = self.distance[solid.window]
            np.maximum(here, np.float32(grow) - solid.distance, out=here)
        return self

    def keep(self, solid: Solid) -> Volume:
        """Intersection with a solid given everywhere."""
        np.maximum(self.distance, solid.distance, out=self.distance)
        return self


def _round_min(here: F32, other: F32, smooth: float) -> None:
    blend = np.maximum(np.float32(smooth) - np.abs(here - other), 0) * np.float32(1 / smooth)
    here[...] = np.minimum(here, other) - blend * blend * np.float32(smooth / 4)
