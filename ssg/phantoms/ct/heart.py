"""The heart as ellipsoids: pools of blood, left ventricular wall, pericardium around all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssg.phantoms.ct.grid import F32, Grid, add_ellipsoid, axes, merge
from ssg.phantoms.ct.patient import Patient

# Chamber: centre (x, y from the middle of the cage, z), radii, turn in the slice, tilt to the feet.
_CHAMBERS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float], float, float]] = {
    "left atrium": ((6, -6, 50), (33, 17, 21), 0.12, 0.1),
    "right atrium": ((-33, -27, 64), (18, 26, 31), 0.25, 0.0),
    "right ventricle": ((8, -53, 76), (41, 19, 30), -0.12, 0.25),
    "left ventricle": ((38, -28, 80), (40, 22, 24), -0.62, 0.28),
    "outflow": ((15, -52, 55), (15, 13, 20), 0.3, 0.0),
    "left outflow": ((12, -28, 60), (18, 13, 15), -0.4, -0.3),
}
LEFT = ("left atrium", "left ventricle", "left outflow")


@dataclass(frozen=True, slots=True)
class Heart:
    """Signed distances in one slice."""

    outside: F32
    """The pericardium."""
    chambers: dict[str, F32]
    wall: F32
    """Outer surface of the left ventricle's wall."""


def chamber_place(patient: Patient, name: str) -> tuple[F32, F32]:
    """Centre in patient mm and matrix of a chamber."""
    centre, radii, yaw, tilt = _CHAMBERS[name]
    grown = patient.heart * 0.9
    middle = np.array([10.0, -30.0, 68.0])
    spread = middle + (np.array(centre) - middle) * (1 + 0.9 * (grown - 1))
    spread *= np.array([patient.wide, patient.deep, patient.tall])
    spread[0] += patient.shift + (4 + 9 * (grown - 1)) * patient.wide
    level = np.array([patient.wide, patient.deep, patient.tall]) * grown
    turned = yaw + 0.08 * patient.wobble[45]
    size = np.array(radii) * (np.prod(level) ** (1 / 3) * 0.6 + 0.4 * level)
    return spread.astype(np.float32), axes(size, turned, tilt)


def lay_heart(patient: Patient, grid: Grid) -> Heart:
    """The heart as this slice cuts it."""
    chambers: dict[str, F32] = {}
    outside = grid.far()
    for name in _CHAMBERS:
        centre, shape = chamber_place(patient, name)
        distance = grid.far()
        add_ellipsoid(distance, grid.frame, np.float32(grid.z), centre, shape, np.float32(30))
        chambers[name] = distance
        merge(outside, distance, 9.5 if name == "left ventricle" else 3.5, 16.0)
    outside -= np.float32(patient.effusion_mm)
    return Heart(outside, chambers, chambers["left ventricle"] - np.float32(9.0))
