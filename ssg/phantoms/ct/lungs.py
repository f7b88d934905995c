"""The lungs painted: parenchyma with its texture, fissures, vessels and bronchi."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.random import Generator

from ssg.phantoms.canvas import smooth_noise
from ssg.phantoms.ct.grid import F32
from ssg.phantoms.ct.layout import Layout
from ssg.phantoms.ct.patient import Patient
from ssg.phantoms.ct.scene import Scene
from ssg.phantoms.ct.tree import cover, grow, lung_contours, lung_points
from ssg.phantoms.ct.vessels import Vessels

Trees = dict[str, tuple[F32, F32]]
"""Arteries and veins of each lung."""


def grow_trees(patient: Patient, vessels: Vessels, rng: Generator) -> Trees:
    """The vessels inside both lungs."""
    out: Trees = {}
    contours = lung_contours(patient)
    for side, sign in (("right", -1.0), ("left", 1.0)):
        line = vessels.lines[f"{side} artery"]
        root = line[np.abs(line[:, 0] - patient.shift) > 24 * patient.wide][:, :3]
        drain = vessels.lines[f"{side} veins"][:, :3]
        tip = 0.48 * patient.markings
        points = lung_points(patient, contours, sign, 1150, rng)
        arteries = grow(root, points[: len(points) * 3 // 5], tip, rng)
        veins = grow(drain, points[len(points) * 3 // 5 :], tip, rng)
        out[side] = arteries, veins
    return out


def fissure_y(patient: Patient, z: float, sign: float) -> float:
    """Where the oblique fissure of one lung crosses this height: it falls from behind to the front."""
    level = z / patient.tall
    shake = 5 * patient.wobble[46 if sign < 0 else 47]
    return (44 - (level + 50) * 0.66 + shake) * patient.deep


def minor_z(patient: Patient) -> float:
    """Height of the right lung's horizontal fissure."""
    return (27 + 6 * patient.wobble[48]) * patient.tall


def make_parenchyma(layout: Layout, rng: Generator) -> F32:
    """HU between the vessels: darker in front than behind, mottled, with fissures."""
    grid, patient = layout.grid, layout.patient
    coarse, fine = smooth_noise(grid.size, rng, 12), smooth_noise(grid.size, rng, min(80, grid.size // 2))
    dependent = float(np.clip(rng.normal(0.05, 0.07), 0.0, 0.14))
    strength = float(rng.uniform(0.0, 0.4))
    curve = rng.normal(0, 0.0022, 2)
    out = np.empty_like(coarse)
    _parenchyma(
        out, coarse, fine, layout.depth, grid.frame,
        np.array([patient.lung_hu, dependent, strength, fissure_y(patient, grid.z, -1), fissure_y(patient, grid.z, 1),
                  curve[0], curve[1], abs(minor_z(patient) - grid.z), patient.shift], np.float32),
    )  # fmt: skip
    return out


@njit(cache=True, fastmath=True, error_model="numpy")
def _parenchyma(out, coarse, fine, depth, frame, numbers):  # type: ignore[no-untyped-def]  # pragma: no cover
    base, dependent, strength, right_y, left_y, right_bow, left_bow, minor, shift = numbers
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            x = frame[0] + frame[1] * j + frame[2] * i - shift
            y = frame[3] + frame[4] * j + frame[5] * i
            value = base + np.float32(0.32) * y + 9 * coarse[i, j] + 11 * fine[i, j]
            if y > 0 and depth[i, j] < 14:
                value += (
                    dependent
                    * 700
                    * max(np.float32(1) - depth[i, j] * np.float32(1 / 14), np.float32(0))
                    * min(y * np.float32(0.02), np.float32(1))
                )
            middle = right_y if x < 0 else left_y
            bow = right_bow if x < 0 else left_bow
            off = abs(y - middle - bow * (abs(x) - 75) * (abs(x) - 75) - 2 * coarse[i, j])
            if off < 2.2:
                value += (
                    strength
                    * 220
                    * (np.float32(1) - off * np.float32(1 / 2.2))
                    * min(max(1 + coarse[i, j], np.float32(0)), np.float32(1))
                )
            if x < 0 and minor < 3.0 and y < right_y - 12:
                near = np.float32(1) - minor * np.float32(1 / 3)
                value += strength * 130 * near * max(1 + coarse[i, j], np.float32(0))
            out[i, j] = value


def paint_lungs(scene: Scene, trees: Trees, thick: float) -> tuple[F32, F32]:
    """Paint both lungs, in place; returns the share of lung and of vessel in each pixel."""
    layout, grid = scene.layout, scene.layout.grid
    patient = layout.patient
    arteries, veins, walls, air = grid.zeros(), grid.zeros(), grid.zeros(), grid.zeros()
    z, pitch, thickness = np.float32(grid.z), np.float32(grid.pitch), np.float32(thick)
    for artery, vein in trees.values():
        cover(arteries, grid.frame, z, artery, pitch, np.float32(1), np.float32(0), thickness)
        cover(veins, grid.frame, z, vein, pitch, np.float32(1), np.float32(0), thickness)
        wide = artery[artery[:, 7] > 1.15]
        cover(walls, grid.frame, z, wide, pitch, np.float32(1.15), np.float32(2.15), thickness * np.float32(0.5))
        cover(air, grid.frame, z, wide, pitch, np.float32(0.78), np.float32(2.15), thickness * np.float32(0.5))
    share, blood = np.empty_like(arteries), np.empty_like(arteries)
    levels = np.array([max(patient.blood.right, 60), max(patient.blood.pulmonary_vein, 60)], np.float32)
    _paint(scene.hu, layout.lungs["right"], layout.lungs["left"], scene.parenchyma, arteries, veins, walls, air,
           scene.vessels, share, blood, pitch, levels)  # fmt: skip
    return share, air


@njit(cache=True, fastmath=True, error_model="numpy")
def _paint(hu, right, left, parenchyma, arteries, veins, walls, air, shown, share, blood, pitch, levels):  # type: ignore[no-untyped-def]  # pragma: no cover
    inverse, half, one = np.float32(1) / pitch, np.float32(0.5), np.float32(1)
    for i in range(hu.shape[0]):
        for j in range(hu.shape[1]):
            lung = min(max(half - min(right[i, j], left[i, j]) * inverse, np.float32(0)), one)
            share[i, j] = lung
            blood[i, j] = 0
            if lung <= 0:
                continue
            value = parenchyma[i, j]
            seen = shown[i, j]
            value += walls[i, j] * seen * np.float32(0.7) * (np.float32(-60) - value)
            value += air[i, j] * seen * (np.float32(-975) - value)
            value += veins[i, j] * seen * (levels[1] - value)
            value += arteries[i, j] * seen * (levels[0] - value)
            blood[i, j] = max(arteries[i, j], veins[i, j])
            hu[i, j] += lung * (value - hu[i, j])
