"""A broken rib where the slice cuts it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ssg.phantoms.ct.contours import ANGLES, THETA
from ssg.phantoms.ct.layout import Layout
from ssg.phantoms.ct.patient import Patient
from ssg.phantoms.ct.scene import Scene, away
from ssg.phantoms.ct.wall import Break
from ssg.phantoms.types import FindingSpec

REACH_MM = 9.0
"""How far about the break its box reaches."""


@dataclass(frozen=True, slots=True)
class Fracture:
    """One break."""

    spec: FindingSpec
    fault: Break
    stage: str = "wall"

    def draw(self, scene: Scene) -> None:
        """Hand the break to the painter of the wall, and record where this slice shows it."""
        layout, fault = scene.layout, self.fault
        body = layout.torso
        if body.rib_number[fault.turn] != fault.rib or abs(body.rib[fault.turn]) > 5.2:
            return
        scene.breaks.append(fault)
        delta = np.abs(layout.turn.astype(np.float32) - np.float32(fault.turn)) * np.float32(2 * math.pi / ANGLES)
        arc = np.minimum(delta, np.float32(2 * math.pi) - delta) * layout.radius
        off = np.abs(-layout.depth - np.float32(5.6 - 0.5 * fault.step))
        mask = (arc < REACH_MM) & (off < 5.5 + 0.5 * abs(fault.step)) & (layout.depth < 1)
        scene.trace(self.spec, mask, 500.0, 20.0, round(abs(fault.step), 1), f"rib {fault.rib}")


def plan_fracture(spec: FindingSpec, patient: Patient, coarse: Layout, rng: Generator) -> list[Fracture]:
    """One to three breaks of ribs that the chosen level cuts."""
    severity, body, sign = spec.severity or 0.0, coarse.torso, away(spec.side)
    turn = (THETA - math.pi / 2 + math.pi) % (2 * math.pi) - math.pi
    fits = (np.abs(body.rib) < 2.6) & (body.cartilage == 0) & (np.sign(-turn) == sign) & (np.abs(turn) > 0.55)
    places = np.flatnonzero(fits & (np.abs(turn) < 2.2))
    if len(places) == 0:
        fits = (np.sign(-turn) == sign) & (np.abs(turn) > 0.5) & (np.abs(turn) < 2.2) & (body.cartilage == 0)
        places = np.flatnonzero(fits)[np.argsort(np.abs(body.rib[fits]))[:3]]
    out: list[Fracture] = []
    used: set[int] = set()
    for _ in range(1 if severity < 0.5 else int(rng.integers(1, 4))):
        draws = rng.random(4)
        pick = int(places[int(draws[0] * len(places))])
        rib = int(body.rib_number[pick])
        if rib in used:
            continue
        used.add(rib)
        step = (2.2 + 5.5 * severity * draws[1]) * (1 if draws[2] < 0.6 else -1)
        out.append(
            Fracture(
                spec, Break(pick, rib, float(step), float(0.9 + 1.2 * severity), float(5 + 5 * severity * draws[3]))
            )
        )
    return out
