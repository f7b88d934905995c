"""Signal of everything inside the dura in health: cortex with its folds, nuclei, ventricles, hindbrain, dura, vessels.

Part of the compiled slice kernel."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr.displacing import EASY
from ssg.phantoms.mr.tissue import periodic, ramp

F = np.float32


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _cortex(folds, near, x, y, z, head, fine):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Distance of a point of the cerebrum from the fluid over it or in the next sulcus (negative: in that fluid)."""
    slack = head[25] * min(F(0.06) * abs(x), F(1))
    if y > F(12):
        # a shrunken frontal lobe leaves the vault, not the roofs of the orbits
        slack *= min(max(F(0.7) + F(0.1) * z, F(0.1)), F(1))
    hull = -(near[2] + slack)
    if hull < F(0):
        return hull
    dx, dy, dz = x, y + F(18), z - F(4)
    radius = math.sqrt(dx * dx + dy * dy + dz * dz)
    stretch = F(0.55) + F(0.45) * F(68) / (radius + F(1) if radius > F(13) else F(14))
    base = 7 if x < F(0) else 10
    half = F(0.5) * stretch
    sheet = (
        periodic(
            folds,
            dx * half + head[base] + F(0.7) * fine,
            dy * half + head[base + 1],
            dz * half + head[base + 2] - F(0.7) * fine,
        )
        * F(2)
        / stretch
    )
    bottom = head[17] * (F(0.75) + F(0.3) * math.sin(F(0.13) * x + F(0.17) * y + F(0.11) * z + head[15]))
    if hull < bottom:
        gap = sheet - head[16] * (F(1.25) - F(0.75) * hull / bottom)
    else:
        beyond = hull - bottom
        gap = math.sqrt(sheet * sheet + beyond * beyond) - F(0.3) * head[16]
    return min(hull, gap)


@njit(fastmath=True, error_model="numpy", forceinline=True)
def inner(tex, folds, near, x, y, z, head, signals, inv, fine):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Everything inside the dura but findings.

    ``near[2]`` becomes the share of white matter, ``near[3]`` of brain, ``near[24]`` 1 over and -1 under the tentorium.
    """
    near[24] = F(1) if near[2] < min(near[3], near[4]) else F(-1)
    value, tissue = signals[t.CSF], t.CSF
    white, brain = F(0), F(0)
    if near[4] < F(2):
        a = ramp(near[4] + F(0.4) * head[25], inv)
        value += (signals[t.BRAINSTEM] - value) * a
        if a > F(0.5):
            tissue = t.BRAINSTEM if z > F(-62) else t.NERVE
        brain = a
    if near[3] < F(1):
        a = ramp(near[3] + F(0.5) * head[25], inv)
        depth = -near[3]
        ring = math.atan2(z + F(36), -(y + F(44)) + F(0.004) * x * x)
        leaf = math.cos(F(58) * ring + F(1.8) * fine)
        edge = min(max((F(8) - depth) * F(0.2), F(0)), F(1))
        furrow = min(max(leaf - F(0.55), F(0)) * F(2.2) * edge * (F(0.7) * head[16] + F(0.15)), F(0.8))
        core = min(max((depth + F(2.5) * leaf - F(7.5)) * F(0.4), F(0)), F(1))
        matter = signals[t.CEREBELLUM] + (signals[t.ARBOR] - signals[t.CEREBELLUM]) * core
        matter += (signals[t.CSF] - matter) * furrow
        value += (matter - value) * a
        tissue = t.CEREBELLUM if a > F(0.5) else tissue
        white, brain = max(white, core * a), max(brain, a * (F(1) - furrow))
    if near[2] < F(1.5):
        hull = near[2]
        gap = _cortex(folds, near, x, y, z, head, fine)
        a = ramp(-gap, inv)
        depth = ramp(head[23] - gap, min(inv, F(1 / 1.6)))
        matter = signals[t.GREY] + (signals[t.WHITE] - signals[t.GREY]) * depth
        value += (matter - value) * a
        if a > F(0.5):
            tissue = t.WHITE if depth > F(0.5) else t.GREY
        elif hull + head[25] < F(0):
            tissue = t.CSF
        white, brain = max(white, a * depth), max(brain, a)
        if gap < F(2):
            # threads where two noise fields are both near zero: vessels of the surface and the sulci
            other = periodic(tex[1], x * F(0.5) + head[14], y * F(0.5) + head[15], z * F(0.5) + head[13])
            thread = F(0.1) - F(0.03) * max(gap, F(0)) - fine * fine - other * other
            vein = min(max(thread * F(24), F(0)), F(0.85))
            value += (signals[t.VEIN] - value) * vein
    if near[10] < F(2):
        a = ramp(near[10], inv)
        value += (signals[t.CALLOSUM] - value) * a
        tissue = t.CALLOSUM if a > F(0.5) else tissue
        white, brain = max(white, a), max(brain, a)
    for number in range(3):
        if near[7 + number] < F(2):
            a = ramp(near[7 + number], min(inv, F(1 / 1.5)))
            value += (signals[t.CAUDATE + number] - value) * a
            tissue = t.CAUDATE + number if a > F(0.5) else tissue
            white, brain = white * (F(1) - a), max(brain, a)
    if near[6] < F(7):
        a = ramp(near[6] - head[20], inv)
        value += (signals[t.MIDDLE] - value) * a
        tissue = t.MIDDLE if a > F(0.5) else tissue
        brain *= F(1) - a
    if near[5] < F(3):
        grow = head[18] if x < F(0) else head[19]
        septum = F(0.85) * math.exp(-x * x * F(3.3)) if abs(x) < F(1.8) else F(0)
        a = ramp(near[5] - min(grow, EASY), inv)
        value += (signals[t.LATERAL] - value) * a * (F(1) - septum)
        tissue = t.LATERAL if a * (F(1) - septum) > F(0.5) else tissue
        brain *= F(1) - a
        white *= F(1) - a
        a = min(ramp(near[11] - head[26] - F(0.6) * fine, inv), a)
        value += (signals[t.CHOROID] - value) * a
        tissue = t.CHOROID if a > F(0.5) else tissue
    if near[21] < F(3):
        a = ramp(near[21] - head[27], inv) * F(0.8)
        value += (signals[t.DURA] - value) * a
        tissue = t.DURA if a > F(0.5) else tissue
    if near[1] > F(-2):
        value += (signals[t.DURA] - value) * ramp(-near[1] - F(0.5), inv) * F(0.55)
    if near[23] < F(2):
        value += (signals[t.NERVE] - value) * ramp(near[23], inv)
    if near[20] < F(3):
        value += (signals[t.ARTERY] - value) * ramp(near[20] - head[29], inv)
    if near[19] < F(4):
        a = ramp(near[19] - head[29], inv)
        value += (signals[t.VEIN] - value) * a
        tissue = t.VEIN if a > F(0.5) else tissue
    if near[18] < F(3):
        a = ramp(near[18] - head[28], inv)
        value += (signals[t.PITUITARY] - value) * a
        tissue = t.PITUITARY if a > F(0.5) else tissue
    near[2], near[3] = white, brain
    return value, tissue
