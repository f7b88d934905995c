"""Signal of every tissue from its relaxation times: spin echo, and inversion recovery for FLAIR.

Times in ms at 1.5 tesla; at 3 tesla T1 grows. Contrast agent adds to 1/T1. Every image draws its own timing and its
own small changes of each tissue.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ssg.phantoms.mr import tissue as t

SEQUENCES: tuple[str, ...] = ("T1", "T1 post contrast", "T2", "FLAIR")
"""Names of the sequences a phantom can be."""

_TABLE: dict[int, tuple[float, float, float, float]] = {
    # T1, T2, proton density, uptake of contrast agent (0 none, 1 a vein)
    t.SKIN: (500, 40, 0.7, 0.15),
    t.FAT: (250, 85, 1.0, 0.0),
    t.MUSCLE: (900, 42, 0.78, 0.16),
    t.CORTICAL: (500, 10, 0.06, 0.0),
    t.MARROW: (380, 60, 0.55, 0.03),
    t.CSF: (4000, 1500, 1.0, 0.0),
    t.GREY: (980, 98, 0.83, 0.012),
    t.WHITE: (640, 80, 0.71, 0.006),
    t.CALLOSUM: (600, 78, 0.70, 0.006),
    t.CAUDATE: (950, 88, 0.82, 0.012),
    t.LENTIFORM: (860, 78, 0.79, 0.012),
    t.THALAMUS: (830, 84, 0.78, 0.012),
    t.LATERAL: (4000, 1500, 1.0, 0.0),
    t.MIDDLE: (3900, 1200, 1.0, 0.0),
    t.CEREBELLUM: (930, 95, 0.82, 0.015),
    t.ARBOR: (680, 82, 0.72, 0.008),
    t.BRAINSTEM: (710, 84, 0.73, 0.008),
    t.CHOROID: (1100, 140, 0.85, 0.8),
    t.PITUITARY: (700, 80, 0.8, 0.8),
    t.VEIN: (1300, 60, 0.85, 1.0),
    t.ARTERY: (1300, 8, 0.25, 0.5),
    t.DURA: (900, 40, 0.6, 0.45),
    t.MUCOSA: (1000, 110, 0.85, 0.6),
    t.VITREOUS: (3600, 900, 1.0, 0.0),
    t.NERVE: (800, 75, 0.75, 0.12),
    t.FLUID: (1900, 350, 0.95, 0.03),
}

_UPTAKE = 0.0042
"""Added relaxation per ms of a vein after a usual dose."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One sequence as run: echo, repetition and inversion time in ms, dose of contrast agent, field."""

    sequence: str
    echo: float
    repetition: float
    inversion: float
    dose: float
    longer: float
    """Factor of T1 by the field."""

    def signal(self, t1: float, t2: float, density: float, uptake: float = 0.0) -> float:
        """Signal of a tissue as this sequence shows it, about 0 to 1."""
        if density <= 0:
            return 0.0
        rate = 1 / (t1 * (self.longer if t1 > 300 else 1.0)) + uptake * self.dose * _UPTAKE
        recovery = 1 - np.exp(-self.repetition * rate)
        if self.inversion:
            recovery = abs(1 - 2 * np.exp(-self.inversion * rate) + np.exp(-self.repetition * rate))
        return float(density * recovery * np.exp(-self.echo / t2))


def draw_timing(rng: Generator, sequence: str, field_tesla: float) -> Timing:
    """Timing as departments differ in it."""
    a, b, c = rng.random(3)
    longer = 1.0 if field_tesla < 2 else 1.2
    if sequence == "T2":
        return Timing(sequence, 80 + 35 * a, 3500 + 2500 * b, 0.0, 0.0, longer)
    if sequence == "FLAIR":
        return Timing(sequence, 85 + 45 * a, 8000 + 2000 * b, 2250 + 250 * c, 0.0, longer)
    dose = 0.75 + 0.6 * c if sequence == "T1 post contrast" else 0.0
    return Timing(sequence, 8 + 9 * a, 380 + 360 * b, 0.0, dose, longer)


def tissue_signals(timing: Timing, rng: Generator, fat: float) -> NDArray[np.float32]:
    """Signal of each tissue number; ``fat`` is how much brighter the fat is than its table says."""
    out = np.zeros(t.TISSUES, np.float32)
    for number in range(t.TISSUES):
        sway = rng.normal(0, 1, 4)
        if number not in _TABLE:
            continue
        t1, t2, density, uptake = _TABLE[number]
        out[number] = timing.signal(
            t1 * np.exp(0.045 * sway[0]), t2 * np.exp(0.04 * sway[1]), density * np.exp(0.02 * sway[2]),
            uptake * np.exp(0.25 * sway[3]),
        )  # fmt: skip
    out[t.FAT] *= fat
    out[t.MARROW] *= fat * float(np.exp(rng.normal(-0.1, 0.35)))
    if timing.inversion == 0 and timing.sequence != "T2":
        out[t.CSF] *= 1.25
    out[t.LATERAL] = out[t.MIDDLE] = out[t.CSF]
    if timing.sequence == "T1":
        out[t.VEIN] *= float(rng.uniform(0.15, 0.9))
    if timing.sequence == "T1 post contrast":
        # flow voids of spin echo, or bright blood where gradient echo or flow compensation was used
        out[t.ARTERY] += (out[t.VEIN] - out[t.ARTERY]) * float(rng.uniform(0, 1))
    if timing.sequence in ("T2", "FLAIR"):
        out[t.VEIN] *= float(rng.uniform(0.05, 0.5))
    return out
