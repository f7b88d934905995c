"""The bronchovascular tree: arteries that fork and taper from the hila, trachea and main bronchi.

Knows nothing of findings; a crowded, engorged or
redistributed tree is the same tree with other radii.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.phantoms.body import Body
from ssg.phantoms.canvas import F32, Canvas
from ssg.phantoms.strokes import polyline, tubes

GENERATIONS = 6
# Root branches of the right lung: direction in degrees (0 outwards, 90 down), length in mm, share of the radius.
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
    count = len(angle) * (2**GENERATIONS - 1)
    curves, radii = _fork(start, angle, length, radius, rng.normal(0, 1, (count, 2)), rng.random((count, 4)))
    lift = 1 + (upper - 1) * np.clip(-(curves[:, 1, 1] - 5) / 40, 0, 1)
    return Tree(curves, radii * (1.2 * lift * engorged * body.markings**0.5)[:, None])


@njit(cache=True)
def _fork(start, angle, length, radius, normal, uniform):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Branches, generation by generation: the two daughters of branch n of ``roots`` stand at roots + 2n and the next.

    Daughters' radii follow Murray's law for unequal daughters (exponent 2.7), their angles are larger for the thinner.
    """
    roots, count = len(angle), len(normal)
    curves, radii = np.empty((count, 3, 2)), np.empty((count, 2))
    way, run, thick = np.empty(count), np.empty(count), np.empty(count)
    way[:roots], run[:roots], thick[:roots] = angle, length, radius
    curves[:roots, 0] = start
    for n in range(count):
        sign = 1.0 if curves[n, 0, 0] > 0 else -1.0
        bent = way[n] - 0.24 * normal[n, 0]
        curves[n, 1, 0] = curves[n, 0, 0] + sign * math.cos(bent) * run[n] * 0.5
        curves[n, 1, 1] = curves[n, 0, 1] + math.sin(bent) * run[n] * 0.5
        curves[n, 2, 0] = curves[n, 0, 0] + sign * math.cos(way[n]) * run[n]
        curves[n, 2, 1] = curves[n, 0, 1] + math.sin(way[n]) * run[n]
        thin = 0.78 * thick[n]
        radii[n, 0], radii[n, 1] = thick[n], thin
        child = roots + 2 * n
        if child >= count:
            continue
        share, turn = 0.5 + 0.22 * uniform[n, 0], 1.0 if uniform[n, 1] < 0.5 else -1.0
        wide = math.radians(14 + 20 * uniform[n, 2])
        for k in range(2):
            part, apart, shorter = (share, -0.45, 0.86) if k == 0 else (1 - share, 1.15, 0.74)
            curves[child + k, 0] = curves[n, 2]
            way[child + k] = way[n] + turn * apart * wide + 0.09 * normal[n, 1] * (1 - 2 * k)
            run[child + k] = max(6.0, run[n] * shorter * (0.75 + 0.45 * uniform[n, 3]))
            thick[child + k] = thin * part ** (1 / 2.7)
    return curves, radii


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


def _step(sign: float, angle: np.ndarray, length: np.ndarray) -> np.ndarray:
    return np.stack([sign * np.cos(angle) * length, np.sin(angle) * length], axis=-1)


def vessel_path(canvas: Canvas, tree: Tree) -> F32:
    """Blood in the branches along the beam, in mm; the caller keeps what lies in lung."""
    shown = tree.radii[:, 0] > 0.2 * canvas.pitch
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
            np.stack([carina + np.array([-2, -3]), (carina + right) / 2 + np.array([2, 3]), right + np.array([4, 4])]),
            np.stack([carina + np.array([2, -3]), (carina + left) / 2 + np.array([-1, 4]), left + np.array([-4, 12])]),
            np.stack([right + np.array([4, 4]), right + np.array([1, 12]), right + np.array([2, 34])]),
        ]
    )
    width = np.array([[6.6, 3.0], [5.6, 2.5], [2.6, 1.6]]) * body.trachea[1] / 8.3
    return trachea, np.maximum(trachea, tubes(canvas, bronchi, width))
