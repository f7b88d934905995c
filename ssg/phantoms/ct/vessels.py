"""Centre lines of great vessels, airways and gullet, in millimetres of a reference man, stretched to a patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ssg.phantoms.ct.contours import spine_front
from ssg.phantoms.ct.grid import F32
from ssg.phantoms.ct.patient import Patient
from ssg.phantoms.ct.spine import keep_off

Points = NDArray[np.float64]

# x, y (from the front of the spine), z, radius. Order of the aorta: root, ascending, arch, descending.
_AORTA = (
    (6, -38, 52, 1.0), (-2, -46, 34, 1.06), (-13, -50, 12, 1.0), (-15, -48, -10, 0.98), (-8, -41, -27, 0.94),
    (5, -30, -33, 0.9), (17, -13, -31, 0.86), (24, 0, -19, 0.84), (24, 8, 0, 0.82), (23, 9, 30, 0.8),
    (21, 6, 70, 0.78), (15, 1, 110, 0.76), (9, -6, 150, 0.74), (6, -8, 200, 0.72),
)  # fmt: skip
_TRUNK = ((14, -62, 52, 14), (18, -56, 34, 13.5), (21, -46, 20, 13))
_RIGHT_ARTERY = (
    (19, -42, 19, 11.5),
    (2, -31, 19, 10.5),
    (-20, -25, 20, 10),
    (-38, -17, 24, 9),
    (-46, -9, 34, 8),
    (-49, -3, 52, 7),
)
_LEFT_ARTERY = (
    (22, -43, 17, 11.5),
    (31, -28, 10, 11),
    (39, -14, 10, 10),
    (44, -5, 20, 8.5),
    (47, 0, 36, 7.5),
    (50, 4, 54, 6.5),
)
_CAVA = ((-27, -36, -48, 8), (-27, -34, -20, 9), (-26, -32, 5, 9.5), (-25, -28, 34, 10.5))
_LOWER_CAVA = ((-24, -26, 84, 11), (-24, -18, 112, 12), (-23, -10, 150, 12), (-22, -8, 200, 11))
_RIGHT_VEIN = ((-27, -36, -48, 7.5), (-34, -42, -78, 6.5), (-48, -44, -112, 6))
_LEFT_VEIN = ((-26, -38, -50, 7), (-8, -50, -57, 6.5), (14, -52, -64, 6.5), (34, -44, -84, 6.5), (50, -40, -112, 6))
_BRANCHES = (
    ((-7, -40, -36, 6.5), (-16, -34, -58, 6.2), (-25, -28, -82, 5.5), (-40, -24, -112, 4.6)),
    ((6, -31, -40, 4.4), (12, -25, -64, 3.9), (18, -22, -112, 3.6)),
    ((18, -15, -38, 5.2), (26, -10, -64, 4.8), (36, -12, -88, 4.5), (56, -18, -112, 4.2)),
)
_AZYGOS = (
    (-25, -30, -14, 4.5),
    (-23, -16, -19, 4.8),
    (-15, -3, -14, 4.6),
    (-7, 2, 0, 3.8),
    (-5, 1, 60, 3.6),
    (-5, 0, 190, 3.2),
)
_GULLET = (
    (1, -5, -130, 5.5),
    (4, -5, -60, 6),
    (5, -6, 0, 6.5),
    (4, -9, 40, 6.5),
    (9, -13, 90, 7),
    (18, -18, 122, 8),
    (26, -22, 140, 9),
)
_TRACHEA = ((0, -17, -130, 8.2), (0, -15, -60, 8.4), (1, -13, -10, 8.8), (1, -13, 0, 9.2))
_RIGHT_BRONCHUS = ((0, -13, 0, 7.5), (-16, -12, 13, 7.2), (-27, -10, 24, 6.4), (-34, -7, 42, 5.6), (-39, 0, 62, 4.6))
_RIGHT_UPPER = ((-18, -12, 14, 5.2), (-34, -11, 15, 4.6), (-48, -14, 8, 3.6))
_LEFT_BRONCHUS = ((2, -13, 0, 6.8), (18, -12, 16, 6.4), (33, -8, 29, 6), (41, -1, 46, 5), (46, 4, 64, 4.2))
_LEFT_UPPER = ((34, -9, 30, 4.8), (46, -18, 26, 4.2), (54, -28, 18, 3.4))
PULMONARY_VEINS = (
    ((-14, -18, 44, 7), (-34, -24, 40, 6), (-52, -32, 30, 4.6)),
    ((-14, -12, 54, 7), (-36, -8, 60, 6.4), (-56, 2, 68, 4.6)),
    ((20, -20, 40, 7), (38, -30, 36, 6), (54, -38, 26, 4.6)),
    ((20, -14, 52, 7), (40, -6, 58, 6), (56, 6, 66, 4.6)),
)


class _Chain(NamedTuple):
    """One centre line: to which tube it belongs, which shakes it shares, how strong, steps between two points."""

    tube: str
    points: tuple[tuple[float, float, float, float], ...]
    sway: int
    loose: float
    parts: int


_CHAINS = (
    _Chain("aorta", _AORTA, 1, 1.0, 4),
    _Chain("trunk", _TRUNK, 4, 1.6, 3),
    _Chain("right artery", _RIGHT_ARTERY, 2, 1.6, 3),
    _Chain("left artery", _LEFT_ARTERY, 3, 1.6, 3),
    _Chain("cava", _CAVA, 5, 1.4, 2),
    _Chain("cava", _LOWER_CAVA, 5, 1.4, 2),
    _Chain("veins", _RIGHT_VEIN, 5, 1.4, 3),
    _Chain("veins", _LEFT_VEIN, 5, 1.4, 3),
    *(_Chain("branches", branch, 6, 1.4, 2) for branch in _BRANCHES),
    _Chain("azygos", _AZYGOS, 7, 1.0, 2),
    _Chain("gullet", _GULLET, 8, 1.4, 2),
    _Chain("trachea", _TRACHEA, 9, 0.9, 1),
    _Chain("right bronchus", _RIGHT_BRONCHUS, 9, 0.9, 2),
    _Chain("right bronchus", _RIGHT_UPPER, 9, 0.9, 2),
    _Chain("left bronchus", _LEFT_BRONCHUS, 9, 0.9, 2),
    _Chain("left bronchus", _LEFT_UPPER, 9, 0.9, 2),
    *(_Chain("pulmonary_veins", vein, 10, 1.4, 2) for vein in PULMONARY_VEINS),
)


def _smoother(count: int, parts: int) -> Points:
    """Weights (fine, coarse) of a Catmull–Rom curve with ``parts`` steps between each two of ``count`` points."""
    weights = np.zeros(((count - 1) * parts + 1, count))
    for row in range((count - 1) * parts):
        k, t = row // parts, row % parts / parts
        shares = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
        for offset, share in zip((-1, 0, 1, 2), shares, strict=True):
            place = k + offset
            if place < 0:
                weights[row, 0], weights[row, 1] = weights[row, 0] + 2 * share, weights[row, 1] - share
            elif place >= count:
                weights[row, -1], weights[row, -2] = weights[row, -1] + 2 * share, weights[row, -2] - share
            else:
                weights[row, place] += share
    weights *= 0.5
    weights[-1] = 0
    weights[-1, -1] = 1
    return weights


class _Plan(NamedTuple):
    """All chains as one array, so that a patient's vessels are one product of matrices."""

    reference: Points
    shakes: NDArray[np.int64]
    """Which of the patient's random numbers shake each point, (points, 3 axes, 3 numbers)."""
    steps: Points
    loose: Points
    smoother: Points
    coarse: dict[str, slice]
    fine: dict[str, slice]
    pieces: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]
    """For each tube the first and last points of its pieces, as rows of the fine points."""


