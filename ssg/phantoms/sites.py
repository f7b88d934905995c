"""Sites: how different departments' images look. One row each; a style is drawn around it for every image.

All invented. Grey levels are where the lung and the mediastinum end up on the 0–255 scale; the curve between is an S.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from numpy.random import Generator

from ssg.phantoms.request import one_of


@dataclass(frozen=True, slots=True)
class Site:
    """What is typical of one department."""

    name: str
    ap_share: float
    lung_grey: float
    mediastinum_grey: float
    noise: float
    """Relative noise of the signal in the lung, per 1.7 mm pixel."""
    scatter: float
    edge: float
    """Local contrast enhancement, 0 none."""
    sharp: float
    grain: float
    vignette: float
    border: float
    """Share of images with visible collimation."""
    marker: Literal["plain", "disc", "initials", "arrow", "none"]
    text: tuple[str, ...]
    field_mm: float
    stretch: float
    """Spread of the ratio of horizontal to vertical pixel size (images squeezed to a square)."""


_ROWS = (
    Site("teaching hospital", 0.25, 82, 205, 0.008, 0.10, 0.25, 0.5, 0.0, 0.02, 0.3, "initials", (), 372, 0.02),
    Site("portable unit", 0.97, 118, 192, 0.022, 0.19, 0.05, 0.1, 0.006, 0.06, 0.5, "disc",
         ("AP", "PORTABLE", "SUPINE", "SEMI-ERECT"), 398, 0.04),
    Site("film archive", 0.15, 92, 212, 0.010, 0.14, 0.0, 0.0, 0.020, 0.12, 0.6, "plain", (), 378, 0.03),
    Site("community clinic", 0.08, 70, 196, 0.012, 0.12, 0.12, 0.2, 0.0, 0.05, 0.35, "plain", (), 362, 0.02),
    Site("screening van", 0.02, 98, 178, 0.014, 0.16, 0.0, 0.0, 0.010, 0.05, 0.2, "disc", (), 380, 0.05),
    Site("trauma center", 0.7, 92, 214, 0.012, 0.13, 0.35, 0.8, 0.0, 0.02, 0.4, "arrow",
         ("TRAUMA", "SUPINE"), 402, 0.04),
    Site("intensive care", 0.99, 106, 200, 0.018, 0.17, 0.15, 0.3, 0.0, 0.04, 0.35, "disc",
         ("AP", "PORT", "ICU"), 392, 0.03),
    Site("private practice", 0.05, 58, 186, 0.007, 0.08, 0.30, 0.7, 0.0, 0.01, 0.25, "initials", (), 358, 0.015),
)  # fmt: skip

SITES: tuple[str, ...] = tuple(site.name for site in _ROWS)
"""Names of the sites; ``chest_xray(..., site=...)`` restricts to one."""

HELD_OUT_SITES: tuple[str, ...] = ("screening van", "trauma center")
"""Sites that are never trained on, only measured at: a pale, grainy one and a harsh, sharpened one."""


def draw_site(rng: Generator, name: str | None = None) -> Site:
    """One site at random, or the named one; raises BadInput for a name that does not exist."""
    return one_of(_ROWS, rng, name)
