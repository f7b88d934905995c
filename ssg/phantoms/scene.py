"""A phantom while it is being drawn: what every finding may change, and what it leaves behind as truth.

Findings act on the lungs (``air``, ``density``, ``opacity``, ``vessels``), on the bones (``breaks``) or lay dense
things on top (``dense``). Each records its own pixels as a :class:`Trace`; boxes are made from those, never by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ssg.phantoms.body import Body
from ssg.phantoms.canvas import F32, Canvas
from ssg.phantoms.ribs import Break
from ssg.phantoms.thorax import Thorax
from ssg.phantoms.types import Mask, SideName
from ssg.phantoms.vessels import Tree

SIDE_INDEX: dict[str, int] = {"right": 0, "left": 1}


@dataclass(frozen=True, slots=True)
class Trace:
    """The pixels one instance of a finding changes, and how it is described."""

    finding: str
    side: SideName | None
    mask: Mask
    severity: float
    size_mm: float | None = None
    form: str | None = None


@njit(cache=True)
def _fill(opacity, air, density, amount):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add to ``opacity``, in place, what has room; returns it."""
    added = np.empty(air.shape, np.float32)
    for i in range(air.shape[0]):
        for j in range(air.shape[1]):
            room = max(air[i, j] * (np.float32(1) - density[i, j]) - opacity[i, j], np.float32(0)) * np.float32(0.97)
            added[i, j] = min(amount[i, j], room)
            opacity[i, j] += added[i, j]
    return added


@dataclass(slots=True)
class Scene:
    """One patient on one canvas. Maps are (H, W) float32; path lengths in mm of soft tissue unless said otherwise."""

    canvas: Canvas
    body: Body
    thorax: Thorax
    tree: Tree
    lungs: dict[str, Mask]
    air: F32
    """Aerated lung along the beam."""
    opacity: F32
    """Soft tissue or fluid in place of air."""
    vessels: F32
    """Which share of the vessels is seen, 0 to 1."""
    density: F32
    """Tissue of the lung as a share of its path."""
    dense: F32
    """Whatever else attenuates, in nepers (devices, calcium, pleural line)."""
    breaks: list[Break] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    halves: dict[str, Mask] = field(default_factory=dict)

    def sign(self, side: SideName) -> float:
        """-1 for the patient's right, 1 for the left: the sign of x."""
        return -1.0 if side == "right" else 1.0

    def half(self, side: SideName) -> Mask:
        """Pixels of one half of the body."""
        if not self.halves:
            right = self.canvas.x < 0
            self.halves.update(right=right, left=~right)
        return self.halves[side]

    def room(self) -> F32:
        """Air in mm that can still be replaced by tissue or fluid."""
        return np.asarray(np.maximum(self.air * (1 - self.density) - self.opacity, 0), np.float32)

    def add_opacity(self, amount: F32) -> F32:
        """Fill air with up to ``amount`` mm of tissue; returns what was really added."""
        return np.asarray(_fill(self.opacity, self.air, self.density, np.asarray(amount, np.float32)))

    def at(self, image: NDArray[Any], x: float, y: float) -> float:
        """Value of a map at a point in mm, 0 outside of the image."""
        place = self.canvas.pixels(np.array(x), np.array(y))
        column, row = (int(np.floor(value)) for value in place)
        if 0 <= column < self.canvas.size and 0 <= row < self.canvas.size:
            return float(image[row, column])
        return 0.0
