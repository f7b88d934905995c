"""Path lengths through curved tubes (vessels, bronchi, wires, catheters, clavicles), whatever their number.

Each tube follows a quadratic Bézier curve and tapers. It is filled with sample points no further apart than about a
pixel, and each point's share of the tube's volume is laid bilinearly onto the grid. So a tube thinner than a pixel keeps
its true attenuation (partial volume), and a thousand tubes cost one pass. Knows nothing of what a tube is.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ssg.phantoms.canvas import F32, Canvas, Window

Points = NDArray[np.floating]

_ALONG, _ACROSS = 0.95, 0.8
"""Distance of samples in pixels along and across a tube; bilinear laying is even up to one pixel."""


def tubes(canvas: Canvas, curves: Points, radii: Points, weights: Points | float = 1.0) -> F32:
    """Path length in mm, (H, W), through tubes; see :func:`lay_tubes`."""
    image = canvas.empty()
    lay_tubes(image, canvas, curves, radii, weights)
    return image


def lay_tubes(image: F32, canvas: Canvas, curves: Points, radii: Points, weights: Points | float = 1.0) -> Window:
    """Add the path length in mm through tubes to ``image`` (H, W), in place; returns the window that changed.

    ``curves`` (n, 3, 2) start, control and end points in patient mm; ``radii`` (n, 2) at both ends in mm; ``weights``
    (n,) multiply the path length of each tube (attenuation relative to the caller's unit, may be negative).
    """
    curves, radii = np.asarray(curves, np.float32), np.asarray(radii, np.float32)
    weights = np.broadcast_to(np.asarray(weights, np.float32), (len(curves),))
    seen = _seen(canvas, curves, radii)
    curves, radii, weights = curves[seen], radii[seen], weights[seen]
    if len(curves) == 0:
        return slice(0, 0), slice(0, 0)
    chord = curves[:, 2] - curves[:, 0]
    length = np.sqrt((chord * chord).sum(axis=1)) * np.float32(1.03) + np.float32(1e-3)
    along = np.ceil(length / np.float32(_ALONG * canvas.pitch)).astype(np.int32)
    owner, place = _ranges(along)
    t = (place + np.float32(0.5)) / along.astype(np.float32)[owner]
    rest = 1 - t
    start, control, end = (curves[:, number][owner] for number in range(3))
    centre = (rest * rest)[:, None] * start + (2 * t * rest)[:, None] * control + (t * t)[:, None] * end
    course = rest[:, None] * (control - start) + t[:, None] * (end - control)
    radius = rest * radii[:, 0][owner] + t * radii[:, 1][owner]
    volume = radius * radius * (np.float32(np.pi) * length / along * weights)[owner]
    return _fill(image, canvas, centre, course, radius, volume)


def _seen(canvas: Canvas, curves: F32, radii: F32) -> NDArray[np.bool_]:
    """Which tubes may touch the image, by their control polygons."""
    column, row = canvas.pixels(curves[..., 0], curves[..., 1])
    margin = radii.max(axis=1) / canvas.pitch + 1
    outside = (column.max(axis=1) < -margin) | (column.min(axis=1) > canvas.size + margin)
    return ~(outside | (row.max(axis=1) < -margin) | (row.min(axis=1) > canvas.size + margin))


def _fill(image: F32, canvas: Canvas, centre: F32, course: F32, radius: F32, volume: F32) -> Window:
    """Spread each sample of a centre line over its cross-section and lay it."""
    column, row = canvas.pixels(centre[:, 0], centre[:, 1])
    norm = radius / (np.sqrt(course[:, 0] * course[:, 0] + course[:, 1] * course[:, 1]) + np.float32(1e-6))
    aside_x, aside_y = -course[:, 1] * norm / canvas.spacing_x, course[:, 0] * norm / canvas.spacing_y
    across = np.ceil(radius * np.float32(2 / (_ACROSS * canvas.pitch))).astype(np.int32)
    owner, place = _ranges(across)
    count = across[owner]
    s = (2 * place + 1).astype(np.float32) / count - 1
    share = np.sqrt(1 - s * s) / _chord_sums()[np.minimum(count, _MOST_ACROSS)]
    return _lay(image, canvas, column[owner] + s * aside_x[owner], row[owner] + s * aside_y[owner], share * volume[owner])


def _ranges(counts: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For counts (2, 3): owners 0 0 1 1 1 and places 0 1 0 1 2."""
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - first[owner]


_MOST_ACROSS = 400


@lru_cache(maxsize=1)
def _chord_sums() -> F32:
    """Sum of the chords at 1 to 400 samples across, so that shares of a cross-section add up to one."""
    sums = [1.0]
    for count in range(1, _MOST_ACROSS + 1):
        s = (2 * np.arange(count) + 1) / count - 1
        sums.append(float(np.sqrt(1 - s * s).sum()))
    return np.array(sums, np.float32)


def _lay(image: F32, canvas: Canvas, column: F32, row: F32, volume: F32) -> Window:
    """Bilinear deposit of volumes in mm³ at pixel coordinates, into the window that holds them."""
    column, row = column - np.float32(0.5), row - np.float32(0.5)
    last = canvas.size - 1
    inside = (column > 0) & (row > 0) & (column < last) & (row < last)
    if not inside.all():
        column, row, volume = column[inside], row[inside], volume[inside]
    if len(column) == 0:
        return slice(0, 0), slice(0, 0)
    left, top = column.astype(np.int32), row.astype(np.int32)
    fx, fy = column - left, row - top
    x0, y0 = int(left.min()), int(top.min())
    wide, high = int(left.max()) - x0 + 2, int(top.max()) - y0 + 2
    corner = (top - y0) * wide + (left - x0)
    high_share = volume * fy
    low_share = volume - high_share
    right_low, right_high = low_share * fx, high_share * fx
    at = np.concatenate([corner, corner + 1, corner + wide, corner + (wide + 1)])
    mass = np.concatenate([low_share - right_low, right_low, high_share - right_high, right_high])
    patch = np.bincount(at, mass, wide * high).reshape(high, wide)
    window = slice(y0, y0 + high), slice(x0, x0 + wide)
    image[window] += patch * (1 / (canvas.spacing_x * canvas.spacing_y))
    return window


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
