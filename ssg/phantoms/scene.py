"""A phantom while it is being drawn: what every finding may change, and what it leaves behind as truth.

Findings act on the lungs (``air``, ``density``, ``opacity``, ``vessels``), on the bones (``breaks``) or lay dense things
on top (``dense``). Each records its own pixels as a :class:`Trace`; boxes are made from those, never by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ssg.phantoms.body import Body
from ssg.phantoms.canvas import F32, Canvas
from ssg.phantoms.skeleton import Break
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

    def sign(self, side: SideName) -> float:
        """-1 for the patient's right, 1 for the left: the sign of x."""
        return -1.0 if side == "right" else 1.0

    def half(self, side: SideName) -> Mask:
        """Pixels of one half of the body."""
        return self.canvas.x < 0 if side == "right" else self.canvas.x >= 0

    def room(self) -> F32:
        """Air in mm that can still be replaced by tissue or fluid."""
        return np.maximum(self.air * (1 - self.density) - self.opacity, 0)

    def add_opacity(self, amount: F32) -> F32:
        """Fill air with up to ``amount`` mm of tissue; returns what was really added."""
        added = np.minimum(amount, self.room() * np.float32(0.97))
        self.opacity += added
        return added

    def at(self, image: NDArray, x: float, y: float) -> float:
        """Value of a map at a point in mm, 0 outside of the image."""
        column, row = self.canvas.pixels(np.array(x), np.array(y))
        column, row = int(np.floor(column)), int(np.floor(row))
        if 0 <= column < self.canvas.size and 0 <= row < self.canvas.size:
            return float(image[row, column])
        return 0.0
