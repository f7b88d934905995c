"""The plane that cuts the patient: view, level, field of view, turn of the head, and pixels to millimetres.

Shown as radiologists do: the patient's right at the image's left (axial, coronal), the face to the left (sagittal).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ssg.phantoms.mr.head import CENTRE, Head
from ssg.phantoms.mr.names import VIEWS
from ssg.phantoms.mr.sites import Site

_SHARES = {"axial": 0.56, "coronal": 0.22, "sagittal": 0.22}

ALONG = {"axial": 2, "coronal": 1, "sagittal": 0}
"""The axis of the patient that the plane's level counts along."""


@dataclass(frozen=True, slots=True)
class Framing:
    """Field and turn of one image; lengths in mm of the patient, angles in radians."""

    view: str
    field: float
    centre: tuple[float, float]
    """Middle of the field against the centre of the brain, in the plane's own two directions."""
    turn: tuple[float, float, float]
    """Turn of the head about x, y and z."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Atlas coordinates of pixels: ``origin + across · column + down · row``."""

    view: str
    level: float
    spacing: float
    origin: NDArray[np.float32]
    across: NDArray[np.float32]
    down: NDArray[np.float32]

    def vector(self) -> NDArray[np.float32]:
        """Nine numbers for the slice kernel."""
        return np.concatenate([self.origin, self.across, self.down]).astype(np.float32)

    def grid(self, size: int, axis: int) -> NDArray[np.float32]:
        """Atlas coordinate ``axis`` of every pixel (H, W)."""
        steps = np.arange(size, dtype=np.float32) + np.float32(0.5)
        return np.asarray(
            self.origin[axis] + self.across[axis] * steps[None, :] + self.down[axis] * steps[:, None], np.float32
        )


def draw_view(rng: Generator, wanted: str | None, across: bool) -> str:
    """The view at random (``across``: one that shows both sides), or the wanted one."""
    pick = rng.random() * (1 - _SHARES["sagittal"] if across else 1)
    if wanted is not None:
        return wanted
    return "axial" if pick < _SHARES["axial"] else "coronal" if pick < 1 - _SHARES["sagittal"] else "sagittal"


def draw_framing(rng: Generator, site: Site, view: str) -> Framing:
    """Where the field lies on the head."""
    wide, shift_a, shift_b, ta, tb, tc = rng.normal(0, 1, 6)
    field = site.field_mm * (1 + 0.035 * wide) * {"axial": 1.0, "coronal": 1.02, "sagittal": 1.05}[view]
    middle = {"axial": (0.0, 4.0), "coronal": (0.0, -22.0), "sagittal": (-4.0, -20.0)}[view]
    sway = {"axial": 7.0, "coronal": 8.0, "sagittal": 8.0}[view]
    degree = math.radians(site.tilt)
    pitch = degree * 1.6 * ta + (math.radians(4) if view == "axial" else 0.0)
    return Framing(
        view=view,
        field=float(field),
        centre=(float(middle[0] + sway * shift_a), float(middle[1] + sway * shift_b)),
        turn=(float(pitch), float(degree * 0.6 * tb), float(degree * tc)),
    )


def make_plane(framing: Framing, head: Head, level: float, size: int) -> Plane:
    """The plane ``level`` mm from the centre of the brain along its own axis."""
    view, spacing = framing.view, framing.field / size
    right = {"axial": (1, 0, 0), "coronal": (1, 0, 0), "sagittal": (0, -1, 0)}[view]
    down = {"axial": (0, -1, 0), "coronal": (0, 0, -1), "sagittal": (0, 0, -1)}[view]
    normal = np.zeros(3)
    normal[ALONG[view]] = 1
    turn = _rotation(framing.turn)
    u, v, n = turn @ np.array(right, float), turn @ np.array(down, float), turn @ normal
    a = framing.centre[0] * (1 if view != "sagittal" else -1)
    middle = n * level + u * a - v * framing.centre[1]
    corner = middle - (u + v) * framing.field / 2
    scale = 1 / np.array(head.scale)
    return Plane(
        view=view,
        level=level,
        spacing=spacing,
        origin=(corner * scale + np.array(CENTRE)).astype(np.float32),
        across=(u * spacing * scale).astype(np.float32),
        down=(v * spacing * scale).astype(np.float32),
    )


def depth_in(plane: Plane, row: NDArray[np.float32]) -> float:
    """How far from its centre a plane meets a focal finding, 0 in the middle, 1 where it only touches it."""
    normal = np.cross(plane.across, plane.down)
    normal = normal / np.linalg.norm(normal)
    reach = float(np.linalg.norm(row[4:7] * (row[7:16].reshape(3, 3) @ normal)))
    return abs(float(np.dot(row[1:4] - plane.origin, normal))) / max(reach, 1e-6)


def level_through(point: tuple[float, float, float], framing: Framing, head: Head) -> float:
    """The level in mm of the plane that goes through a point of the atlas."""
    normal = np.zeros(3)
    normal[ALONG[framing.view]] = 1
    n = _rotation(framing.turn) @ normal
    return float(n @ ((np.array(point) - np.array(CENTRE)) * np.array(head.scale)))


def _rotation(turn: tuple[float, float, float]) -> NDArray[np.float64]:
    (ca, sa), (cb, sb), (cc, sc) = ((math.cos(angle), math.sin(angle)) for angle in turn)
    about_x = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
    about_y = np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    about_z = np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


__all__ = ["ALONG", "VIEWS", "Framing", "Plane", "depth_in", "draw_framing", "draw_view", "level_through", "make_plane"]
