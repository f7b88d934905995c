"""Soft tissue and air: the body's outline, the thoracic cage, heart and mediastinum, diaphragm, lungs, gas.

Everything is a path length in mm along the beam, on one :class:`Canvas`. The lung's path is what the cage leaves after
mediastinum, heart and diaphragm; all later parts (vessels, findings) take their place in it. Sharp borders come out where
a rounded solid meets air, as they do on a radiograph. Formulas are chords of ellipses and of a paraboloid (diaphragm).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssg.phantoms.body import Body
from ssg.phantoms.canvas import F32, Canvas, smoothstep

SIDES = ("right", "left")
SIGN = {"right": -1.0, "left": 1.0}


@dataclass(slots=True)
class Thorax:
    """Path lengths (H, W) in mm, and the shapes that findings and truth refer to."""

    tissue: F32
    """Whole body along the beam, lungs not yet taken out."""
    cage: F32
    """The inside of the chest wall along the beam."""
    wall_x: F32
    """(H, 1) half width of the cage's inside."""
    lateral: F32
    """|x| over ``wall_x``: 1 at the chest wall."""
    air: F32
    """Lung along the beam."""
    heart: F32
    """(H, W) squared relative distance from the heart's centre: below 1 inside."""
    heart_path: F32
    central: F32
    """Path through mediastinum and heart."""
    knob: F32
    """Squared relative distance from the centre of the aortic knob."""
    dome: F32
    """(H, W) mm below the upper contour of the diaphragm, negative above."""
    pedicle: tuple[F32, F32]
    """Half widths (H, 1) of the mediastinum to the right and to the left."""
    gas: F32


def build_thorax(canvas: Canvas, body: Body, heart_lift: float = 0.0) -> Thorax:
    """All soft tissue of one body on one canvas."""
    wall_x, depth = cage_profile(canvas, body)
    x, lateral = canvas.x, np.abs(canvas.x) / np.maximum(wall_x, 1e-3)
    cage = 2 * depth * np.sqrt(np.clip(1 - lateral * lateral, 0, 1))
    tissue = _body_outline(canvas, body, wall_x, depth)
    heart, heart_path = _heart(canvas, body)
    pedicle = _pedicle(canvas, body)
    mediastinum = _mediastinum(canvas, x, pedicle, cage)
    knob, knob_path = _aortic_knob(canvas, body)
    mediastinum = np.maximum(mediastinum, knob_path)
    central = np.minimum(np.maximum(mediastinum, heart_path), cage)
    dome, diaphragm = _diaphragm(canvas, body, cage)
    air = np.maximum(cage - central - diaphragm, 0)
    gas = _gas(canvas, body)
    return Thorax(tissue, cage, wall_x, lateral, air, heart, heart_path, central, knob, dome, pedicle, gas)


def cage_profile(canvas: Canvas, body: Body) -> tuple[F32, F32]:
    """Half width and half depth (H, 1) of the cage's inside over height: a superellipse above the widest level."""
    apex = (body.apex[0] + body.apex[1]) / 2
    up = np.clip((body.widest - canvas.y) / (body.widest - apex), 0, 1)
    width = body.half_width * np.sqrt(np.clip(1 - up**3.0, 0, 1))
    below = np.maximum(canvas.y - body.widest, 0)
    width = width * (1 - 0.0000045 * below**2)
    depth = body.half_depth * np.sqrt(
        np.clip(1 - np.clip((body.widest - 15 - canvas.y) / (body.widest - 15 - apex), 0, 1) ** 2.2, 0, 1)
    )
    return np.where(up < 1, width, 0).astype(np.float32), depth.astype(np.float32)


