"""The torso at one height as contours around its middle: pleura, muscle, skin, and where the slice cuts the ribs.

A contour is a table of radii in mm over ``ANGLES`` directions; direction 0 is the patient's left, a quarter turn is the
back. Contours change smoothly with height, so neighbouring slices agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssg.phantoms.ct.patient import Patient

F64 = NDArray[np.float64]
ANGLES = 512
THETA = np.arange(ANGLES) * (2 * np.pi / ANGLES)
COS, SIN = np.cos(THETA), np.sin(THETA)

_HEIGHTS = np.array([-130.0, -110, -90, -60, -20, 30, 80, 130, 180, 220])
_HALF_WIDTH = np.array([30.0, 44, 62, 86, 108, 124, 132, 135, 132, 128])
_HALF_DEPTH = np.array([24.0, 33, 44, 60, 78, 90, 97, 99, 96, 92])
_SPINE_FRONT = np.array([0.0, 2, 4, 9, 14, 15, 9, 1, -8, -14])
_RISE = 6.0


def cage_size(patient: Patient, z: NDArray[np.floating] | float) -> tuple[F64, F64]:
    """Inner half width and half depth of the thoracic cage at heights."""
    level = np.asarray(z, float) / patient.tall
    return (
        np.interp(level, _HEIGHTS, _HALF_WIDTH) * patient.wide,
        np.interp(level, _HEIGHTS, _HALF_DEPTH) * patient.deep,
    )


def spine_front(patient: Patient, z: NDArray[np.floating] | float) -> F64:
    """How far back (y) the front of the vertebral column lies."""
    return np.interp(np.asarray(z, float) / patient.tall, _HEIGHTS, _SPINE_FRONT) * patient.deep


def pleura(patient: Patient, z: NDArray[np.floating] | float, step: int = 1) -> F64:
    """Radii of the inner chest wall, (heights, ANGLES / step): oval, with a bay on each side of the spine behind."""
    a, b = (np.atleast_1d(value)[:, None] for value in cage_size(patient, z))
    return np.asarray(
        ((_COS_P[::step] / a**_POWER) + (_SIN_P[::step] / b**_POWER)) ** (-1 / _POWER) * _shape(patient, step)
    )


_POWER = 2.3
_COS_P, _SIN_P = np.abs(COS) ** _POWER, np.abs(SIN) ** _POWER
_OFF_BACK = np.abs((THETA - np.pi / 2 + np.pi) % (2 * np.pi) - np.pi)
_NOTCH = 0.42 * np.exp(-((_OFF_BACK / 0.42) ** 2.2)) - 0.08 * np.exp(-(((_OFF_BACK - 0.72) / 0.28) ** 2))
_FLAT_FRONT = 0.05 * np.exp(-(((THETA - 1.5 * np.pi) / 0.3) ** 2))


def _shape(patient: Patient, step: int) -> F64:
    """The same at each height: notch for the spine, flat front, a little asymmetry."""
    wave, turn = patient.wobble, THETA[::step]
    uneven = 0.012 * (wave[0] * np.cos(2 * turn + wave[1]) + wave[2] * np.cos(3 * turn + wave[3]))
    return np.asarray(1 - _NOTCH[::step] - (1 + 0.5 * wave[4]) * _FLAT_FRONT[::step] + uneven)


@dataclass(frozen=True, slots=True)
class Torso:
    """Contours of one height, and the ribs it cuts."""

    pleura: F64
    cosine: F64
    """Distance to the pleura is the difference of radii times this."""
    muscle: F64
    plane: F64
    """Middle of the fat plane between muscle layers."""
    plane_half: F64
    skin: F64
    rib: F64
    """How far above or below the next rib's axis the slice lies, mm."""
    rib_number: NDArray[np.int64]
    cartilage: F64
    """0 bone … 1 cartilage."""
    back: float
    """Where the table flattens the back (y)."""
    breast: F64


def torso(patient: Patient, z: float) -> Torso:
    """All contours at one height."""
    inner = pleura(patient, z)[0]
    slope = (np.roll(inner, -1) - np.roll(inner, 1)) / (2 * 2 * np.pi / ANGLES)
    cosine = inner / np.sqrt(inner * inner + slope * slope)
    a, b = (float(value) for value in cage_size(patient, z))
    level = z / patient.tall
    muscle = _muscle(patient, level, inner, a, b)
    fat, breast = _fat(patient, level)
    skin = muscle + fat
    back = _back(patient, b)
    skin = _flatten(_rounded(skin, 9), back + 3)
    rib, number, cartilage = _ribs(patient, level)
    layer = inner + 11.5 + 0.42 * np.maximum(muscle - inner - 14, 0)
    wave = patient.wobble[20:36]
    half = 0.9 * sum(
        wave[2 * k] * np.cos((k + 3) * THETA + 0.02 * level + 3 * wave[2 * k + 1]) for k in range(6)
    ) + 0.9 * np.minimum(patient.fat_mm / 16, 2.2)
    gate = np.clip(0.65 + 0.9 * np.cos(5 * THETA + wave[12]) + 0.6 * np.cos(3 * THETA + wave[13] + 0.01 * level), 0, 1)
    half = np.where(muscle - inner > 14, np.clip(half + 0.3, 0, 4.0) * gate, 0)
    return Torso(inner, cosine, muscle, layer, np.asarray(half), skin, rib, number, cartilage, back, breast)


