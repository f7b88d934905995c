"""Irregular bodies: an ellipsoid whose surface is shaken by plane waves, so that it is the same body in every slice."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.phantoms.ct.grid import F32, Grid, from_ellipsoid, longest_radius, reach


@dataclass(frozen=True, slots=True)
class Blob:
    """Centre, matrix of the ellipsoid (axes over radii), and waves: rows of direction × frequency, phase, height."""

    centre: F32
    shape: F32
    waves: F32

    def distance(self, grid: Grid, margin: float = 12.0) -> F32:
        """Signed distance (about) in a slice."""
        out = grid.far()
        height = float(np.abs(self.waves[:, 4]).sum()) if len(self.waves) else 0.0
        _distance(out, grid.frame, np.float32(grid.z), self.centre, self.shape, self.waves, np.float32(margin + height))
        return out


def make_waves(rng: Generator, length_mm: float, height_mm: float, count: int = 7) -> F32:
    """Random plane waves about ``length_mm`` long; their sum rarely exceeds ``height_mm``."""
    directions = rng.standard_normal((count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    frequency = 2 * math.pi / (length_mm * np.exp(rng.normal(0, 0.4, count)))
    heights = height_mm * rng.uniform(0.35, 1.0, count) / math.sqrt(count)
    phase = rng.uniform(0, 2 * math.pi, count)
    return np.column_stack([directions * frequency[:, None], phase, heights]).astype(np.float32)


@njit(cache=True, inline="always")
def _wave(turn):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The cosine to within 1e-3, without branches."""
    part = turn * np.float32(0.15915494)
    part = abs(part - np.floor(part) - np.float32(0.5)) * 4 - 1
    square = part * part
    return part * (np.float32(1.5707) - square * (np.float32(0.6459) - square * np.float32(0.0753)))


@njit(cache=True, fastmath=True, error_model="numpy")
def _distance(out, frame, z, centre, shape, waves, margin):  # type: ignore[no-untyped-def]  # pragma: no cover
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
            far = from_ellipsoid(shape, px, py, pz)
            if abs(far) < margin:
                for w in range(len(waves)):
                    turn = waves[w, 0] * px + waves[w, 1] * py + waves[w, 2] * pz + waves[w, 3]
                    far += waves[w, 4] * _wave(turn)
            out[i, j] = far
