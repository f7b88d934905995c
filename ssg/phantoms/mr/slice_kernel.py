"""The signal of every pixel of a slice: one pass that finds what lies at each point of the patient, compiled.

A pixel's point is moved back through what displaces the brain (masses, shift, blood under the skull, wide ventricles) and
the patient's own deformation, and is then looked up in the atlas. Tissues are painted from the outside in, each by the
share of the pixel that it fills; findings come last. Numbers of rows and columns of the arrays: see patient.py.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr.tissue import periodic, periodic3, ramp, sample_all, sample_one

SOLID, RING, DURAL, EDEMA, WEDGE, SELLAR, SPOT, CYST = range(8)
"""How a focal finding is drawn: see :func:`_lesions`."""

F = np.float32

EASY = F(1.8)
"""mm by which a ventricle grows over its surroundings; beyond that it presses them outwards."""


@njit(cache=True, fastmath=True, error_model="numpy")
def draw_slice(atlas, surface, folds, tex, waves, plane, size, head, signals, inv, masses, shift, blood, lesions, sinusitis, grain):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Signal, tissue number, finding number (0 none) and displaced x (mm) of ``size`` × ``size`` pixels."""
    signal = np.zeros((size, size), np.float32)
    label = np.zeros((size, size), np.uint8)
    found = np.zeros((size, size), np.uint8)
    across = np.empty((size, size), np.float32)
    near = np.empty(24, np.float32)
    state = np.zeros(8, np.float32)
    ox, oy, oz, ux, uy, uz, vx, vy, vz = plane
    quiet = masses.shape[0] == 0 and blood.shape[0] == 0 and shift[0] == F(0) and max(head[18], head[19]) <= EASY
    reach = _reach(plane, lesions, size)
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
            blood_kind = F(0) if quiet else _displace(atlas, state, head, masses, shift, blood)
            _deform(waves, state, head)
            px, py, pz = state[0], state[1], state[2]
            across[row, column] = px
            sample_all(atlas, px, py, pz, near)
            near[0] += F(7.8) - head[22]
            if near[0] > F(1.5):
                continue
            if blood_kind:
                near[1] = min(near[1], F(-1))
            value, tissue = _paint(tex, folds, near, px, py, pz, head, signals, inv, sinusitis, grain)
            number = F(0)
            if blood_kind:
                value, number = _blood(tex, near, state, blood, value, x, y, z)
            for which in range(count):
                index = near_row[which]
                if column < reach[index, 2] or column >= reach[index, 3]:
                    continue
                value, hit = _lesion(tex, near, lesions, index, x, y, z, px, inv, signals, value)
                if hit:
                    number = F(index + 1)
            edge = ramp(near[0], inv)
            signal[row, column] = value * edge
            if edge > F(0.5):
                label[row, column] = np.uint8(tissue)
                found[row, column] = np.uint8(number)
    return signal, label, found, across


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
def _deform(waves, state, head):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The patient's own smooth deformation."""
    tenth = F(0.1)
    wx, wy, wz = periodic3(waves, state[0] * tenth + head[4], state[1] * tenth + head[5], state[2] * tenth + head[6])
    # the midline stays straight: sideways displacement fades towards it
    state[0] += head[3] * wx * min(abs(state[0]) * F(0.05) + F(0.12), F(1))
    state[1] += head[3] * wy
    state[2] += head[3] * wz


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _displace(atlas, state, head, masses, shift, blood):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move the point back to where its tissue came from; returns the number of the blood collection it lies in."""
    x, y, z = state[0], state[1], state[2]
    ex, ey, ez = x * F(1 / 72), (y + F(18)) * F(1 / 88), (z - F(4)) * F(1 / 75)
    radius = math.sqrt(ex * ex + ey * ey + ez * ez)
    if radius > F(1.08):
        return F(0)
    rim = min(max((F(1) - radius) * F(4), F(0)), F(1))
    inside = F(0)
    for index in range(blood.shape[0]):
        layer = _layer(blood[index], x, ex, ey, ez, radius)
        if layer <= F(0):
            continue
        depth = -sample_one(atlas, 1, x, y, z)
        if depth < F(0):
            continue
        nx, ny, nz = ex * F(1 / 72), ey * F(1 / 88), ez * F(1 / 75)
        scale = F(1) / max(math.sqrt(nx * nx + ny * ny + nz * nz), F(1e-6))
        push = layer * math.exp(-max(depth - layer, F(0)) * F(1 / 28))
        state[0] += nx * scale * push
        state[1] += ny * scale * push
        state[2] += nz * scale * push
        if depth < layer:
            inside = F(index + 1)
            state[5], state[6] = depth, layer
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
def _widen(atlas, state, head):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Grow the lateral ventricle and press what lies about it outwards."""
    x, y, z = state[0], state[1], state[2]
    grow = head[18] if x < F(0) else head[19]
    if grow <= EASY:
        return
    away = sample_one(atlas, 5, x, y, z)
    if away > F(18):
        return
    side = F(-1) if x < F(0) else F(1)
    ax = abs(x)
    gx = sample_one(atlas, 5, ax + F(1.5), y, z) - sample_one(atlas, 5, max(ax - F(1.5), F(0)), y, z)
    gy = sample_one(atlas, 5, x, y + F(1.5), z) - sample_one(atlas, 5, x, y - F(1.5), z)
    gz = sample_one(atlas, 5, x, y, z + F(1.5)) - sample_one(atlas, 5, x, y, z - F(1.5))
    length = math.sqrt(gx * gx + gy * gy + gz * gz) + F(1e-3)
    fade = F(1) if away < F(12) else (F(18) - away) * F(1 / 6)
    push = (grow - EASY) * (math.exp(-max(away - grow + EASY, F(0)) * F(1 / 14)) if away > F(0) else F(1)) * fade
    push /= length
    state[0] = side * max(ax - gx * push, F(0.3))
    state[1] = y - gy * push
    state[2] = z - gz * push


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _paint(tex, folds, near, x, y, z, head, signals, inv, sinusitis, grain):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Signal and tissue of a point of the healthy head."""
    fine = periodic(tex[0], x * F(0.6) + head[13], y * F(0.6) + head[14], z * F(0.6) + head[15])
    if near[1] < F(0.9):
        value, tissue = _inner(folds, near, x, y, z, head, signals, inv, fine)
        value *= F(1) + grain * F(0.25) * fine
    else:
        value, tissue = F(0), t.AIR
        near[2], near[3] = F(0), F(0)
    if near[1] > F(-0.9):
        outer, kind = _outer(tex, near, x, y, z, head, signals, inv, fine, sinusitis, grain)
        share = F(1) - ramp(near[1], inv)
        value += (outer - value) * share
        if share > F(0.5):
            tissue = kind
    return value, tissue


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _outer(tex, near, x, y, z, head, signals, inv, fine, sinusitis, grain):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Everything outside the dura: skull, scalp, face, neck."""
    deep = -near[0]
    thick = head[21] * (F(0.55) + F(0.45) * min(max((z + F(30)) * F(0.04), F(0)), F(1)))
    shell = near[1] - thick
    value, tissue = signals[t.FAT] * (F(0.97) + F(1.3) * grain * fine), t.FAT
    if shell > F(-2):
        low = min(max((F(-22) - z) * F(0.06), F(0)), F(1))
        if low > F(0):
            strand = periodic(tex[1], x * F(0.32) + head[14], y * F(0.45) + head[13], z * F(0.22))
            soft = low * (F(0.52) + F(0.33) * strand + F(0.12) * fine)
            value += (signals[t.MUSCLE] - value) * min(max(soft, F(0)), F(0.85))
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
            tissue = t.BONE if other > vault else t.CORTICAL
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
    a = ramp(cave - F(1.3), inv)
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
def _cortex(folds, near, x, y, z, head, fine):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Distance of a point of the cerebrum from the fluid over it or in the next sulcus (negative: in that fluid)."""
    hull = -(near[2] + head[25] * min(F(0.35) + F(0.08) * abs(x), F(1)))
    if hull < F(0):
        return hull
    dx, dy, dz = x, y + F(18), z - F(4)
    radius = math.sqrt(dx * dx + dy * dy + dz * dz)
    stretch = F(0.55) + F(0.45) * F(68) / max(radius, F(14))
    base = 7 if x < F(0) else 10
    half = F(0.5) * stretch
    sheet = periodic(folds, dx * half + head[base] + F(0.7) * fine, dy * half + head[base + 1], dz * half + head[base + 2] - F(0.7) * fine) * F(2) / stretch
    bottom = head[17] * (F(0.75) + F(0.3) * math.sin(F(0.13) * x + F(0.17) * y + F(0.11) * z + head[15]))
    if hull < bottom:
        gap = sheet - head[16] * (F(1.25) - F(0.75) * hull / bottom)
    else:
        beyond = hull - bottom
        gap = math.sqrt(sheet * sheet + beyond * beyond) - F(0.3) * head[16]
    return min(hull, gap)


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _inner(folds, near, x, y, z, head, signals, inv, fine):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Everything inside the dura but findings. ``near[2]`` becomes the share of white matter, ``near[3]`` of brain."""
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
        leaf = math.cos(F(42) * ring + F(1.6) * fine)
        edge = min(max((F(8) - depth) * F(0.2), F(0)), F(1))
        furrow = min(max(leaf - F(0.55), F(0)) * F(2.2) * edge * (head[16] + F(0.25)), F(0.9))
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
        if hull > F(-9) and gap < F(0.6) and fine > F(0.9):
            vein = min((fine - F(0.9)) * F(1.6), F(0.8)) * min(max(F(0.6) - gap, F(0)), F(1))
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
        septum = F(0.85) * math.exp(-x * x * F(3.3))
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


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _blood(tex, near, state, blood, value, x, y, z):  # type: ignore[no-untyped-def]  # pragma: no cover
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
def _lesion(tex, near, rows, index, x, y, z, px, inv, signals, value):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Signal with one focal finding painted over ``value``, and whether the pixel belongs to it.

    Row: kind, centre (3), radii (3), axes (9), roughness, noise per mm, offset, rim, body signal, rim signal, core signal,
    mottle, softness, side, strength, mean radius.
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
    if share <= F(0) and kind != DURAL:
        return value, False
    step *= F(1.4)
    fine = periodic(tex[1], dx * step + row[18], dy * step, dz * step + row[18])
    body = row[20]
    if kind == EDEMA:
        share *= min(max(near[2] * F(1.25) - F(0.1), F(0)), F(1)) * row[26]
    elif kind == SPOT:
        share *= min(near[2] * F(1.3), F(1)) * row[26]
    elif kind == WEDGE or kind == SOLID:
        share *= near[3] * row[26]
        if kind == WEDGE:
            body += (row[21] - body) * (F(1) - near[2]) * row[19]
    elif kind == RING or kind == SELLAR:
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
