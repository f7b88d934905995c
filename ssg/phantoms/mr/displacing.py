"""What moves the brain in a slice: the patient's own shape, masses, shift, blood under the skull, wide ventricles.

Every function moves the point of a pixel back to where its tissue came from. Part of the compiled slice kernel."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ssg.phantoms.mr.tissue import periodic3, sample_one

F = np.float32

EASY = F(1.8)
"""mm by which a ventricle grows over its surroundings; beyond that it presses them outwards."""


@njit(fastmath=True, error_model="numpy", forceinline=True)
def deform(waves, state, head):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The patient's own smooth deformation."""
    tenth = F(0.1)
    wx, wy, wz = periodic3(waves, state[0] * tenth + head[4], state[1] * tenth + head[5], state[2] * tenth + head[6])
    # the midline stays straight: sideways displacement fades towards it
    state[0] += head[3] * wx * min(abs(state[0]) * F(0.05) + F(0.12), F(1))
    state[1] += head[3] * wy
    state[2] += head[3] * wz


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _widen(atlas, state, head):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Grow the lateral ventricle and press what lies about it outwards."""
    x, y, z = state[0], state[1], state[2]
    grow = head[18] if x < F(0) else head[19]
    if grow <= EASY:
        return
    ax = abs(x)
    if ax > F(46) or y > F(46) or y < F(-84) or z > F(42) or z < F(-34):
        return
    away = sample_one(atlas, 5, x, y, z)
    if away > F(18):
        return
    side = F(-1) if x < F(0) else F(1)
    gx = sample_one(atlas, 5, ax + F(2), y, z) - away
    gy = sample_one(atlas, 5, x, y + F(2), z) - away
    gz = sample_one(atlas, 5, x, y, z + F(2)) - away
    length = math.sqrt(gx * gx + gy * gy + gz * gz) + F(1e-3)
    fade = F(1) if away < F(12) else (F(18) - away) * F(1 / 6)
    push = (grow - EASY) * (math.exp(-max(away - grow + EASY, F(0)) * F(1 / 14)) if away > F(0) else F(1)) * fade
    push /= length
    state[0] = side * max(ax - gx * push, F(0.3))
    state[1] = y - gy * push
    state[2] = z - gz * push


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _layer(blood, x, ex, ey, ez, radius):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Thickness in mm of a collection under the skull in the direction of a point; 0 away from it."""
    if x * blood[0] < F(1.2) or radius < F(0.3):
        return F(0)
    scale = F(1) / radius
    dx, dy, dz = ex * scale - blood[1], ey * scale - blood[2], ez * scale - blood[3]
    along = (dx * dx + dy * dy + dz * dz) * blood[5]
    if along >= F(1):
        return F(0)
    shape = F(1) - along
    return blood[4] * (math.sqrt(shape) if blood[6] < F(1) else shape)


@njit(fastmath=True, error_model="numpy", forceinline=True)
def displace(atlas, state, head, masses, shift, blood):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move the point back to where its tissue came from; returns the number of the blood collection it lies in."""
    x, y, z = state[0], state[1], state[2]
    ex, ey, ez = x * F(1 / 72), (y + F(18)) * F(1 / 88), (z - F(4)) * F(1 / 75)
    radius = math.sqrt(ex * ex + ey * ey + ez * ez)
    if radius > F(1.08):
        return F(0)
    rim = min(max((F(1) - radius) * F(4), F(0)), F(1))
    inside = F(0)
    for index in range(blood.shape[0]):
        layer = _layer(blood[index], x, ex, ey, ez, radius) * min(max((z + F(30)) * F(0.07), F(0)), F(1))
        if layer <= F(0.4):
            continue
        depth = -sample_one(atlas, 1, x, y, z)
        if depth < F(0):
            continue
        if depth < layer:
            inside = F(index + 1)
            state[5], state[6] = depth, layer
            continue
        nx, ny, nz = ex * F(1 / 72), ey * F(1 / 88), ez * F(1 / 75)
        scale = F(1) / (math.sqrt(nx * nx + ny * ny + nz * nz) + F(1e-7))
        push = max(layer - F(0.8), F(0)) * math.exp((layer - depth) * F(1 / 28))
        state[0] += nx * scale * push
        state[1] += ny * scale * push
        state[2] += nz * scale * push
    if shift[0] != F(0) and rim > F(0):
        dy, dz = (y - shift[1]) * shift[3], (z - shift[2]) * shift[4]
        bell = math.exp(-(dy * dy + dz * dz))
        wide = max(F(1) - ex * ex - F(0.5) * abs(ex), F(0))
        state[0] -= shift[0] * bell * wide * min(rim * F(1.6), F(1))
    for index in range(masses.shape[0]):
        dx, dy, dz = state[0] - masses[index, 0], state[1] - masses[index, 1], state[2] - masses[index, 2]
        reach = masses[index, 3]
        square = dx * dx + dy * dy + dz * dz
        if square > reach * reach * F(25):
            continue
        far = math.sqrt(square) / reach + F(1e-3)
        # strongest at the surface, falling with the square of the distance; the order along a ray is kept
        push = masses[index, 4] / (far + far * far * far)
        factor = max(F(1) - push * rim * min(max((F(5) - far) * F(0.5), F(0)), F(1)), F(0.15))
        state[0] = masses[index, 0] + dx * factor
        state[1] = masses[index, 1] + dy * factor
        state[2] = masses[index, 2] + dz * factor
    _widen(atlas, state, head)
    return inside
