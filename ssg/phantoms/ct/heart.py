"""The heart as ellipsoids: pools of blood, left ventricular wall, pericardium around all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssg.phantoms.ct.grid import F32, Grid, add_ellipsoid, merge
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


_CENTRES, _RADII = (np.array([row[k] for row in _CHAMBERS.values()], float) for k in (0, 1))
_TURNS = np.array([(row[2], row[3]) for row in _CHAMBERS.values()])
_MIDDLE = np.array([10.0, -30.0, 68.0])


def place_chambers(patient: Patient) -> tuple[F32, F32]:
    """Centres (chambers, 3) in patient mm and matrices (chambers, 3, 3)."""
    grown = patient.heart * 0.9
    build = np.array([patient.wide, patient.deep, patient.tall])
    centres = (_MIDDLE + (_CENTRES - _MIDDLE) * (1 + 0.9 * (grown - 1))) * build
    centres[:, 0] += patient.shift + (4 + 9 * (grown - 1)) * patient.wide
    radii = _RADII * grown * (float(np.prod(build)) ** (1 / 3) * 0.6 + 0.4 * build)
    yaw, tilt = _TURNS[:, 0] + 0.08 * patient.wobble[45], _TURNS[:, 1]
    cy, sy, cp, sp, none = np.cos(yaw), np.sin(yaw), np.cos(tilt), np.sin(tilt), np.zeros(len(yaw))
    rows = np.array([[cy * cp, sy * cp, sp], [-sy, cy, none], [-cy * sp, -sy * sp, cp]]).transpose(2, 0, 1)
    return centres.astype(np.float32), (rows / radii[:, :, None]).astype(np.float32)


def lay_heart(patient: Patient, grid: Grid) -> Heart:
    """The heart as this slice cuts it."""
    chambers: dict[str, F32] = {}
    outside = grid.far()
    for name, centre, shape in zip(_CHAMBERS, *place_chambers(patient), strict=True):
        distance = grid.far()
        add_ellipsoid(distance, grid.frame, np.float32(grid.z), centre, shape, np.float32(30))
        chambers[name] = distance
        merge(outside, distance, 9.5 if name == "left ventricle" else 3.5, 16.0)
    outside -= np.float32(patient.effusion_mm)
    return Heart(outside, chambers, chambers["left ventricle"] - np.float32(9.0))
