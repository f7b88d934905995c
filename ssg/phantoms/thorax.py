"""Soft tissue and air: the body's outline, the thoracic cage, heart and mediastinum, diaphragm, lungs, gas.

Everything is a path length in mm along the beam, on one :class:`Canvas`. The lung's path is what the cage leaves after
mediastinum, heart and diaphragm; all later parts (vessels, findings) take their place in it. Sharp borders come out
where a rounded solid meets air, as they do on a radiograph. The formulae stand in chords.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ssg.phantoms import chords
from ssg.phantoms.body import Body
from ssg.phantoms.canvas import F32, Canvas, smoothstep
from ssg.phantoms.chords import HEART_BINS

SIDES = ("right", "left")


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
    central: F32
    """Path through mediastinum and heart."""
    knob: F32
    """Squared relative distance from the centre of the aortic knob."""
    dome: F32
    """(H, W) mm below the upper contour of the diaphragm, negative above."""
    pedicle: tuple[F32, F32]
    """Half widths (H, 1) of the mediastinum to the right and to the left."""
    gas: F32


def build_thorax(canvas: Canvas, body: Body) -> Thorax:
    """All soft tissue of one body on one canvas."""
    wall_x, depth = cage_profile(canvas, body)
    tissue = _body_outline(canvas, body)
    cage, lateral = chords.cage_path(canvas.x, wall_x[:, 0], depth[:, 0])
    heart = _heart(canvas, body)
    right, left = mediastinal_borders(canvas, body)
    aorta, aorta_half = _aorta(canvas, body)
    central = chords.central_path(
        canvas.x, cage, heart, right[:, 0], left[:, 0], aorta[:, 0], aorta_half[:, 0], body.heart_depth
    )
    dome, air = chords.abdomen_path(canvas.x, canvas.y[:, 0], cage, central, dome_contour(body), np.float32(_ACROSS[0]))
    gas = _gas(canvas, body, dome)
    return Thorax(tissue, cage, wall_x, lateral, air, heart, central, _knob(canvas, body), dome, (right, left), gas)


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


def _body_outline(canvas: Canvas, body: Body) -> F32:
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
    neck_half = canvas.curve(
        [-260, -150, -118, top, top + 40], [56 + w * 0.4, 60 + w * 0.5, 80 + w * 0.6, 172, 178], 22
    )
    neck_thick = canvas.curve([-260, -130, top, top + 70, top + 130], [62, 72, 74 + w * 0.6, 64 + w * 0.5, 0], 16)
    tissue: F32 = chords.body_path(canvas.x, width[:, 0], thick[:, 0], neck_half[:, 0], neck_thick[:, 0])
    for side in (0, 1):
        _add_shoulder(canvas, body, side, tissue)
    if body.breast > 2:
        _add_breasts(canvas, body, tissue)
    return tissue


def shoulder_joint(body: Body, side: int) -> tuple[float, float]:
    """Centre of the humeral head, x signed to the side."""
    return (-1.0, 1.0)[side] * (body.half_width + 26 + 10 * body.habitus), body.shoulder[side] + 34


ARM_COURSE = {"out": (0.62, 1.0), "down": (0.16, 1.0), "up": (0.75, -1.0)}
"""Direction of the upper arm (sideways, down) by pose, before normalisation."""


def _add_shoulder(canvas: Canvas, body: Body, side: int, tissue: F32) -> None:
    sign = (-1.0, 1.0)[side]
    jx, jy = shoulder_joint(body, side)
    dx, dy = ARM_COURSE[body.arms]
    norm = math.hypot(dx, dy)
    low, high = sorted((jx - sign * 75, jx + sign * 320))
    rows, columns = canvas.window(low, high, jy - 320, jy + 420)
    chords.add_arm(
        tissue[rows, columns],
        canvas.x[rows, columns],
        canvas.y[rows, 0],
        (jx, jy),
        (sign * dx / norm, dy / norm),
        45 + 24 * body.habitus,
    )


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


def _heart(canvas: Canvas, body: Body) -> F32:
    """Relative squared distance from the heart's centre: a closed contour in polar form."""
    radii, scale_x, scale_y, cx, cy = heart_contour(body)
    rows, columns = canvas.window(-body.heart_right - 8, body.heart_left + 8, body.heart_top - 8, body.heart_bottom + 8)
    relative = np.full((canvas.size, canvas.size), 9.0, np.float32)
    chords.heart_distance(
        relative[rows, columns],
        canvas.x[rows, columns],
        canvas.y[rows, 0],
        (cx, cy),
        (scale_x, scale_y),
        1 / (radii * radii),
    )
    return relative


