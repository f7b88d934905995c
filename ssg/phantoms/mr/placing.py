"""Where focal findings lie in the atlas: points drawn by rejection, judged by their distance from its surfaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ssg.phantoms.mr.atlas import CHANNELS, SCALE, atlas
from ssg.phantoms.mr.shapes import COUNT, LOW, STEP

Point = tuple[float, float, float]
_INDEX = {name: index for index, name in enumerate(CHANNELS)}


def probe(point: Point, *names: str) -> tuple[float, ...]:
    """Distances in mm from surfaces of the atlas at the nearest voxel."""
    place = [round((abs(point[0]) if axis == 0 else point[axis]) / STEP - LOW[axis] / STEP) for axis in range(3)]
    i, j, k = (min(max(value, 0), COUNT[axis] - 1) for axis, value in enumerate(place))
    voxel = atlas()[i, j, k]
    return tuple(float(voxel[_INDEX[name]]) * SCALE for name in names)


@dataclass(frozen=True, slots=True)
class Slab:
    """Where a plane will cut: later findings of the same image are placed within its reach."""

    axis: int
    at: float

    def reaches(self, point: Point, radius: float) -> bool:
        """Whether the plane cuts a ball about a point well, not at its rim."""
        return abs(point[self.axis] - self.at) < 0.45 * radius


def place(
    rng: Generator,
    sign: float,
    low: Point,
    high: Point,
    fits: Callable[[Point], bool],
    slab: Slab | None,
    radius: float,
) -> Point | None:
    """A point of a box of the half-head (x from the midline) that fits, on one side, cut by the slab if possible."""
    fallback: Point | None = None
    for _ in range(160):
        u = rng.random(3)
        raw = [low[axis] + u[axis] * (high[axis] - low[axis]) for axis in range(3)]
        if slab is not None:
            middle = slab.at if slab.axis else abs(slab.at)
            raw[slab.axis] = middle + (2 * u[slab.axis] - 1) * 0.4 * radius
        point = (sign * raw[0], float(raw[1]), float(raw[2]))
        if not fits(point):
            continue
        if slab is None or slab.reaches(point, radius):
            return point
        fallback = fallback or point
    return fallback


def in_brain(point: Point, margin: float) -> bool:
    """Whether a point lies ``margin`` mm within the hemispheres, not in a ventricle."""
    cerebrum, lateral = probe(point, "cerebrum", "lateral")
    return cerebrum < -margin and lateral > 1.0


def in_posterior_fossa(point: Point, margin: float) -> bool:
    """Whether a point lies ``margin`` mm within the cerebellum or brainstem."""
    cerebellum, stem = probe(point, "cerebellum", "brainstem")
    return min(cerebellum, stem) < -margin


def fossa_of(point: Point) -> float:
    """1 over the tentorium, -1 under it."""
    cerebrum, cerebellum, stem = probe(point, "cerebrum", "cerebellum", "brainstem")
    return 1.0 if cerebrum < min(cerebellum, stem) else -1.0


def dura_normal(point: Point) -> tuple[float, np.ndarray]:
    """Distance from the dura (negative inside) and the direction outwards."""
    here = probe(point, "dura")[0]
    gradient = []
    for axis in range(3):
        ahead, behind = list(point), list(point)
        ahead[axis] += 3
        behind[axis] -= 3
        gradient.append(
            probe((ahead[0], ahead[1], ahead[2]), "dura")[0] - probe((behind[0], behind[1], behind[2]), "dura")[0]
        )
    normal = np.array(gradient)
    return here, normal / max(float(np.linalg.norm(normal)), 1e-6)
