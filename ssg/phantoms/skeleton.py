"""Bones as extra path lengths in mm of bone: ribs, clavicles, scapulae, humeri, spine, sternum."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.phantoms.body import Body
from ssg.phantoms.canvas import F32, Canvas, smoothstep
from ssg.phantoms.ribs import Break, ribs, soft_step
from ssg.phantoms.strokes import lay_tubes, polyline
from ssg.phantoms.thorax import ARM_COURSE, shoulder_joint

DOWN = np.array([0.0, 1.0])


def bones(canvas: Canvas, body: Body, rng: Generator, breaks: Sequence[Break] = ()) -> F32:
    """All bone along the beam, in mm of young adult bone."""
    total = ribs(canvas, body, rng, breaks)
    _add_limbs(canvas, body, rng, total)
    _add_spine(canvas, body, rng, total)
    _add_sternum(canvas, body, total)
    return total * np.float32(body.bone)


def clavicle_course(body: Body, side: int) -> np.ndarray:
    """Points (n, 2) from the sternal to the acromial end: an S in projection."""
    sign = (-1.0, 1.0)[side]
    medial_y, rise, _ = body.clavicle
    jx, jy = shoulder_joint(body, side)
    inner = 13 + body.turn * 0.7 * sign
    outer = abs(jx) + 4
    share = np.array([0, 0.05, 0.12, 0.3, 0.5, 0.7, 0.86, 0.95, 1.0])
    shape = np.array([0, -0.02, 0.0, 0.24, 0.68, 0.98, 1.05, 1.02, 1.0])
    top = jy - 38
    rise = max(-8.0, medial_y - top) * 0.55 + rise * 0.45
    return np.stack([sign * (inner + share * (outer - inner)), medial_y - rise * shape], axis=1)


Strokes = list[tuple[np.ndarray, np.ndarray, float]]
"""Curves (n, 3, 2), radii (n, 2) and a weight for each group of tubes."""


def clavicle_shape(body: Body, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Curves and radii of one clavicle, thick at both ends."""
    curves, radii = polyline(clavicle_course(body, side), body.clavicle[2])
    return curves, radii * np.array(
        [[0.7, 1.45], [1.45, 1.05], [1.0, 0.92], [0.9, 0.9], [0.92, 1.0], [1.05, 1.2], [1.2, 0.7]]
    )


def _add_limbs(canvas: Canvas, body: Body, rng: Generator, total: F32) -> None:
    """Clavicles, scapulae and humeri: all their tubes in one pass, then the flat parts."""
    strokes: Strokes = []
    for side in (0, 1):
        curves, radii = clavicle_shape(body, side)
        strokes += [(curves, radii, 1.5), (curves, radii * 0.7, -0.95)]
        strokes += _humerus(body, side) + _scapula(body, side, rng)
        _add_humeral_head(canvas, body, side, total)
        _add_blade(canvas, total, _blade(body, side), 2.6)
    weights = np.concatenate([np.full(len(curves), weight) for curves, _, weight in strokes])
    lay_tubes(
        total,
        canvas,
        np.concatenate([item[0] for item in strokes]),
        np.concatenate([item[1] for item in strokes]),
        weights,
    )


def _humerus(body: Body, side: int) -> Strokes:
    jx, jy = shoulder_joint(body, side)
    dx, dy = ARM_COURSE[body.arms]
    norm = math.hypot(dx, dy)
    dx, dy = math.copysign(dx / norm, jx), dy / norm
    reach = np.array([0.0, 14, 32, 60, 110, 160, 220, 280])
    points = np.stack([jx + dx * reach, jy + dy * reach], axis=1)
    curves, _ = polyline(points, 11.5)
    wide = np.array([20.0, 17.5, 12.8, 11.3, 10.8, 10.5, 10.2])  # the neck widens into the head
    cortex = np.array([1.0, 1.6, 3.4, 4.3, 4.2, 4.0, 4.0])  # and its wall grows thin
    outer, inner = (np.stack([radii[:-1], radii[1:]], axis=1) for radii in (wide, wide - cortex))
    return [(curves, outer, 0.9), (curves, inner, -0.72)]


def _add_humeral_head(canvas: Canvas, body: Body, side: int, total: F32) -> None:
    jx, jy = shoulder_joint(body, side)
    window = canvas.window(jx - 26, jx + 26, jy - 26, jy + 26)
    relative = ((canvas.x[window] - np.float32(jx)) / 23) ** 2 + ((canvas.y[window[0]] - np.float32(jy)) / 24) ** 2
    shell = np.sqrt(np.clip(1 - relative, 0, 1)) - np.float32(0.55) * np.sqrt(
        np.clip(1 - relative * np.float32(1.25), 0, 1)
    )
    total[window] += 19 * shell


def _scapula(body: Body, side: int, rng: Generator) -> Strokes:
    """The thick borders, glenoid, spine with acromion, and coracoid."""
    jx, jy = shoulder_joint(body, side)
    sign = math.copysign(1.0, jx)
    upper, lower, glenoid = scapula_corners(body, side)
    acromion, coracoid = np.array([jx + sign * 6, jy - 34]), np.array([jx - sign * 26, jy - 14])
    root = np.array([upper[0], jy + 4])

    starts = np.array([glenoid + DOWN * 14, upper, upper, root, glenoid - DOWN * 16, coracoid])
    ends = np.array([lower, lower, coracoid, acromion, glenoid + DOWN * 18, coracoid + np.array([-sign * 10, 12])])
    middles = (starts + ends) / 2
    middles[:, 0] += sign * np.array([-10, -8, 0, 10, -5, 0])
    curves = np.stack([starts, middles, ends], axis=1)
    radii = np.array([[4.2, 2.6], [1.5, 2.2], [1.6, 2.4], [2.2, 5.0], [5.0, 5.0], [5.5, 4.5]])
    curves = curves + rng.normal(0, 1.5, curves.shape)
    weights = (1.1, 1.1, 1.0, 0.8, 0.8, 0.8)
    return [(curves[k : k + 1], radii[k : k + 1], weight) for k, weight in enumerate(weights)]