_HEART = (0.94, 1.16, 1.12, 0.90, 0.88, 0.98, 0.99, 0.96, 0.88, 0.90, 0.78, 0.78)
"""Radii every 30° from the patient's left, downwards: left border, apex, diaphragmatic face, right atrium, pedicle."""


def heart_contour(body: Body) -> tuple[F32, float, float, float, float]:
    """Radii in 720 directions, scales and centre, so that the contour spans the body's heart borders exactly."""
    spectrum = np.fft.rfft(np.array(_HEART) + np.array(body.heart_shape))
    radii = np.fft.irfft(spectrum, HEART_BINS) * HEART_BINS / len(_HEART)
    angle = np.arange(HEART_BINS) * 2 * np.pi / HEART_BINS
    x, y = radii * np.cos(angle), radii * np.sin(angle)
    scale_x = (body.heart_left + body.heart_right) / (x.max() - x.min())
    scale_y = (body.heart_bottom - body.heart_top) / (y.max() - y.min())
    cx = body.heart_left - scale_x * x.max() + body.turn * 0.4
    return radii.astype(np.float32), scale_x, scale_y, cx, body.heart_bottom - scale_y * y.max()


def mediastinal_borders(canvas: Canvas, body: Body) -> tuple[F32, F32]:
    """Distances (H, 1) of the mediastinum's borders from the midline, one smooth line each.

    Right: neck vessels, superior vena cava, right atrium. Left: subclavian artery, aortic knob, a shallow notch (the
    aortopulmonary window), pulmonary trunk, left atrial appendage, left ventricle.
    """
    shift, (kx, ky, radius) = body.turn * 0.25, body.knob
    vena, trunk = body.pedicle
    hr, hl, apex = body.heart_right, body.heart_left, body.apex[0]
    right = canvas.curve(
        [-170, apex - 4, apex + 22, -45, 0, body.heart_top + 4, body.heart_top + 28, body.heart_top + 60, 170],
        [75, 46, vena * 0.86, vena, vena * 1.04, max(vena * 1.1, hr * 0.8), hr * 0.93, hr * 0.9, 62],
        13,
    )
    low = body.heart_top
    left = canvas.curve(
        [-170, apex - 4, apex + 22, ky - radius, ky + 0.9 * radius, 10, low + 12, low + 32, low + 60, 170],
        [
            75,
            46,
            trunk * 0.95,
            kx + 0.2 * radius,
            kx + 0.58 * radius,
            max(kx + 0.62 * radius, 0.3 * hl + 16),
            max(kx + 0.5 * radius, 0.56 * hl),
            0.72 * hl,
            0.74 * hl,
            74,
        ],
        9,
    )
    up = (canvas.y - np.float32(ky)) / np.float32(1.12 * radius)
    bulge = np.float32(kx - 0.2 * body.turn - shift) + np.float32(0.96 * radius) * np.sqrt(np.clip(1 - up * up, 0, 1))
    bulge = np.where(np.abs(up) < 1, bulge, 0).astype(np.float32)
    left = (left + bulge + np.sqrt((left - bulge) ** 2 + np.float32(30))) / 2
    return right - np.float32(shift), left + np.float32(shift)


def _aorta(canvas: Canvas, body: Body) -> tuple[F32, F32]:
    """Course and half width (H, 1) of the arch's end and, below, the descending aorta left of the spine."""
    kx, ky, radius = body.knob
    bend = body.aorta_tortuous
    course = canvas.curve(
        [ky - radius, ky, ky + 1.3 * radius, 30, 90, 150],
        [kx - 0.5 * radius, kx + 0.1 * radius, kx - 0.2 * radius, kx - 6 + 5 * bend, 8 + 6 * bend, 4],
        14,
    )
    half = canvas.curve(
        [ky - 1.1 * radius, ky - 0.7 * radius, ky, ky + 1.2 * radius, 200],
        [0.3, 0.6 * radius, 0.9 * radius, 0.8 * radius, 0.7 * radius],
        4,
    )
    return course - np.float32(0.2 * body.turn), half