def _body_outline(canvas: Canvas, body: Body, wall_x: F32, depth: F32) -> F32:
    """Trunk, neck with shoulders, arms and breasts: smooth union of elliptic cylinders and ellipsoids."""
    top = body.shoulder[0]
    b, w = body, body.wall
    width = canvas.curve(
        [-140, top + 5, top + 45, 40, body.widest, 260],
        [70, 95, b.half_width * 0.94, b.half_width * 0.96 + w + 6, b.half_width + w + 4, b.half_width + w * 1.5],
    )
    thick = canvas.curve(
        [-170, -110, -60, 0, 90, 260],
        [
            56,
            62,
            b.half_depth * 0.75 + w * 0.7,
            b.half_depth * 0.98 + w * 0.85,
            b.half_depth + w * 0.85,
            b.half_depth + w * 1.3 + 6,
        ],
    )
    out = (canvas.x / width) ** 2
    trunk = 2 * thick * np.sqrt(np.maximum(1 - out * (np.float32(0.3) + np.float32(0.7) * out), 0))
    neck_half = canvas.curve(
        [-260, -150, -118, top, top + 40], [56 + w * 0.4, 60 + w * 0.5, 80 + w * 0.6, 172, 178], 22
    )
    neck_thick = canvas.curve([-260, -130, top, top + 70, top + 130], [62, 72, 74 + w * 0.6, 64 + w * 0.5, 0], 16)
    rows = canvas.rows(-400, top + 132)
    neck = np.sqrt(np.clip(1 - (canvas.x[rows] / neck_half[rows]) ** 2, 0, 1))
    tissue = trunk
    tissue[rows] = _union(trunk[rows], 2 * neck_thick[rows] * neck)
    for side in (0, 1):
        _add_shoulder(canvas, body, side, tissue)
    if body.breast > 2:
        _add_breasts(canvas, body, tissue)
    return tissue


def _union(a: F32, b: F32) -> F32:
    """Smooth maximum: the fourth root of the sum of fourth powers."""
    a2, b2 = a * a, b * b
    return np.sqrt(np.sqrt(a2 * a2 + b2 * b2))


def shoulder_joint(body: Body, side: int) -> tuple[float, float]:
    """Centre of the humeral head, x signed to the side."""
    return (-1.0, 1.0)[side] * (body.half_width + 26 + 10 * body.habitus), body.shoulder[side] + 34


ARM_COURSE = {"out": (0.62, 1.0), "down": (0.16, 1.0), "up": (0.75, -1.0)}
"""Direction of the upper arm (sideways, down) by pose, before normalisation."""


def _add_shoulder(canvas: Canvas, body: Body, side: int, tissue: F32) -> None:
    sign = (-1.0, 1.0)[side]
    jx, jy = shoulder_joint(body, side)
    radius = 45 + 24 * body.habitus
    dx, dy = ARM_COURSE[body.arms]
    norm = float(np.hypot(dx, dy))
    dx, dy = sign * dx / norm, dy / norm
    rows, columns = canvas.window(*sorted((jx - sign * 75, jx + sign * 320)), jy - 320, jy + 420)
    x, y = canvas.x[rows, columns] - jx, canvas.y[rows] - jy
    along = x * dx + y * dy
    off = x * dy - y * dx
    reach = np.where(along < 0, along / (radius * 0.95), 0)
    arm = (
        2
        * radius
        * np.sqrt(np.clip(1 - (off / (radius * (1 - 0.0004 * np.clip(along, 0, 400)))) ** 2 - reach**2, 0, 1))
    )
    tissue[rows, columns] = _union(tissue[rows, columns], arm)


def _add_breasts(canvas: Canvas, body: Body, tissue: F32) -> None:
    for sign in (-1.0, 1.0):
        size = body.breast
        cx, cy = sign * (body.half_width * 0.56), body.breast_y
        wide, low, high = 50 + 0.45 * size, 26 + 0.55 * size, 80 + 0.6 * size
        rows, columns = canvas.window(cx - wide, cx + wide, cy - high, cy + low)
        x, y = (canvas.x[rows, columns] - cx) / wide, canvas.y[rows] - cy
        fade = smoothstep(y, -high, 0.35 * low)  # thins out upwards, so that only the lower border is sharp
        y = np.where(y > 0, y / low, y / (1.25 * high))
        tissue[rows, columns] += np.float32(1.1 * size) * fade * np.sqrt(np.maximum(1 - x * x - y * y, 0))


def _heart(canvas: Canvas, body: Body) -> tuple[F32, F32]:
    """Relative squared distance and path of the heart: a closed contour in polar form, inflated to an ellipsoid."""
    radii, scale_x, scale_y, cx, cy = heart_contour(body)
    rows, columns = canvas.window(-body.heart_right - 8, body.heart_left + 8, body.heart_top - 8, body.heart_bottom + 8)
    u = (canvas.x[rows, columns] - np.float32(cx)) / np.float32(scale_x)
    v = (canvas.y[rows] - np.float32(cy)) / np.float32(scale_y)
    index = (_angle(v, u) * np.float32(_BINS / (2 * np.pi))).astype(np.intp)
    relative = np.full((canvas.size, canvas.size), 9.0, np.float32)
    relative[rows, columns] = (u * u + v * v) / (radii * radii).take(index)
    path = canvas.empty()
    path[rows, columns] = body.heart_depth * np.sqrt(np.clip(1 - relative[rows, columns], 0, 1))
    return relative, path


