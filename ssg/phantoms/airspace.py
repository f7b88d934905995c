"""Opacities of the lung: consolidation, atelectasis, pulmonary edema."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ssg.phantoms.canvas import F32, smooth_noise, smoothstep
from ssg.phantoms.scene import SIDE_INDEX, Scene, Trace
from ssg.phantoms.strokes import lay_tubes, polyline, tubes
from ssg.phantoms.types import Mask, SideName


def place_in_lung(
    scene: Scene, side: SideName, rng: Generator, low: float, high: float, edge: float
) -> tuple[float, float]:
    """A point in mm in clear lung of one side, between two shares of its height (0 apex, 1 dome)."""
    body, index = scene.body, SIDE_INDEX[side]
    clear = scene.lungs[side] & (scene.opacity < 12) & (scene.density > 0.08) & (scene.thorax.cage > edge)
    apex, base = body.apex[index], body.dome[index]
    x = y = 0.0
    for _ in range(24):
        y = apex + rng.uniform(low, high) * (base - apex)
        x = scene.sign(side) * rng.uniform(0.24, 0.93) * body.half_width
        if scene.at(clear, x, y) > 0:
            return x, y
    rows, columns = np.nonzero(clear if clear.any() else scene.lungs[side])
    if len(rows) == 0:
        return x, y
    pick = int(rng.random() * len(rows))
    return float(scene.canvas.x[rows[pick], columns[pick]]), float(scene.canvas.y[rows[pick], 0])


def add_consolidation(scene: Scene, side: SideName, severity: float, rng: Generator, form: str | None = None) -> None:
    """Filled air spaces: ``patchy`` (one or more soft clouds), ``lobar`` (a sharp fissure on one side).

    Vessels drown in it, larger bronchi stay as dark branches (air bronchogram).
    """
    form = form or ("lobar" if rng.random() < 0.3 else "patchy")
    canvas = scene.canvas
    low = rng.random() < 0.65
    cx, cy = place_in_lung(scene, side, rng, 0.6 if low else 0.2, 1.0 if low else 0.7, 50)
    reach = 20 + 42 * severity**0.8
    noise = np.float32(0.5) * smooth_noise(canvas.size, rng, 10) + np.float32(0.35) * smooth_noise(canvas.size, rng, 22)
    cloud = _cloud(scene, rng, cx, cy, reach, count=2 if form == "lobar" else int(rng.integers(1, 4)))
    cover = smoothstep(cloud * (1 + np.float32(0.28) * noise), 0.12, 1.0) * scene.half(side)
    if form == "lobar":
        cover *= _fissure(scene, side, rng, cx, cy, reach)
    depth = (32 + 52 * severity**0.9) * rng.uniform(0.75, 1.15)
    bronchi = _bronchograms(scene, side, cover, rng) if severity > 0.25 else None
    fine = smooth_noise(canvas.size, rng, 50)
    wanted = np.float32(depth) * cover * (1 + np.float32(0.07) * fine)
    if bronchi is not None:
        wanted -= bronchi * cover * np.float32(4.0)
    added = scene.add_opacity(np.maximum(wanted, 0, out=wanted))
    scene.vessels *= 1 - np.float32(0.85) * cover
    mask = (cover > 0.25) & (added > 0.2 * depth)
    scene.traces.append(Trace("consolidation", side, mask, severity, round(2 * reach), form))


def _cloud(scene: Scene, rng: Generator, cx: float, cy: float, reach: float, count: int) -> F32:
    """One or more overlapping bells around a point, 0 to about 1."""
    canvas = scene.canvas
    total = canvas.empty()
    for number in range(count):
        away = 0.0 if number == 0 else 0.65
        x0, y0 = cx + away * reach * rng.normal(), cy + away * reach * rng.normal()
        wide, high = reach * rng.uniform(0.7, 1.15), reach * rng.uniform(0.65, 1.1)
        window = canvas.window(x0 - 2 * wide, x0 + 2 * wide, y0 - 2 * high, y0 + 2 * high)
        x = (canvas.x[window] - np.float32(x0)) * np.float32(1 / wide)
        y = (canvas.y[window[0]] - np.float32(y0)) * np.float32(1 / high)
        total[window] = np.maximum(total[window], np.exp(-x * x - y * y))
    return total


def _fissure(scene: Scene, side: SideName, rng: Generator, cx: float, cy: float, reach: float) -> F32:
    """A sharp, slightly slanted lower or upper border through the cloud."""
    slope = scene.sign(side) * rng.normal(0.06, 0.1)
    above = cy < 30
    line = np.float32(cy + (0.45 if above else -0.45) * reach) + np.float32(slope) * (scene.canvas.x - np.float32(cx))
    distance = (line - scene.canvas.y) if above else (scene.canvas.y - line)
    return smoothstep(distance, -1.2, 1.2)


def _bronchograms(scene: Scene, side: SideName, cover: F32, rng: Generator) -> F32 | None:
    """Air in mm in bronchi beside the larger arteries of the covered region."""
    middle = scene.tree.curves[:, 1]
    near = (np.sign(middle[:, 0]) == scene.sign(side)) & (scene.tree.radii[:, 0] > 1.0)
    column, row = scene.canvas.pixels(middle[:, 0], middle[:, 1])
    last = scene.canvas.size - 1
    inside = cover[np.clip(row, 0, last).astype(int), np.clip(column, 0, last).astype(int)] > 0.5
    chosen = near & inside
    if not chosen.any() or rng.random() < 0.25:
        return None
    curves = scene.tree.curves[chosen] + np.array([1.5, 2.5], np.float32)
    return tubes(scene.canvas, curves, np.clip(scene.tree.radii[chosen] * 0.8, 0.9, 2.4))


def add_atelectasis(scene: Scene, side: SideName, severity: float, rng: Generator, form: str | None = None) -> None:
    """Collapsed lung: ``plate`` (thin lines near the base), ``basal`` (a band over the dome) or ``lobar`` (a wedge)."""
    form = form or atelectasis_form(severity, rng)
    drawn = {"plate": _plate, "basal": _basal, "lobar": _lobar}[form](scene, side, severity, rng)
    scene.traces.append(Trace("atelectasis", side, drawn, severity, None, form))


def atelectasis_form(severity: float, rng: Generator) -> str:
    """Thin plates when subtle, lobes when gross."""
    return (
        "plate"
        if rng.random() > 0.25 + 0.6 * severity
        else ("lobar" if rng.random() < 0.3 + 0.5 * severity else "basal")
    )


def _plate(scene: Scene, side: SideName, severity: float, rng: Generator) -> Mask:
    canvas, sign = scene.canvas, scene.sign(side)
    cx, cy = place_in_lung(scene, side, rng, 0.55, 0.95, 70)
    sheet = canvas.empty()
    for number in range(int(rng.integers(1, 3 if severity < 0.5 else 4))):
        length, thick = rng.uniform(32, 48) + 36 * severity, rng.uniform(1.5, 2.4) + 1.4 * severity
        angle = sign * rng.normal(0.1, 0.22)
        step = np.array([np.cos(angle), np.sin(angle)]) * length / 2
        middle = np.array([cx + rng.normal(0, 3), cy + number * rng.uniform(-16, -8)])
        bow = np.array([0, rng.normal(0, 4)])
        depth = rng.uniform(24, 34) + 16 * severity
        points = np.stack(
            [middle - step, middle - step / 2 + bow, middle + bow, middle + step / 2 + bow, middle + step]
        )
        curves, radii = polyline(points, 1.0)
        radii = radii * np.array([[0.25, 0.9], [0.9, 1.0], [1.0, 0.2]]) * thick
        lay_tubes(sheet, canvas, curves, radii, 0.6 * depth / (2 * thick))
        lay_tubes(sheet, canvas, curves, radii * 1.8, 0.4 * depth / (3.6 * thick))
    added = scene.add_opacity(sheet * scene.half(side))
    return added > 6


def _basal(scene: Scene, side: SideName, severity: float, rng: Generator) -> Mask:
    canvas, sign = scene.canvas, scene.sign(side)
    above = -scene.thorax.dome
    high = 11 + 26 * severity
    centre, wide = sign * scene.body.half_width * rng.uniform(0.35, 0.68), rng.uniform(26, 36) + 18 * severity
    noise = smooth_noise(canvas.size, rng, 26)
    along = np.exp(-(((canvas.x - np.float32(centre)) / np.float32(wide)) ** 4))
    cover = along * smoothstep(np.float32(high) - above + 4 * noise, -5, 7) * (above > -25) * scene.half(side)
    depth = 34 + 45 * severity
    added = scene.add_opacity(np.float32(depth) * cover)
    scene.vessels *= 1 - np.float32(0.7) * cover
    return (added > 0.3 * depth) & (above > -4)


def _lobar(scene: Scene, side: SideName, severity: float, rng: Generator) -> Mask:
    """Upper lobe: above a raised fissure. Lower lobe: a wedge from the hilum to the medial dome."""
    canvas, body, index = scene.canvas, scene.body, SIDE_INDEX[side]
    sign, (hx, hy) = scene.sign(side), scene.body.hilum[index]
    out = canvas.x * np.float32(sign)
    bow = np.float32(rng.normal(0, 7)) * np.sin((canvas.y - np.float32(hy)) / 32)
    if rng.random() < 0.3:
        sharp = 2.0 if side == "right" else 22.0  # only the right lung has a fissure that the beam meets edge-on
        line = np.float32(hy - 18 - 22 * (1 - severity)) - np.float32(rng.uniform(0.15, 0.4)) * (out - abs(hx)) + bow
        cover = smoothstep(line - canvas.y, -sharp, sharp)
    else:
        foot = body.half_width * (0.40 + 0.25 * severity)
        tall = body.dome[index] - hy
        line = np.float32(abs(hx) * 0.7) + np.float32((foot - abs(hx) * 0.7) / tall) * (canvas.y - np.float32(hy))
        cover = smoothstep(line + bow - out, -4, 3) * smoothstep(canvas.y, hy - 6, hy + 12)
    cover = cover * smoothstep(out, 4, 34)  # behind the heart it fades towards the spine, without an edge in the middle
    depth = 34 + 46 * severity
    added = scene.add_opacity(np.float32(depth) * cover)
    scene.vessels *= 1 - np.float32(0.8) * cover
    return (added > 0.3 * depth) & (scene.thorax.dome < 3)


def add_edema(scene: Scene, side: SideName, severity: float, rng: Generator) -> None:
    """Fluid around the hila (bat wing), septal lines at the base; the vessels' part is drawn by the tree itself."""
    canvas, body, index = scene.canvas, scene.body, SIDE_INDEX[side]
    hx, hy = body.hilum[index]
    sign = scene.sign(side)
    cx, cy = hx + sign * (10 + 16 * severity), hy + rng.normal(22, 8)
    wide, high = 36 + 34 * severity, 52 + 40 * severity
    bell = np.exp(
        -((np.abs((canvas.x - np.float32(cx)) / np.float32(wide))) ** 2.4)
        - np.abs((canvas.y - np.float32(cy)) / np.float32(high)) ** 2.4
    )
    noise = np.float32(0.6) * smooth_noise(canvas.size, rng, 9) + np.float32(0.4) * smooth_noise(canvas.size, rng, 24)
    fine = smooth_noise(canvas.size, rng, 60)
    cover = bell * (1 + np.float32(0.26) * noise + np.float32(0.05) * fine) * scene.half(side)
    depth = 20 + 46 * severity
    added = scene.add_opacity(np.maximum(np.float32(depth) * cover, 0))
    scene.vessels *= 1 - np.float32(0.45 + 0.3 * severity) * np.clip(cover, 0, 1)
    _kerley(scene, side, severity, rng)
    mask = (bell > 0.3) & scene.lungs[side] & (added > 2)
    scene.traces.append(Trace("pulmonary edema", side, mask, severity))


def _kerley(scene: Scene, side: SideName, severity: float, rng: Generator) -> None:
    """Short horizontal lines that reach the pleura above the costophrenic angle."""
    count = int(8 + 14 * severity)
    index, sign = SIDE_INDEX[side], scene.sign(side)
    y = rng.uniform(scene.body.dome[index] - 62, scene.body.angle[index] - 14, count)
    wall = np.interp(y, scene.canvas.y[:, 0], scene.thorax.wall_x[:, 0])
    start = np.stack([sign * (wall - 1.5), y], axis=1)
    end = start + np.stack([-sign * rng.uniform(8, 17, count), rng.normal(1, 1.5, count)], axis=1)
    curves = np.stack([start, (start + end) / 2, end], axis=1)
    lines = tubes(scene.canvas, curves, np.full((count, 2), 0.55), 7.0 + 6 * severity)
    scene.add_opacity(lines)
