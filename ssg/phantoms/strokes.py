"""Path lengths through curved tubes (vessels, bronchi, wires, catheters, clavicles), whatever their number.

Each tube follows a quadratic Bézier curve and tapers. It is filled with sample points about half a pixel apart, and each
point's share of the tube's volume is laid bilinearly onto the grid. So a tube thinner than a pixel keeps its true
attenuation (partial volume). Compiled, because a lung has a thousand of them. Knows nothing of what a tube is.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ssg.phantoms.canvas import F32, Canvas

Points = NDArray[np.floating]

_STEP = 0.65
"""Distance of samples in pixels; bilinear laying is even below about 0.7 in every direction."""


def tubes(canvas: Canvas, curves: Points, radii: Points, weights: Points | float = 1.0) -> F32:
    """Path length in mm, (H, W), through tubes; see :func:`lay_tubes`."""
    image = canvas.empty()
    lay_tubes(image, canvas, curves, radii, weights)
    return image


def lay_tubes(image: F32, canvas: Canvas, curves: Points, radii: Points, weights: Points | float = 1.0) -> None:
    """Add the path length in mm through tubes to ``image`` (H, W), in place.

    ``curves`` (n, 3, 2) start, control and end points in patient mm; ``radii`` (n, 2) at both ends in mm; ``weights``
    (n,) multiply the path length of each tube (attenuation relative to the caller's unit, may be negative).
    """
    curves = np.asarray(curves, np.float32)
    column, row = canvas.pixels(curves[..., 0], curves[..., 1])
    weights = np.broadcast_to(np.asarray(weights, np.float32), (len(curves),))
    _lay(image, column - 0.5, row - 0.5, np.asarray(radii, np.float32), weights, canvas.spacing_x, canvas.spacing_y)


@njit(cache=True)
def _lay(image, column, row, radii, weights, spacing_x, spacing_y):  # type: ignore[no-untyped-def]  # pragma: no cover
    for n in range(len(weights)):
        ax, ay, bx, by = column[n, 0], row[n, 0], column[n, 1], row[n, 1]
        cx, cy = column[n, 2], row[n, 2]
        reach = max(radii[n, 0], radii[n, 1]) / min(spacing_x, spacing_y) + 1
        if max(ax, bx, cx) < -reach or max(ay, by, cy) < -reach:
            continue
        if min(ax, bx, cx) > image.shape[1] + reach or min(ay, by, cy) > image.shape[0] + reach:
            continue
        length = 0.5 * (math.hypot(cx - ax, cy - ay) + math.hypot(bx - ax, by - ay) + math.hypot(cx - bx, cy - by))
        along = int(length / _STEP) + 1
        for k in range(along):
            t = (k + 0.5) / along
            x = (1 - t) * ((1 - t) * ax + 2 * t * bx) + t * t * cx
            y = (1 - t) * ((1 - t) * ay + 2 * t * by) + t * t * cy
            dx = ((1 - t) * (bx - ax) + t * (cx - bx)) * spacing_x
            dy = ((1 - t) * (by - ay) + t * (cy - by)) * spacing_y
            speed = 2 * math.hypot(dx, dy) + 1e-6
            radius = (1 - t) * radii[n, 0] + t * radii[n, 1]
            volume = math.pi * radius * radius * speed / along * weights[n]
            _lay_across(
                image,
                x,
                y,
                -2 * dy / speed * radius / spacing_x,
                2 * dx / speed * radius / spacing_y,
                volume / (spacing_x * spacing_y),
            )


@njit(cache=True)
def _lay_across(image, x, y, aside_x, aside_y, volume):  # type: ignore[no-untyped-def]  # pragma: no cover
    """One cross-section: samples from -aside to +aside, weighted by their chords."""
    across = int(2 * math.hypot(aside_x, aside_y) / _STEP) + 1
    chords = 0.0
    for k in range(across):
        s = (2 * k + 1) / across - 1
        chords += math.sqrt(1 - s * s)
    for k in range(across):
        s = (2 * k + 1) / across - 1
        u, v = x + s * aside_x, y + s * aside_y
        left, top = math.floor(u), math.floor(v)
        if left < 0 or top < 0 or left >= image.shape[1] - 1 or top >= image.shape[0] - 1:
            continue
        share = volume * math.sqrt(1 - s * s) / chords
        fx, fy = u - left, v - top
        image[top, left] += share * (1 - fx) * (1 - fy)
        image[top, left + 1] += share * fx * (1 - fy)
        image[top + 1, left] += share * (1 - fx) * fy
        image[top + 1, left + 1] += share * fx * fy


def polyline(points: Points, radius: float, end_radius: float | None = None) -> tuple[Points, Points]:
    """A smooth tube through ``points`` (n, 2) as curves and radii for :func:`tubes`: Bézier pieces between midpoints."""
    points = np.asarray(points, np.float32)
    middle = (points[1:] + points[:-1]) / 2
    if len(points) == 2:
        curves = np.stack([points[0], middle[0], points[1]])[None]
    else:
        starts = np.concatenate([points[:1], middle[1:-1]])
        ends = np.concatenate([middle[1:-1], points[-1:]])
        curves = np.stack([starts, points[1:-1], ends], axis=1)
    share = np.linspace(0, 1, len(curves) + 1)
    taper = radius + ((end_radius if end_radius is not None else radius) - radius) * share
    return curves, np.stack([taper[:-1], taper[1:]], axis=1)