def _make_plan() -> _Plan:
    reference = np.concatenate([np.array(chain.points, float) for chain in _CHAINS])
    blocks = [_smoother(len(chain.points), chain.parts) for chain in _CHAINS]
    smoother = np.zeros((sum(len(block) for block in blocks), len(reference)))
    shakes, steps, loose = [], [], []
    coarse: dict[str, slice] = {}
    fine: dict[str, slice] = {}
    starts: dict[str, list[int]] = {}
    row = column = 0
    for chain, block in zip(_CHAINS, blocks, strict=True):
        count = len(chain.points)
        smoother[row : row + len(block), column : column + count] = block
        first = [60 + (3 * chain.sway + 5 * axis) % 90 for axis in range(3)]
        shakes += [[[number, number + 1, number + 2] for number in first]] * count
        steps += list(range(count))
        loose += [chain.loose] * count
        coarse.setdefault(chain.tube, slice(column, column + count))
        fine.setdefault(chain.tube, slice(row, row + len(block)))
        starts.setdefault(chain.tube, []).extend(range(row, row + len(block) - 1))
        row, column = row + len(block), column + count
    pieces = {name: (np.array(rows), np.array(rows) + 1) for name, rows in starts.items()}
    return _Plan(
        reference,
        np.array(shakes),
        np.array(steps, float)[:, None],
        np.array(loose)[:, None],
        smoother,
        coarse,
        fine,
        pieces,
    )


