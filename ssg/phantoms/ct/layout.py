"""Where everything lies in one slice: signed distances of organs, and the two lungs between them.

Made once for the picture, and once more on a coarse fixed grid for findings that must look for a place, so that their
place does not depend on the size of the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ssg.phantoms.ct.contours import ANGLES, Torso, cage_size
from ssg.phantoms.ct.grid import F32, Grid, add_tubes, merge, nothing
from ssg.phantoms.ct.heart import Heart, lay_heart
from ssg.phantoms.ct.patient import Patient
from ssg.phantoms.ct.spine import Spine, lay_spine
from ssg.phantoms.ct.vessels import Vessels

NEAR = 20.0
"""Distances are exact up to this many mm; farther away they only say "far"."""


@dataclass(slots=True)
class Layout:
    """Signed distances (negative inside) in mm, all (H, W) float32."""

    grid: Grid
    patient: Patient
    torso: Torso
    x: F32
    y: F32
    turn: NDArray[np.int16]
    """Direction of each pixel from the middle, an index into contours."""
    radius: F32
    depth: F32
    """How deep inside the pleura, mm; negative in the chest wall."""
    tubes: dict[str, F32]
    heart: Heart
    spine: Spine
    mediastinum: F32
    below: F32
    """The space under the diaphragm."""
    lungs: dict[str, F32]

    @property
    def lung(self) -> F32:
        """Both lungs."""
        return np.minimum(self.lungs["right"], self.lungs["left"])


_GROWN = {
    "aorta": 3.0, "trunk": 3.0, "right artery": 3.0, "left artery": 3.0, "cava": 2.5, "veins": 3.0, "branches": 3.5,
    "azygos": 2.0, "gullet": 3.0, "trachea": 4.0, "pulmonary_veins": 1.0, "right bronchus": 3.0, "left bronchus": 3.0,
}  # fmt: skip


def lay_out(patient: Patient, vessels: Vessels, grid: Grid, body: Torso) -> Layout:
    """The healthy slice; ``body`` are the contours of its height."""
    edge, cosine = body.pleura.astype(np.float32), body.cosine.astype(np.float32)
    x, y, turn, radius, depth = _polar(grid.frame, grid.size, edge, cosine)
    tubes = {name: _distance(grid, pieces) for name, pieces in vessels.tubes.items()}
    heart = lay_heart(patient, grid)
    spine = lay_spine(patient, grid)
    _cut_aorta(tubes, spine, depth)
    middle = _middle(patient, grid, tubes, heart, spine)
    below = grid.far()
    _below(
        below, grid.frame, np.float32(grid.z), *_dome(patient), np.float32(patient.tall), np.float32(patient.wobble[50])
    )
    lungs = {"right": grid.far(), "left": grid.far()}
    _lungs(
        lungs["right"],
        lungs["left"],
        depth,
        middle,
        below,
        grid.frame,
        np.float32(patient.shift),
        np.float32(patient.mediastinal_fat),
        np.float32(np.clip(0.03 + 0.05 * patient.wobble[5] + 0.006 * patient.fat_mm, 0.0, 0.3)),
        np.float32(0.12 * patient.wobble[6]),
    )
    return Layout(grid, patient, body, x, y, turn, radius, depth, tubes, heart, spine, middle, below, lungs)


def _cut_aorta(tubes: dict[str, F32], spine: Spine, depth: F32) -> None:
    """A wide aorta is flattened by spine, airways and chest wall, in place."""
    if tubes["aorta"] is not nothing(len(depth)):
        _carve(tubes["aorta"], spine.outside, depth, tubes["trachea"], tubes["right bronchus"], tubes["left bronchus"])


@njit(cache=True, fastmath=True, error_model="numpy")
def _carve(aorta, spine, depth, trachea, right, left):  # type: ignore[no-untyped-def]  # pragma: no cover
    wall, gap = np.float32(2.2), np.float32(0.8)
    for i in range(aorta.shape[0]):
        for j in range(aorta.shape[1]):
            if aorta[i, j] < 3:
                airway = min(trachea[i, j], min(right[i, j], left[i, j]))
                bound = max(max(gap - spine[i, j], wall - airway), gap - depth[i, j])
                aorta[i, j] = max(aorta[i, j], bound)


def _distance(grid: Grid, pieces: F32) -> F32:
    """Distance from tubes; those that lie elsewhere share one map of nothing."""
    margin = NEAR + float(pieces[:, 3].max())
    if pieces[:, [2, 6]].min() - margin > grid.z or pieces[:, [2, 6]].max() + margin < grid.z:
        return nothing(grid.size)
    out = grid.far()
    add_tubes(out, grid.frame, np.float32(grid.z), pieces, np.float32(NEAR))
    return out


def _middle(patient: Patient, grid: Grid, tubes: dict[str, F32], heart: Heart, spine: Spine) -> F32:
    """Outer surface of the mediastinum: a smooth cover of fat and pleura over its organs."""
    out = grid.far()
    fat = patient.mediastinal_fat
    empty = nothing(grid.size)
    for name, grown in _GROWN.items():
        if tubes[name] is empty:
            continue
        share = (
            0.2
            if name in ("pulmonary_veins", "right artery", "left artery", "right bronchus", "left bronchus")
            else 1.0
        )
        merge(out, tubes[name], grown * 0.6 + share * fat * 0.6, 13.0)
    merge(out, heart.outside, 1.5 + 0.8 * fat, 14.0)
    merge(out, spine.outside, 4.0, 16.0)
    return out


def _dome(patient: Patient) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    a, b = (float(value) for value in cage_size(patient, 110 * patient.tall))
    right, left = patient.domes
    return np.float32(right * patient.tall), np.float32(left * patient.tall), np.float32(a), np.float32(b)


@njit(cache=True, inline="always")
def _arctan2(y, x):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The angle to within 1e-4, in 0 to 2π."""
    ax, ay = abs(x), abs(y)
    t = min(ax, ay) / (max(ax, ay) + np.float32(1e-9))
    s = t * t
    angle = ((np.float32(-0.0464964749) * s + np.float32(0.15931422)) * s - np.float32(0.327622764)) * s * t + t
    if ay > ax:
        angle = np.float32(1.57079637) - angle
    if x < 0:
        angle = np.float32(3.14159274) - angle
    return np.float32(6.2831855) - angle if y < 0 else angle


