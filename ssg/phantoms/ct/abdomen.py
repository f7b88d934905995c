"""What lies under the diaphragm at the lowest levels of a chest CT: liver, spleen, stomach, bowel, fat."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.phantoms.canvas import smooth_noise
from ssg.phantoms.ct.blob import Blob, make_waves
from ssg.phantoms.ct.contours import cage_size
from ssg.phantoms.ct.grid import F32, add_tubes, axes, blend, paint
from ssg.phantoms.ct.layout import Layout
from ssg.phantoms.types import SideName


def paint_abdomen(hu: F32, layout: Layout, rng: Generator) -> dict[tuple[str, SideName | None], F32]:
    """Paint in place what this slice meets under the domes; returns distances by structure."""
    grid, patient, below = layout.grid, layout.patient, layout.below
    draws = rng.random(12)
    noise, mottle = smooth_noise(grid.size, rng, 14), smooth_noise(grid.size, rng, 60)
    if not (below < -1).any():
        return {}
    pitch = np.float32(grid.pitch)
    inside = np.maximum(below, -layout.depth)
    paint(hu, inside, np.float32(54), pitch)
    paint(hu, inside + np.float32(2.2), np.float32(-103), pitch)
    blood = patient.blood
    a, b = (float(value) for value in cage_size(patient, grid.z))
    liver = np.empty_like(hu)
    _liver(liver, inside, grid.frame, np.float32(4 + 30 * draws[0]), np.float32(0.35 + 0.45 * draws[1]), noise)
    fatty = 28 if draws[2] < 0.15 else 0
    paint(hu, liver, np.float32(blood.liver - fatty), pitch)
    _liver_vessels(hu, layout, liver, blood.liver - fatty + (22 if patient.phase == "venous" else -10), rng)
    left = patient.domes[1] * patient.tall
    middle = np.array([0.6 * a, 0.42 * b, left + 52], np.float32)
    shape = axes((50 + 12 * draws[3], 26 + 6 * draws[4], 46 + 14 * draws[5]), 2.2, 0.2)
    spleen = Blob(middle, shape, make_waves(rng, 60.0, 5.0)).distance(grid, 30.0)
    np.maximum(spleen, inside + np.float32(2.6), out=spleen)
    middle = np.array([(0.32 + 0.2 * draws[6]) * a, -0.18 * b, left + 44], np.float32)
    shape = axes((40 + 12 * draws[7], 34 + 16 * draws[8], 42), 1.2, 0.3)
    stomach = Blob(middle, shape, make_waves(rng, 38.0, 9.0)).distance(grid, 30.0)
    np.maximum(stomach, inside + np.float32(3.5), out=stomach)
    np.maximum(stomach, -liver + 2, out=stomach)
    paint(hu, stomach, np.float32(48), pitch)
    _content(hu, stomach + np.float32(3.6), grid.frame, np.float32(middle[1] + (draws[9] - 0.6) * 50), noise, mottle,
             np.float32(22 + 80 * draws[10] ** 3), pitch)  # fmt: skip
    spleen = np.maximum(spleen, -stomach + 1.5)
    paint(hu, spleen, np.float32(blood.spleen), pitch)
    _bowel(hu, layout, inside, np.maximum(np.maximum(-liver, -stomach), -spleen), left, rng)
    if patient.phase in ("arterial", "pulmonary"):
        blend(hu, np.clip(-spleen / 3, 0, 1) * np.clip(noise * 0.18, 0, 0.4), np.float32(blood.spleen + 110))
    return {("liver", None): liver, ("spleen", None): spleen, ("stomach", None): stomach}


def _bowel(hu: F32, layout: Layout, inside: F32, taken: F32, left: float, rng: Generator) -> None:
    """A loop of colon under the left dome, and vessels in the fat about the stomach, in place."""
    grid, patient = layout.grid, layout.patient
    pitch = np.float32(grid.pitch)
    a, b = (float(value) for value in cage_size(patient, grid.z))
    draws = rng.random(8)
    x, y = (0.35 + 0.4 * draws[0]) * a, -(0.35 + 0.4 * draws[1]) * b
    loop = np.array(
        [[x, y, left + 28, 13 + 8 * draws[2], x + 30 * (draws[3] - 0.5), y + 25, left + 75, 17]], np.float32
    )
    colon = grid.far()
    add_tubes(colon, grid.frame, np.float32(grid.z), loop, np.float32(8))
    np.maximum(colon, np.maximum(inside + np.float32(3), taken + np.float32(1.5)), out=colon)
    paint(hu, colon, np.float32(42), pitch)
    paint(hu, colon + np.float32(2.4), np.float32(-960 if draws[4] < 0.5 else -150 + 180 * draws[5]), pitch)
    tips = rng.normal(0, 1, (7, 6)) * (22, 20, 20, 12, 12, 25) + (0.4 * a, -0.1 * b, left + 50, 0, 0, 0)
    rows = np.column_stack([tips[:, :3], np.full(7, 2.2), tips[:, :3] + tips[:, 3:], np.full(7, 1.3)])
    small = grid.far()
    add_tubes(small, grid.frame, np.float32(grid.z), rows.astype(np.float32), np.float32(4))
    np.maximum(small, np.maximum(inside + np.float32(3), np.maximum(taken, -colon)), out=small)
    paint(hu, small, np.float32(max(patient.blood.left * 0.8, 40)), pitch)


@njit(cache=True, fastmath=True, error_model="numpy")
def _liver(out, inside, frame, x0, lean, noise):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Everything under the right dome, and in front across the midline."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            x = frame[0] + frame[1] * j + frame[2] * i
            y = frame[3] + frame[4] * j + frame[5] * i
            edge = x0 - lean * (y + 20) - np.float32(0.004) * (y + 30) * (y + 30) + 5 * noise[i, j]
            out[i, j] = max(inside[i, j] + np.float32(2.4), (x - edge) * np.float32(0.85))


@njit(cache=True, fastmath=True, error_model="numpy")
def _content(hu, inside, frame, level, noise, mottle, fluid, pitch):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Gas in front, fluid or food behind: the patient lies on the back."""
    inverse, half, one, none = np.float32(1 / pitch), np.float32(0.5), np.float32(1), np.float32(0)
    for i in range(hu.shape[0]):
        for j in range(hu.shape[1]):
            share = min(half - inside[i, j] * inverse, one)
            if share <= 0:
                continue
            y = frame[3] + frame[4] * j + frame[5] * i
            gas = min(max(half + (level - y) * inverse, none), one)
            value = (
                fluid + 9 * mottle[i, j] + max(mottle[i, j] + noise[i, j] - np.float32(2.2), none) * np.float32(-150)
            )
            hu[i, j] += share * (value + gas * (np.float32(-985) - value) - hu[i, j])


def _liver_vessels(hu: F32, layout: Layout, liver: F32, value: float, rng: Generator) -> None:
    """Three hepatic veins running to the lower cava, and a few smaller branches."""
    grid, patient = layout.grid, layout.patient
    a, b = (float(size) for size in cage_size(patient, grid.z))
    root = np.array([-22.0 * patient.wide, -8.0 * patient.deep, 118 * patient.tall])
    rows = []
    for turn in (2.5, 3.25, 4.1, 2.9, 3.7):
        turn += 0.2 * rng.standard_normal()
        reach = rng.uniform(0.45, 0.75)
        tip = np.array([-0.45 * a + reach * a * np.cos(turn), reach * b * np.sin(turn), 118 + rng.uniform(10, 60)])
        middle = 0.5 * (root + tip) + rng.normal(0, 6, 3)
        rows += [(*root, 4.6, *middle, 3.4), (*middle, 3.4, *tip, 1.4)]
    veins = grid.far()
    add_tubes(veins, grid.frame, np.float32(grid.z), np.array(rows, np.float32), np.float32(6))
    paint(hu, np.maximum(veins, liver + 3), np.float32(value), np.float32(grid.pitch * 1.6))
