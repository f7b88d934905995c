"""Path lengths through the solids of the chest, compiled: one pass over the pixels for the body, one for the chest.

Everything is a chord of an ellipse, an ellipsoid or a paraboloid in mm along the beam; a sharp border comes out where a
rounded solid meets air. Columns (H,) hold what depends on height alone. Knows no patient: thorax.py hands in measures.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

HEART_BINS = 720
"""Directions in which the heart's contour is given."""


@njit(cache=True, fastmath=True, error_model="numpy", inline="always")
def _root(value):  # type: ignore[no-untyped-def]  # pragma: no cover
    return math.sqrt(max(value, np.float32(0)))


@njit(cache=True, fastmath=True, error_model="numpy", inline="always")
def _union(a, b):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Smooth maximum: the fourth root of the sum of fourth powers."""
    a2, b2 = a * a, b * b
    return math.sqrt(math.sqrt(a2 * a2 + b2 * b2))


@njit(cache=True, fastmath=True, error_model="numpy")
def body_path(x, trunk_half, trunk_thick, neck_half, neck_thick):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Trunk and neck with the slope of the shoulders: a smooth union of elliptic cylinders."""
    out = np.empty(x.shape, np.float32)
    one, flat, two = np.float32(1), np.float32(0.12), np.float32(2)
    for i in range(x.shape[0]):
        trunk, neck = one / trunk_half[i], one / neck_half[i]
        thick, high = two * trunk_thick[i], two * neck_thick[i]
        for j in range(x.shape[1]):
            off = (x[i, j] * trunk) ** 2
            chord = thick * _root(one - off * (flat + (one - flat) * off))
            if high > 0:
                chord = _union(chord, high * _root(one - (x[i, j] * neck) ** 2))
            out[i, j] = chord
    return out


@njit(cache=True, fastmath=True, error_model="numpy")
def add_arm(tissue, x, y, joint, course, radius):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Shoulder and upper arm: a tapering cylinder from ``joint`` along ``course``, rounded above, in place."""
    jx, jy = np.float32(joint[0]), np.float32(joint[1])
    dx, dy, wide = np.float32(course[0]), np.float32(course[1]), np.float32(radius)
    one, taper = np.float32(1), np.float32(0.0004)
    for i in range(x.shape[0]):
        v = y[i] - jy
        for j in range(x.shape[1]):
            u = x[i, j] - jx
            along, off = u * dx + v * dy, u * dy - v * dx
            far = min(max(along, np.float32(0)), np.float32(400))
            reach = min(along, np.float32(0)) / (wide * np.float32(0.95))
            across = off / (wide * (one - taper * far))
            inside = one - across * across - reach * reach
            if inside > 0:
                tissue[i, j] = _union(tissue[i, j], np.float32(2) * wide * math.sqrt(inside))


@njit(cache=True, fastmath=True, error_model="numpy")
def cage_path(x, wall, depth):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The inside of the chest wall along the beam, and |x| as a share of its half width."""
    cage, lateral = np.empty(x.shape, np.float32), np.empty(x.shape, np.float32)
    for i in range(x.shape[0]):
        scale, thick = np.float32(1) / max(wall[i], np.float32(1e-3)), np.float32(2) * depth[i]
        for j in range(x.shape[1]):
            share = abs(x[i, j]) * scale
            lateral[i, j] = share
            cage[i, j] = thick * _root(np.float32(1) - share * share)
    return cage, lateral


@njit(cache=True, fastmath=True, error_model="numpy")
def heart_distance(out, x, y, centre, scale, inverse):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Squared distance from the heart's centre relative to its contour, in place; ``inverse`` holds 1 / radius²."""
    cx, cy = np.float32(centre[0]), np.float32(centre[1])
    sx, sy = np.float32(1 / scale[0]), np.float32(1 / scale[1])
    step = np.float32(HEART_BINS / (2 * math.pi))
    for i in range(x.shape[0]):
        v = (y[i] - cy) * sy
        for j in range(x.shape[1]):
            u = (x[i, j] - cx) * sx
            out[i, j] = (u * u + v * v) * inverse[int(_angle(v, u) * step)]


