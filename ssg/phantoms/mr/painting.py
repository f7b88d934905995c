"""Findings painted over the healthy slice: focal ones from their rows, and blood under the skull.

Part of the compiled slice kernel."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr.tissue import periodic, ramp

F = np.float32

SOLID, RING, DURAL, EDEMA, WEDGE, SELLAR, SPOT, CYST = range(8)
"""How a focal finding is drawn."""


@njit(fastmath=True, error_model="numpy", forceinline=True)
def blood_signal(tex, near, state, blood, value, x, y, z):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Signal within a collection under the skull, and 200 plus its number."""
    depth, layer = state[5], state[6]
    row = blood[0]
    for index in range(blood.shape[0]):
        if x * blood[index, 0] > F(0):
            row = blood[index]
    mottle = periodic(tex[1], x * F(0.55) + row[9], y * F(0.55), z * F(0.55))
    inner = row[7] * (F(1) + row[8] * mottle)
    share = min(max((layer - depth) * F(0.9), F(0)), F(1))
    inner += (row[10] - inner) * (F(1) - share) * row[11]
    inner += (row[10] - inner) * min(max((F(1) - depth) * F(0.9), F(0)), F(1)) * F(0.6)
    return inner, F(200)


@njit(fastmath=True, error_model="numpy", forceinline=True)
def focus(tex, near, rows, index, x, y, z, px, inv, signals, value):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Signal with one focal finding painted over ``value``, and whether the pixel belongs to it.

    Row: kind, centre (3), radii (3), axes (9), roughness, noise per mm, offset, rim, body signal, rim signal,
    core signal, mottle, softness, side, strength, mean radius, fossa.
    """
    row = rows[index]
    dx, dy, dz = x - row[1], y - row[2], z - row[3]
    longest = max(row[4], max(row[5], row[6]))
    if dx * dx + dy * dy + dz * dz > longest * longest * F(2.9):
        return value, False
    kind, size = int(row[0]), row[27]
    a = (row[7] * dx + row[8] * dy + row[9] * dz) / row[4]
    b = (row[10] * dx + row[11] * dy + row[12] * dz) / row[5]
    c = (row[13] * dx + row[14] * dy + row[15] * dz) / row[6]
    if kind == WEDGE:
        # the axis a runs outwards from the apex; the section widens with it
        span = F(0.16) + F(0.84) * max(a + F(1), F(0)) * F(0.5)
        radius = max(math.sqrt(b * b + c * c) / span, abs(a))
    else:
        radius = math.sqrt(a * a + b * b + c * c)
    if (radius - F(1) - F(3.5) * row[16]) * size > F(6) and kind != DURAL:
        return value, False
    step = row[17]
    coarse = periodic(tex[0], dx * step + row[18], dy * step + row[18], dz * step)
    radius -= row[16] * coarse
    outward = (radius - F(1)) * size
    share = ramp(outward, min(inv, F(1) / row[24]))
    if row[25] != F(0) and px * row[25] < F(-0.5):
        share = F(0)
    if row[28] != F(0):
        # the tentorium parts the fossae, and the dense callosum keeps out what would cross the middle
        if near[24] * row[28] < F(0):
            share = F(0)
        share *= min(max(near[10] * F(0.25), F(0)), F(1))
    if share <= F(0) and kind != DURAL:
        return value, False
    step *= F(1.4)
    fine = periodic(tex[1], dx * step + row[18], dy * step, dz * step + row[18])
    body = row[20]
    if kind == EDEMA:
        share *= min(max(near[2] * F(1.25) - F(0.1), F(0)), F(1)) * row[26]
    elif kind == SPOT:
        share *= min(near[2] * F(1.3), F(1)) * row[26]
    elif kind in (WEDGE, SOLID):
        share *= near[3] * row[26]
        if kind == WEDGE:
            body += (row[21] - body) * (F(1) - near[2]) * row[19]
    elif kind in (RING, SELLAR):
        if kind == RING:
            share *= ramp(near[1] + F(0.8), inv)
        wall = row[19] * (F(1) + F(0.42) * fine)
        inner = ramp((radius - F(1) + wall) * size, min(inv, F(1) / row[24]))
        body = row[21] * (F(1) + row[23] * fine)
        body += (row[22] * (F(1) + F(0.3) * row[23] * coarse) - body) * inner
        share *= row[26]
    elif kind == DURAL:
        share *= ramp(near[1] - F(0.3), inv)
        if row[19] > F(0):
            tail = ramp(-near[1] - F(1.4), inv) * ramp((radius - F(1.42)) * size, F(0.25)) * ramp(near[1], inv)
            value += (row[21] - value) * tail * row[19]
        cleft = ramp(abs(outward - F(0.9)) - F(0.5), inv) * ramp(near[1] + F(2), inv) * F(0.55)
        value += (signals[t.CSF] - value) * cleft
        if outward > F(6):
            return value, False
    elif kind == CYST:
        share *= ramp(near[1] + F(0.4), inv)
    if kind != RING and kind != SELLAR:
        body *= F(1) + row[23] * fine
    return value + (body - value) * share, share > F(0.45)
