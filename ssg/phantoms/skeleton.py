"""Bones as extra path lengths in mm of bone: ribs, clavicles, scapulae, humeri, spine, sternum.

Ribs are level sets on the surface of the cage: along rib k the height is ``y = v_k + slope(v_k) · g(φ)`` with φ the
angle around the cage and ``g`` running from 0 at the spine to 1 at the sternum. Solving for ``v`` gives, at each pixel,
which rib the back and the front wall of the cage show there, for all ribs at once. A fracture is a step and a gap in
that field.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.phantoms.body import Body
from ssg.phantoms.canvas import F32, Canvas, smoothstep
from ssg.phantoms.strokes import lay_tubes, polyline
from ssg.phantoms.thorax import ARM_COURSE, cage_profile, shoulder_joint

RIBS_BEHIND = 11
RIBS_IN_FRONT = 7


@dataclass(frozen=True, slots=True)
class Break:
    """A rib fracture: which rib, at which x (mm), displaced by ``step`` mm with a gap ``gap`` mm wide."""

    rib: int
    behind: bool
    x: float
    y: float
    step: float
    gap: float


def bones(canvas: Canvas, body: Body, rng: Generator, breaks: Sequence[Break] = ()) -> F32:
    """All bone along the beam, in mm of young adult bone."""
    total = ribs(canvas, body, rng, breaks)
    _add_limbs(canvas, body, rng, total)
    _add_spine(canvas, body, rng, total)
    _add_sternum(canvas, body, total)
    return total * np.float32(body.bone)


def ribs(canvas: Canvas, body: Body, rng: Generator, breaks: Sequence[Break] = ()) -> F32:
    """Ribs of both sides, behind and in front, in mm of bone."""
    jitter = rng.normal(0, 1.3, (2, 2, RIBS_BEHIND + 2)).astype(np.float32)
    width = rng.normal(1, 0.06, (2, RIBS_BEHIND + 2)).astype(np.float32)
    wall_x, depth = cage_profile(canvas, body)
    image = canvas.empty()
    rows, columns = canvas.window(-body.half_width - 8, body.half_width + 8, body.rib_first - 14, 260)
    table = np.array([(b.rib, b.behind, b.x, b.step, b.gap) for b in breaks], np.float64).reshape(-1, 5)
    for behind in (True, False):
        _wall_ribs(
            image[rows, columns],
            canvas.x[rows, columns],
            canvas.y[rows, 0],
            wall_x[rows, 0] + RIB_OUTSIDE,
            np.maximum(depth[rows, 0] + 3, 20),
            behind,
            rib_shift(body, behind),
            _rib_course(body),
            body.rib_half * (1.0 if behind else 1.12),
            jitter[int(behind)],
            width,
            0.25 * body.cartilage,
            table[table[:, 1] == behind],
            max(body.apex) + 16,
        )
    return image


RIB_OUTSIDE = 4.0
"""Ribs run this far (mm) outside of the lung."""


def rib_shift(body: Body, behind: bool) -> float:
    """Sideways displacement in mm of the back or front wall of a turned patient."""
    return (-0.3 if behind else 0.7) * body.turn


def _rib_course(body: Body) -> tuple[float, float, float, float, float]:
    """First level, pitch and its growth, slope and its growth."""
    return body.rib_first, body.rib_pitch, 0.4 * body.rib_growth / body.rib_pitch, body.rib_slope, body.rib_slope_growth


@njit(cache=True)
def _rib_at(across, y, behind, course):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Continuous rib number at one point of the cage, pitch there, and the level's height at the spine.

    ``across`` is the sine of the angle φ around the cage; ``g`` runs from 0 at the spine to 1 at the sternum.
    """
    first, pitch, growth, slope, slope_growth = course
    turn = math.sqrt(max(0.0, 1 - across * across))
    g = (1 - turn) / 2 - 0.05 * turn * turn * abs(across) if behind else (1 + turn) / 2
    level = (y - slope * g) / (1 + slope_growth * g)
    t = (level - first) / pitch
    number = 1 + t * (1 - growth * min(max(t, 0.0), 12.0))
    return (
        number,
        pitch * (1 + slope_growth * g) / (1 - 2 * growth * min(max(t, 0.0), 8.0)),
        slope + slope_growth * level,
    )


