"""The signal of every pixel of a slice: one pass that finds what lies at each point of the patient, compiled.

A pixel's point is moved back through what displaces the brain and the patient's own deformation, and is then looked up
in the atlas. Tissues are painted from the outside in, each by the share of the pixel that it fills; findings come last.
numba keeps the machine code by this file's date alone: touch it after a change in displacing, outside_dura,
inside_dura, painting or tissue.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr.displacing import EASY, deform, displace
from ssg.phantoms.mr.inside_dura import inner
from ssg.phantoms.mr.outside_dura import outer
from ssg.phantoms.mr.painting import blood_signal, focus
from ssg.phantoms.mr.tissue import periodic, ramp, sample_all

F = np.float32


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _reach(plane, lesions, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    """First and last row and column that each focal finding can touch; none where the plane passes it by."""
    out = np.zeros((lesions.shape[0], 4), np.int64)
    ox, oy, oz, ux, uy, uz, vx, vy, vz = plane
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    u2, v2 = ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz
    for index in range(lesions.shape[0]):
        dx, dy, dz = lesions[index, 1] - ox, lesions[index, 2] - oy, lesions[index, 3] - oz
        radius = F(1.72) * max(lesions[index, 4], max(lesions[index, 5], lesions[index, 6]))
        away = abs(dx * nx + dy * ny + dz * nz) / math.sqrt(nx * nx + ny * ny + nz * nz)
        if away > radius:
            continue
        column, row = (dx * ux + dy * uy + dz * uz) / u2, (dx * vx + dy * vy + dz * vz) / v2
        wide, high = F(1.12) * radius / math.sqrt(u2) + F(2), F(1.12) * radius / math.sqrt(v2) + F(2)
        out[index, 0], out[index, 1] = max(int(row - high), 0), min(int(row + high) + 1, size)
        out[index, 2], out[index, 3] = max(int(column - wide), 0), min(int(column + wide) + 1, size)
    return out


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _outside(surface, x, y, z):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Whether a point lies well outside of the head, from a coarse copy of the skin's distance."""
    i = int(abs(x) * F(0.25) + F(0.5))
    j = int((y + F(126)) * F(0.25) + F(0.5))
    k = int((z + F(146)) * F(0.25) + F(0.5))
    if i >= surface.shape[0] or j < 0 or j >= surface.shape[1] or k >= surface.shape[2]:
        return True
    return surface[i, j, max(k, 0)] > F(8)


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _paint(tex, folds, near, x, y, z, head, signals, inv, sinusitis, grain):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Signal and tissue of a point of the healthy head."""
    fine = periodic(tex[0], x * F(0.6) + head[13], y * F(0.6) + head[14], z * F(0.6) + head[15])
    if near[1] < F(0.9):
        value, tissue = inner(tex, folds, near, x, y, z, head, signals, inv, fine)
        value *= F(1) + grain * F(0.25) * fine
    else:
        value, tissue = F(0), t.AIR
        near[2], near[3], near[24] = F(0), F(0), F(0)
    if near[1] > F(-0.9):
        beyond, kind = outer(tex, near, x, y, z, head, signals, inv, fine, sinusitis, grain)
        share = F(1) - ramp(near[1], inv)
        value += (beyond - value) * share
        if share > F(0.5):
            tissue = kind
    return value, tissue


@njit(cache=True, fastmath=True, error_model="numpy")
def draw_slice(  # type: ignore[no-untyped-def]  # pragma: no cover
    atlas, surface, folds, tex, waves, plane, size, head, signals, inv, masses, shift, blood, lesions, sinusitis, grain
):
    """Signal, tissue number, finding number (0 none) and displaced x (mm) of ``size`` × ``size`` pixels."""
    signal = np.zeros((size, size), np.float32)
    label = np.zeros((size, size), np.uint8)
    found = np.zeros((size, size), np.uint8)
    across = np.empty((size, size), np.float32)
    near = np.empty(25, np.float32)
    state = np.zeros(8, np.float32)
    ox, oy, oz, ux, uy, uz, vx, vy, vz = plane
    quiet = masses.shape[0] == 0 and blood.shape[0] == 0 and shift[0] == F(0) and max(head[18], head[19]) <= EASY
    reach = _reach(plane, lesions, size)
    thick = abs(ux) + abs(vx) < F(0.4) * (abs(uy) + abs(vy))
    near_row = np.empty(lesions.shape[0] + 1, np.int64)
    for row in range(size):
        count = 0
        for index in range(lesions.shape[0]):
            if reach[index, 0] <= row < reach[index, 1]:
                near_row[count] = index
                count += 1
        for column in range(size):
            c, r = F(column) + F(0.5), F(row) + F(0.5)
            x, y, z = ox + ux * c + vx * r, oy + uy * c + vy * r, oz + uz * c + vz * r
            across[row, column] = x
            if _outside(surface, x, y, z):
                continue
            state[0], state[1], state[2] = x, y, z
            blood_kind = F(0) if quiet else displace(atlas, state, head, masses, shift, blood)
            deform(waves, state, head)
            px, py, pz = state[0], state[1], state[2]
            across[row, column] = px
            if thick and abs(px) < F(1.7):
                # a slice is some mm thick: the falx and the gap about it are only a part of a pixel in the middle plane
                px = F(1.7) if px >= F(0) else F(-1.7)
            sample_all(atlas, px, py, pz, near)
            near[0] += F(7.8) - head[22]
            if near[0] > F(1.5):
                continue
            if blood_kind:
                near[1] = min(near[1], F(-1))
            value, tissue = _paint(tex, folds, near, px, py, pz, head, signals, inv, sinusitis, grain)
            number = F(0)
            if blood_kind:
                value, number = blood_signal(tex, near, state, blood, value, x, y, z)
                tissue = t.CSF
            for which in range(count):
                index = near_row[which]
                if column < reach[index, 2] or column >= reach[index, 3]:
                    continue
                value, hit = focus(tex, near, lesions, index, x, y, z, px, inv, signals, value)
                if hit:
                    number = F(index + 1)
            edge = ramp(near[0], inv)
            signal[row, column] = value * edge
            if edge > F(0.5):
                label[row, column] = np.uint8(tissue)
                found[row, column] = np.uint8(number)
    return signal, label, found, across
