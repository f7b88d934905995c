"""The chest wall painted in Hounsfield units: skin, fat, breasts, muscles, ribs with cartilage."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.phantoms.canvas import smooth_noise
from ssg.phantoms.ct.contours import ANGLES
from ssg.phantoms.ct.grid import F32
from ssg.phantoms.ct.layout import Layout

AIR = -1000.0
FAT = -104.0


@dataclass(frozen=True, slots=True)
class Break:
    """A broken rib: direction of the break (index), number of the rib, step and gap in mm, blood about it."""

    turn: int
    rib: int
    step: float
    gap: float
    swelling: float


def paint_wall(layout: Layout, breaks: list[Break], rng: Generator) -> F32:
    """A slice with its wall; the inside of the cage is filled with fat."""
    grid, body, patient = layout.grid, layout.torso, layout.patient
    tables = np.stack(
        [body.muscle, body.skin, body.plane, body.plane_half, body.rib, body.cartilage, body.breast, body.rib_number]
    ).astype(np.float32)
    broken = np.array(
        [(fault.turn, fault.rib, fault.step, fault.gap, fault.swelling) for fault in breaks] or [(-1, -1, 0, 0, 0)],
        np.float32,
    )
    coarse = smooth_noise(grid.size, rng, 26)
    fine = smooth_noise(grid.size, rng, 60) if grid.size >= 120 else coarse
    hu = np.empty((grid.size, grid.size), np.float32)
    _paint(
        hu, layout.turn, layout.radius, layout.depth, tables, broken, coarse, fine,
        np.array([grid.pitch, patient.blood.muscle, patient.gland, patient.calcium, patient.bone,
                  min(patient.fat_mm / 20, 1.0)], np.float32),
    )  # fmt: skip
    return hu


@njit(cache=True, inline="always")
def _share(distance, inverse):  # type: ignore[no-untyped-def]  # pragma: no cover
    return min(max(np.float32(0.5) - distance * inverse, np.float32(0)), np.float32(1))


@njit(cache=True, fastmath=True, error_model="numpy")
def _paint(hu, turn, radius, depth, tables, broken, coarse, fine, numbers):  # type: ignore[no-untyped-def]  # pragma: no cover
    pitch, muscle_hu, gland, calcium, marrow, lean = numbers
    inverse, one = np.float32(1) / pitch, np.float32(1)
    for i in range(hu.shape[0]):
        for j in range(hu.shape[1]):
            t, r, d = turn[i, j], radius[i, j], depth[i, j]
            skin = r - tables[1, t]
            if skin > pitch:
                hu[i, j] = AIR
                continue
            if d > pitch:
                hu[i, j] = np.float32(FAT)
                continue
            muscle = r - tables[0, t]
            value = np.float32(FAT) + 6 * coarse[i, j]
            breast = tables[6, t]
            if breast > 5 and gland > 0 and muscle > 3 and skin < -5:
                lobes = (
                    coarse[i, j] * np.float32(0.6)
                    + fine[i, j] * np.float32(0.5)
                    + gland * np.float32(2.6)
                    - np.float32(1.2)
                )
                value += _share(-lobes * 3, np.float32(0.5)) * np.float32(140) * min(breast * np.float32(0.05), one)
            elif muscle > 1:
                strand = abs(fine[i, j] + np.float32(0.3) * coarse[i, j])
                if strand < 0.06:
                    value += np.float32(55)
            value += _share(-(skin + np.float32(2.0)), inverse) * (np.float32(85) - value)
            inside = _share(muscle, inverse)
            if inside > 0:
                flesh = muscle_hu + 9 * fine[i, j] + 5 * coarse[i, j]
                half = tables[3, t]
                if half > 0.2:
                    wave = tables[2, t] + 3 * coarse[i, j]
                    flesh += _share(abs(r - wave) - half, inverse) * (np.float32(FAT) - flesh)
                lining = -d
                if lining < 2.5:
                    flesh += _share(lining - np.float32(1.6) * lean, inverse) * (np.float32(-60) - flesh)
                value += inside * (flesh - value)
            across, along = -d - np.float32(5.6), tables[4, t]
            if across > -9 and across < 14 and abs(along) < 9:
                away = np.float32(99)
                for k in range(len(broken)):
                    if broken[k, 1] == tables[7, t] and broken[k, 0] >= 0:
                        delta = (np.float32(t) - broken[k, 0]) * np.float32(2 * math.pi / ANGLES) * r
                        if abs(delta) < 60:
                            if delta > 0:
                                across -= broken[k, 2] * max(one - delta * np.float32(1 / 60), np.float32(0))
                            away = min(away, abs(delta) - broken[k, 3])
                            swell = math.sqrt(delta * delta * np.float32(0.16) + across * across)
                            value += _share(swell - broken[k, 4], inverse) * (np.float32(55) - value) * np.float32(0.9)
                u, v = along * np.float32(1 / 7.1), across * np.float32(1 / 3.9)
                q = math.sqrt(u * u + v * v) + np.float32(1e-6)
                edge = (
                    q
                    * (q - one)
                    / math.sqrt(u * u * np.float32(0.0025) + v * v * np.float32(0.0657) + np.float32(1e-6))
                )
                edge = max(edge, -away)
                cover = _share(edge, inverse)
                if cover > 0:
                    soft = tables[5, t]
                    shell = _share(-(edge + np.float32(1.1)), inverse)
                    bone = marrow + 60 * fine[i, j] + shell * (np.float32(760) - marrow)
                    gristle = (
                        np.float32(105)
                        + 25 * fine[i, j]
                        + shell * calcium * np.float32(330) * max(coarse[i, j], np.float32(0))
                    )
                    value += cover * (bone + soft * (gristle - bone) - value)
            out = _share(skin, inverse)
            value = np.float32(AIR) + out * (value - np.float32(AIR))
            if d > -pitch:
                value += _share(-d, inverse) * (np.float32(FAT) - value)
            hu[i, j] = value
