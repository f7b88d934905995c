"""The bronchovascular tree: arteries that fork and taper from the hila, trachea and main bronchi.

Forks are drawn generation by generation for both lungs at once. Knows nothing of findings; a crowded, engorged or
redistributed tree is the same tree with other radii.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ssg.phantoms.body import Body
from ssg.phantoms.canvas import F32, Canvas
from ssg.phantoms.strokes import polyline, tubes

GENERATIONS = 6
# Root branches of the right lung: direction in degrees (0 outwards, 90 down), length in mm, share of the artery's radius.
_ROOTS = np.array(
    [
        (-74, 30, 0.60),
        (-52, 28, 0.50),
        (-28, 26, 0.40),
        (-8, 26, 0.42),
        (12, 28, 0.46),
        (30, 30, 0.55),
        (46, 32, 0.60),
        (60, 34, 0.75),
        (74, 38, 0.92),
        (86, 36, 0.62),
        (98, 30, 0.45),
    ]
)


@dataclass(frozen=True, slots=True)
class Tree:
    """Branches of both lungs: curves (n, 3, 2) in mm and radii (n, 2) in mm."""

    curves: np.ndarray
    radii: np.ndarray


def grow_tree(body: Body, rng: Generator, upper: float = 1.0, engorged: float = 1.0) -> Tree:
    """Draw the arteries; ``upper`` thickens those of the upper lung (cephalisation), ``engorged`` all of them."""
    start, angle, length, radius = _roots(body, rng)
    curves, radii = [], []
    for generation in range(GENERATIONS):
        sign = np.sign(start[:, 0])
        bend = rng.normal(0, 0.24, len(angle))
        middle = start + _step(sign, angle - bend, length * 0.5)
        end = start + _step(sign, angle, length)
        thin = radius * 0.78
        curves.append(np.stack([start, middle, end], axis=1))
        radii.append(np.stack([radius, thin], axis=1))
        start, angle, length, radius = _fork(rng, end, angle, length, thin, generation)
    course, size = np.concatenate(curves), np.concatenate(radii)
    lift = 1 + (upper - 1) * np.clip(-(course[:, 1, 1] - 5) / 40, 0, 1)
    return Tree(course, size * (1.12 * lift * engorged * body.markings**0.5)[:, None])


def _roots(body: Body, rng: Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    starts, angles, lengths, radii = [], [], [], []
    for side in (0, 1):
        hx, hy = body.hilum[side]
        root = _ROOTS + rng.normal(0, 1, _ROOTS.shape) * (6, 3, 0.05)
        spread = np.deg2rad(root[:, 0])
        height = np.where(root[:, 0] < 0, -0.5, 0.9) * rng.uniform(0, 15, len(root))
        first = np.stack([np.full(len(root), hx * 0.82), hy + height], axis=1) + _step(
            np.sign(hx), spread, np.full(len(root), 6.0)
        )
        starts.append(first)
        angles.append(spread)
        scale = body.half_width / 141
        lengths.append(root[:, 1] * scale)
        radii.append(root[:, 2] * body.artery)
    return np.concatenate(starts), np.concatenate(angles), np.concatenate(lengths), np.concatenate(radii)


def _step(sign, angle, length):  # type: ignore[no-untyped-def]
    return np.stack([sign * np.cos(angle) * length, np.sin(angle) * length], axis=-1)


def _fork(rng: Generator, end, angle, length, radius, generation):  # type: ignore[no-untyped-def]
    """Two daughters each: radii by Murray's law for unequal daughters, angles larger for the thinner one."""
    share = rng.uniform(0.5, 0.72, len(angle))
    turn = rng.choice((-1.0, 1.0), len(angle))
    wide = np.deg2rad(rng.uniform(14, 34, len(angle)))
    big, small = radius * share ** (1 / 2.7), radius * (1 - share) ** (1 / 2.7)
    angles = np.concatenate([angle - turn * wide * 0.45, angle + turn * wide * 1.15])
    angles += rng.normal(0, 0.09, len(angles))
    lengths = np.concatenate([length * 0.86, length * 0.74]) * rng.uniform(0.75, 1.2, 2 * len(angle))
    return np.concatenate([end, end]), angles, np.clip(lengths, 6, None), np.concatenate([big, small])


def vessel_path(canvas: Canvas, tree: Tree) -> F32:
    """Blood in the branches along the beam, in mm; the caller keeps what lies in lung."""
    shown = tree.radii[:, 0] > 0.16 * canvas.pitch
    return tubes(canvas, tree.curves[shown], tree.radii[shown], 1.6)


def hila(canvas: Canvas, body: Body) -> F32:
    """The soft tissue of the normal hila around the large vessels, in mm: a faint, sideways V on each side."""
    image = canvas.empty()
    for side in (0, 1):
        hx, hy = body.hilum[side]
        sign = math.copysign(1.0, hx)
        for dx, dy, rx, ry, thick in ((3, -10, 13, 15, 12), (6, 12, 11, 22, 16)):
            cx, cy = hx + sign * dx, hy + dy
            window = canvas.window(cx - 2 * rx, cx + 2 * rx, cy - 2 * ry, cy + 2 * ry)
            u, v = (canvas.x[window] - np.float32(cx)) / rx, (canvas.y[window[0]] - np.float32(cy)) / ry
            image[window] += np.float32(thick) * np.exp(-(u * u) - v * v)
    return image


def trachea_course(body: Body) -> np.ndarray:
    """Points (n, 2) of the trachea from the neck to the carina at y = 0."""
    offset = body.trachea[0]
    knob_push = -0.12 * max(0.0, body.knob[2] - 16)
    return np.array(
        [
            [0.4 * offset, -260],
            [0.6 * offset, -150],
            [offset, -90],
            [offset + knob_push - 1, -35],
            [offset - 1 + body.turn * 0.15, 0],
        ]
    )


def airways(canvas: Canvas, body: Body) -> tuple[F32, F32]:
    """Air in mm along the beam in the trachea, and in trachea and main bronchi together."""
    curves, radii = polyline(trachea_course(body), body.trachea[1])
    trachea = tubes(canvas, curves, radii)
    carina = trachea_course(body)[-1]
    right, left = np.array(body.hilum[0]), np.array(body.hilum[1])
    bronchi = np.stack(
        [
            np.stack([carina + [-2, -3], (carina + right) / 2 + [2, 3], right + [4, 4]]),
            np.stack([carina + [2, -3], (carina + left) / 2 + [-1, 4], left + [-4, 12]]),
            np.stack([right + [4, 4], right + [1, 12], right + [2, 34]]),
        ]
    )
    width = np.array([[6.6, 3.0], [5.6, 2.5], [2.6, 1.6]]) * body.trachea[1] / 8.3
    return trachea, np.maximum(trachea, tubes(canvas, bronchi, width))
