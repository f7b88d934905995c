"""A slice while it is being drawn: layout, Hounsfield units, and what the findings leave behind as truth."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ssg.phantoms.ct.grid import F32
from ssg.phantoms.ct.layout import Layout
from ssg.phantoms.ct.wall import Break
from ssg.phantoms.types import FindingSpec, Mask, SideName


@dataclass(slots=True)
class Trace:
    """The pixels one instance of a finding changes; ``before`` and ``after`` are their mean HU without and with it."""

    finding: str
    side: SideName | None
    mask: Mask
    severity: float
    before: float
    after: float
    size_mm: float | None = None
    form: str | None = None


@dataclass(slots=True)
class Scene:
    """One slice of one patient. Findings change the lungs of the layout first, later the picture."""

    layout: Layout
    hu: F32
    parenchyma: F32
    """Hounsfield units of the lung between its vessels."""
    vessels: F32
    """Which share of the lung vessels is seen, 0 to 1."""
    fluid: list[tuple[F32, float]] = field(default_factory=list)
    """Distances of fluid or air in the pleural space, and its HU."""
    breaks: list[Break] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)

    def trace(
        self,
        spec: FindingSpec,
        mask: Mask,
        before: float,
        after: float,
        size_mm: float | None = None,
        form: str | None = None,
    ) -> None:
        """Record one instance, unless this slice shows nothing of it."""
        if mask.any():
            level = spec.severity or 0.0
            self.traces.append(Trace(spec.finding, spec.side, mask, level, before, after, size_mm, form or spec.form))


def mean(hu: F32, mask: Mask) -> float:
    """Mean HU of a mask, 0 of an empty one."""
    return float(hu[mask].mean()) if mask.any() else 0.0


def away(side: SideName | None) -> float:
    """The sign of x on a side."""
    return -1.0 if side == "right" else 1.0


def quiet(value: NDArray[np.floating]) -> F32:
    """A share, kept between 0 and 1."""
    return np.clip(value, np.float32(0), np.float32(1)).astype(np.float32, copy=False)
