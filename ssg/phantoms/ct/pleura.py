"""Fluid and air in the pleural space: layers between chest wall and lung, thickest behind or in front."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.phantoms.ct.contours import THETA
from ssg.phantoms.ct.grid import F32, blend
from ssg.phantoms.ct.layout import Layout
from ssg.phantoms.ct.patient import Patient
from ssg.phantoms.ct.scene import Scene, away, quiet
from ssg.phantoms.types import FindingSpec

LEAST_MM = 2.2
"""Where a layer is thinner it is not seen, and not counted to it."""

THIN_MM = 15.0


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of one side: its greatest thickness in mm, where (direction), how far around, and over which heights."""

    spec: FindingSpec
    thick: float
    middle: float
    half: float
    flat: float
    """Power of the bell: 2 a crescent, more a lens."""
    heights: tuple[float, float]
    """From no fluid to its full thickness, mm below the carina."""
    hu: float
    collapse: float
    """Airless lung beside fluid, mm; how much denser the whole lung is beside air, percent."""
    form: str
    stage: str = "pleura"

    def thickness(self, z: float) -> F32:
        """Thickness over directions at one height."""
        low, high = self.heights
        part = float(np.clip((z - low) / (high - low), 0, 1))
        turn = np.abs((THETA - self.middle + math.pi) % (2 * math.pi) - math.pi)
        bell = np.exp(-((turn / self.half) ** self.flat)) * self.thick * part * (2 - part)
        return np.asarray(np.maximum(bell - 1.2, 0) * (bell / (bell + 1)), np.float32)

    def draw(self, scene: Scene) -> None:
        """Push the lung away from the wall, in place, and fill the gap."""
        layout, side = scene.layout, self.spec.side or "right"
        lung = layout.lungs[side]
        gap = np.empty_like(lung)
        table = self.thickness(layout.grid.z)
        if table.max() < 2 * LEAST_MM:
            return
        _part(lung, gap, layout.depth, layout.turn, table)
        mask = (gap < 0) & (table > LEAST_MM)[layout.turn]
        # A thin layer of fluid must stand out from the chest wall, not only from the lung.
        thin = self.hu > -500 and table.max() < THIN_MM
        before = layout.patient.blood.muscle if thin else layout.patient.lung_hu
        scene.fluid.append((gap, self.hu))
        scene.trace(self.spec, mask, before, self.hu, round(float(table.max()), 1), self.form)
        if self.hu < -500:
            line = quiet(np.float32(1.1) - np.abs(gap + 0.3) / np.float32(max(0.8, 0.7 * layout.grid.pitch)))
            blend(scene.parenchyma, line * np.float32(0.9), np.float32(-60))
            blend(scene.parenchyma, np.full_like(line, self.collapse / 100), np.float32(-100))
        elif self.collapse > 0:
            share = quiet(1 - np.abs(gap) / np.float32(self.collapse)) * (gap > -1)
            thick = np.float32(np.clip(table.max() / 14 - 0.4, 0, 1))
            blend(scene.parenchyma, quiet(share * 2.2 * thick), np.float32(60))
            scene.vessels *= 1 - quiet(share * 1.6 * thick)


@njit(cache=True, fastmath=True, error_model="numpy")
def _part(lung, gap, depth, turn, table):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Split a lung's space into the layer (``gap``, a distance) and what is left of the lung (in place)."""
    for i in range(lung.shape[0]):
        for j in range(lung.shape[1]):
            over = depth[i, j] - table[turn[i, j]]
            gap[i, j] = max(lung[i, j], over)
            lung[i, j] = max(lung[i, j], -over)


def plan_effusion(spec: FindingSpec, patient: Patient, coarse: Layout, rng: Generator) -> list[Layer]:
    """Free fluid behind, or a loculated lens anywhere."""
    severity, sign = spec.severity or 0.0, away(spec.side)
    form = spec.form or ("loculated" if rng.random() < 0.18 else "free")
    value = float(rng.normal(9, 6)) if rng.random() < 0.85 else float(rng.uniform(25, 50))
    z = coarse.grid.z
    if form == "loculated":
        middle = sign * rng.uniform(-0.9, 0.9) + (0 if sign > 0 else math.pi)
        middle = rng.uniform(-0.9, 1.0) if sign > 0 else math.pi - rng.uniform(-0.9, 1.0)
        thick = 18 + 30 * severity
        return [Layer(spec, thick, middle, 0.3 + 0.25 * severity, 2.6, (z - 60, z - 20), value, 4.0, form)]
    middle = math.pi / 2 - sign * rng.uniform(0.5, 0.68)
    thick = 19.5 + 76 * severity**1.25 * rng.uniform(0.8, 1)
    half = 0.42 + 0.62 * severity + 0.12 * rng.random()
    low = min(z - 30, 60 - 130 * severity)
    return [Layer(spec, thick, middle, half, 2.2, (low, low + 45), value, 5 + 16 * severity * rng.random(), form)]


def plan_pneumothorax(spec: FindingSpec, patient: Patient, coarse: Layout, rng: Generator) -> list[Layer]:
    """Air in front, where it rises to; a large one all around."""
    severity, sign = spec.severity or 0.0, away(spec.side)
    middle = -math.pi / 2 + sign * rng.uniform(0.45, 0.95)
    thick = 10 + 62 * severity**1.2
    half = 0.42 + 0.85 * severity
    z = coarse.grid.z
    return [Layer(spec, thick, middle, half, 2.4, (z - 90, z - 30), -998.0, 12 * severity, "anterior")]
