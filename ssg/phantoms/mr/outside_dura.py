"""Signal of all that lies outside the dura: skull, scalp, face, orbits, sinuses, neck. Part of the slice kernel."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr.tissue import periodic, ramp

F = np.float32


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _orbit(near, value, x, y, z, signals, inv):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Fat, globe with its wall, and lens."""
    value += (signals[t.FAT] - value) * ramp(near[17], inv)
    if near[16] < F(3):
        value += (signals[t.VITREOUS] - value) * ramp(near[16], inv)
        value += (signals[t.NERVE] - value) * ramp(abs(near[16]) - F(0.7), inv) * F(0.7)
        u, v, w = abs(x) - F(32), F(1.8) * (y - F(72.5)), z + F(32)
        lens = math.sqrt(u * u + v * v + w * w) * F(0.88) - F(4)
        value += (signals[t.NERVE] * F(0.9) - value) * ramp(lens, inv)
    return value


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _sinus(cave, value, tissue, x, y, z, signals, inv, fine, sinusitis):  # type: ignore[no-untyped-def]  # pragma: no cover
    """A sinus with its thin wall and lining, and what fills it."""
    a = ramp(cave - F(0.9), inv)
    value += (signals[t.CORTICAL] - value) * a
    a = ramp(cave, inv)
    value += (signals[t.AIR] - value) * a
    value += (signals[t.MUCOSA] - value) * ramp(abs(cave) - F(0.4), inv) * F(0.45)
    tissue = t.SINUS if a > F(0.5) else tissue
    for index in range(sinusitis.shape[0]):
        u = abs(x) - sinusitis[index, 2]
        v, w, reach = y - sinusitis[index, 3], z - sinusitis[index, 4], sinusitis[index, 5]
        if x * sinusitis[index, 0] > F(0.3) and u * u + v * v + w * w < reach * reach and a > F(0):
            filled = ramp(-cave - sinusitis[index, 1] * (F(1) + F(0.35) * fine), inv) * a
            glow = signals[t.FLUID]
            glow += (signals[t.MUCOSA] - glow) * ramp(-cave - F(1.6), F(0.67)) * sinusitis[index, 6]
            value += (glow - value) * filled
            tissue = t.FLUID if filled > F(0.5) else tissue
    return value, tissue


@njit(fastmath=True, error_model="numpy", forceinline=True)
def outer(tex, near, x, y, z, head, signals, inv, fine, sinusitis, grain):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Everything outside the dura: skull, scalp, face, neck."""
    deep = -near[0]
    thick = head[21] * (F(0.55) + F(0.45) * min(max((z + F(30)) * F(0.04), F(0)), F(1)))
    shell = near[1] - thick
    value, tissue = signals[t.FAT] * (F(0.97) + F(1.3) * grain * fine), t.FAT
    if shell > F(-2):
        low = min(max((F(-22) - z) * F(0.06), F(0)), F(1))
        if low > F(0):
            strand = periodic(tex[1], x * F(0.32) + head[14], y * F(0.45) + head[13], z * F(0.22))
            soft = low * (F(0.78) + F(0.36) * strand + F(0.16) * fine)
            value += (signals[t.MUSCLE] - value) * min(max(soft, F(0)), F(0.96))
            crumb = periodic(tex[2], x * F(1.05) + head[13], y * F(1.05) + head[15], z * F(0.8))
            value *= F(1) + F(0.16) * low * crumb
            value += (signals[t.VEIN] - value) * min(max((crumb - F(1.5)) * F(1.2), F(0)), F(0.8)) * low
            value *= F(1) - min(max((-crumb - F(1.5)) * F(1.2), F(0)), F(0.75)) * low
        a = ramp(near[15] - F(0.6) * fine, inv)
        if a > F(0):
            streak = F(1) - F(0.35) * min(max(fine - F(0.9), F(0)), F(1))
            value += (signals[t.MUSCLE] * (F(1) + grain * F(0.6) * fine) - value) * a * streak
            tissue = t.MUSCLE if a > F(0.5) else tissue
        if near[17] < F(2):
            value = _orbit(near, value, x, y, z, signals, inv)
            tissue = t.VITREOUS if near[16] < F(0) else t.FAT if near[17] < F(0) else tissue
        if near[23] < F(2):
            value += (signals[t.NERVE] - value) * ramp(near[23], inv)
        rind = ramp(deep - F(1.4), inv)
        value += (signals[t.SKIN] - value) * rind
        tissue = t.SKIN if rind > F(0.5) and tissue == t.FAT else tissue
    vault, other = ramp(shell, inv), ramp(near[14], inv)
    a = max(vault, other)
    if a > F(0):
        within = max(min(-shell, near[1]), -near[14])
        value += (signals[t.CORTICAL] - value) * a
        a2 = ramp(F(1.1) - within, inv) * F(0.92)
        value += (signals[t.MARROW] * (F(1) + F(1.6) * grain * fine) - value) * a2
        if a > F(0.5):
            tissue = t.BONE if other > vault or z < F(-66) else t.CORTICAL
    if near[12] < F(3):
        a = ramp(near[12], inv)
        value += (signals[t.AIR] - value) * a
        tissue = t.AIR if a > F(0.5) else tissue
        value += (signals[t.MUCOSA] - value) * ramp(abs(near[12]) - F(0.5), inv) * F(0.6)
        a = min(ramp(near[22] - F(0.5) * fine, inv), a)
        value += (signals[t.MUCOSA] - value) * a
        tissue = t.MUCOSA if a > F(0.5) else tissue
    cave = near[13] - head[24]
    if cave < F(3):
        value, tissue = _sinus(cave, value, tissue, x, y, z, signals, inv, fine, sinusitis)
    if near[19] < F(4):
        a = ramp(near[19] - head[29], inv)
        value += (signals[t.VEIN] - value) * a
        tissue = t.VEIN if a > F(0.5) else tissue
    if near[20] < F(3):
        value += (signals[t.ARTERY] - value) * ramp(near[20] - head[29], inv)
    if near[18] < F(3):
        a = ramp(near[18] - head[28], inv)
        value += (signals[t.PITUITARY] - value) * a
        tissue = t.PITUITARY if a > F(0.5) else tissue
    return value, tissue
