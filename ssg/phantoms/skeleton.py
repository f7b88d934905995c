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
    """Ribs of both sides, behind and in front."""
    jitter = rng.normal(0, 1.3, (2, 2, RIBS_BEHIND + 2)).astype(np.float32)
    width = rng.normal(1, 0.06, (2, RIBS_BEHIND + 2)).astype(np.float32)
    wall_x, depth = cage_profile(canvas, body)
    rows, columns = canvas.window(-body.half_width - 8, body.half_width + 8, body.rib_first - 14, 240)
    x, y = canvas.x[rows, columns], canvas.y[rows]
    half, deep = wall_x[rows] + 4, np.maximum(depth[rows] + 3, 20)
    image = canvas.empty()
    for behind in (True, False):
        shift = np.float32(-0.3 * body.turn if behind else 0.7 * body.turn)
        across = (x - shift) / half
        turn = np.sqrt(np.clip(1 - across * across, 0, 1))
        image[rows, columns] += _wall_ribs(canvas, body, x, y, across, turn, half, deep, behind, jitter, width, breaks)
    return image


def _wall_ribs(canvas, body, x, y, across, turn, half, deep, behind, jitter, width, breaks) -> F32:  # type: ignore[no-untyped-def]
    """Bone of the ribs of one wall of the cage. ``across`` and ``turn`` are sine and cosine of the angle φ."""
    g = (1 - turn) / 2 if behind else (1 + turn) / 2
    if behind:
        g = g - np.float32(0.05) * (1 - across * across) * np.abs(across)
    level = (y - np.float32(body.rib_slope) * g) / (1 + np.float32(body.rib_slope_growth) * g)
    place = rib_number(body, level)
    number = np.clip(np.rint(place), 0, RIBS_BEHIND + 1)
    table = (number + (across > 0) * np.float32(RIBS_BEHIND + 2)).astype(np.intp)
    pitch = np.float32(body.rib_pitch) + np.float32(body.rib_growth) * place
    steep = (np.float32(body.rib_slope) + np.float32(body.rib_slope_growth) * level) * np.abs(across) / (2 * deep)
    off = (place - number) * pitch * (1 + np.float32(body.rib_slope_growth) * g)
    off = off + jitter[int(behind)].ravel().take(table)
    gap = _apply_breaks(breaks, behind, x, y, number, off)
    off = off / np.sqrt(1 + steep * steep)
    height = np.float32(body.rib_half * (1.0 if behind else 1.12)) * width.ravel().take(table)
    relative = (off / height) ** 2
    outer = np.sqrt(np.clip(1 - relative, 0, 1))
    marrow = np.sqrt(np.clip(1 - relative * np.float32(1.75), 0, 1))
    thick = np.minimum(np.float32(8.0) / np.maximum(turn, np.float32(0.12)), np.float32(20))
    bone = thick * (outer - np.float32(0.62) * marrow)
    last = RIBS_BEHIND if behind else RIBS_IN_FRONT
    bone *= (number >= 1) & (number <= last) & (turn > 0)
    if not behind:
        bone *= _front_end(body, x, number)
    return bone * gap if gap is not None else bone


def rib_number(body: Body, level):  # type: ignore[no-untyped-def]
    """Continuous rib number (1 is the first) of a height at the spine: pitch grows from rib to rib."""
    t = (level - np.float32(body.rib_first)) * np.float32(1 / body.rib_pitch)
    growth = np.float32(0.4 * body.rib_growth / body.rib_pitch)
    return 1 + t * (1 - growth * np.clip(t, 0, 12))


def _front_end(body: Body, x: F32, number) -> F32:  # type: ignore[no-untyped-def]
    """Bone ends at the costochondral joint, further out for lower ribs; old cartilage is faintly calcified."""
    ends = np.float32(30) + np.float32(9.5) * np.minimum(number, 7)
    bone = smoothstep(np.abs(x - np.float32(0.7 * body.turn)) - ends, -5, 5)
    return np.maximum(bone, np.float32(min(0.3, 0.25 * body.cartilage)))


def _apply_breaks(breaks, behind, x, y, number, off):  # type: ignore[no-untyped-def]
    """Move the ribs beyond each break in place; returns the factor that opens the gaps, or None."""
    factor = None
    for item in breaks:
        if item.behind != behind:
            continue
        beyond = (x - np.float32(item.x)) * np.float32(np.sign(item.x))
        here = (number == item.rib) & (np.abs(x - np.float32(item.x)) < 60) & (np.sign(x) == np.sign(item.x))
        off += here * np.float32(item.step) * smoothstep(beyond, -0.8, 0.8) * np.exp(-np.clip(beyond, 0, None) / 22)
        factor = np.ones_like(off) if factor is None else factor
        factor -= here * np.float32(0.9) * np.exp(-((beyond / np.float32(item.gap)) ** 2))
    return factor


def rib_point(body: Body, canvas: Canvas, rib: int, behind: bool, x: float) -> float:
    """Height y in mm of the middle of a rib at ``x``; NaN where the rib does not reach."""
    wall_x, _ = cage_profile(canvas, body)
    heights = canvas.y[:, 0].astype(float)
    half = wall_x[:, 0].astype(float) + 4
    across = (x - (-0.3 if behind else 0.7) * body.turn) / half
    turn = np.sqrt(np.clip(1 - across**2, 0, 1))
    g = (1 - turn) / 2 - 0.05 * (1 - across**2) * np.abs(across) if behind else (1 + turn) / 2
    place = rib_number(body, (heights - body.rib_slope * g) / (1 + body.rib_slope_growth * g))
    place = np.where(np.abs(across) < 0.97, place, np.nan)
    if not np.nanmin(np.append(place, np.inf)) <= rib <= np.nanmax(np.append(place, -np.inf)):
        return float("nan")
    return float(heights[int(np.nanargmin(np.abs(place - rib)))])


