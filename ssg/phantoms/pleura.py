"""Pleural effusion and pneumothorax: fluid below a meniscus, air beyond a pleural line."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ssg.phantoms.canvas import smoothstep
from ssg.phantoms.scene import SIDE_INDEX, Scene, Trace
from ssg.phantoms.types import SideName


def add_effusion(scene: Scene, side: SideName, severity: float, rng: Generator) -> None:
    """Free fluid: from a blunted costophrenic angle (0) to most of the hemithorax (1); lying shows a veil too.

    The surface is a meniscus: highest at the chest wall, falling inwards.
    """
    body, canvas, thorax = scene.body, scene.canvas, scene.thorax
    height = 24 + 176 * severity**1.25
    top = body.angle[SIDE_INDEX[side]] - height
    fall = min(0.72 * height, 62) * rng.uniform(0.75, 1.1)
    reach, soft = rng.uniform(20, 34) + 14 * severity, rng.uniform(7, 12) + 8 * severity
    inwards = np.maximum(thorax.wall_x - np.abs(canvas.x), 0)
    surface = np.float32(top) + np.float32(fall) * (1 - np.exp(-inwards / np.float32(reach)))
    if severity > 0.3:  # it climbs a little at the mediastinum too
        surface -= np.float32(rng.uniform(4, 16)) * np.exp(-np.maximum(np.abs(canvas.x) - 30, 0) / 18)
    share = smoothstep(canvas.y - surface, -0.6 * soft, 1.8 * soft)
    if body.view == "AP" and rng.random() < 0.6:
        veil = np.float32(0.16 + 0.4 * severity) * smoothstep(canvas.y, top - 90, top + 40)
        share = np.maximum(share, veil)
    share = share * smoothstep(canvas.x * scene.sign(side), 0, 32)  # the pleura ends where the mediastinum begins
    added = scene.add_opacity(share * scene.room())
    scene.vessels *= 1 - share
    mask = (added > 9) & (share > 0.34) & ((thorax.dome < 10) | (thorax.lateral > 0.78))
    form = "veil" if body.view == "AP" else "meniscus"
    scene.traces.append(Trace("pleural effusion", side, mask, severity, round(height), form))


def add_pneumothorax(scene: Scene, side: SideName, severity: float, rng: Generator) -> None:
    """Air between the lung and the chest wall: vessels end at a thin white line, beyond it there are none."""
    body, canvas, thorax = scene.body, scene.canvas, scene.thorax
    apex = body.apex[SIDE_INDEX[side]]
    base = apex + 85 + 190 * severity + rng.uniform(-10, 25)
    drop, gap = 20 + 75 * severity, 6 + 48 * severity**1.2
    y = canvas.y[:, 0]
    share = np.clip((base - y) / (base - apex), 0, 1)
    lung_edge = np.interp(y - drop * share, y, thorax.wall_x[:, 0]) - gap * share**0.6
    lung_edge += 1.6 * np.sin(y / rng.uniform(9, 20) + rng.uniform(0, 6)) * np.minimum(gap / 12, 1)
    slope = np.gradient(lung_edge, canvas.spacing_y)
    beyond = (np.abs(canvas.x) - lung_edge[:, None]) / np.sqrt(1 + np.minimum(slope, 4.0) ** 2)[:, None]
    beyond = np.where(share[:, None] > 0, beyond, -50).astype(np.float32)
    half = scene.half(side) & (thorax.cage > 2) & (thorax.dome < 6)
    outside = smoothstep(beyond, -0.8, 0.8) * half
    scene.vessels *= 1 - outside
    scene.density *= 1 - np.float32(0.93) * outside
    collapsed = (1 - outside) * half * np.float32(0.9 * severity**1.5) * (share[:, None] > 0)
    scene.density *= 1 + collapsed
    width = np.float32(max(0.75, 0.45 * canvas.pitch))
    line = np.exp(-((beyond / width) ** 2)) * half * (scene.air > 8)
    scene.dense += np.float32(rng.uniform(0.13, 0.2) * 0.75 / width**0.5) * line
    central = np.where(scene.sign(side) > 0, thorax.pedicle[1], thorax.pedicle[0])
    mask = (beyond > -1.2) & half & (np.abs(canvas.x) > central) & (thorax.heart > 1) & (thorax.dome < 0)
    scene.traces.append(Trace("pneumothorax", side, mask, severity, round(gap)))