@njit(cache=True)
def _wall_ribs(image, x, y, half, deep, behind, shift, course, tall, jitter, width, cartilage, breaks, top):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add the ribs of one wall of the cage to ``image``: a flat shell of bone with marrow inside, seen along the beam."""
    last = RIBS_BEHIND if behind else RIBS_IN_FRONT
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            across = (x[i, j] - shift) / half[i]
            if abs(across) >= 0.999:
                continue
            place, pitch, drop = _rib_at(across, y[i], behind, course)
            number = int(round(place))
            if number < 1 or number > last:
                continue
            side = 1 if across > 0 else 0
            off = (place - number) * pitch + jitter[side, number]
            solid = 1.0
            for b in range(len(breaks)):
                if breaks[b, 0] == number and (breaks[b, 2] > 0) == (side == 1):
                    beyond = (x[i, j] - breaks[b, 2]) * (1 if side else -1)
                    off += breaks[b, 3] * _step(beyond / 0.9) * math.exp(-max(beyond, 0.0) / 22)
                    solid -= 0.92 * math.exp(-((beyond / breaks[b, 4]) ** 2))
            steep = drop * across / (2 * deep[i])
            relative = (off / (tall * width[side, number])) ** 2 / (1 + steep * steep)
            if relative >= 1:
                continue
            turn = math.sqrt(1 - across * across)
            bone = math.sqrt(1 - relative) - 0.62 * math.sqrt(max(0.0, 1 - 1.75 * relative))
            bone *= min(9.5 / max(turn, 0.12), 14.0) * solid
            if not behind:
                bone *= 0.72
                end = 30 + 9.5 * min(number, 7)
                bone *= max(_step((abs(x[i, j] - shift) - end) / 5), min(0.3, cartilage))
            if y[i] < top:
                bone *= _step((abs(x[i, j]) - 40) / 12)
            image[i, j] += bone


@njit(cache=True)
def _step(value):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Smooth step from 0 at -1 to 1 at +1."""
    t = min(max(0.5 * value + 0.5, 0.0), 1.0)
    return t * t * (3 - 2 * t)


def rib_point(body: Body, canvas: Canvas, rib: int, behind: bool, x: float) -> float:
    """Height y in mm of the middle of a rib at ``x``; NaN where the rib does not reach."""
    heights = np.arange(body.rib_first - 10, 260.0, 1.0)
    half = np.interp(heights, canvas.y[:, 0], cage_profile(canvas, body)[0][:, 0]) + RIB_OUTSIDE
    across = (x - rib_shift(body, behind)) / half
    course = _rib_course(body)
    places = [_rib_at(a, y, behind, course)[0] if abs(a) < 0.97 else 99.0 for a, y in zip(across, heights, strict=True)]
    nearest = int(np.argmin(np.abs(np.array(places) - rib)))
    return float(heights[nearest]) if abs(places[nearest] - rib) < 0.1 else float("nan")


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
    reach = np.array([-8.0, 20, 60, 110, 160, 220, 280])
    points = np.stack([jx + dx * reach, jy + dy * reach], axis=1)
    curves, radii = polyline(points, 11.5, 10.0)
    radii[0, 0] = 5.0
    return [(curves, radii, 1.0), (curves, radii * 0.62, -0.72)]


def _add_humeral_head(canvas: Canvas, body: Body, side: int, total: F32) -> None:
    jx, jy = shoulder_joint(body, side)
    window = canvas.window(jx - 26, jx + 26, jy - 26, jy + 26)
    relative = ((canvas.x[window] - np.float32(jx)) / 23) ** 2 + ((canvas.y[window[0]] - np.float32(jy)) / 24) ** 2
    shell = np.sqrt(np.clip(1 - relative, 0, 1)) - np.float32(0.55) * np.sqrt(
        np.clip(1 - relative * np.float32(1.25), 0, 1)
    )
    total[window] += 30 * shell