def clavicle_course(body: Body, side: int) -> np.ndarray:
    """Points (n, 2) from the sternal to the acromial end: an S in projection."""
    sign = (-1.0, 1.0)[side]
    medial_y, rise, _ = body.clavicle
    jx, jy = shoulder_joint(body, side)
    inner = 13 + body.turn * 0.7 * sign
    outer = abs(jx) + 4
    share = np.array([0, 0.14, 0.34, 0.55, 0.75, 0.9, 1.0])
    shape = np.array([0, 0.02, 0.34, 0.78, 1.02, 1.06, 1.0])
    top = jy - 40 + (body.shoulder[side] + 92) * 0.2
    rise = max(-10.0, medial_y - top) * 0.5 + rise * 0.5
    return np.stack([sign * (inner + share * (outer - inner)), medial_y - rise * shape], axis=1)


Strokes = list[tuple[np.ndarray, np.ndarray, float]]
"""Curves (n, 3, 2), radii (n, 2) and a weight for each group of tubes."""


def clavicle_shape(body: Body, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Curves and radii of one clavicle, thick at both ends."""
    curves, radii = polyline(clavicle_course(body, side), body.clavicle[2])
    return curves, radii * np.array([[1.5, 1.2], [1.0, 0.95], [0.95, 0.92], [0.95, 1.0], [1.05, 1.3]])


def _add_limbs(canvas: Canvas, body: Body, rng: Generator, total: F32) -> None:
    """Clavicles, scapulae and humeri: all their tubes in one pass, then the flat parts."""
    strokes: Strokes = []
    for side in (0, 1):
        curves, radii = clavicle_shape(body, side)
        strokes += [(curves, radii, 1.0), (curves, radii * 0.7, -0.62)]
        strokes += _humerus(body, side) + _scapula(body, side, rng)
        _add_humeral_head(canvas, body, side, total)
        _add_blade(canvas, total, _blade(body, side), 1.7)
    weights = np.concatenate([np.full(len(curves), weight) for curves, _, weight in strokes])
    lay_tubes(total, canvas, np.concatenate([item[0] for item in strokes]), np.concatenate([item[1] for item in strokes]), weights)


def _humerus(body: Body, side: int) -> Strokes:
    jx, jy = shoulder_joint(body, side)
    dx, dy = ARM_COURSE[body.arms]
    norm = math.hypot(dx, dy)
    dx, dy = math.copysign(dx / norm, jx), dy / norm
    reach = np.array([0.0, 30, 60, 110, 160, 220, 280])
    points = np.stack([jx + dx * reach, jy + dy * reach], axis=1)
    curves, radii = polyline(points, 12.0, 10.0)
    return [(curves, radii, 1.0), (curves, radii * 0.62, -0.72)]


def _add_humeral_head(canvas: Canvas, body: Body, side: int, total: F32) -> None:
    jx, jy = shoulder_joint(body, side)
    window = canvas.window(jx - 26, jx + 26, jy - 26, jy + 26)
    relative = ((canvas.x[window] - np.float32(jx)) / 23) ** 2 + ((canvas.y[window[0]] - np.float32(jy)) / 24) ** 2
    shell = np.sqrt(np.clip(1 - relative, 0, 1)) - np.float32(0.55) * np.sqrt(np.clip(1 - relative * np.float32(1.25), 0, 1))
    total[window] += 22 * shell


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
    weights = (0.75, 0.8, 0.7, 0.55, 0.6, 0.6)
    return [(curves[k : k + 1], radii[k : k + 1], weight) for k, weight in enumerate(weights)]


def scapula_corners(body: Body, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Upper and lower angle and glenoid of one scapula."""
    jx, jy = shoulder_joint(body, side)
    sign = math.copysign(1.0, jx)
    inner = body.half_width * 0.9 - body.scapula_in[side]
    return np.array([sign * (inner + 4), jy - 26]), np.array([sign * (inner + 22), jy + 118]), np.array([jx - sign * 22, jy + 6])


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
        inside = inside * smoothstep((x - np.float32(a[0])) * np.float32(normal[0]) + (y - np.float32(a[1])) * np.float32(normal[1]), -1, 1)
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
    column = body_x * (11 * (1 - disc) + 4.5 * plate)
    row_bell = np.exp(-(((phase - np.float32(0.36)) / 0.16) ** 2))
    pedicles = np.exp(-(((np.abs(x) - half * np.float32(0.66)) / 3.6) ** 2)) * row_bell
    spinous = np.exp(-((x / np.float32(3.6)) ** 2)) * np.exp(-(((phase - np.float32(0.72)) / 0.2) ** 2))
    transverse = np.exp(-(((phase - np.float32(0.34)) / 0.12) ** 2)) * smoothstep(-np.abs(x), -36, -26)
    total[rows, columns] += column + 4.5 * pedicles + 5 * spinous + 3 * transverse


def _add_sternum(canvas: Canvas, body: Body, total: F32) -> None:
    """Manubrium and body of the sternum, faint behind the mediastinum."""
    top = body.clavicle[0] + 2
    shift = np.float32(0.9 * body.turn)
    width = canvas.curve([top - 8, top + 6, top + 48, top + 60, top + 160], [18, 27, 15, 17, 19], 8)
    rows, columns = canvas.window(-45, 45, top, top + 165)
    inside = smoothstep(width[rows] - np.abs(canvas.x[rows, columns] - shift), 0, 3)
    total[rows, columns] += np.float32(2.6) * inside
