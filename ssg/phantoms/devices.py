"""Devices: endotracheal tube, central venous catheter, pacemaker with leads.

Lines are laid in nepers (they are denser than anything beside them); their truth is every pixel of their course that
the image shows.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ssg.phantoms.body import Body
from ssg.phantoms.canvas import F32, smoothstep
from ssg.phantoms.focal import soft_disc
from ssg.phantoms.scene import Scene, Trace
from ssg.phantoms.strokes import lay_tubes, polyline, tubes
from ssg.phantoms.types import SideName
from ssg.phantoms.vessels import trachea_course


def lay_wire(scene: Scene, points: np.ndarray, radius: float, nepers: float) -> None:
    """Lay a wire through ``points`` (mm) with ``nepers`` at its middle."""
    curves, radii = polyline(points, radius)
    lay_tubes(scene.dense, scene.canvas, curves, radii, nepers / (2 * radius))


def lay_line(scene: Scene, points: np.ndarray, radius: float, nepers: float) -> F32:
    """Lay a wire or catheter through ``points`` (mm) with ``nepers`` at its middle; returns its own map."""
    curves, radii = polyline(points, radius)
    line = tubes(scene.canvas, curves, radii, nepers / (2 * radius))
    scene.dense += line
    return line


def add_endotracheal_tube(scene: Scene, severity: float, rng: Generator) -> None:
    """A tube in the trachea from above the image; ``severity`` 0 well placed, 1 tip in the right main bronchus."""
    body = scene.body
    tip = -55 + 75 * severity if severity > 0.8 else -rng.uniform(22, 65)
    course = trachea_course(body)
    y = np.linspace(-230, min(tip, -2), 9)
    x = np.interp(y, course[:, 1], course[:, 0]) + rng.normal(0, 1) + 1.2 * np.sin(y / 40 + rng.uniform(0, 6))
    points = np.stack([x, y], axis=1)
    if tip > 0:
        points = np.concatenate([points, [[-4 - tip * 0.9, tip]]])
    half = rng.uniform(4.2, 5.4)
    total = scene.canvas.empty()
    for offset, nepers in ((-half, 0.26), (half, 0.26), (half * 0.55, 0.42)):
        total += lay_line(scene, points + np.array([offset, 0]), 0.8, nepers * rng.uniform(0.9, 1.3))
    lumen = tubes(scene.canvas, *polyline(points, half), 1.0)
    mask = (total > 0.05) | (lumen > 1)
    scene.traces.append(Trace("endotracheal tube", None, mask, severity, round(-tip)))


CATHETER_FORMS = ("jugular", "subclavian", "picc", "port")


def add_catheter(scene: Scene, side: SideName, severity: float, rng: Generator, form: str | None = None) -> None:
    """A central venous catheter from neck, chest wall or arm to the superior vena cava."""
    form = form or CATHETER_FORMS[int(rng.choice(4, p=[0.42, 0.26, 0.18, 0.14]))]
    points = catheter_course(scene.body, side, form, rng)
    line = lay_line(scene, points, rng.uniform(0.9, 1.3), rng.uniform(0.34, 0.6))
    mask = line > 0.05
    if form == "port":
        window, disc = soft_disc(scene, points[0, 0], points[0, 1], rng.uniform(11, 14), 1.0)
        inner_window, hole = soft_disc(scene, points[0, 0], points[0, 1], 5.5, 1.0)
        scene.dense[window] += np.float32(0.75) * disc
        scene.dense[inner_window] -= np.float32(0.45) * hole
        mask[window] |= disc > 0.3
    scene.traces.append(Trace("central venous catheter", side, mask, severity, None, form))


def catheter_course(body: Body, side: SideName, form: str, rng: Generator) -> np.ndarray:
    """Points (n, 2) in mm of a venous catheter from where it enters to its tip."""
    s = -1.0 if side == "right" else 1.0
    tip = np.array([-body.pedicle[0] * rng.uniform(0.62, 0.85), rng.uniform(0, 48)])
    vena = np.array([-body.pedicle[0] * 0.85, -28.0])
    start = {
        "jugular": [[s * 34, -230], [s * 31, -150], [s * 29, -96]],
        "subclavian": [[s * 135, -62], [s * 108, -72], [s * 72, -70], [s * 42, -66]],
        "picc": [[s * 235, 90], [s * 205, 0], [s * 168, -62], [s * 120, -76], [s * 72, -70], [s * 42, -66]],
        "port": [[s * 82, -18], [s * 88, -52], [s * 80, -76], [s * 58, -76], [s * 36, -68]],
    }[form]
    lift = body.clavicle[0] + 58
    points = np.array(start) + rng.normal(0, 2.5, (len(start), 2)) + np.array([0, lift * (form != "jugular")])
    cross = np.array([[10, -48.0], [-6, -40.0]]) if side == "left" else np.array([[-24, -56.0]])
    return np.concatenate(
        [points, cross + np.array([0, 0.5 * lift]), vena[None] + rng.normal(0, 1.5, (1, 2)), tip[None]]
    )


def add_pacemaker(scene: Scene, side: SideName, severity: float, rng: Generator) -> None:
    """A generator below the clavicle and one to three leads (by ``severity``) to the right heart."""
    body, canvas = scene.body, scene.canvas
    s = scene.sign(side)
    cx, cy = s * body.half_width * rng.uniform(0.66, 0.84), body.clavicle[0] + rng.uniform(14, 32)
    wide, high = rng.uniform(20, 26), rng.uniform(17, 24)
    window = canvas.window(cx - wide - 3, cx + wide + 3, cy - high - 3, cy + high + 3)
    turned = rng.normal(0, 0.25)
    x, y = canvas.x[window] - np.float32(cx), canvas.y[window[0]] - np.float32(cy)
    u = np.abs(x * np.float32(np.cos(turned)) + y * np.float32(np.sin(turned))) / np.float32(wide)
    v = np.abs(y * np.float32(np.cos(turned)) - x * np.float32(np.sin(turned))) / np.float32(high)
    shape = smoothstep(1 - (u**3.2 + v**3.2), -0.06, 0.06)
    inside = 0.8 + 0.5 * smoothstep(0.72 - (u**3 + (v * 1.4) ** 3), -0.1, 0.1)
    scene.dense[window] += np.float32(rng.uniform(0.9, 1.5)) * shape * inside
    mask = np.zeros((canvas.size, canvas.size), bool)
    mask[window] = shape > 0.5
    for lead in range(1 + int(severity * 2.2)):
        line = lay_line(scene, lead_course(body, side, cx, cy, lead, rng), 0.9, rng.uniform(0.4, 0.6))
        mask |= line > 0.05
    scene.traces.append(Trace("pacemaker", side, mask, severity))


def lead_course(body: Body, side: SideName, cx: float, cy: float, lead: int, rng: Generator) -> np.ndarray:
    """Points (n, 2) in mm of one lead: generator, subclavian vein, vena cava, then ventricle, atrium or sinus."""
    s = -1.0 if side == "right" else 1.0
    lift = body.clavicle[0] + 58
    vein = np.array([[s * 100, -60.0], [s * 72, -72], [s * 44, -66]]) + np.array([0, lift])
    cross = np.array([[8, -48.0], [-8, -38.0]]) if side == "left" else np.array([[-24, -52.0]])
    vena = np.array([[-body.pedicle[0] * 0.8, -14.0]])
    low = body.heart_bottom
    ends = (
        [
            [-body.heart_right * 0.62, 44],
            [-body.heart_right * 0.45, low - 34],
            [12, low - 18],
            [body.heart_left * 0.62, low - 20],
        ],
        [
            [-body.heart_right * 0.66, 42],
            [-body.heart_right * 0.52, 66],
            [-body.heart_right * 0.2, 58],
            [-body.heart_right * 0.25, 44],
        ],
        [[-body.heart_right * 0.5, 48], [-body.heart_right * 0.3, 72], [14, 62], [body.heart_left * 0.66, 50]],
    )[min(lead, 2)]
    loop = np.array([[cx + s * 8, cy - 8], [cx - s * 4, cy - 30]])
    points = np.concatenate([loop, vein, cross, vena, np.array(ends)])
    return points + rng.normal(0, 1.6, points.shape)
