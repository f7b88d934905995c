"""The vessels of one lung as a tree: it grows from the hilum to many points spread in the lung.

Each point joins the nearest part of what has grown before, so branches never cross the lung without need; widths
follow from how many tips a branch feeds (Murray's law).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.random import Generator
from numpy.typing import NDArray

from ssg.phantoms.ct.contours import ANGLES, pleura, spine_front
from ssg.phantoms.ct.grid import F32
from ssg.phantoms.ct.patient import Patient

MURRAY = 2.25
"""Power of the radius that adds up where branches join."""

BALANCE = 0.45
"""0 joins the nearest branch, which is short but winding; 1 runs straight from the hilum."""

_LEVELS = np.arange(-116.0, 190.0, 9.0)


_STEP = 8


def lung_contours(patient: Patient) -> NDArray[np.float64]:
    """Radii of the chest wall at all heights, coarse: made once for many points."""
    return pleura(patient, _LEVELS * patient.tall, _STEP)


def lung_points(
    patient: Patient, contours: NDArray[np.float64], sign: float, count: int, rng: Generator
) -> NDArray[np.float64]:
    """Random points (x, y, z) in one lung, denser near its surface, as small vessels are."""
    heights = _LEVELS * patient.tall
    draws = rng.random((count + count // 2, 3))
    area = (contours**2).mean(axis=1)
    level = np.interp(draws[:, 0], np.cumsum(area) / area.sum(), np.arange(len(area)))
    angle = (draws[:, 1] - 0.5) * np.pi + (0.0 if sign > 0 else np.pi)
    radius = contours[level.astype(int), (angle / (2 * np.pi) * (ANGLES // _STEP)).astype(int) % (ANGLES // _STEP)]
    reach = radius * 0.965 * draws[:, 2] ** 0.55
    z = np.interp(level, np.arange(len(heights)), heights)
    x, y = reach * np.cos(angle), reach * np.sin(angle)
    dome = patient.domes[0 if sign < 0 else 1] * patient.tall + 45 * (reach / radius) ** 2
    inside = (np.abs(x) > 24) & (z < dome) & ((np.abs(x) > 34) | (y < spine_front(patient, z)))
    return np.stack([x, y, z], axis=1)[inside][:count]


def grow(root: NDArray[np.float64], targets: NDArray[np.float64], tip_mm: float, rng: Generator) -> F32:
    """Tubes (x, y, z, radius of both ends) of a tree whose trunk is the chain ``root`` of (x, y, z)."""
    order = np.argsort(((targets - root[-1]) ** 2).sum(axis=1))
    bends = rng.standard_normal((len(targets), 3))
    return _grow(
        root.astype(np.float32), targets[order].astype(np.float32), bends.astype(np.float32), np.float32(tip_mm)
    )


@njit(cache=True, fastmath=True, error_model="numpy")
def _grow(root, targets, bends, tip):  # type: ignore[no-untyped-def]  # pragma: no cover
    most = len(root) + 2 * len(targets)
    nodes, parent = np.zeros((most, 3), np.float32), np.zeros(most, np.int32)
    path = np.zeros(most, np.float32)
    count = len(root)
    for k in range(count):
        nodes[k] = root[k]
        parent[k] = k - 1
    for k in range(len(targets)):
        x, y, z = targets[k]
        best, nearest = np.float32(1e9), 0
        for n in range(count):
            dx, dy, dz = nodes[n, 0] - x, nodes[n, 1] - y, nodes[n, 2] - z
            far = np.sqrt(dx * dx + dy * dy + dz * dz) + np.float32(BALANCE) * path[n]
            if far < best:
                best, nearest = far, n
        length = best - np.float32(BALANCE) * path[nearest]
        if length < 2:
            continue
        last = nearest
        if length > 9:
            for axis in range(3):
                nodes[count, axis] = (
                    np.float32(0.55) * nodes[nearest, axis]
                    + np.float32(0.45) * targets[k, axis]
                    + bends[k, axis] * length * np.float32(0.06)
                )
            parent[count] = nearest
            path[count] = path[nearest] + np.float32(0.45) * length
            last = count
            count += 1
        nodes[count] = targets[k]
        parent[count] = last
        path[count] = path[nearest] + length
        count += 1
    flow = np.zeros(count, np.float32)
    fed = np.zeros(count, np.int32)
    for n in range(count - 1, -1, -1):
        if fed[n] == 0:
            flow[n] = tip**MURRAY
        if parent[n] >= 0:
            flow[parent[n]] += flow[n]
            fed[parent[n]] = 1
    pieces = np.empty((count - 1, 8), np.float32)
    row = 0
    for n in range(count):
        p = parent[n]
        if p < 0:
            continue
        thick = flow[n] ** np.float32(1 / MURRAY)
        from_thick = min(flow[p] ** np.float32(1 / MURRAY), thick * np.float32(1.25))
        pieces[row, :3] = nodes[p]
        pieces[row, 3] = from_thick
        pieces[row, 4:7] = nodes[n]
        pieces[row, 7] = thick
        row += 1
    return pieces[:row]


@njit(cache=True, fastmath=True, error_model="numpy")
def cover(share, frame, z, pieces, pitch, factor, shift, thick):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Raise ``share`` to how much of each pixel the tubes fill, in place.

    ``factor`` scales radii, ``shift`` moves all by so many radii sideways (bronchi beside arteries), ``thick`` is the
    thickness of the slice in mm, which shows more of a small vessel's length, but fainter.
    """
    size = share.shape[0]
    half, one = np.float32(0.5), np.float32(1)
    scale = math_sqrt(frame[1] * frame[1] + frame[2] * frame[2])
    unit = frame[1] * frame[1] + frame[2] * frame[2]
    for k in range(len(pieces)):
        x1, y1, z1, r1, x2, y2, z2, r2 = pieces[k]
        x1, x2 = x1 + shift * r1, x2 + shift * r2
        r1, r2 = r1 * factor, r2 * factor
        wide = max(r1, r2) + pitch
        if z < min(z1, z2) - wide - thick * half or z > max(z1, z2) + wide + thick * half:
            continue
        dx, dy, dz, dr = x2 - x1, y2 - y1, z2 - z1, r2 - r1
        length = dx * dx + dy * dy + dz * dz + np.float32(1e-6)
        # the stretch of the tube's axis near this slice, so that the window stays small
        low, high = np.float32(0), one
        if abs(dz) > np.float32(0.5):
            a, b = (z - wide - thick * half - z1) / dz, (z + wide + thick * half - z1) / dz
            low, high = max(min(a, b), np.float32(0)), min(max(a, b), one)
            if low > high:
                continue
        ux, uy, vx, vy = x1 + low * dx, y1 + low * dy, x1 + high * dx, y1 + high * dy
        span = half * math_sqrt((ux - vx) ** 2 + (uy - vy) ** 2) + wide
        mx, my = half * (ux + vx) - frame[0], half * (uy + vy) - frame[3]
        column, row = (frame[1] * mx + frame[4] * my) / unit, (frame[2] * mx + frame[5] * my) / unit
        reach = span / scale
        top, bottom = max(int(row - reach), 0), min(int(row + reach) + 2, size)
        left, right = max(int(column - reach), 0), min(int(column + reach) + 2, size)
        thin = min(one, np.float32(2) * max(r1, r2) / pitch)
        pz = z - z1
        for i in range(top, bottom):
            for j in range(left, right):
                px = frame[0] + frame[1] * j + frame[2] * i - x1
                py = frame[3] + frame[4] * j + frame[5] * i - y1
                t = min(max((px * dx + py * dy + pz * dz) / length, np.float32(0)), one)
                qx, qy, qz = px - t * dx, py - t * dy, pz - t * dz
                qz = max(abs(qz) - thick * half, np.float32(0))
                inside = half + (r1 + t * dr - math_sqrt(qx * qx + qy * qy + qz * qz)) / pitch
                if inside > 0:
                    share[i, j] = max(share[i, j], min(inside, one) * thin)


@njit(cache=True, inline="always")
def math_sqrt(value):  # type: ignore[no-untyped-def]  # pragma: no cover
    """A root that stays float32."""
    return np.sqrt(np.float32(value))