def _scapula(body: Body, side: int, rng: Generator) -> Strokes:
    """The thick borders, glenoid, spine with acromion, and coracoid."""
    jx, jy = shoulder_joint(body, side)
    sign = math.copysign(1.0, jx)
    upper, lower, glenoid = scapula_corners(body, side)
    acromion, coracoid = np.array([jx + sign * 6, jy - 34]), np.array([jx - sign * 26, jy - 14])
    root = np.array([upper[0], jy + 4])

    def bowed(a: np.ndarray, b: np.ndarray, by: float) -> np.ndarray:
        return np.stack([a, (a + b) / 2 + np.array([sign * by, 0]), b])

    curves = np.stack([
        bowed(glenoid + [0, 14], lower, -10),
        bowed(upper, lower, -8),
        bowed(upper, coracoid, 0),
        bowed(root, acromion, 10),
        bowed(glenoid + [0, -16], glenoid + [0, 18], -5),
        bowed(coracoid, coracoid + [-sign * 10, 12], 0),
    ])  # fmt: skip
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
    return np.stack([upper, glenoid + [0, 14], lower])


def _add_blade(canvas: Canvas, total: F32, corners: np.ndarray, thick: float) -> None:
    """A plate over a triangle."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    rows, columns = canvas.window(low[0], high[0], low[1], high[1])
    x, y = canvas.x[rows, columns], canvas.y[rows]
    inside = np.ones_like(x)
    middle = corners.mean(axis=0)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        normal = np.array([a[1] - b[1], b[0] - a[0]])
        normal = normal * np.sign(normal @ (middle - a)) / (np.hypot(*normal) + 1e-6)
        inside = inside * smoothstep(
            (x - np.float32(a[0])) * np.float32(normal[0]) + (y - np.float32(a[1])) * np.float32(normal[1]), -1, 1
        )
    total[rows, columns] += np.float32(thick) * inside


SPINE_HALF = 17.0


def _add_spine(canvas: Canvas, body: Body, rng: Generator, total: F32) -> None:
    """Vertebral bodies with dense end plates and discs between, pedicles and spinous processes."""
    rows, columns = canvas.window(-48, 48, -300, 400)
    x, y = canvas.x[rows, columns] + np.float32(0.35 * body.turn), canvas.y[rows]
    place = y / np.float32(body.vertebra)
    place = place - np.float32(0.007) * place * np.abs(place)
    phase = place - np.floor(place)
    half = np.float32(SPINE_HALF) + np.float32(0.022) * (y + 60)
    edge = np.abs(phase - np.float32(0.5)) * 2
    waist = 1 - np.float32(0.10) * (1 - edge) ** 2
    across = (x / (half * waist)) ** 2
    body_x = np.sqrt(np.clip(1 - across * across, 0, 1))
    disc = smoothstep(edge, 0.8, 0.9)
    plate = np.exp(-(((edge - np.float32(0.78)) / 0.07) ** 2))
    column = body_x * (4.2 * (1 - disc) + 1.5 * plate)
    row_bell = np.exp(-(((phase - np.float32(0.36)) / 0.16) ** 2))
    pedicles = np.exp(-(((np.abs(x) - half * np.float32(0.66)) / 3.6) ** 2)) * row_bell
    spinous = np.exp(-((x / np.float32(3.6)) ** 2)) * np.exp(-(((phase - np.float32(0.72)) / 0.2) ** 2))
    transverse = np.exp(-(((phase - np.float32(0.34)) / 0.12) ** 2)) * smoothstep(-np.abs(x), -36, -26)
    total[rows, columns] += column + 2.6 * pedicles + 3.2 * spinous + 1.5 * transverse


def _add_sternum(canvas: Canvas, body: Body, total: F32) -> None:
    """Manubrium and body of the sternum, faint behind the mediastinum."""
    top = body.clavicle[0] + 2
    shift = np.float32(0.9 * body.turn)
    width = canvas.curve([top - 8, top + 6, top + 48, top + 60, top + 160], [18, 27, 15, 17, 19], 8)
    rows, columns = canvas.window(-45, 45, top, top + 165)
    inside = smoothstep(width[rows] - np.abs(canvas.x[rows, columns] - shift), 0, 3)
    total[rows, columns] += np.float32(1.2) * inside
