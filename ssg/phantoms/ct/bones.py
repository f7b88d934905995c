"""Spine, sternum, clavicles, shoulder blades and arms painted in Hounsfield units."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.phantoms.canvas import smooth_noise
from ssg.phantoms.ct.contours import ANGLES, pleura
from ssg.phantoms.ct.grid import F32, Grid, add_tubes, paint
from ssg.phantoms.ct.layout import Layout
from ssg.phantoms.ct.patient import Patient
from ssg.phantoms.types import SideName


@njit(cache=True, fastmath=True, error_model="numpy")
def paint_bone(hu, distance, grain, shell_mm, shell_hu, marrow_hu, pitch):  # type: ignore[no-untyped-def]  # pragma: no cover
    """A bone: cortex outside, spongy bone inside, in place."""
    inverse, half, one, none = np.float32(1 / pitch), np.float32(0.5), np.float32(1), np.float32(0)
    for i in range(hu.shape[0]):
        for j in range(hu.shape[1]):
            cover = half - distance[i, j] * inverse
            if cover <= 0:
                continue
            shell = min(max(half + (distance[i, j] + np.float32(shell_mm)) * inverse, none), one)
            value = np.float32(marrow_hu) * (one + np.float32(0.28) * grain[i, j])
            value += shell * (np.float32(shell_hu) - value)
            hu[i, j] += min(cover, one) * (value - hu[i, j])


def paint_bones(hu: F32, layout: Layout, rng: Generator) -> dict[tuple[str, SideName | None], F32]:
    """Paint all bones but the ribs, in place; returns their distances by structure and side."""
    grid, patient = layout.grid, layout.patient
    pitch = np.float32(grid.pitch)
    grain = smooth_noise(grid.size, rng, 90) if grid.size > 180 else smooth_noise(grid.size, rng, 40)
    spine = layout.spine
    marrow = patient.bone * (1 - 0.62 * spine.disc) + 30 * spine.disc
    paint(hu, spine.canal, np.float32(28), pitch)
    paint_bone(hu, spine.bone, grain, np.float32(1.0), np.float32(640 - 460 * spine.disc), np.float32(marrow), pitch)
    _cord(hu, layout)
    out: dict[tuple[str, SideName | None], F32] = {}
    sternum = sternum_distance(layout)
    if sternum is not None:
        paint_bone(hu, sternum, grain, np.float32(1.2), np.float32(560), np.float32(patient.bone * 0.75), pitch)
        out["sternum", None] = sternum
    sides: tuple[tuple[SideName, float], ...] = (("right", -1.0), ("left", 1.0))
    for side, sign in sides:
        blade = _blade(layout, sign)
        if blade is not None:
            paint_bone(hu, blade, grain, np.float32(1.5), np.float32(760), np.float32(patient.bone * 1.2), pitch)
            out["scapula", side] = blade
        other = _collar_and_arm(patient, grid, sign)
        if other is not None:
            paint_bone(hu, other, grain, np.float32(2.4), np.float32(1050), np.float32(patient.bone * 0.8), pitch)
    return out


def _cord(hu: F32, layout: Layout) -> None:
    """The cord, a little denser than what flows about it."""
    paint(hu, layout.spine.canal + np.float32(4.2), np.float32(42), np.float32(layout.grid.pitch * 1.5))


def sternum_distance(layout: Layout) -> F32 | None:
    """Manubrium, body and xiphoid at this height; None above and below."""
    patient, grid = layout.patient, layout.grid
    level = grid.z / patient.tall
    if not -78 < level < 102:
        return None
    front = float(layout.torso.pleura[ANGLES * 3 // 4])
    half = float(np.interp(level, (-78, -70, -50, -32, 0, 60, 80, 102), (20, 29, 26, 15, 16, 20, 11, 6))) * patient.wide
    thick = float(np.interp(level, (-78, -60, -20, 60, 102), (6.5, 7, 5.6, 5.0, 3.0)))
    x = float(2 * patient.wobble[56] * patient.wide)
    y = -front - thick - 1.5
    bent = 2.5
    rows = [
        (x - half + thick, y + bent, 0, thick, x, y, 0, thick),
        (x, y, 0, thick, x + half - thick, y + bent, 0, thick),
    ]
    out = grid.far()
    add_tubes(out, grid.frame, np.float32(0), np.array(rows, np.float32), np.float32(14))
    return out


def _point(patient: Patient, radii: np.ndarray, sign: float, from_front: float, out: float) -> tuple[float, float]:
    """A point ``out`` mm outside of the pleura, ``from_front`` radians from the sternum."""
    angle = -math.pi / 2 + sign * from_front
    radius = float(radii[round(angle / (2 * math.pi) * ANGLES) % ANGLES]) + out
    return radius * math.cos(angle), radius * math.sin(angle)


def _blade(layout: Layout, sign: float) -> F32 | None:
    """The shoulder blade: a thin plate on the back ribs, thicker to the side; its spine behind at upper levels."""
    patient, grid = layout.patient, layout.grid
    level = grid.z / patient.tall + 4 * patient.wobble[57] * sign
    bottom = 44 + 12 * patient.wobble[58] + (-14 if patient.arms_up else 0)
    if not -104 < level < bottom:
        return None
    radii = layout.torso.pleura
    share = float(np.clip((bottom - level) / 95, 0, 1))
    inner, outer = 2.22 + 0.3 * share, 2.12 - (0.42 if patient.arms_up else 0.3) * share
    push = 17 * patient.muscle
    x1, y1 = _point(patient, radii, sign, inner, push)
    x3, y3 = _point(patient, radii, sign, outer, push + 24 * share + max(0.0, -50 - level) * 0.5)
    x2, y2 = 0.5 * (x1 + x3) + sign * 2, 0.5 * (y1 + y3) - 3
    rows = [(x1, y1, 0, 2.0, x2, y2, 0, 1.3), (x2, y2, 0, 1.3, x3, y3, 0, 2.8 + 3.6 * share)]
    if level < -38:
        high = min(1.0, (-38 - level) / 30)
        x4, y4 = x2 + sign * (14 + 22 * high), y2 + 14 + 10 * high
        rows.append((0.6 * x2 + 0.4 * x1, 0.6 * y2 + 0.4 * y1, 0, 2.0, x4, y4, 0, 3.6))
    out = grid.far()
    add_tubes(out, grid.frame, np.float32(0), np.array(rows, np.float32), np.float32(12))
    return out


def _collar_and_arm(patient: Patient, grid: Grid, sign: float) -> F32 | None:
    """Clavicle and the head of the humerus at the top of the chest."""
    level = grid.z / patient.tall
    if level > -58:
        return None
    front = float(pleura(patient, -72 * patient.tall, ANGLES // 4)[0, 3])
    wide, tall = patient.wide, patient.tall
    rise = 16 if patient.arms_up else 5
    rows = [
        (sign * 20 * wide, -front - 8, -72 * tall, 9, sign * 60 * wide, -front - 10, (-78 - rise * 0.5) * tall, 6),
        (
            sign * 60 * wide,
            -front - 10,
            (-78 - rise * 0.5) * tall,
            6,
            sign * 132 * wide,
            -front + 26,
            (-84 - rise) * tall,
            6,
        ),
        (sign * 150 * wide, 6, -92 * tall, 22, sign * 152 * wide, 2, -100 * tall, 23),
    ]
    out = grid.far()
    add_tubes(out, grid.frame, np.float32(grid.z), np.array(rows, np.float32), np.float32(10))
    return out


def paint_arms(hu: F32, layout: Layout, rng: Generator) -> None:
    """Arms beside the chest where they were not raised."""
    patient, grid = layout.patient, layout.grid
    if patient.arms_up:
        return
    pitch = np.float32(grid.pitch)
    half = float(layout.torso.skin.max())
    for sign in (-1.0, 1.0):
        radius = 36 * patient.muscle**0.5 + 0.55 * patient.fat_mm
        x, y = sign * (half + radius + 3 + 3 * rng.random()), 14 + 10 * rng.standard_normal()
        bend = 1 + 0.1 * rng.standard_normal()
        for out_mm, value in ((0.0, 20.0), (1.8, -104.0), (3 + 0.5 * patient.fat_mm, patient.blood.muscle)):
            arm = grid.far()
            row = np.array([[x, y - 9 * bend, 0, radius - out_mm, x, y + 9 * bend, 0, radius - out_mm]], np.float32)
            add_tubes(arm, grid.frame, np.float32(0), row, np.float32(6))
            paint(hu, arm, np.float32(value), pitch)
        bone = grid.far()
        add_tubes(
            bone, grid.frame, np.float32(0), np.array([[x, y, 0, 11, x + 1, y + 1, 0, 11]], np.float32), np.float32(6)
        )
        paint_bone(hu, bone, np.zeros_like(hu), np.float32(4), np.float32(1150), np.float32(-20), pitch)
