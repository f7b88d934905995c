"""What is on a radiograph and is no finding: electrodes and wires, nipples, granulomas, clips, folds, jewellery.

None of them imitates a finding so closely that a careful reader could not tell: calcified granulomas are small and very
dense, electrode wires run outside of the veins' course and end at electrodes, nipple shadows come in pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ssg.phantoms.canvas import smoothstep
from ssg.phantoms.devices import lay_wire
from ssg.phantoms.focal import soft_disc
from ssg.phantoms.scene import Scene

_STAYING = frozenset({"_nipples", "_granuloma", "_sternal_wires", "_clips"})
"""Part of the patient: the same at every visit."""


def add_distractors(scene: Scene, rng: Generator, today: Generator | None = None) -> None:
    """A random handful; patients on a portable unit carry more. ``today`` draws what another visit has anew."""
    lying = scene.body.view == "AP"
    chances = (
        (_electrodes, 0.55 if lying else 0.05),
        (_nipples, 0.12),
        (_granuloma, 0.14),
        (_sternal_wires, 0.09),
        (_feeding_tube, 0.18 if lying else 0.01),
        (_snaps, 0.12 if lying else 0.05),
        (_skin_fold, 0.15 if lying else 0.02),
        (_necklace, 0.03),
        (_clips, 0.05),
        (_outside_cable, 0.3 if lying else 0.02),
    )
    for add, chance in chances:
        number, pick = int(rng.integers(2**62)), rng.random()
        if today is not None and add.__name__ not in _STAYING:
            number, pick = int(today.integers(2**62)), today.random()
        if pick < chance:
            add(scene, np.random.default_rng(number))


def _disc(scene: Scene, x: float, y: float, radius: float, nepers: float, edge: float = 0.6) -> None:
    window, disc = soft_disc(scene, x, y, radius, edge)
    scene.dense[window] += np.float32(nepers) * disc


def _electrodes(scene: Scene, rng: Generator) -> None:
    """Two to five electrodes with wires that leave the chest downwards or sideways."""
    body = scene.body
    away = rng.choice((-1.0, 1.0))
    exit_x, exit_y = away * body.half_width * rng.uniform(0.7, 1.5), rng.uniform(140, 260)
    for _ in range(int(rng.integers(2, 6))):
        s = rng.choice((-1.0, 1.0))
        x, y = s * body.half_width * rng.uniform(0.5, 1.0), rng.uniform(-75, 150)
        _disc(scene, x, y, rng.uniform(4, 7.5), rng.uniform(0.1, 0.4))
        _disc(scene, x, y, rng.uniform(2, 3.2), rng.uniform(0.4, 0.9))
        middle = np.array([(x + exit_x) / 2 + rng.normal(0, 45), (y + exit_y) / 2 + rng.normal(0, 40)])
        points = np.array(
            [
                [x, y],
                [x + rng.normal(0, 25), y + rng.normal(12, 25)],
                middle,
                [exit_x + rng.normal(0, 12), exit_y],
                [exit_x * 1.3, exit_y + 120],
            ]
        )
        lay_wire(scene, points, rng.uniform(0.5, 0.9), rng.uniform(0.12, 0.4))


def _nipples(scene: Scene, rng: Generator) -> None:
    y = scene.body.breast_y + rng.uniform(-12, 22)
    x = scene.body.half_width * rng.uniform(0.52, 0.68)
    radius, nepers = rng.uniform(3.5, 5.5), rng.uniform(0.07, 0.15)
    for s in (-1, 1):
        _disc(scene, s * x + rng.normal(0, 3), y + rng.normal(0, 3), radius, nepers, 1.2)


def _granuloma(scene: Scene, rng: Generator) -> None:
    """A small calcified spot, denser than a nodule of its size."""
    for _ in range(int(rng.integers(1, 3))):
        s = rng.choice((-1.0, 1.0))
        x, y = s * scene.body.half_width * rng.uniform(0.3, 0.85), rng.uniform(-70, 80)
        _disc(scene, x, y, rng.uniform(1.2, 2.6), rng.uniform(0.25, 0.6), 0.5)


def _sternal_wires(scene: Scene, rng: Generator) -> None:
    shift = 0.9 * scene.body.turn
    nepers = rng.uniform(0.5, 1.0)
    for y in np.arange(scene.body.clavicle[0] + 14, scene.body.clavicle[0] + 150, rng.uniform(20, 27)):
        angle = np.linspace(0.3, 2 * np.pi + rng.normal(0, 0.3), 9)
        ring = np.stack([shift + 7 * np.cos(angle), y + 4.5 * np.sin(angle)], axis=1) + rng.normal(0, 0.6, (9, 2))
        lay_wire(scene, ring, 0.55, nepers)


def _feeding_tube(scene: Scene, rng: Generator) -> None:
    """A nasogastric tube: midline, past carina and diaphragm into the stomach, where no endotracheal tube goes."""
    y = np.array([-240, -150, -80, -20, 40, 95])
    x = scene.body.trachea[0] + 5 + rng.normal(0, 2.5, len(y)) + np.array([0, 0, 0, 2, 4, 8])
    stomach = np.array(
        [
            [26, scene.body.dome[1] + 14],
            [48 + rng.normal(0, 10), scene.body.dome[1] + 45],
            [30, scene.body.dome[1] + 75],
        ]
    )
    points = np.concatenate([np.stack([x, y], axis=1), stomach])
    radius = rng.uniform(1.2, 2.2)
    lay_wire(scene, points, radius, rng.uniform(0.12, 0.25))
    lay_wire(scene, points + np.array([radius * 0.6, 0]), 0.5, rng.uniform(0.25, 0.4))


def _snaps(scene: Scene, rng: Generator) -> None:
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.uniform(-1.1, 1.1) * scene.body.half_width, rng.uniform(-100, 160)
        _disc(scene, x, y, 5.0, 0.7)
        _disc(scene, x, y, 2.6, -0.35)


def _skin_fold(scene: Scene, rng: Generator) -> None:
    """A long edge, dense on one side only, that runs on beyond the lung: no pleural line."""
    canvas = scene.canvas
    s = rng.choice((-1.0, 1.0))
    x0, lean = s * scene.body.half_width * rng.uniform(0.45, 0.85), rng.normal(0, 0.25)
    distance = (canvas.x - np.float32(x0) - np.float32(lean) * canvas.y) * np.float32(s)
    fade = smoothstep(canvas.y, -130, -20) * smoothstep(-canvas.y, -190, -120)
    scene.dense += np.float32(rng.uniform(0.05, 0.12)) * fade * np.exp(-np.maximum(-distance, 0) / 30) * (distance < 0)


def _necklace(scene: Scene, rng: Generator) -> None:
    angle = np.linspace(0, np.pi, 15)
    points = np.stack([78 * np.cos(angle), -150 + rng.uniform(45, 80) * np.sin(angle)], axis=1)
    lay_wire(scene, points, 0.9, rng.uniform(0.3, 0.9))


def _clips(scene: Scene, rng: Generator) -> None:
    x, y = rng.normal(0, 60), rng.uniform(-80, 150)
    for _ in range(int(rng.integers(2, 6))):
        start = np.array([x, y]) + rng.normal(0, 12, 2)
        lay_wire(scene, np.stack([start, start + rng.normal(0, 3.5, 2)]), 0.6, 0.9)


def _outside_cable(scene: Scene, rng: Generator) -> None:
    """A cable that loops over the image, mostly beside the chest."""
    s = rng.choice((-1.0, 1.0))
    y = np.linspace(-220, 300, 9)
    x = s * (scene.body.half_width * rng.uniform(0.7, 1.4) + 45 * np.sin(y / rng.uniform(50, 110) + rng.uniform(0, 6)))
    lay_wire(scene, np.stack([x + rng.normal(0, 9, 9), y], axis=1), rng.uniform(0.6, 1.8), rng.uniform(0.1, 0.45))