@njit(cache=True, fastmath=True, error_model="numpy", inline="always")
def _angle(y, x):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Angle in [0, 2π) to about 0.001 rad: a polynomial on one octant (Abramowitz and Stegun 4.4.49)."""
    ax, ay = abs(x), abs(y)
    t = min(ax, ay) / (max(ax, ay) + np.float32(1e-9))
    s = t * t
    a = np.float32(0.1801410) + s * (np.float32(-0.0851330) + s * np.float32(0.0208351))
    angle = t * (np.float32(0.9998660) + s * (np.float32(-0.3302995) + s * a))
    angle = np.float32(math.pi / 2) - angle if ay > ax else angle
    angle = np.float32(math.pi) - angle if x < 0 else angle
    return np.float32(2 * math.pi - 1e-4) - angle if y < 0 else angle


@njit(cache=True, fastmath=True, error_model="numpy")
def central_path(x, cage, heart, right, left, aorta, aorta_half, heart_depth):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Mediastinum, aorta and heart along the beam, at most the cage.

    ``right`` and ``left`` (H,) are the borders' distances from the midline, ``aorta`` the course of the arch's end and
    the descending aorta with its half width.
    """
    out = np.empty(x.shape, np.float32)
    one = np.float32(1)
    for i in range(x.shape[0]):
        to_right, to_left, to_aorta = one / right[i], one / left[i], one / aorta_half[i]
        for j in range(x.shape[1]):
            share = x[i, j] * (to_left if x[i, j] > 0 else -to_right)
            off = share * share
            path = np.float32(0)
            if off < one:
                path = np.float32(66) * math.sqrt(one - off) + np.float32(52) * max(one - np.float32(1.3) * off, 0)
                across = (x[i, j] - aorta[i]) * to_aorta
                path += np.float32(17) * _root(one - across * across)
            if heart[i, j] < one:
                path = _union(path, np.float32(heart_depth) * math.sqrt(one - heart[i, j]))
            out[i, j] = min(path, cage[i, j])
    return out


@njit(cache=True, fastmath=True, error_model="numpy")
def abdomen_path(x, y, cage, central, contour, first):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Depth below the diaphragm's contour in mm, and the lung that cage, mediastinum and abdomen leave.

    ``contour`` are its heights at x = ``first``, ``first`` + 1, ... mm. The diaphragm is a paraboloid, so that lung
    reaches behind it; the heart rests on its middle: no sharp contour there.
    """
    below, air = np.empty(x.shape, np.float32), np.empty(x.shape, np.float32)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            at = min(max(x[i, j] - first, np.float32(0)), np.float32(len(contour) - 2))
            k = int(at)
            depth = y[i] - contour[k] - (contour[k + 1] - contour[k]) * (at - np.float32(k))
            below[i, j] = depth
            left = cage[i, j] - central[i, j]
            if depth > 0 and left > 0:
                far = (x[i, j] * np.float32(1 / 42)) ** 2
                beside = far / (np.float32(1) + far)
                under = np.float32(5) * depth * depth / (depth + np.float32(22))
                left -= under + beside * (np.float32(2.2) * math.sqrt(depth * np.float32(300)) - under)
            air[i, j] = max(left, np.float32(0))
    return below, air


@njit(cache=True)
def lung_fields(x, cage, heart, dome, right, left):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Right and left lung as seen: inside the cage, beside mediastinum and heart, above the diaphragm's contour."""
    fields = np.zeros((2, *x.shape), np.bool_)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            if cage[i, j] > 14 and heart[i, j] > 1 and dome[i, j] < 0:
                fields[0, i, j] = x[i, j] < -right[i]
                fields[1, i, j] = x[i, j] > left[i]
    return fields