_PLAN = _make_plan()


@dataclass(frozen=True, slots=True)
class Vessels:
    """Pieces of tubes (rows for ``grid.add_tubes``) and the centre lines (x, y, z, radius in mm), by name."""

    tubes: dict[str, F32]
    lines: dict[str, Points]


def place(patient: Patient, points: ArrayLike) -> Points:
    """Reference points to patient mm: stretched, and shifted with the mediastinum."""
    chain = np.array(points, float)
    chain[:, 2] *= patient.tall
    chain[:, 0] = chain[:, 0] * patient.wide + patient.shift * np.clip((chain[:, 2] + 110) / 120, 0, 1)
    chain[:, 1] = chain[:, 1] * patient.deep + spine_front(patient, chain[:, 2])
    chain[:, 3] *= (patient.wide * patient.deep) ** 0.5
    return chain


_BOW = np.array([0, -0.6, -1.1, -1, -0.4, 0.1, 0.6, 1, 1.1, 1.2, 1.1, 0.6, 0.2, 0])


def lay_vessels(patient: Patient) -> Vessels:
    """All tubes of one patient: no two run alike, and an old aorta is unfolded."""
    points = place(patient, _PLAN.reference)
    a, b, c = (patient.wobble[_PLAN.shakes[:, :, k]] for k in range(3))
    points[:, :3] += _PLAN.loose * (0.7 * a + 0.5 * b * np.cos(0.9 * _PLAN.steps + c))
    aorta = points[_PLAN.coarse["aorta"]]
    aorta[:, 3] *= patient.aorta / (patient.wide * patient.deep) ** 0.5
    aorta[:, 0] += _BOW * patient.unfold
    aorta[4:8, 2] -= 0.8 * patient.unfold
    for name in ("trunk", "right artery", "left artery"):
        points[_PLAN.coarse[name], 3] *= 1 + 0.04 * patient.wobble[40]
    fine = _PLAN.smoother @ points
    _swell(fine[_PLAN.fine["aorta"]], patient)
    keep_off(patient, fine[_PLAN.fine["aorta"]], 1.0)
    for name in ("left bronchus", "left artery"):
        _give_way(fine[_PLAN.fine[name]], fine[_PLAN.fine["aorta"]])
    narrow = fine.astype(np.float32)
    tubes = {
        name: np.concatenate([narrow[first], narrow[last]], axis=1) for name, (first, last) in _PLAN.pieces.items()
    }
    lines = {name: fine[_PLAN.fine[name]] for name in ("aorta", "trunk", "right artery", "left artery")}
    lines |= {f"{side} veins": _veins(points, sign) for side, sign in (("right", -1), ("left", 1))}
    return Vessels(tubes, lines)


def _swell(aorta: Points, patient: Patient) -> None:
    """Widen part of the aorta, in place; it bulges outwards."""
    where, length, extra = patient.bulge
    along = np.arange(len(aorta)) / 4
    swell = extra * np.exp(-(((along - where) / length) ** 2))
    aorta[:, 3] += swell
    # the arch has the windpipe at its right: it grows to the left and up
    leftwards = np.interp(along, (3.5, 5.5), (-0.35, 0.5))
    aorta[:, 0] += leftwards * swell
    aorta[:, 1] -= np.where(along < 6.5, 0.4, 0.0) * swell
    aorta[:, 2] -= 0.5 * np.exp(-(((along - 5) / 1.5) ** 2)) * swell


_DESCENDING = 28
"""First fine point of the aorta behind its arch."""


def _give_way(line: Points, aorta: Points) -> None:
    """Move a bronchus or an artery forwards from the descending aorta, in place."""
    low = aorta[_DESCENDING:]
    x, y, radius = (np.interp(line[:, 2], low[:, 2], low[:, k]) for k in (0, 1, 3))
    dx, dy = line[:, 0] - x, line[:, 1] - y
    least = radius + line[:, 3] + 2.5
    inside = (np.hypot(dx, dy) < least) & (line[:, 2] > low[0, 2])
    dy -= 0.5 * radius * inside
    far = np.hypot(dx, dy) + 1e-6
    line[:, 0] = np.where(inside, x + dx / far * least, line[:, 0])
    line[:, 1] = np.where(inside, y + dy / far * least, line[:, 1])


def _veins(points: Points, sign: int) -> Points:
    """The two pulmonary veins of one lung, one after the other."""
    first = _PLAN.coarse["pulmonary_veins"].start + (0 if sign < 0 else 6)
    return np.asarray(points[first : first + 6])