def _knob(canvas: Canvas, body: Body) -> F32:
    """Squared relative distance (H, W) from the centre of the aortic knob, 9 far from it."""
    kx, ky, radius = body.knob
    kx -= body.turn * 0.2
    relative = np.full((canvas.size, canvas.size), 9.0, np.float32)
    rows, columns = canvas.window(kx - radius, kx + radius, ky - radius * 1.2, ky + radius * 1.2)
    x, y = (canvas.x[rows, columns] - kx) / radius, (canvas.y[rows] - ky) / (radius * 1.12)
    relative[rows, columns] = x * x + y * y
    return relative


_ACROSS = np.arange(-300.0, 301.0)


def dome_contour(body: Body) -> F32:
    """Heights of the diaphragm's upper contour at each mm from x = -300 to 300: two domes that fall to the angles.

    Both meet in the middle without a step.
    """
    off = np.abs(_ACROSS)
    sides = []
    for side in (0, 1):
        top, dome, angle = abs(body.dome_x[side]), body.dome[side], body.angle[side]
        outward = np.clip((off - top) / (body.half_width - top), 0, 1.2)
        inward = np.clip((top - off) / top, 0, 1)
        sides.append(dome + (angle - dome) * outward**2 * (0.4 + 0.6 * outward) + 7 * inward**2)
    left = np.clip(0.5 + _ACROSS / 64, 0, 1)
    return np.asarray(sides[0] + left * (sides[1] - sides[0]), np.float32)


def _gas(canvas: Canvas, body: Body, dome: F32) -> F32:
    """Stomach bubble under the left dome and a few bowel loops, in mm of gas."""
    gas = canvas.empty()
    if body.gas < 0.12:
        return gas
    rng = np.random.default_rng(int(body.gas * 1e9))
    upright = body.view == "PA" and rng.random() < 0.6
    cx, rx, ry = rng.normal(64, 12), rng.uniform(20, 38), rng.uniform(11, 20)
    loops = [(cx, body.dome[1] + 7 + ry, rx, ry, 34.0)]
    if body.gas > 0.5:  # bowel: a few faint loops in the left flank
        for _ in range(int(rng.integers(1, 6))):
            y = body.dome[1] + rng.uniform(60, 130)
            loops.append((rng.normal(70, 34), y, rng.uniform(7, 16), rng.uniform(6, 14), 13.0))
    for number, (cx, cy, rx, ry, thick) in enumerate(loops):
        window = canvas.window(cx - rx * 1.3, cx + rx * 1.3, cy - ry * 1.3, cy + ry * 1.3)
        x, height = (canvas.x[window] - cx) / rx, (canvas.y[window[0]] - cy) / ry
        wave = 1 + 0.16 * np.sin(x * rng.uniform(2, 5) + rng.uniform(0, 6)) + 0.1 * height * rng.normal()
        bubble = thick * np.clip(wave - x * x - height * height, 0, 1) ** np.float32(0.8)
        if number == 0 and upright:  # standing, the stomach shows a fluid level
            bubble = bubble * smoothstep(np.float32(0.25) - height, 0, 0.12)
        gas[window] = np.maximum(gas[window], bubble)
    rows = canvas.rows(body.dome[1] - 20, body.dome[1] + 60)
    gas[rows] *= smoothstep(dome[rows], 2, 6)
    return gas


def lung_masks(canvas: Canvas, thorax: Thorax) -> dict[str, np.ndarray]:
    """Visible lung fields: inside the cage, beside mediastinum and heart, above the diaphragm's contour."""
    right, left = thorax.pedicle
    fields = chords.lung_fields(canvas.x, thorax.cage, thorax.heart, thorax.dome, right[:, 0], left[:, 0])
    return {"right": fields[0], "left": fields[1]}
