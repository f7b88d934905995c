"""Sites: how different departments' slices look. One row each; a style is drawn around it for every image.

All invented. ``HELD_OUT_SITES`` are the last two: nothing is trained on them, so they say how well a policy does where
it has never been.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator

from ssg.phantoms.request import one_of

WindowName = Literal["lung", "soft", "wide", "bone"]
WINDOWS: tuple[WindowName, ...] = ("lung", "soft", "wide", "bone")


@dataclass(frozen=True, slots=True)
class Site:
    """What is typical of one department."""

    name: str
    field_mm: float
    tight: float
    """0 fixed field … 1 field fitted to the patient."""
    thick_mm: tuple[float, ...]
    noise: float
    """HU at the middle of an average chest, for 1.5 mm pixels."""
    sharp: float
    """-1 very smooth … 1 edge-enhancing kernel."""
    lung: tuple[tuple[float, float], ...]
    """Windows (level, width) used for lungs, and so on."""
    soft: tuple[tuple[float, float], ...]
    wide: tuple[tuple[float, float], ...]
    phases: tuple[float, float, float, float]
    """Shares of no contrast, pulmonary, arterial and venous phase."""
    table: Literal["curved", "flat", "double", "none"]
    circle: bool
    """Whether only the round field of the scanner is filled."""
    streaks: float
    roll: float
    text: float
    """Share of images with burnt-in text."""
    border: float
    """Grey of what lies outside of the field, 0 to 1."""


_BONE = ((400.0, 1800.0), (450.0, 1500.0), (300.0, 2000.0))

_ROWS = (
    Site("university hospital", 380, 0.5, (1.0, 1.5), 14, 0.1, ((-600, 1500), (-600, 1600)), ((40, 400), (50, 350)),
         ((0, 2000),), (0.3, 0.3, 0.1, 0.3), "curved", True, 0.2, 0.015, 0.1, 0.0),
    Site("oncology center", 400, 0.3, (2.0, 3.0, 5.0), 9, -0.35, ((-550, 1600), (-500, 1500)), ((40, 350), (60, 400)),
         ((-100, 1600),), (0.12, 0.08, 0.1, 0.7), "double", False, 0.15, 0.01, 0.15, 0.0),
    Site("emergency unit", 420, 0.2, (1.0, 1.5, 2.0), 22, 0.3, ((-600, 1400), (-500, 1800)), ((50, 450), (90, 600)),
         ((0, 1800),), (0.2, 0.45, 0.2, 0.15), "flat", True, 0.55, 0.05, 0.3, 0.0),
    Site("screening program", 360, 0.85, (1.0, 1.25, 2.5), 27, 0.7, ((-600, 1500), (-700, 1200)),
         ((40, 400), (35, 450)), ((-200, 1800),), (0.97, 0.0, 0.0, 0.03), "none", False, 0.4, 0.015, 0.0, 0.0),
    Site("lung clinic", 350, 0.9, (0.8, 1.0), 26, 1.0, ((-600, 1600), (-650, 1300), (-500, 1500)),
         ((40, 400), (20, 500)), ((-50, 1700),), (0.6, 0.15, 0.0, 0.25), "curved", True, 0.3, 0.015, 0.12, 0.0),
    Site("open archive", 410, 0.6, (1.25, 2.5), 23, 0.55, ((-500, 1400), (-450, 1300)),
         ((150, 300), (60, 240), (40, 400)), ((100, 1400),), (0.25, 0.15, 0.25, 0.35),
         "double", False, 0.25, 0.02, 0.0, 0.0),
    Site("mobile scanner", 430, 0.1, (3.0, 5.0), 12, -0.8, ((-650, 1800), (-700, 2000)), ((30, 300), (45, 500)),
         ((-100, 2200),), (0.55, 0.1, 0.05, 0.3), "flat", True, 0.7, 0.06, 0.5, 0.06),
    Site("island clinic", 470, 0.0, (2.0, 8.0), 28, 0.85, ((-400, 1200), (-750, 1100)), ((70, 260), (0, 700)),
         ((200, 2600),), (0.4, 0.2, 0.15, 0.25), "none", True, 0.9, 0.09, 0.8, 0.14),
)  # fmt: skip

SITES: tuple[str, ...] = tuple(site.name for site in _ROWS)
"""Names of the sites; ``chest_ct(..., site=...)`` restricts to one."""

HELD_OUT_SITES: tuple[str, ...] = SITES[-2:]
"""Sites that nothing is trained on."""


def draw_site(rng: Generator, name: str | None = None) -> Site:
    """One site at random, or the named one; raises BadInput for a name that does not exist."""
    return one_of(_ROWS, rng, name)


@dataclass(frozen=True, slots=True)
class Window:
    """What of the Hounsfield scale is shown: ``level`` in the middle, ``width`` from black to white."""

    name: WindowName
    level: float
    width: float

    def grey(self, hu: float) -> float:
        """Grey of a value, 0 to 255."""
        return float(np.clip((hu - self.level) / self.width + 0.5, 0, 1) * 255)


def draw_window(rng: Generator, site: Site, name: WindowName) -> Window:
    """One of the site's windows of that name, turned a little as readers do."""
    choices = {"lung": site.lung, "soft": site.soft, "wide": site.wide, "bone": _BONE}[name]
    level, width = choices[int(rng.integers(len(choices)))]
    if rng.random() < 0.4:
        level, width = level + rng.normal(0, 0.03) * width, width * np.exp(rng.normal(0, 0.1))
    return Window(name, float(level), float(width))
