"""Ribs behind and in front, in mm of bone along the beam, and their fractures.

Ribs are level sets on the surface of the cage: along rib k the height is ``y = v_k + slope(v_k) · g(φ)`` with φ the
angle around the cage and ``g`` running from 0 at the spine to 1 at the sternum. Solving for ``v`` gives, at each pixel,
which rib the back and the front wall of the cage show there, for all ribs at once. A fracture is a step and a gap in
that field, and its ends are denser, as cortex turned into the beam is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.phantoms.body import Body
from ssg.phantoms.canvas import F32, Canvas
from ssg.phantoms.thorax import cage_profile

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


def ribs(canvas: Canvas, body: Body, rng: Generator, breaks: Sequence[Break] = ()) -> F32:
    """Ribs of both sides, behind and in front, in mm of bone."""
    jitter = rng.normal(0, 1.3, (2, 2, RIBS_BEHIND + 2)).astype(np.float32)
    width = rng.normal(1, 0.06, (2, RIBS_BEHIND + 2)).astype(np.float32)
    wall_x, depth = cage_profile(canvas, body)
    image = canvas.empty()
    rows, columns = canvas.window(-body.half_width - 8, body.half_width + 8, body.rib_first - 14, 260)
    table = np.array([(b.rib, b.behind, b.x, b.step, b.gap) for b in breaks], np.float64).reshape(-1, 5)
    x = np.ascontiguousarray(canvas.x[rows, columns])
    for behind in (True, False):
        _wall_ribs(
            image[rows, columns],
            x,
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


def _rib_course(body: Body) -> tuple[np.float32, ...]:
    """First level, pitch and its growth, slope and its growth."""
    growth = 0.4 * body.rib_growth / body.rib_pitch
    course = (body.rib_first, body.rib_pitch, growth, body.rib_slope, body.rib_slope_growth)
    return tuple(np.float32(value) for value in course)


@njit(cache=True, fastmath=True, error_model="numpy", inline="always")
def _rib_at(across, turn, y, behind, first, pitch, growth, slope, slope_growth):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Continuous rib number at one point of the cage, pitch there, and the level's height at the spine.

    ``across`` and ``turn`` are sine and cosine of the angle φ around the cage; ``g`` runs from 0 at the spine to 1 at
    the sternum.
    """
    one, half = np.float32(1), np.float32(0.5)
    g = (one - turn) * half - np.float32(0.05) * turn * turn * abs(across) if behind else (one + turn) * half
    spread = one + slope_growth * g
    level = (y - slope * g) / spread
    t = (level - first) / pitch
    late = growth * max(t, np.float32(0))
    number = one + t * (one - min(late, growth * np.float32(12)))
    gap = pitch * spread / (one - np.float32(2) * min(late, growth * np.float32(8)))
    return number, gap, slope + slope_growth * level


@njit(cache=True, fastmath=True, error_model="numpy")
def _wall_ribs(image, x, y, half, deep, behind, shift, course, tall, jitter, width, cartilage, breaks, top):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add the ribs of one wall of the cage to ``image``: a shell of cortex with marrow inside, seen along the beam."""
    last = RIBS_BEHIND if behind else RIBS_IN_FRONT
    one, none = np.float32(1), np.float32(0)
    shift, tall, top = np.float32(shift), np.float32(tall), np.float32(top)
    height, columns = image.shape
    first, pitch, growth, slope, slope_growth = course  # numbers, not a look-up: only so are loops vectorised
    place, gap = np.empty(columns, np.float32), np.empty(columns, np.float32)
    drop, turn = np.empty(columns, np.float32), np.empty(columns, np.float32)
    for i in range(height):
        scale, thin = one / half[i], np.float32(0.5) / deep[i]
        for j in range(columns):  # without branches, so that it becomes vector instructions
            across = min(max((x[i, j] - shift) * scale, np.float32(-0.999)), np.float32(0.999))
            turn[j] = math.sqrt(one - across * across)
            place[j], gap[j], drop[j] = _rib_at(
                across, turn[j], y[i], behind, first, pitch, growth, slope, slope_growth
            )
        for j in range(columns):
            across = (x[i, j] - shift) * scale
            number = int(np.floor(place[j] + np.float32(0.5)))
            if abs(across) >= np.float32(0.999) or number < 1 or number > last:
                continue
            side = 1 if across > 0 else 0
            off = (place[j] - np.float32(number)) * gap[j] + jitter[side, number]
            solid = one
            for b in range(len(breaks)):
                if breaks[b, 0] == number and (breaks[b, 2] > 0) == (side == 1):
                    beyond = (x[i, j] - breaks[b, 2]) * (1 if side else -1)
                    off += np.float32(breaks[b, 3] * soft_step(beyond / 0.9) * math.exp(-max(beyond, 0.0) / 22))
                    solid -= np.float32(0.95 * math.exp(-((beyond / breaks[b, 4]) ** 2)))
                    solid += np.float32(0.9 * math.exp(-(((abs(beyond) / breaks[b, 4] - 2) / 0.8) ** 2)))
            steep, high = drop[j] * across * thin, tall * width[side, number]
            relative, whole = off * off, high * high * (one + steep * steep)
            if relative >= whole:
                continue
            relative /= whole
            marrow = max(none, one - np.float32(1.75) * relative)
            bone = math.sqrt(one - relative) - np.float32(0.62) * math.sqrt(marrow)
            bone *= min(np.float32(9.5) / max(turn[j], np.float32(0.12)), np.float32(14)) * solid
            if not behind:
                end = np.float32(30 + 9.5 * min(number, 7))
                bone *= np.float32(0.72) * max(
                    soft_step((abs(x[i, j] - shift) - end) / np.float32(5)), min(0.3, cartilage)
                )
            else:  # from the joints with the vertebrae outwards
                bone *= soft_step((abs(x[i, j] - shift) - np.float32(17)) / np.float32(5))
            if y[i] < top:
                bone *= soft_step((abs(x[i, j]) - np.float32(40)) / np.float32(12))
            image[i, j] += bone


@njit(cache=True, fastmath=True, error_model="numpy")
def soft_step(value):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Smooth step from 0 at -1 to 1 at +1."""
    t = min(max(0.5 * value + 0.5, 0.0), 1.0)
    return t * t * (3 - 2 * t)


def rib_point(body: Body, canvas: Canvas, rib: int, behind: bool, x: float) -> float:
    """Height y in mm of the middle of a rib at ``x``; NaN where the rib does not reach."""
    heights = np.arange(body.rib_first - 10, 260.0, 1.0)
    half = np.interp(heights, canvas.y[:, 0], cage_profile(canvas, body)[0][:, 0]) + RIB_OUTSIDE
    across = (x - rib_shift(body, behind)) / half
    course = _rib_course(body)
    places = _rib_numbers(across.astype(np.float32), heights.astype(np.float32), behind, course)
    nearest = int(np.argmin(np.abs(places - rib)))
    return float(heights[nearest]) if abs(places[nearest] - rib) < 0.1 else float("nan")


@njit(cache=True)
def _rib_numbers(across, heights, behind, course):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Continuous rib numbers of points; 99 beside the cage."""
    out = np.full(len(across), np.float32(99))
    first, pitch, growth, slope, slope_growth = course
    for k in range(len(across)):
        if abs(across[k]) < 0.97:
            turn = math.sqrt(np.float32(1) - across[k] * across[k])
            out[k] = _rib_at(across[k], turn, heights[k], behind, first, pitch, growth, slope, slope_growth)[0]
    return out
