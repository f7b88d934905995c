"""One patient: size and shape of the head, width of ventricles and sulci, thickness of skull and fat, chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ssg.phantoms.types import FindingSpec

CENTRE = (0.0, -16.0, 8.0)
"""The centre of the brain in coordinates of the atlas: level 0 of every view."""


@dataclass(frozen=True, slots=True)
class Head:
    """What makes a patient; lengths in mm. Pairs are (right, left)."""

    sex: Literal["F", "M"]
    age: int
    scale: tuple[float, float, float]
    warp: float
    """Amplitude of the smooth random deformation of everything."""
    offset: tuple[float, ...]
    """Where in the noise fields this patient lies: three numbers each for warp, right folds, left folds, texture."""
    sulci: float
    """Half the width of a sulcus at its mouth."""
    depth: float
    """Mean depth of the sulci."""
    ventricles: tuple[float, float]
    """Growth of each lateral ventricle beyond the atlas."""
    middle: float
    """Growth of the third and fourth ventricle."""
    skull: float
    fat: float
    cortex: float
    sinus: float
    """Growth of the sinuses."""
    shrink: float
    """Distance of the brain from the dura beyond the atlas."""
    choroid: float
    falx: float
    gland: float
    vessels: float


def draw_head(rng: Generator) -> Head:
    """A patient of any adult age (and some children), by the laws that tie age to fluid spaces."""
    sex: Literal["F", "M"] = "F" if rng.random() < 0.5 else "M"
    age = int(np.clip(rng.normal(50, 18), 8, 92))
    old = max(0.0, (age - 45) / 45)
    size = (0.945 if sex == "F" else 0.985) * (0.96 if age < 14 else 1.0)
    spread = float(rng.normal(0, 0.6))
    ventricle = float(-0.7 + 2.2 * old * rng.uniform(0.5, 1.3) + rng.normal(0, 0.5))
    return Head(
        sex=sex,
        age=age,
        scale=(
            float(size * rng.normal(1, 0.03)),
            float(size * rng.normal(1, 0.03)),
            float(size * rng.normal(1, 0.025)),
        ),
        warp=float(rng.uniform(0.9, 2.6)),
        offset=tuple(float(value) for value in rng.uniform(0, 64, 12)),
        sulci=float(np.clip(0.45 + 0.7 * old + rng.normal(0, 0.2), 0.12, 1.45)),
        depth=float(rng.uniform(11, 16)),
        ventricles=(
            float(np.clip(ventricle + 0.5 * spread, -1.8, 3)),
            float(np.clip(ventricle - 0.3 * spread, -1.8, 3)),
        ),
        middle=float(np.clip(-0.5 + 0.9 * old + rng.normal(0, 0.3), -1.0, 1.2)),
        skull=float(np.clip(rng.normal(5.2, 0.9), 3.5, 8)),
        fat=float(np.clip(rng.normal(5.6, 1.5), 3.0, 10)),
        cortex=float(rng.uniform(2.4, 3.2)),
        sinus=float(rng.normal(0, 1.8)),
        shrink=float(max(0.0, 1.3 * old + rng.normal(0, 0.3))),
        choroid=float(rng.normal(0, 0.5)),
        falx=float(rng.uniform(0.5, 1.1)),
        gland=float(rng.normal(0, 0.5)),
        vessels=float(rng.normal(0, 0.3)),
    )


def aged(head: Head, specs: Sequence[FindingSpec], rng: Generator) -> Head:
    """A patient old enough for shrunken brain or many spots in the white matter."""
    least = 0.0
    for spec in specs:
        if spec.finding == "cerebral atrophy":
            least = max(least, 52.0 + 8 * (spec.severity or 0.0))
        if spec.finding == "white matter lesion":
            least = max(least, 24.0 + 36 * (spec.severity or 0.0))
    draw = float(rng.uniform(least, 88))
    return replace(head, age=int(draw)) if head.age < least else head


def atrophied(head: Head, severity: float) -> Head:
    """Wide sulci and wide ventricles together, beyond what the age explains."""
    grow = 1.6 + 2.6 * severity
    return replace(
        head,
        sulci=1.6 + 1.0 * severity,
        depth=head.depth + 3,
        shrink=head.shrink + 1.2 + 2.2 * severity,
        ventricles=(max(head.ventricles[0], 0.5) + grow, max(head.ventricles[1], 0.5) + grow),
        middle=max(head.middle, 0.4) + 0.8 + severity,
    )


def hydrocephalic(head: Head, severity: float) -> Head:
    """Large ventricles under pressure, the sulci narrow."""
    grow = 4.5 + 7.5 * severity
    return replace(
        head,
        sulci=max(0.05, head.sulci * (0.7 - 0.5 * severity)),
        shrink=head.shrink * 0.4,
        ventricles=(max(head.ventricles[0], 0.0) + grow, max(head.ventricles[1], 0.0) + grow),
        middle=max(head.middle, 0.0) + 1.5 + 2.5 * severity,
        choroid=head.choroid - 0.1 * grow,
    )


def swollen(head: Head, amount: float) -> Head:
    """Pressure within the skull flattens the sulci and narrows the ventricles, ``amount`` 0 to 1."""
    return replace(
        head,
        sulci=head.sulci * (1 - 0.55 * amount),
        shrink=head.shrink * (1 - 0.5 * amount),
        ventricles=(head.ventricles[0] - 0.6 * amount, head.ventricles[1] - 0.6 * amount),
    )


def head_vector(head: Head) -> NDArray[np.float32]:
    """The numbers the slice kernel needs, in its order."""
    return np.array(
        [
            *head.scale, head.warp, *head.offset, head.sulci, head.depth, *head.ventricles, head.middle, head.skull,
            head.fat, head.cortex, head.sinus, head.shrink, head.choroid, head.falx, head.gland, head.vessels,
        ],
        np.float32,
    )  # fmt: skip
