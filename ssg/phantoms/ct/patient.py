"""Who lies in the scanner: build, age, proportions and contrast phase. No pixels here, and nothing ill.

Reference lengths are those of an average man in mm; a patient stretches them. ``Patient`` holds every random number
of the healthy anatomy, so the same patient can be cut at any height.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Phase = Literal["none", "pulmonary", "arterial", "venous"]

PHASES: tuple[Phase, ...] = ("none", "pulmonary", "arterial", "venous")


@dataclass(frozen=True, slots=True)
class Blood:
    """Hounsfield units by contrast phase: right heart and pulmonary arteries, left heart and aorta, and so on."""

    right: float
    left: float
    cava: float
    pulmonary_vein: float
    muscle: float
    myocardium: float
    liver: float
    spleen: float
    node: float

    @property
    def enhanced(self) -> bool:
        """Whether the pulmonary arteries stand out."""
        return self.right > 150


@dataclass(frozen=True, slots=True)
class Patient:
    """All that is drawn by chance of a healthy chest."""

    sex: Literal["F", "M"]
    age: int
    wide: float
    deep: float
    tall: float
    fat_mm: float
    muscle: float
    breast_mm: float
    gland: float
    arms_up: bool
    shift: float
    """Mediastinum to the patient's left, mm."""
    heart: float
    aorta: float
    """Radius of the ascending aorta, mm."""
    unfold: float
    """How far an aging aorta bows to the sides, mm."""
    domes: tuple[float, float]
    """Tops of the right and left hemidiaphragm, mm below the carina."""
    lung_hu: float
    markings: float
    """Strength of lung vessels."""
    calcium: float
    """0 young arteries … 1 heavily calcified."""
    bone: float
    """Density of spongy bone, HU."""
    mediastinal_fat: float
    phase: Phase
    blood: Blood
    ribs: tuple[float, float, float]
    """Height of the first rib head, spacing, slope."""
    wobble: NDArray[np.float64]
    """Unit normals that shake centre lines and contours a little."""
    bulge: tuple[float, float, float] = (0.0, 1.0, 0.0)
    """An aneurysm: place along the aorta's centre line (number of its point), length in points, extra radius in mm."""
    effusion_mm: float = 0.0
    """Pericardial fluid."""


def draw_blood(phase: Phase, rng: Generator) -> Blood:
    """How bright blood and organs are in a phase."""
    jitter = float(np.exp(rng.normal(0, 0.16)))
    plain = float(rng.normal(43, 5))
    first, second, third = rng.random(3)
    spread = rng.standard_normal(5)

    def blood(right: float, left: float, cava: float, vein: float, organs: tuple[float, ...]) -> Blood:
        """Organs: muscle, heart muscle, liver, spleen, nodes; each varies by a tenth."""
        muscle, heart, liver, spleen, node = (
            float(value * (1 + 0.1 * chance)) for value, chance in zip(organs, spread, strict=True)
        )
        return Blood(right, left, cava, vein, muscle, heart, liver, spleen, node)

    if phase == "none":
        return blood(plain, plain, plain, plain, (52, plain + 6, 57, 48, 36))
    if phase == "pulmonary":
        right = float(np.clip(390 * jitter, 240, 620))
        left = float(np.clip(right * (0.3 + 0.55 * first), 120, 420))
        return blood(right, left, right * (1.2 + 1.2 * second), right * (0.5 + 0.45 * third), (56, 85, 65, 80, 55))
    if phase == "arterial":
        left = float(np.clip(350 * jitter, 240, 520))
        right = float(np.clip(left * (0.55 + 0.45 * first), 150, 420))
        return blood(right, left, right * (0.8 + 1.4 * second), left * 0.95, (58, 105, 72, 125, 62))
    level = float(np.clip(165 * jitter, 120, 230))
    return blood(level * 1.02, level, level * (0.95 + 0.2 * first), level, (62, 110, 108, 118, 78))


def draw_patient(rng: Generator, phase: Phase) -> Patient:
    """A grown-up of 18 to 93 years."""
    female = bool(rng.random() < 0.48)
    age = int(np.clip(rng.normal(60, 16), 18, 93))
    old = np.clip((age - 35) / 50, 0, 1)
    size = float(np.clip(rng.normal(0.93 if female else 1.0, 0.05), 0.8, 1.14))
    wide, deep, tall = (float(size * np.exp(rng.normal(0, spread))) for spread in (0.035, 0.06, 0.045))
    fat = float(np.clip(rng.gamma(3.0, 6.0 if female else 5.2), 3, 55))
    right = float(rng.normal(96, 11))
    return Patient(
        sex="F" if female else "M",
        age=age,
        wide=wide,
        deep=float(deep * (1 + 0.08 * old)),
        tall=tall,
        fat_mm=fat,
        muscle=float(np.clip(rng.normal(0.85 if female else 1.05, 0.18) * (1 - 0.22 * old), 0.5, 1.5)),
        breast_mm=float(np.clip(rng.normal(22 + 0.6 * fat, 11), 6, 68)) if female else float(max(0, rng.normal(0, 3))),
        gland=float(rng.uniform(0, 1) * (1 - 0.75 * old)) if female else 0.0,
        arms_up=bool(rng.random() < 0.85),
        shift=float(rng.normal(0, 4)),
        heart=float(np.clip(rng.normal(0.99, 0.05) + 0.04 * old, 0.87, 1.09)),
        aorta=float(np.clip(rng.normal(14.6, 1.2) + 2.4 * old, 12.0, 18.6)),
        unfold=float(max(0.0, rng.normal(4, 3) * old * 2)),
        domes=(right, right + float(rng.normal(11, 7))),
        lung_hu=float(rng.normal(-862, 22)),
        markings=float(np.exp(rng.normal(0, 0.16))),
        calcium=float(np.clip(rng.normal(old * 0.65, 0.25), 0, 1)),
        bone=float(np.clip(rng.normal(265 - 125 * old, 45), 70, 400)),
        mediastinal_fat=float(np.clip(rng.normal(2.6 + 0.12 * fat, 1.4), 0.8, 10)),
        phase=phase,
        blood=draw_blood(phase, rng),
        ribs=(float(rng.normal(-92, 5)), float(rng.normal(26.0, 1.5)), float(rng.normal(1.0, 0.12))),
        wobble=rng.standard_normal(160),
    )
