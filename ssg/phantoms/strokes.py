"""Path lengths through curved tubes (vessels, bronchi, wires, catheters, clavicles), whatever their number.

Each tube follows a quadratic Bézier curve and tapers. It is filled with sample points about half a pixel apart, and
each point's share of the tube's volume is laid bilinearly onto the grid. So a tube thinner than a pixel keeps its true
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


_MOST_ACROSS = 200


def _chords() -> NDArray[np.float64]:
    """Row n: the chords of a circle at n places across it, as shares of their sum."""
    table = np.zeros((_MOST_ACROSS + 1, _MOST_ACROSS))
    for count in range(1, _MOST_ACROSS + 1):
        place = (np.arange(count) + 0.5) * 2 / count - 1
        table[count, :count] = np.sqrt(1 - place**2) / np.sqrt(1 - place**2).sum()
    return table


_CHORDS = _chords()


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


@njit(cache=True, fastmath=True, error_model="numpy")
def _lay(image, column, row, radii, weights, spacing_x, spacing_y):  # type: ignore[no-untyped-def]  # pragma: no cover
    height, width = image.shape
    for n in range(len(weights)):
        ax, ay, bx, by = column[n, 0], row[n, 0], column[n, 1], row[n, 1]
        cx, cy = column[n, 2], row[n, 2]
        reach = max(radii[n, 0], radii[n, 1]) / min(spacing_x, spacing_y) + 1
        if max(ax, bx, cx) < -reach or max(ay, by, cy) < -reach:
            continue
        if min(ax, bx, cx) > width + reach or min(ay, by, cy) > height + reach:
            continue
        length = 0.5 * (_length(cx - ax, cy - ay) + _length(bx - ax, by - ay) + _length(cx - bx, cy - by))
        step = _STEP if max(radii[n, 0], radii[n, 1]) < 1.5 * spacing_x else 0.5  # wider tubes would show a weave
        along = int(length / step) + 1
        for k in range(along):
            t = (k + 0.5) / along
            x = (1 - t) * ((1 - t) * ax + 2 * t * bx) + t * t * cx
            y = (1 - t) * ((1 - t) * ay + 2 * t * by) + t * t * cy
            dx = ((1 - t) * (bx - ax) + t * (cx - bx)) * spacing_x
            dy = ((1 - t) * (by - ay) + t * (cy - by)) * spacing_y
            speed = 2 * _length(dx, dy) + 1e-6
            radius = (1 - t) * radii[n, 0] + t * radii[n, 1]
            volume = math.pi * radius * radius * speed / (along * spacing_x * spacing_y) * weights[n]
            aside_x, aside_y = -2 * dy / speed * radius / spacing_x, 2 * dx / speed * radius / spacing_y
            across = min(int(2 * _length(aside_x, aside_y) / step) + 1, _MOST_ACROSS)
            if across == 1:
                _lay_point(image, x, y, volume)
            else:
                _lay_across(image, x, y, aside_x, aside_y, volume, across)


@njit(cache=True, fastmath=True, error_model="numpy", inline="always")
def _length(dx, dy):  # type: ignore[no-untyped-def]  # pragma: no cover
    return math.sqrt(dx * dx + dy * dy)


@njit(cache=True, fastmath=True, error_model="numpy", inline="always")
def _lay_point(image, u, v, share):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Share one sample bilinearly among four pixels."""
    left, top = int(np.floor(u)), int(np.floor(v))
    if left < 0 or top < 0 or left >= image.shape[1] - 1 or top >= image.shape[0] - 1:
        return
    fx, fy = u - left, v - top
    image[top, left] += share * (1 - fx) * (1 - fy)
    image[top, left + 1] += share * fx * (1 - fy)
    image[top + 1, left] += share * (1 - fx) * fy
    image[top + 1, left + 1] += share * fx * fy


@njit(cache=True, fastmath=True, error_model="numpy")
def _lay_across(image, x, y, aside_x, aside_y, volume, across):  # type: ignore[no-untyped-def]  # pragma: no cover
    """One cross-section: samples from -aside to +aside, weighted by their chords."""
    step = 2.0 / across
    for k in range(across):
        s = (k + 0.5) * step - 1
        _lay_point(image, x + s * aside_x, y + s * aside_y, volume * _CHORDS[across, k])


def polyline(points: Points, radius: float, end_radius: float | None = None) -> tuple[Points, Points]:
    """A smooth tube through ``points`` (n, 2) as curves and radii for :func:`tubes`: Béziers between midpoints."""
    curves, radii = _pieces(np.asarray(points, np.float32), radius, radius if end_radius is None else end_radius)
    return curves, radii


@njit(cache=True)
def _pieces(points, radius, end_radius):  # type: ignore[no-untyped-def]  # pragma: no cover
    count = max(1, len(points) - 2)
    curves, radii = np.empty((count, 3, 2), np.float32), np.empty((count, 2))
    for n in range(count):
        first, last = n == 0, n == count - 1
        for k in range(2):
            curves[n, 0, k] = points[0, k] if first else (points[n, k] + points[n + 1, k]) / 2
            curves[n, 1, k] = points[n + 1, k] if len(points) > 2 else (points[0, k] + points[1, k]) / 2
            curves[n, 2, k] = points[-1, k] if last else (points[n + 1, k] + points[n + 2, k]) / 2
        radii[n, 0] = radius + (end_radius - radius) * n / count
        radii[n, 1] = radius + (end_radius - radius) * (n + 1) / count
    return curves, radii
