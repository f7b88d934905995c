"""Slices turned to the radiological convention: seen from the feet, the front or the right, whatever was stored.

Axial: the patient's right at the left edge, front at the top. Coronal: right at the left, head at the top. Sagittal:
front at the left, head at the top. A scan of a patient who lay prone or feet first is stored in other ways; its letters
say how, so that turning by them never makes a silent mirror image. Knows no file format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Box
from ssg.imaging.letters import Edges

Number = TypeVar("Number", bound=np.generic)

AXES = {"R": "x", "L": "x", "A": "y", "P": "y", "H": "z", "F": "z"}
"""Axes of the patient, by the letters at both of their ends."""

ACROSS = {"xy": "R", "xz": "R", "yz": "A"}
DOWN = {"xy": "A", "xz": "H", "yz": "H"}
"""The letter of the left edge, and of the top one, by the axes that a slice shows."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What is done to a slice: rows and columns exchanged first, then mirrored left to right and top to bottom."""

    transposed: bool = False
    mirrored: bool = False
    inverted: bool = False

    @property
    def is_none(self) -> bool:
        """Whether the slice stays as it is."""
        return not (self.transposed or self.mirrored or self.inverted)

    def pixels(self, stored: NDArray[Number]) -> NDArray[Number]:
        """A picture (height, width) turned."""
        turned = stored.T if self.transposed else stored
        if self.mirrored:
            turned = turned[:, ::-1]
        if self.inverted:
            turned = turned[::-1]
        return np.ascontiguousarray(turned)

    def edges(self, stored: Edges) -> Edges:
        """The letters of the turned slice's edges."""
        left, right, top, bottom = stored
        if self.transposed:
            left, right, top, bottom = top, bottom, left, right
        if self.mirrored:
            left, right = right, left
        if self.inverted:
            top, bottom = bottom, top
        return left, right, top, bottom

    def spacing(self, stored: tuple[float, float]) -> tuple[float, float]:
        """Millimetres between rows and between columns of the turned slice."""
        return (stored[1], stored[0]) if self.transposed else stored

    def box(self, stored: Box, width: float, height: float) -> Box:
        """A box on the turned slice; ``width`` and ``height`` are those of the stored one."""
        x0, y0, x1, y1 = stored
        if self.transposed:
            x0, y0, x1, y1, width, height = y0, x0, y1, x1, height, width
        if self.mirrored:
            x0, x1 = width - x1, width - x0
        if self.inverted:
            y0, y1 = height - y1, height - y0
        return Box(x0, y0, x1, y1)


def plane_of(edges: Edges) -> str:
    """ "axial", "coronal" or "sagittal", by the nearest directions of the edges; "" where they make no plane."""
    return {"xy": "axial", "xz": "coronal", "yz": "sagittal"}.get(_axes(edges), "")


def radiological(edges: Edges) -> Turn:
    """How a slice with these edges is turned to the radiological convention; not at all where they make no plane."""
    axes = _axes(edges)
    if axes not in ACROSS:
        return Turn()
    left, _, top, _ = edges
    across = AXES[ACROSS[axes]]
    transposed = AXES[left[0]] != across
    if transposed:
        left, top = top, left
    return Turn(transposed, left[0] != ACROSS[axes], top[0] != DOWN[axes])


def _axes(edges: Edges) -> str:
    left, _, top, _ = edges
    return "".join(sorted({AXES[left[0]], AXES[top[0]]}))
