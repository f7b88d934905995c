"""Heart, vessels, airways and gullet painted in Hounsfield units, in the order in which they hide each other."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.phantoms.canvas import smooth_noise
from ssg.phantoms.ct.grid import F32, blend, paint, paint_within
from ssg.phantoms.ct.heart import LEFT
from ssg.phantoms.ct.layout import Layout


def paint_mediastinum(hu: F32, layout: Layout, rng: Generator) -> None:
    """Soft organs first, airways last; in place."""
    grid, patient, tubes, heart = layout.grid, layout.patient, layout.tubes, layout.heart
    blood, pitch = patient.blood, np.float32(grid.pitch)
    draws = rng.random(10)
    swirl = smooth_noise(grid.size, rng, 30)
    fluid = patient.effusion_mm
    if fluid > 0:
        paint(hu, heart.outside - np.float32(1.6), np.float32(38), pitch)
        paint(hu, heart.outside, np.float32(6 + 14 * draws[0]), pitch)
    else:
        paint(hu, heart.outside, np.float32(32), pitch)
        paint(hu, heart.outside + np.float32(1.4), np.float32(-92), pitch)
    _paint_heart(hu, layout)
    paint(hu, tubes["gullet"], np.float32(blood.muscle - 8), pitch)
    if draws[1] < 0.45:
        paint(hu, tubes["gullet"] + np.float32(4.0 + 1.5 * draws[2]), np.float32(-800 * draws[3] - 100), pitch)
    paint(hu, tubes["azygos"], np.float32(blood.cava * 0.3 + blood.muscle * 0.7), pitch)
    paint(hu, tubes["pulmonary_veins"], np.float32(blood.pulmonary_vein), pitch)
    paint(hu, tubes["veins"], np.float32(blood.cava if draws[4] < 0.5 else 0.5 * (blood.cava + blood.muscle)), pitch)
    paint(hu, tubes["trunk"], np.float32(blood.right), pitch)
    for side in ("right", "left"):
        paint(hu, tubes[f"{side} artery"], np.float32(blood.right), pitch)
    paint(hu, tubes["cava"], np.float32(blood.cava if grid.z < 60 else 0.35 * blood.right + 0.65 * blood.muscle), pitch)
    if blood.cava > 250:
        mixed = np.clip(swirl * np.float32(0.35), 0, np.float32(0.6)) * (tubes["cava"] < -1)
        blend(hu, mixed.astype(np.float32), np.float32(90))
    paint(hu, tubes["branches"], np.float32(blood.left), pitch)
    wall = np.float32(48 if blood.left < 90 else 62)
    paint(hu, tubes["aorta"], wall, pitch)
    paint(hu, tubes["aorta"] + np.float32(1.2), np.float32(blood.left), pitch)
    _calcify(hu, layout, swirl)


def _paint_heart(hu: F32, layout: Layout) -> None:
    heart, patient, pitch = layout.heart, layout.patient, np.float32(layout.grid.pitch)
    blood = patient.blood
    bound = heart.outside + np.float32(2.2)
    for name, distance in heart.chambers.items():
        if name == "left ventricle":
            continue
        paint_within(hu, distance - np.float32(2.6), bound, np.float32(blood.myocardium), pitch)
    paint_within(hu, heart.wall, bound, np.float32(blood.myocardium), pitch)
    for name, distance in heart.chambers.items():
        level = blood.left if name in LEFT else blood.right
        if name == "right atrium" and patient.phase == "pulmonary":
            level = 0.6 * level + 0.25 * blood.cava
        if name in ("right ventricle", "right atrium", "outflow"):
            paint_within(hu, distance, -heart.wall, np.float32(level), pitch)
        else:
            paint(hu, distance, np.float32(level), pitch)


def _calcify(hu: F32, layout: Layout, swirl: F32) -> None:
    """Plaques in the aortic wall and the coronaries of the old."""
    amount = layout.patient.calcium
    if amount < 0.35:
        return
    heart = layout.heart
    _plaques(
        hu, layout.tubes["aorta"], heart.outside, heart.wall, heart.chambers["right ventricle"], swirl,
        np.float32(layout.grid.pitch), np.float32(amount),
    )  # fmt: skip


@njit(cache=True, fastmath=True, error_model="numpy")
def _plaques(hu, aorta, outside, wall, right, swirl, pitch, amount):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Calcium along the aortic wall and in the groove between the ventricles, in place."""
    one, none = np.float32(1), np.float32(0)
    for i in range(hu.shape[0]):
        for j in range(hu.shape[1]):
            rim = min(max(np.float32(1.4) - abs(aorta[i, j] + 1) / pitch, none), one)
            share = rim * min(
                max(swirl[i, j] * np.float32(1.1) - np.float32(2.6) + np.float32(1.9) * amount, none), one
            )
            hu[i, j] += share * (np.float32(820) - hu[i, j])
            if outside[i, j] < 0:
                groove = abs(abs(wall[i, j] - np.float32(1.5)) + abs(right[i, j] - 4) - 2)
                share = min(max(np.float32(1.6) - groove / pitch, none), one)
                share *= min(max(swirl[i, j] - np.float32(1.5) + amount, none), one)
                hu[i, j] += share * (np.float32(600) - hu[i, j])


def paint_airways(hu: F32, layout: Layout) -> None:
    """Trachea and main bronchi: a thin wall and air."""
    pitch = np.float32(layout.grid.pitch)
    names = ("trachea", "right bronchus", "left bronchus")
    for name in names:
        paint(hu, layout.tubes[name] - np.float32(1.3), np.float32(35), pitch)
    for name in names:
        paint(hu, layout.tubes[name], np.float32(-995), pitch)
