"""Round and lobulated lesions: nodule (up to 30 mm), mass (larger), hilar enlargement; rib fractures."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ssg.phantoms.airspace import place_in_lung
from ssg.phantoms.canvas import F32, Window, smoothstep
from ssg.phantoms.ribs import Break, rib_point
from ssg.phantoms.scene import SIDE_INDEX, Scene, Trace
from ssg.phantoms.types import Mask, SideName

LARGEST_NODULE_MM = 30.0


def add_nodule(scene: Scene, side: SideName, severity: float, rng: Generator) -> None:
    """A round opacity of 8 to 30 mm; below 14 mm with more contrast than size alone gives, as denser ones are seen."""
    diameter = 8 + (LARGEST_NODULE_MM - 8) * severity
    cx, cy = place_in_lung(scene, side, rng, 0.08, 0.97, 45)
    window, relative = _lobulated(scene, rng, cx, cy, diameter / 2, roughness=0.05)
    soft = rng.uniform(0.55, 1.0)
    chord = np.float32(1.25 * max(diameter, 18)) * np.clip(1 - relative, 0, 1) ** np.float32(soft)
    mask = _raise(scene, window, chord, relative < 1)
    scene.traces.append(Trace("nodule", side, mask, severity, round(diameter, 1)))


def add_mass(scene: Scene, side: SideName, severity: float, rng: Generator) -> None:
    """A lobulated opacity of 32 to 95 mm, sometimes with a cavity."""
    diameter = 32 + 63 * severity**1.3
    cx, cy = place_in_lung(scene, side, rng, 0.12, 0.92, 70)
    window, relative = _lobulated(scene, rng, cx, cy, diameter / 2, roughness=0.11)
    depth = min(diameter, 40 + 0.45 * diameter) * rng.uniform(0.8, 1.0)
    chord = np.float32(depth) * np.clip(1 - relative, 0, 1) ** np.float32(rng.uniform(0.45, 0.75))
    if rng.random() < 0.12:
        chord -= np.float32(0.6 * depth) * np.clip(1 - relative * np.float32(rng.uniform(3, 6)), 0, 1) ** 0.5
    mask = _raise(scene, window, chord, relative < 1)
    scene.traces.append(Trace("mass", side, mask, severity, round(diameter, 1)))


def _lobulated(
    scene: Scene, rng: Generator, cx: float, cy: float, radius: float, roughness: float
) -> tuple[Window, F32]:
    """Squared relative distance in a sub-window from a closed, wavy contour."""
    canvas = scene.canvas
    reach = radius * (1.15 + 3 * roughness)
    window = canvas.window(cx - reach, cx + reach, cy - reach, cy + reach)
    x, y = canvas.x[window] - np.float32(cx), canvas.y[window[0]] - np.float32(cy)
    angle = np.arctan2(y, x)
    edge = np.ones_like(angle)
    for wave in range(2, 7):
        edge += np.float32(roughness * rng.normal() / wave**0.5) * np.cos(
            wave * angle + np.float32(rng.uniform(0, 6.3))
        )
    squash = rng.uniform(0.85, 1.15)
    return window, ((x * np.float32(squash)) ** 2 + (y / np.float32(squash)) ** 2) / (np.float32(radius) * edge) ** 2


def _raise(scene: Scene, window: Window, chord: F32, inside: Mask) -> Mask:
    """Add a solid to the lung in a sub-window; returns the full-size mask of what lies in air."""
    amount, mask = scene.canvas.empty(), np.zeros((scene.canvas.size, scene.canvas.size), bool)
    amount[window] = np.maximum(chord, 0)
    added = scene.add_opacity(amount)
    mask[window] = inside & (added[window] > 0.25 * amount[window]) & (scene.air[window] > 4)
    return mask


def add_hilar_enlargement(scene: Scene, side: SideName, severity: float, rng: Generator) -> None:
    """A lobulated hilum: overlapping rounded nodes or a thick artery."""
    canvas, sign = scene.canvas, scene.sign(side)
    hx, hy = scene.body.hilum[SIDE_INDEX[side]]
    reach = 15 + 17 * severity
    total = canvas.empty()
    for number in range(int(rng.integers(3, 6))):
        x0 = hx + sign * (reach * rng.uniform(0.1, 0.75))
        y0 = hy + reach * (number / 2 - 0.8) * rng.uniform(0.6, 1.0)
        radius = reach * rng.uniform(0.55, 0.85)
        window = canvas.window(x0 - radius, x0 + radius, y0 - radius, y0 + radius)
        relative = (
            (canvas.x[window] - np.float32(x0)) ** 2 + (canvas.y[window[0]] - np.float32(y0)) ** 2
        ) / np.float32(radius**2)
        total[window] = np.maximum(total[window], np.float32(1.5 * radius + 10) * np.sqrt(np.clip(1 - relative, 0, 1)))
    added = scene.add_opacity(total)
    mask = (added > 8) & scene.half(side)
    scene.traces.append(Trace("hilar enlargement", side, mask, severity, round(2 * reach)))


def add_rib_fracture(scene: Scene, side: SideName, severity: float, rng: Generator) -> None:
    """One to three neighbouring ribs with a step and a gap in their outer third, mostly with a haematoma about them."""
    body, canvas, sign = scene.body, scene.canvas, scene.sign(side)
    behind = bool(rng.random() < 0.7)
    first = int(rng.integers(3, 9 if behind else 6))
    x = sign * body.half_width * rng.uniform(0.6, 0.86)
    for rib in range(first, first + 1 + int(severity * 2.4)):
        at = x + rng.normal(0, 3)
        y = rib_point(body, canvas, rib, behind, at)
        if not np.isfinite(y):
            continue
        step = (5.0 + 6.0 * severity) * (1 if rng.random() < 0.75 else -1)
        scene.breaks.append(Break(rib, behind, at, y, step, 3.0 + 1.6 * severity))
        if rng.random() < 0.8:
            _add_haematoma(scene, at, y + step / 2, rng.uniform(4, 8) + 9 * severity)
        tall = body.rib_half + abs(step) + 3
        mask = (np.abs(canvas.x - np.float32(at)) < 13) & (np.abs(canvas.y - np.float32(y)) < tall)
        scene.traces.append(Trace("rib fracture", side, mask, severity, round(abs(step), 1)))


def _add_haematoma(scene: Scene, x: float, y: float, depth: float) -> None:
    """Blood between rib and pleura, ``depth`` mm along the beam: a lens with a blurred edge."""
    canvas = scene.canvas
    window = canvas.window(x - 20, x + 20, y - 15, y + 15)
    u, v = (canvas.x[window] - np.float32(x)) / np.float32(18), (canvas.y[window[0]] - np.float32(y)) / np.float32(13)
    amount = canvas.empty()
    amount[window] = np.float32(depth) * np.clip(1 - u * u - v * v, 0, 1)
    scene.add_opacity(amount)


def soft_disc(scene: Scene, x: float, y: float, radius: float, edge: float) -> tuple[Window, F32]:
    """A disc with an edge ``edge`` mm wide, 0 to 1, in its sub-window."""
    window = scene.canvas.window(x - radius - edge, x + radius + edge, y - radius - edge, y + radius + edge)
    distance = np.hypot(scene.canvas.x[window] - np.float32(x), scene.canvas.y[window[0]] - np.float32(y))
    return window, smoothstep(np.float32(radius) - distance, -edge, edge)
