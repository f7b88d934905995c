"""Nodules and masses: round, lobulated or spiculated bodies in a lung."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ssg.phantoms.ct.blob import Blob, make_waves
from ssg.phantoms.ct.grid import F32, Grid, add_tubes, axes, blend
from ssg.phantoms.ct.layout import Layout
from ssg.phantoms.ct.patient import Patient
from ssg.phantoms.ct.scene import Scene, mean, quiet
from ssg.phantoms.types import FindingSpec

NODULE_FORMS = ("solid", "part-solid", "calcified", "spiculated", "cavitating")
MASS_FORMS = ("lobulated", "spiculated", "necrotic", "cavitating")


@dataclass(frozen=True, slots=True)
class Focus:
    """One body in the lung."""

    spec: FindingSpec
    blob: Blob
    spikes: F32
    form: str
    hu: float
    core: float
    """How deep under the surface a cavity, necrosis or solid core begins, mm."""
    inner: Blob
    """Shape of that core."""
    size_mm: float
    stage: str = "focal"

    def draw(self, scene: Scene) -> None:
        """Paint it, in place, and record it."""
        grid, hu = scene.layout.grid, scene.hu
        distance = self.blob.distance(grid)
        if not (distance < 0).any():
            return
        pitch = np.float32(grid.pitch)
        outline = np.minimum(distance, grid.far())
        whole = quiet(np.float32(0.5) - np.maximum(outline, -scene.layout.depth - 1.5) / pitch)
        mask = (outline < 0) & (scene.layout.depth > -1.5)
        before = mean(hu, mask)
        if len(self.spikes):
            thin = grid.far()
            add_tubes(thin, grid.frame, np.float32(grid.z), self.spikes, np.float32(6))
            blend(
                hu,
                quiet(np.float32(0.5) - thin / pitch) * np.float32(0.75) * (scene.layout.depth > 0),
                np.float32(self.hu),
            )
        if self.form == "part-solid":
            blend(hu, whole * np.float32(0.42), np.float32(30))
            blend(hu, quiet(np.float32(0.5) - self._core(distance, grid) / pitch), np.float32(self.hu))
        else:
            blend(hu, whole, np.float32(self.hu))
        if self.form in ("cavitating", "necrotic"):
            inner = quiet(np.float32(0.5) - self._core(distance, grid) / pitch)
            blend(hu, inner, np.float32(-970 if self.form == "cavitating" else 14))
        scene.trace(self.spec, mask, before, mean(hu, mask), round(self.size_mm, 1), self.form)

    def _core(self, distance: F32, grid: Grid) -> F32:
        """Distance from the core, which keeps off the surface."""
        return np.asarray(np.maximum(self.inner.distance(grid), distance + np.float32(0.4 * self.core)), np.float32)


def plan_nodule(spec: FindingSpec, patient: Patient, coarse: Layout, rng: Generator) -> list[Focus]:
    """One nodule of 6 to 29 mm, in one patient of six a few, the largest first."""
    severity = spec.severity or 0.0
    size = 6.5 + 21.5 * severity**1.2 * rng.uniform(0.75, 1.0)
    count = int(rng.integers(2, 5)) if rng.random() < 0.17 else 1
    sizes = [size, *(max(6.5, size * share) for share in rng.uniform(0.45, 0.9, count - 1))]
    out: list[Focus] = []
    for each in sizes:
        focus = _nodule(spec, float(each), patient, coarse, rng)
        if all(_apart(focus, other) for other in out):
            out.append(focus)
    return out


def _apart(one: Focus, other: Focus) -> bool:
    """Whether two nodules do not touch, so that each has its own box."""
    return float(np.linalg.norm(one.blob.centre - other.blob.centre)) > 0.75 * (one.size_mm + other.size_mm) + 4


def _nodule(spec: FindingSpec, size: float, patient: Patient, coarse: Layout, rng: Generator) -> Focus:
    form = spec.form or NODULE_FORMS[int(rng.choice(5, p=(0.5, 0.14, 0.1, 0.16, 0.1)))]
    if size < 11 and form in ("part-solid", "cavitating", "spiculated"):
        form = "solid"
    value = {"calcified": rng.uniform(180, 600), "part-solid": 20.0}.get(form, patient.blood.node + rng.normal(-8, 12))
    core = {"part-solid": size * rng.uniform(0.16, 0.3), "cavitating": rng.uniform(2.5, 4.5)}.get(form, 0.0)
    return _focus(spec, size, form, float(value), float(core), coarse, rng, 0.45)


def plan_mass(spec: FindingSpec, patient: Patient, coarse: Layout, rng: Generator) -> list[Focus]:
    """One mass of 33 to 95 mm."""
    severity = spec.severity or 0.0
    size = 34 + 58 * severity * rng.uniform(0.8, 1.0)
    form = spec.form or MASS_FORMS[int(rng.choice(4, p=(0.4, 0.28, 0.18, 0.14)))]
    core = size * rng.uniform(0.16, 0.3) if form in ("necrotic", "cavitating") else 0.0
    value = patient.blood.node + rng.normal(-4, 10)
    return [_focus(spec, size, form, float(value), float(core), coarse, rng, 0.3)]


def _focus(
    spec: FindingSpec, size: float, form: str, value: float, core: float, coarse: Layout, rng: Generator, clear: float
) -> Focus:
    side = spec.side or "right"
    x, y = find_place(coarse, side, -clear * size, rng)
    radius = size / 2
    stretch = np.exp(rng.normal(0, 0.1, 3))
    z = coarse.grid.z + radius * rng.uniform(-0.3, 0.3)
    centre = np.array([x, y, z], np.float32)
    lumpy = radius * (rng.uniform(0.05, 0.3) if form == "lobulated" else rng.uniform(0.02, 0.14))
    waves = make_waves(rng, radius * rng.uniform(1.1, 1.9), lumpy)
    shape = axes(radius * stretch, rng.uniform(0, 3.1), rng.uniform(-0.5, 0.5))
    spikes = _spikes(centre, radius, rng) if form == "spiculated" else np.zeros((0, 8), np.float32)
    depth = max(radius - core, 0.3 * radius)
    off = centre + (rng.normal(0, 0.35 * core, 3)).astype(np.float32)
    inner = Blob(off, shape * np.float32(radius / depth), make_waves(rng, depth * rng.uniform(0.8, 1.6), 0.3 * depth))
    return Focus(spec, Blob(centre, shape, waves), spikes, form, value, core, inner, size)


def _spikes(centre: F32, radius: float, rng: Generator) -> F32:
    """Fine strands that run out from the surface, mostly near the plane of the slice."""
    rows = []
    for _ in range(int(rng.integers(9, 20))):
        turn, tilt = rng.uniform(0, 2 * math.pi), rng.normal(0, 0.35)
        way = np.array([math.cos(turn) * math.cos(tilt), math.sin(turn) * math.cos(tilt), math.sin(tilt)])
        start, tip = centre + way * radius * 0.8, centre + way * radius * (1.25 + rng.gamma(2.0, 0.16))
        rows.append((*start, 1.6 + 0.03 * radius, *tip, 0.25))
    return np.array(rows, np.float32)


def find_place(coarse: Layout, side: str, depth: float, rng: Generator) -> tuple[float, float]:
    """A random point (x, y) of a lung at least ``-depth`` mm inside of its border, or the deepest there is."""
    lung, frame = coarse.lungs[side], coarse.grid.frame
    draws = rng.random(2)
    rows, columns = np.nonzero(lung < depth)
    if len(rows) < 4:
        deepest = np.argsort(lung, axis=None)[: max(8, lung.size // 800)]
        rows, columns = np.unravel_index(deepest, lung.shape)
    pick = int(draws[0] * len(rows))
    row, column = float(rows[pick]), float(columns[pick])
    return float(frame[0] + frame[1] * column + frame[2] * row), float(frame[3] + frame[4] * column + frame[5] * row)
