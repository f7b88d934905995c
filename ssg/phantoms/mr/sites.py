"""Sites: how the images of different departments look. One row each; every image varies around its row.

All invented. The last two, ``HELD_OUT_SITES``, are for tests alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from ssg.phantoms.request import one_of


@dataclass(frozen=True, slots=True)
class Site:
    """What is typical of one department."""

    name: str
    tesla: float
    field_mm: float
    """Usual width of an axial field; the others follow."""
    resolution_mm: float
    """Pixel as measured, before interpolation."""
    noise: float
    """Standard deviation per mm pixel as a share of the brain's signal."""
    bias: float
    """How much the coil's sensitivity falls from the rim to the middle."""
    brain_grey: float
    """Where the brain ends up on the 0–255 scale."""
    fat: float
    """Brightness of fat against its relaxation times (turbo echoes, coil near the skin)."""
    gamma: float
    ghost: float
    """Share of images with a ghost by motion or flow."""
    border: float
    """Share of images whose corners are black from the correction of gradients."""
    text: tuple[str, ...]
    """Words burnt in; see acquisition.label for "AX" and "R"."""
    tilt: float
    """Spread of the head's turn in degrees."""
    contrast: float
    """Factor of the spread between tissues of the brain (inversion-prepared sequences have more)."""


_ROWS = (
    Site("university hospital", 3.0, 232, 0.80, 0.020, 0.28, 60, 0.88, 1.00, 0.15, 0.5, (), 4.0, 1.0),
    Site("city hospital", 1.5, 240, 0.95, 0.022, 0.12, 68, 0.82, 1.00, 0.15, 0.4, (), 4.0, 1.0),
    Site("outpatient imaging", 1.5, 226, 0.90, 0.028, 0.08, 82, 0.8, 0.95, 0.20, 0.1, ("AX", "R", "1.5T"), 5.0, 1.1),
    Site("neurology center", 3.0, 222, 0.70, 0.016, 0.22, 76, 0.8, 1.05, 0.10, 0.3, ("R", "MR"), 3.0, 1.35),
    Site("old scanner", 1.0, 250, 1.15, 0.040, 0.10, 68, 0.9, 0.90, 0.35, 0.0, ("SE", "HEAD"), 6.0, 0.9),
    Site("emergency unit", 1.5, 244, 1.05, 0.032, 0.14, 58, 0.95, 1.00, 0.40, 0.2, (), 8.0, 1.0),
    Site("island clinic", 0.35, 256, 1.45, 0.065, 0.05, 112, 0.8, 0.85, 0.30, 0.0, ("ISLAND MR", "STD"), 7.0, 0.85),
    Site("research institute", 3.0, 212, 0.75, 0.030, 0.40, 128, 0.65, 1.20, 0.08, 0.0, (), 2.5, 1.9),
)  # fmt: skip

SITES: tuple[str, ...] = tuple(site.name for site in _ROWS)
"""Names of the sites; ``brain_mr(..., site=...)`` restricts to one."""

HELD_OUT_SITES: tuple[str, ...] = SITES[-2:]
"""Never trained on, only tested on."""


def draw_site(rng: Generator, name: str | None = None) -> Site:
    """One site at random, or the named one; raises BadInput for a name that does not exist."""
    return one_of(_ROWS, rng, name)