_BINS = 720
_HEART = (0.93, 1.10, 1.00, 0.82, 0.84, 0.97, 0.99, 0.98, 0.92, 0.98, 0.84, 0.80)
"""Radii every 30° from the patient's left, downwards: apex, diaphragmatic face, right atrium, pedicle, left atrium."""


def heart_contour(body: Body) -> tuple[F32, float, float, float, float]:
    """Radii in 720 directions, scales and centre, so that the contour spans the body's heart borders exactly."""
    spectrum = np.fft.rfft(np.array(_HEART) + np.array(body.heart_shape))
    radii = np.fft.irfft(spectrum, _BINS) * _BINS / len(_HEART)
    angle = np.arange(_BINS) * 2 * np.pi / _BINS
    x, y = radii * np.cos(angle), radii * np.sin(angle)
    scale_x = (body.heart_left + body.heart_right) / (x.max() - x.min())
    scale_y = (body.heart_bottom - body.heart_top) / (y.max() - y.min())
    cx = body.heart_left - scale_x * x.max() + body.turn * 0.4
    return radii.astype(np.float32), scale_x, scale_y, cx, body.heart_bottom - scale_y * y.max()


def _angle(y: F32, x: F32) -> F32:
    """Angle in [0, 2π) to about 0.001 rad, ten times faster than arctan2: a polynomial on one octant."""
    ax, ay = np.abs(x), np.abs(y)
    high, low = np.maximum(ax, ay), np.minimum(ax, ay)
    t = low / (high + np.float32(1e-9))
    square = t * t
    angle = t * (
        np.float32(0.9998660)
        + square
        * (
            np.float32(-0.3302995)
            + square * (np.float32(0.1801410) + square * (np.float32(-0.0851330) + square * np.float32(0.0208351)))
        )
    )
    angle += (ay > ax) * (np.float32(np.pi / 2) - 2 * angle)
    angle += (x < 0) * (np.float32(np.pi) - 2 * angle)
    return angle + (y < 0) * (np.float32(2 * np.pi - 1e-4) - 2 * angle)


def _pedicle(canvas: Canvas, body: Body) -> tuple[F32, F32]:
    """Half widths of the mediastinum: widening into the neck above the apices, narrow at the carina, then the heart."""
    shift = body.turn * 0.25
    heights = [-170, body.apex[0] - 2, -80, -45, 0, 22, 50, 150]
    right = (
        canvas.curve(
            heights,
            [75, 55, 30, body.pedicle[0], body.pedicle[0] * 1.05, body.pedicle[0] * 1.25, body.heart_right * 0.75, 20],
            14,
        )
        - shift
    )
    left = (
        canvas.curve(
            heights,
            [75, 55, 29, body.pedicle[1], body.pedicle[1] * 1.2, body.pedicle[1] * 1.75, body.heart_left * 0.62, 22],
            12,
        )
        + shift
    )
    return right, left


def _mediastinum(canvas: Canvas, x: F32, pedicle: tuple[F32, F32], cage: F32) -> F32:
    out = np.maximum(x / pedicle[1], -x / pedicle[0])
    out *= out
    core = np.maximum(1 - out * np.float32(1.35), 0)
    return np.minimum(cage, np.float32(84) * core + np.float32(48) * np.sqrt(np.maximum(1 - out, 0)))


