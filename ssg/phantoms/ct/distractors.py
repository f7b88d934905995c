"""What lies in real slices and is no finding: electrodes, catheters, pacemaker leads, scars, calcified nodes, a hernia.

Small things that a careless reader would box. Nothing here bears a name that could be asked for as a finding of this
kind of phantom.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator

from ssg.phantoms.ct.blob import Blob, make_waves
from ssg.phantoms.ct.contours import spine_front
from ssg.phantoms.ct.grid import F32, add_tubes, axes, blend, paint
from ssg.phantoms.ct.layout import Layout
from ssg.phantoms.ct.scene import Scene, quiet
from ssg.phantoms.ct.vessels import Vessels, place

_NODES = [(-16, -22, -16, 1), (10, -54, -20, 1), (28, -24, -6, 1), (-8, -9, 22, 1), (8, -9, 24, 1), (-46, -6, 26, 1)]
"""Where normal lymph nodes lie: x, y (from the front of the spine) and z of a reference man."""


class Distractors:
    """Things of one patient, drawn in every slice that meets them."""

    def __init__(self, layout: Layout, vessels: Vessels, rng: Generator) -> None:
        self.layout, self.vessels = layout, vessels
        self.chances = rng.random(12)
        self.draws = rng.random(24)

    def draw_outside(self, hu: F32) -> None:
        """Electrodes and cables on the skin, in place."""
        if self.chances[0] > 0.16:
            return
        grid, body = self.layout.grid, self.layout.torso
        rows = []
        for k in range(1 + int(3 * self.draws[0])):
            turn = int((0.5 + 0.5 * self.draws[1 + k]) * len(body.skin)) % len(body.skin)
            angle, radius = turn / len(body.skin) * 2 * math.pi, float(body.skin[turn]) + 2.5
            x, y = radius * math.cos(angle), radius * math.sin(angle)
            along = 3 + 5 * self.draws[5 + k]
            dx, dy = -math.sin(angle) * along, math.cos(angle) * along
            rows.append((x - dx, y - dy, 0, 1.1, x + dx, y + dy, 0, 1.1))
        wires = grid.far()
        add_tubes(wires, grid.frame, np.float32(0), np.array(rows, np.float32), np.float32(4))
        paint(hu, wires, np.float32(900 + 1200 * self.draws[9]), np.float32(grid.pitch))

    def draw_lung(self, scene: Scene) -> None:
        """Thin scars at an apex, in place; at the bases they could be taken for atelectasis."""
        grid = self.layout.grid
        if self.chances[1] > 0.3 or grid.z / self.layout.patient.tall > -40:
            return
        body = self.layout.torso.pleura
        sign = -1.0 if self.draws[11] < 0.5 else 1.0
        rows = []
        for k in range(2 + int(3 * self.draws[10])):
            turn = self.draws[12 + k] * 2.2 - 1.1
            angle = turn if sign > 0 else math.pi - turn
            radius = 0.94 * float(body[int(angle / (2 * math.pi) * len(body)) % len(body)])
            x, y, z = radius * math.cos(angle), radius * math.sin(angle), grid.z
            inner = 0.82 - 0.12 * self.draws[16]
            drop = 12 * (self.draws[17] - 0.5)
            rows.append((x, y, z, 0.9, inner * x, inner * y + drop, z + drop, 0.35))
        strands = grid.far()
        add_tubes(strands, grid.frame, np.float32(grid.z), np.array(rows, np.float32), np.float32(4))
        share = quiet(np.float32(0.5) - np.maximum(strands, scene.layout.lung) / np.float32(grid.pitch))
        blend(scene.hu, share * np.float32(0.6), np.float32(0))

    def draw_mediastinum(self, hu: F32) -> None:
        """Small normal nodes, calcified ones, a catheter or lead in the cava, a hiatal hernia; in place."""
        grid, patient = self.layout.grid, self.layout.patient
        pitch = np.float32(grid.pitch)
        level = grid.z / patient.tall
        for k, (x, y, z, _) in enumerate(place(patient, _NODES)):
            if self.draws[18 + k % 6] < 0.55 or abs(z - grid.z) > 7:
                continue
            radius = 1.6 + 2.2 * self.draws[k]
            node = Blob(
                np.array([x + 5 * self.draws[k + 3] - 2, y, z], np.float32),
                axes((radius * 1.7, radius, 5.0), 6 * self.draws[k]),
                make_waves(np.random.default_rng(k), 9.0, 0.3),
            )
            distance = node.distance(grid, 4.0)
            calcified = self.chances[2] < 0.12 and k < 4
            paint(
                hu,
                np.maximum(distance, -self.layout.tubes["aorta"]),
                np.float32(480 if calcified else patient.blood.node),
                pitch,
            )
        if self.chances[3] < 0.14:
            self._line(hu)
        if self.chances[4] < 0.1 and 84 < level < 124:
            x, y = 6 + patient.shift, float(spine_front(patient, grid.z)) - 26
            radius = 17 + 16 * self.draws[22]
            sac = Blob(
                np.array([x, y, 106 * patient.tall], np.float32),
                axes((radius, radius * 0.75, 22.0)),
                make_waves(np.random.default_rng(5), 30.0, 2.0),
            )
            distance = np.maximum(sac.distance(grid), 1 - self.layout.spine.outside)
            np.maximum(distance, 1 - self.layout.tubes["aorta"], out=distance)
            paint(hu, distance, np.float32(46), pitch)
            paint(hu, distance + np.float32(4), np.float32(20 if self.draws[23] < 0.4 else -850), pitch)

    def _line(self, hu: F32) -> None:
        """A catheter or a pacemaker's lead inside of the upper cava, bright as metal or plastic."""
        grid = self.layout.grid
        rows = self.vessels.tubes["cava"][:6].copy()
        rows[:, [0, 4]] += 2.5
        rows[:, [3, 7]] = 1.1 if self.draws[8] < 0.6 else 1.5
        line = grid.far()
        add_tubes(line, grid.frame, np.float32(grid.z), rows, np.float32(4))
        np.maximum(line, self.layout.tubes["cava"], out=line)
        paint(hu, line, np.float32(700 if self.draws[8] < 0.6 else 2600), np.float32(grid.pitch))