def _back(patient: Patient, half_depth: float) -> float:
    return half_depth + 18 * patient.muscle + 0.45 * patient.fat_mm + 9


def couch(patient: Patient) -> float:
    """Where the couch lies (y), the same for all slices: under the deepest part of the chest."""
    return _back(patient, float(cage_size(patient, 110 * patient.tall)[1]))


def _bump(centre: float, half: float) -> F64:
    """A bell over direction, 1 at ``centre``; mirrored by calling twice."""
    turn = (THETA - centre + np.pi) % (2 * np.pi) - np.pi
    return np.asarray(np.exp(-((turn / half) ** 2)))


def _both(front: float, half: float) -> F64:
    """A bell on both sides, ``front`` radians from the sternum."""
    return _bump(-np.pi / 2 + front, half) + _bump(-np.pi / 2 - front, half)


def _muscle(patient: Patient, level: float, inner: F64, a: float, b: float) -> F64:
    """Outer contour of the muscles: pectoral, shoulder girdle with the scapula, broad back, along the spine."""
    strong = patient.muscle
    pectoral = 19 * strong * np.exp(-(((level + 38) / 58) ** 2)) * _both(0.75, 0.42)
    girdle = np.clip((25 - level) / 90, 0, 1.25)
    shoulder = (4.5 + 52 * girdle * girdle * (3 - 2 * min(girdle, 1.0))) * strong * _both(2.05 - 0.18 * girdle, 0.62)
    side = 2.5 * strong * _both(1.5, 0.5)
    outer = inner + 11.5 + pectoral + shoulder + side
    depth = 0.98 * b + 17 * strong
    width = 0.5 * a + 34
    behind = (np.abs(COS / width) ** 2.6 + np.abs(SIN / depth) ** 2.6) ** (-1 / 2.6)
    outer = np.where(SIN > 0.1, np.maximum(outer, behind), outer)
    upper = np.clip((-60 - level) / 45, 0, 1)
    neck = (np.abs(COS / (118 * patient.wide)) ** 2.3 + np.abs(SIN / (68 * patient.deep)) ** 2.3) ** (-1 / 2.3)
    outer = np.maximum(outer, neck * upper)
    joint = np.clip((-56 - level) / 28, 0, 1)
    outer = outer + (46 * patient.wide + 12 * strong) * joint * _both(1.6, 0.36)
    return _rounded(outer, 15)


def _fat(patient: Patient, level: float) -> tuple[F64, F64]:
    """Thickness of skin and the fat under it, breasts included; and the share of it that is breast."""
    fat = patient.fat_mm
    thick = 2.2 + fat * (0.55 + 0.5 * _both(1.6, 0.8) + 0.25 * _both(2.5, 0.5) - 0.3 * _bump(-np.pi / 2, 0.35))
    height = np.exp(-(((level - 48) / 40) ** 2))
    breast = patient.breast_mm * height * _both(0.72 + 0.12 * np.tanh((level - 40) / 50), 0.42)
    return np.asarray(thick + breast), np.asarray(breast)


def _flatten(radii: F64, back: float) -> F64:
    """Press the back against the table."""
    limit = back / np.maximum(SIN, 1e-3)
    near = np.clip(radii / limit, 0, 4)
    pressed = radii / (1 + np.clip(near, 0, 4) ** 14) ** (1 / 14)
    return np.where(SIN > 0.05, pressed, radii)


def _rounded(radii: F64, reach: int) -> F64:
    """Smooth a closed contour over ``reach`` directions to each side."""
    weights = np.hanning(2 * reach + 3)[1:-1]
    wrapped = np.concatenate([radii[-reach:], radii, radii[:reach]])
    return np.convolve(wrapped, weights / weights.sum(), mode="valid")


def _ribs(patient: Patient, level: float) -> tuple[F64, NDArray[np.int64], F64]:
    """For each direction the rib nearest in height: how far off, its number (1 to 12), and how much cartilage."""
    first, spacing, slope = patient.ribs
    turn = np.abs((THETA - np.pi / 2 + np.pi) % (2 * np.pi) - np.pi)
    number = np.arange(1, 13)[:, None]
    along = turn[None, :]
    steep = slope * (50 + 6.0 * np.minimum(number, 8))
    fall = steep * (1 - np.cos(np.minimum(along, 2.45))) * 0.9
    climb = np.clip(along - 2.3, 0, 1) * np.clip(number - 4, 0, 6) * 26
    heights = first + spacing * (number - 1) + fall - climb
    ends = np.select([number <= 7, number <= 10, number == 11], [3.2, 2.62, 1.9], 1.5)
    off = np.where(along < ends, level - heights, 999.0)
    off = off * patient.tall
    nearest = np.abs(off).argmin(axis=0)
    joint = 2.36 - 0.04 * np.maximum(nearest + 1 - 5, 0)
    cartilage = np.clip((turn - joint) / 0.05, 0, 1)
    return off[nearest, np.arange(ANGLES)], nearest + 1, cartilage