def _aortic_knob(canvas: Canvas, body: Body) -> tuple[F32, F32]:
    """The arch end-on, and the descending aorta below it beside the spine."""
    kx, ky, radius = body.knob
    kx -= body.turn * 0.2
    relative = np.full((canvas.size, canvas.size), 9.0, np.float32)
    path = canvas.empty()
    rows, columns = canvas.window(kx - radius, kx + radius, ky - radius * 1.2, ky + radius * 1.2)
    x, y = (canvas.x[rows, columns] - kx) / radius, (canvas.y[rows] - ky) / (radius * 1.15)
    relative[rows, columns] = x * x + y * y
    path[rows, columns] = 75 * np.sqrt(np.clip(1 - relative[rows, columns], 0, 1))
    course = canvas.curve(
        [ky, 30, 90, 150], [kx - 4, kx - 6 + 5 * body.aorta_tortuous, 8 + 6 * body.aorta_tortuous, 4], 20
    )
    rows, columns = canvas.window(-40, 70, ky, 230)
    across = (canvas.x[rows, columns] - course[rows]) / np.float32(radius * 0.78)
    path[rows, columns] = np.maximum(path[rows, columns], 34 * np.sqrt(np.clip(1 - across * across, 0, 1)))
    return relative, path


def dome_contour(body: Body, x: F32, side: int) -> F32:
    """Height of the diaphragm's upper contour over ``x``: a dome that drops to the costophrenic angle."""
    sign = (-1.0, 1.0)[side]
    out = (sign * x - sign * body.dome_x[side]) / (body.half_width - sign * body.dome_x[side])
    inward = np.clip(-out * (body.half_width - sign * body.dome_x[side]) / np.abs(body.dome_x[side]), 0, 1.3)
    drop = body.angle[side] - body.dome[side]
    beyond = np.clip(out, 0, 1.2)
    return body.dome[side] + drop * beyond * beyond * (np.float32(0.4) + np.float32(0.6) * beyond) + 15 * inward**2


def _diaphragm(canvas: Canvas, body: Body, cage: F32) -> tuple[F32, F32]:
    """Depth below the contour, and the path of the abdomen inside the cage: a paraboloid, so lung reaches behind it."""
    below = np.full((canvas.size, canvas.size), -200.0, np.float32)
    path = canvas.empty()
    rows = canvas.rows(min(body.dome) - 25, 400)
    x = canvas.x[rows]
    right = x < 0
    top = dome_contour(body, x, 1)
    top += right * (dome_contour(body, x, 0) - top)
    below[rows] = canvas.y[rows] - top
    reach = np.sqrt(np.maximum(below[rows], 0) * np.float32(2 * 150)) * 2.2
    off = (x / 52) ** 2
    beside = off / (1 + off)
    under = np.maximum(below[rows], 0) * np.float32(2.6)  # the heart rests on the middle: no air, no sharp contour
    path[rows] = np.minimum(under + beside * (reach - under), cage[rows])
    return below, path


def _gas(canvas: Canvas, body: Body) -> F32:
    """Stomach bubble under the left dome and a few bowel loops, in mm of gas."""
    gas = canvas.empty()
    if body.gas < 0.12:
        return gas
    rng = np.random.default_rng(int(body.gas * 1e9))
    top = body.dome[1]
    loops = [(rng.normal(62, 14), top + rng.uniform(18, 34), rng.uniform(14, 34), rng.uniform(9, 20), 45)]
    for _ in range(int(rng.integers(0, 7))):
        loops.append((rng.normal(50, 45), top + rng.uniform(55, 130), rng.uniform(8, 20), rng.uniform(8, 18), 28))
    for cx, cy, rx, ry, thick in loops:
        rows, columns = canvas.window(cx - rx * 1.2, cx + rx * 1.2, cy - ry * 1.2, cy + ry * 1.2)
        x, y = (canvas.x[rows, columns] - cx) / rx, (canvas.y[rows] - cy) / ry
        wave = 1 + 0.16 * np.sin(x * rng.uniform(2, 7) + rng.uniform(0, 6)) + 0.1 * y * rng.normal()
        gas[rows, columns] = np.maximum(gas[rows, columns], thick * np.sqrt(np.clip(wave - x * x - y * y, 0, 1)))
    return gas


def lung_masks(canvas: Canvas, thorax: Thorax) -> dict[str, np.ndarray]:
    """Visible lung fields: inside the cage, beside mediastinum and heart, above the diaphragm's contour."""
    field = (thorax.cage > 14) & (thorax.heart > 1) & (thorax.dome < 0) & (thorax.knob > 1)
    right, left = thorax.pedicle
    return {"right": field & (canvas.x < -right), "left": field & (canvas.x > left)}


def soft_edge(value: F32, width: float) -> F32:
    """A border blurred by ``width`` mm: 0 to 1 as ``value`` (mm) passes 0."""
    return smoothstep(value, -width / 2, width / 2)