@njit(cache=True, fastmath=True, error_model="numpy")
def _polar(frame, size, pleura, cosine):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Place, direction index, radius, and depth inside the pleura of each pixel."""
    turn = np.empty((size, size), np.int16)
    across, down = np.empty((size, size), np.float32), np.empty((size, size), np.float32)
    radius, depth = np.empty((size, size), np.float32), np.empty((size, size), np.float32)
    per = np.float32(ANGLES / 6.283185307179586)
    for i in range(size):
        for j in range(size):
            x = frame[0] + frame[1] * j + frame[2] * i
            y = frame[3] + frame[4] * j + frame[5] * i
            across[i, j], down[i, j] = x, y
            place = _arctan2(y, x) * per
            low = int(place)
            part = place - low
            low = low % ANGLES
            high = (low + 1) % ANGLES
            r = np.float32(math.sqrt(x * x + y * y))
            edge = pleura[low] + part * (pleura[high] - pleura[low])
            turn[i, j] = low if part < 0.5 else high
            radius[i, j] = r
            depth[i, j] = (edge - r) * cosine[low]
    return across, down, turn, radius, depth


@njit(cache=True, fastmath=True, error_model="numpy")
def _below(out, frame, z, right, left, a, b, tall, wave):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Distance (about) from the space under the diaphragm: two domes and the flat middle between them."""
    if z < min(right, left) - 40:
        return
    middle = max(right, left) + np.float32(13) * tall
    half = np.float32(0.47) * a
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            x = frame[0] + frame[1] * j + frame[2] * i
            y = frame[3] + frame[4] * j + frame[5] * i
            sign = np.float32(-1) if x < 0 else np.float32(1)
            top = right if x < 0 else left
            u = (x - sign * half) / (np.float32(0.56) * a)
            v = (y + np.float32(6) - wave * 4) / (np.float32(0.98) * b)
            far = u * u + v * v
            dome = top + tall * np.float32(66) * far + np.float32(0.1) * y
            steep = np.float32(132) * math.sqrt(u * u + v * v) / (np.float32(0.75) * a)
            flat = middle + np.float32(0.012) * (x * x + (y + 30) * (y + 30))
            out[i, j] = min((dome - z) / math.sqrt(1 + steep * steep), (flat - z) * np.float32(0.8))


@njit(cache=True, fastmath=True, error_model="numpy")
def _lungs(right, left, depth, middle, below, frame, shift, fat, wedge, lean):  # type: ignore[no-untyped-def]  # pragma: no cover
    """What of the cage neither mediastinum nor abdomen fills; a septum parts the two lungs in front."""
    for i in range(right.shape[0]):
        for j in range(right.shape[1]):
            x = frame[0] + frame[1] * j + frame[2] * i - shift
            y = frame[3] + frame[4] * j + frame[5] * i
            inside = max(max(-depth[i, j], -middle[i, j]), -below[i, j])
            front = max(-y - np.float32(42), np.float32(0))
            septum = np.float32(1.0) + np.float32(0.3) * fat + front * wedge
            x -= front * lean
            if y > 20:
                septum = np.float32(8)
            right[i, j] = max(inside, x + septum)
            left[i, j] = max(inside, septum - x)