def scapula_corners(body: Body, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Upper and lower angle and glenoid of one scapula."""
    jx, jy = shoulder_joint(body, side)
    sign = math.copysign(1.0, jx)
    inner = body.half_width * 0.9 - body.scapula_in[side]
    return (
        np.array([sign * (inner + 4), jy - 26]),
        np.array([sign * (inner + 22), jy + 118]),
        np.array([jx - sign * 22, jy + 6]),
    )


def _blade(body: Body, side: int) -> np.ndarray:
    upper, lower, glenoid = scapula_corners(body, side)
    return np.stack([upper, glenoid + DOWN * 14, lower])


def _add_blade(canvas: Canvas, total: F32, corners: np.ndarray, thick: float) -> None:
    """A plate over a triangle."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    rows, columns = canvas.window(low[0], high[0], low[1], high[1])
    edges = np.roll(corners, -1, axis=0) - corners
    normals = np.stack([-edges[:, 1], edges[:, 0]], axis=1) / (np.hypot(edges[:, 0], edges[:, 1])[:, None] + 1e-6)
    inward = normals * np.sign(np.sum(normals * (corners.mean(axis=0) - corners), axis=1))[:, None]
    _plate(total[rows, columns], canvas.x[rows, columns], canvas.y[rows, 0], corners, inward, thick)


@njit(cache=True, fastmath=True, error_model="numpy")
def _plate(total, x, y, corners, inward, thick):  # type: ignore[no-untyped-def]  # pragma: no cover
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            share = thick
            for k in range(len(corners)):
                off = (x[i, j] - corners[k, 0]) * inward[k, 0] + (y[i] - corners[k, 1]) * inward[k, 1]
                if off < -1:
                    share = 0.0
                    break
                share *= soft_step(off)
            total[i, j] += share


SPINE_HALF = 17.0


def _add_spine(canvas: Canvas, body: Body, rng: Generator, total: F32) -> None:
    """Vertebrae from the neck to the belly, each a little different in height, thinner in the neck."""
    rows, columns = canvas.window(-48, 48, -300, 400)
    shift = 0.35 * body.turn
    dense = rng.normal(1, 0.12, 64).astype(np.float32)
    _vertebrae(total[rows, columns], canvas.x[rows, columns], canvas.y[rows, 0], shift, body.vertebra, dense)


@njit(cache=True, fastmath=True, error_model="numpy")
def _vertebrae(total, x, y, shift, tall, dense):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Waisted bodies with dense end plates and discs between, ring-shaped pedicles, spinous, transverse processes."""
    for i in range(x.shape[0]):
        place = y[i] / tall
        place -= 0.007 * place * abs(place)
        level = math.floor(place)
        phase = place - level
        bone = dense[int(level + 32) % 64]
        edge = abs(phase - 0.5) * 2
        half = SPINE_HALF + 0.022 * (y[i] + 60)
        waist = half * (1 - 0.12 * (1 - edge) ** 2)
        fade = 1 - 0.35 * soft_step((y[i] - 10) / 50)  # behind the heart little of it is seen
        solid = 3.2 * fade * (1 - soft_step((edge - 0.85) / 0.05)) * bone + 1.7 * math.exp(
            -(((edge - 0.78) / 0.07) ** 2)
        )
        spinous = 2.4 * fade * math.exp(-(((phase - 0.72) / 0.2) ** 2)) * bone
        transverse = 0.9 * fade * math.exp(-(((phase - 0.34) / 0.12) ** 2))
        up = ((phase - 0.36) * tall / 5.5) ** 2
        for j in range(x.shape[1]):
            off = abs(x[i, j] + shift)
            if off > 40:
                continue
            share = (off / waist) ** 2
            bones = solid * math.sqrt(max(0.0, 1 - share * share)) if share < 1 else 0.0
            ring = up + ((off - 0.62 * half) / 3.6) ** 2
            if ring < 4:
                bones += 2.8 * math.exp(-((ring - 0.7) ** 2) * 2.2)
            if off < 12:
                bones += spinous * math.exp(-((off / 3.4) ** 2))
            bones += transverse * soft_step((31 - off) / 5)
            total[i, j] += bones


def _add_sternum(canvas: Canvas, body: Body, total: F32) -> None:
    """Manubrium and body of the sternum, faint behind the mediastinum."""
    top = body.clavicle[0] + 2
    shift = np.float32(0.9 * body.turn)
    width = canvas.curve([top - 8, top + 6, top + 48, top + 60, top + 160], [18, 27, 15, 17, 19], 8)
    rows, columns = canvas.window(-45, 45, top, top + 165)
    inside = smoothstep(width[rows] - np.abs(canvas.x[rows, columns] - shift), -2, 9)
    total[rows, columns] += np.float32(0.45) * inside
