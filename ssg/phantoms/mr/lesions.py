"""Findings as rows of numbers for the slice kernel: where they lie, their shape, and how bright each part is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ssg.phantoms.mr import tissue as t
from ssg.phantoms.mr.relaxation import Timing
from ssg.phantoms.types import SideName

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Focus:
    """One focal finding as drawn. ``finding`` None is a distractor: drawn, but nothing to be found."""

    finding: str | None
    side: SideName | None
    row: NDArray[np.float32]
    severity: float
    size_mm: float
    form: str | None
    clear: bool
    """Whether the sequence shows it with contrast enough to be called."""


@dataclass(slots=True)
class Burden:
    """All that ails one patient, in the arrays of the slice kernel."""

    axis: int
    """The axis of the patient that the plane's level counts along."""
    foci: list[Focus] = field(default_factory=list)
    masses: list[tuple[float, ...]] = field(default_factory=list)
    blood: list[tuple[str, SideName, float, tuple[float, ...], bool]] = field(default_factory=list)
    """Finding, side, severity, row and clearness of each collection under the skull."""
    shift: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.02, 0.02)
    sinus: list[tuple[float, ...]] = field(default_factory=list)
    sinus_specs: list[tuple[SideName, float, str | None]] = field(default_factory=list)
    anchors: list[tuple[Point, float]] = field(default_factory=list)
    """Centres and radii of what the plane should cut, the most important first."""

    def free(self, point: Point, radius: float) -> bool:
        """Whether a ball about a point keeps clear of every mass placed before."""
        return all(
            float(np.linalg.norm(np.subtract(point, mass[:3]))) > 1.15 * (radius + mass[3]) for mass in self.masses
        )

    def shows(self, finding: str) -> bool:
        """Whether the sequence shows a finding, if it is one that depends on the sequence."""
        clear = [focus.clear for focus in self.foci if focus.finding == finding]
        return all(clear)

    def rows(self) -> NDArray[np.float32]:
        """Rows of the foci for the kernel."""
        return np.array([focus.row for focus in self.foci], np.float32).reshape(-1, 29)

    def mass_rows(self) -> NDArray[np.float32]:
        """Rows of what pushes the brain: the share of its volume that finds room becomes a push at its surface."""
        rows = np.array(self.masses, np.float32).reshape(-1, 5)
        rows[:, 4] = 2 * (1 - np.cbrt(1 - rows[:, 4]))
        return rows

    def blood_rows(self) -> NDArray[np.float32]:
        """Rows of the collections under the skull."""
        return np.array([row for _, _, _, row, _ in self.blood], np.float32).reshape(-1, 12)

    def sinus_rows(self) -> NDArray[np.float32]:
        """Rows of filled sinuses."""
        return np.array(self.sinus, np.float32).reshape(-1, 7)


def axes(rng: Generator) -> NDArray[np.float64]:
    """Three perpendicular random directions."""
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return np.asarray(q)


def axes_along(direction: NDArray[np.float64], rng: Generator) -> NDArray[np.float64]:
    """Three perpendicular directions, the first one given."""
    first = direction / max(float(np.linalg.norm(direction)), 1e-6)
    other = np.cross(first, rng.normal(size=3))
    other /= max(float(np.linalg.norm(other)), 1e-6)
    return np.stack([first, other, np.cross(first, other)])


def focus_row(
    kind: int,
    centre: Point,
    radii: tuple[float, float, float],
    turn: NDArray[np.float64],
    rng: Generator,
    body: float,
    rim_signal: float = 0.0,
    core: float = 0.0,
    rough: float = 0.1,
    detail: float = 6.0,
    rim: float = 0.0,
    mottle: float = 0.05,
    softness: float = 1.2,
    side: float = 0.0,
    strength: float = 1.0,
    fossa: float = 0.0,
) -> NDArray[np.float32]:
    """One row for the slice kernel; see ``focus`` in painting.py. ``fossa``: 1 over, -1 under the tentorium only."""
    offset = float(rng.uniform(0, 64))
    mean = float(np.prod(radii)) ** (1 / 3)
    return np.array(
        [kind, *centre, *radii, *turn.ravel(), rough, detail / mean, offset, rim, body, rim_signal, core,
         mottle, softness, side, strength, mean, fossa],
        np.float32,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Palette:
    """Signals of diseased tissue in one image, and how far they stand out from the brain."""

    signals: NDArray[np.float32]
    timing: Timing

    def of(self, t1: float, t2: float, density: float = 0.85, uptake: float = 0.0) -> float:
        """Signal of any tissue."""
        return self.timing.signal(t1, t2, density, uptake)

    @property
    def brain(self) -> float:
        """Mean signal of the brain."""
        return float(0.5 * (self.signals[t.GREY] + self.signals[t.WHITE]))

    def clear(self, signal: float, against: int | None = None, least: float = 0.2) -> bool:
        """Whether a signal stands out enough from a tissue (or from all of the brain) to be called."""
        tissues = (t.WHITE, t.GREY) if against is None else (against,)
        return all(abs(signal - float(self.signals[tissue])) >= least * self.brain for tissue in tissues)
