"""Tissues by number: what a pixel is made of, and the compiled helpers that sample the atlas and textures."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ssg.phantoms.mr.atlas import GRADE, SCALE
from ssg.phantoms.mr.shapes import LOW, STEP

(
    AIR, SKIN, FAT, MUSCLE, CORTICAL, MARROW, CSF, GREY, WHITE, CALLOSUM, CAUDATE, LENTIFORM, THALAMUS, LATERAL, MIDDLE,
    CEREBELLUM, ARBOR, BRAINSTEM, CHOROID, PITUITARY, VEIN, ARTERY, DURA, MUCOSA, VITREOUS, NERVE, SINUS, FLUID, BONE,
) = range(29)  # fmt: skip
TISSUES = 29

_LOW_X, _LOW_Y, _LOW_Z = (np.float32(value) for value in LOW)
_PER_MM = np.float32(1 / STEP)
_CHANNELS = 24
_UNIT = np.float32(SCALE)
_GRADE = np.float32(GRADE)


@njit(fastmath=True, forceinline=True)
def ramp(distance, inv):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Share of a pixel inside a surface ``distance`` mm away (negative inside), the edge ``1 / inv`` mm wide."""
    return min(max(np.float32(0.5) - distance * inv, np.float32(0)), np.float32(1))


@njit(fastmath=True, error_model="numpy", forceinline=True)
def sample_all(atlas, x, y, z, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Every channel of the atlas at a point in mm, into ``out``; the nearest face beyond the grid."""
    fx, fy, fz = abs(x) * _PER_MM, (y - _LOW_Y) * _PER_MM, (z - _LOW_Z) * _PER_MM
    i = min(max(int(fx), 0), atlas.shape[0] - 2)
    j = min(max(int(fy), 0), atlas.shape[1] - 2)
    k = min(max(int(fz), 0), atlas.shape[2] - 2)
    u = min(max(fx - np.float32(i), np.float32(0)), np.float32(1))
    v = min(max(fy - np.float32(j), np.float32(0)), np.float32(1))
    w = min(max(fz - np.float32(k), np.float32(0)), np.float32(1))
    one, unit = np.float32(1), _UNIT
    a, b = (one - u) * (one - v) * unit, (one - u) * v * unit
    c, d = u * (one - v) * unit, u * v * unit
    for n in range(_CHANNELS):
        low = (
            a * atlas[i, j, k, n]
            + b * atlas[i, j + 1, k, n]
            + c * atlas[i + 1, j, k, n]
            + d * atlas[i + 1, j + 1, k, n]
        )
        high = (
            a * atlas[i, j, k + 1, n]
            + b * atlas[i, j + 1, k + 1, n]
            + c * atlas[i + 1, j, k + 1, n]
            + d * atlas[i + 1, j + 1, k + 1, n]
        )
        out[n] = low + w * (high - low)


@njit(fastmath=True, error_model="numpy", forceinline=True)
def sample_one(atlas, channel, x, y, z):  # type: ignore[no-untyped-def]  # pragma: no cover
    """One channel of the atlas at a point in mm."""
    fx, fy, fz = abs(x) * _PER_MM, (y - _LOW_Y) * _PER_MM, (z - _LOW_Z) * _PER_MM
    i = min(max(int(fx), 0), atlas.shape[0] - 2)
    j = min(max(int(fy), 0), atlas.shape[1] - 2)
    k = min(max(int(fz), 0), atlas.shape[2] - 2)
    u = min(max(fx - np.float32(i), np.float32(0)), np.float32(1))
    v = min(max(fy - np.float32(j), np.float32(0)), np.float32(1))
    w = min(max(fz - np.float32(k), np.float32(0)), np.float32(1))
    n, one = channel, np.float32(1)
    a = np.float32(atlas[i, j, k, n]) * (one - w) + np.float32(atlas[i, j, k + 1, n]) * w
    b = np.float32(atlas[i, j + 1, k, n]) * (one - w) + np.float32(atlas[i, j + 1, k + 1, n]) * w
    c = np.float32(atlas[i + 1, j, k, n]) * (one - w) + np.float32(atlas[i + 1, j, k + 1, n]) * w
    d = np.float32(atlas[i + 1, j + 1, k, n]) * (one - w) + np.float32(atlas[i + 1, j + 1, k + 1, n]) * w
    return ((a * (one - v) + b * v) * (one - u) + (c * (one - v) + d * v) * u) * _UNIT


@njit(fastmath=True, error_model="numpy", forceinline=True)
def periodic(field, x, y, z):  # type: ignore[no-untyped-def]  # pragma: no cover
    """A periodic field (n³, n a power of two) at a point in voxels."""
    last = field.shape[0] - 1
    bx, by, bz = math.floor(x), math.floor(y), math.floor(z)
    u, v, w = np.float32(x - bx), np.float32(y - by), np.float32(z - bz)
    i, j, k = int(bx) & last, int(by) & last, int(bz) & last
    i1, j1, k1 = (i + 1) & last, (j + 1) & last, (k + 1) & last
    one = np.float32(1)
    a = np.float32(field[i, j, k]) * (one - w) + np.float32(field[i, j, k1]) * w
    b = np.float32(field[i, j1, k]) * (one - w) + np.float32(field[i, j1, k1]) * w
    c = np.float32(field[i1, j, k]) * (one - w) + np.float32(field[i1, j, k1]) * w
    d = np.float32(field[i1, j1, k]) * (one - w) + np.float32(field[i1, j1, k1]) * w
    return ((a * (one - v) + b * v) * (one - u) + (c * (one - v) + d * v) * u) * _GRADE


@njit(fastmath=True, error_model="numpy", forceinline=True)
def periodic3(field, x, y, z):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Three periodic fields (n³ × 3) at a point in voxels."""
    last = field.shape[0] - 1
    bx, by, bz = math.floor(x), math.floor(y), math.floor(z)
    u, v, w = np.float32(x - bx), np.float32(y - by), np.float32(z - bz)
    i, j, k = int(bx) & last, int(by) & last, int(bz) & last
    i1, j1, k1 = (i + 1) & last, (j + 1) & last, (k + 1) & last
    one = np.float32(1)
    first = second = third = np.float32(0)
    for a in range(2):
        p, s = (i1, u) if a else (i, one - u)
        for b in range(2):
            q, t = (j1, v) if b else (j, one - v)
            low, high = s * t * (one - w) * _GRADE, s * t * w * _GRADE
            first += low * np.float32(field[p, q, k, 0]) + high * np.float32(field[p, q, k1, 0])
            second += low * np.float32(field[p, q, k, 1]) + high * np.float32(field[p, q, k1, 1])
            third += low * np.float32(field[p, q, k, 2]) + high * np.float32(field[p, q, k1, 2])
    return first, second, third
