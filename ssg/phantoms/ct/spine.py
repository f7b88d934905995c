"""The vertebral column as one slice cuts it: body or disc, arch with its processes, canal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ssg.phantoms.ct.contours import spine_front
from ssg.phantoms.ct.grid import F32, Grid, add_tubes
from ssg.phantoms.ct.patient import Patient


@dataclass(frozen=True, slots=True)
class Spine:
    """Signed distances in mm."""

    outside: F32
    bone: F32
    canal: F32
    canal_y: float
    disc: float
    """0 through a vertebral body … 1 through a disc."""


def lay_spine(patient: Patient, grid: Grid) -> Spine:
    """The column at one height."""
    z = grid.z / patient.tall
    front = float(spine_front(patient, grid.z))
    wave = patient.wobble
    size, bow = (float(value) for value in _size_and_bow(patient, np.array(z)))
    step = (z + 7 * wave[53]) / 23.5 + 20
    part = step - math.floor(step)
    disc = float(np.clip((0.13 - min(part, 1 - part)) / 0.06, 0, 1))
    waist = 1 - 0.09 * math.sin(math.pi * part)
    half_x, half_y = 18.6 * size * waist, 14.8 * size * waist
    middle = front + half_y
    canal_y = middle + half_y + 7.5 * size
    bone, canal = grid.far(), grid.far()
    spur = 2.5 * max(0.0, (patient.age - 50) / 30) * disc * abs(wave[54])
    _body(bone, grid.frame, np.float32(bow), np.float32(middle), np.float32(half_x + spur), np.float32(half_y))
    _arch(
        bone,
        canal,
        grid.frame,
        np.float32(bow),
        np.float32(canal_y),
        np.float32(7.5 * size),
        np.float32(1 - 0.8 * disc),
    )
    add_tubes(bone, grid.frame, np.float32(0), _processes(bow, canal_y, size, part, wave[55]), np.float32(20))
    outside = np.minimum(bone, canal - np.float32(2))
    np.maximum(bone, np.float32(0.6) - canal, out=bone)
    return Spine(outside, bone, canal, canal_y, disc)


def _size_and_bow(patient: Patient, z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Size of a vertebra, and how far its middle lies to the left, at heights ``z`` of an average man."""
    wave = patient.wobble
    size = (patient.wide * patient.deep) ** 0.5 * np.interp(z, (-130, 200), (0.86, 1.18))
    return size, np.asarray(4 * wave[51] * np.sin((z + 40 * wave[52]) / 75))


def keep_off(patient: Patient, line: NDArray[np.float64], gap: float) -> None:
    """Move points of a vessel (x, y, z, radius) away from the vertebral bodies, in place."""
    size, bow = _size_and_bow(patient, line[:, 2] / patient.tall)
    half_x, half_y = 18.6 * size, 14.8 * size
    dx, dy = line[:, 0] - bow, line[:, 1] - spine_front(patient, line[:, 2]) - half_y
    far = np.hypot(dx, dy) + 1e-6
    edge = far / (np.hypot(dx / half_x, dy / half_y) + 1e-6)
    push = np.maximum(edge + line[:, 3] + gap - far, 0) / far
    line[:, 0] += push * dx
    line[:, 1] += push * dy


def _processes(bow: float, canal_y: float, size: float, part: float, twist: float) -> F32:
    """Spinous, transverse and articular processes as flat tubes; which of them are met depends on the height."""
    mid = math.exp(-(((part - 0.45) / 0.25) ** 2))
    rows = []
    spinous = 13 + 11 * mid
    back = canal_y + 11 * size
    rows.append((bow, back, 0, 3.6 * size, bow + twist, back + spinous * size, 0, (2.4 + 1.2 * mid) * size))
    across = (5 + 12 * mid) * size
    for sign in (-1, 1):
        side = bow + sign * 11 * size
        rows.append((bow + sign * 9.5 * size, back - 4, 0, 5.0 * size, bow + sign * 2, back + 1, 0, 3.8 * size))
        rows.append((side, canal_y + 1, 0, 5.2 * size, side + sign * across, canal_y + 9 * size, 0, 3.9 * size))
        rows.append((side, canal_y - 7 * size, 0, 4.2 * size, side, canal_y + 2, 0, 5.0 * size))
    return np.array(rows, np.float32)


@njit(cache=True, fastmath=True, error_model="numpy")
def _body(out, frame, x0, y0, half_x, half_y):  # type: ignore[no-untyped-def]  # pragma: no cover
    """A rounded block: between an ellipse and a box, hollowed a little behind."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            u = (frame[0] + frame[1] * j + frame[2] * i - x0) / half_x
            v = (frame[3] + frame[4] * j + frame[5] * i - y0) / half_y
            if abs(u) > 3 or abs(v) > 3:
                continue
            uu, vv = u * u, v * v
            norm = math.sqrt(math.sqrt(uu * uu + vv * vv)) * np.float32(0.6) + math.sqrt(uu + vv) * np.float32(0.4)
            distance = (norm - np.float32(0.97)) * min(half_x, half_y)
            if v > 0:
                distance = max(distance, (v - np.float32(0.9) - np.float32(0.12) * uu) * half_y)
            out[i, j] = min(out[i, j], distance)


@njit(cache=True, fastmath=True, error_model="numpy")
def _arch(bone, canal, frame, x0, y0, radius, closed):  # type: ignore[no-untyped-def]  # pragma: no cover
    """A ring about the canal, open at the sides where nerves leave."""
    for i in range(bone.shape[0]):
        for j in range(bone.shape[1]):
            x = frame[0] + frame[1] * j + frame[2] * i - x0
            y = frame[3] + frame[4] * j + frame[5] * i - y0
            if abs(x) > 45 or abs(y) > 45:
                continue
            far = math.sqrt(x * x + y * y * np.float32(1.15)) - radius
            canal[i, j] = far
            gap = (np.float32(1) - closed) * np.float32(9)
            ring = abs(far - np.float32(3.9)) - np.float32(3.9)
            if y < 4 + gap:
                ring += gap * np.float32(0.6)
            if y < -np.float32(0.35) * radius and abs(x) < np.float32(0.8) * radius:
                ring += 8
            bone[i, j] = min(bone[i, j], ring)
