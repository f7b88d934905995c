"""Weights of the components and the gate, as one object that a case or a training configuration may replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.errors import BadInput

COMPONENTS = ("spatial", "semantic", "clinical", "coherence")

LARGEST_WEIGHT, SMALLEST_WEIGHT = 1_000_000, 1e-6
"""Weights are relative to one another; larger and smaller numbers would only be lost in the arithmetic."""


@dataclass(frozen=True, slots=True)
class Rubric:
    """How the components become a total.

    ``gate`` is the spatial score from which the other components count in full: below it they fade out smoothly, so
    that pleasing them without finding the place earns nothing.
    """

    spatial: float = 0.40
    semantic: float = 0.25
    clinical: float = 0.20
    coherence: float = 0.15
    gate: float = 0.3

    def __post_init__(self) -> None:
        for name in (*COMPONENTS, "gate"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= LARGEST_WEIGHT:
                raise BadInput(f"Rubric: {name} must be a number from 0 to {LARGEST_WEIGHT:,}, got {value!r}.")
            if name == "gate" and value > 1:
                raise BadInput(f"Rubric: gate is a spatial score, which is at most 1, got {value!r}.")
            if 0 < value < SMALLEST_WEIGHT:
                raise BadInput(f"Rubric: {name} must be 0 or at least {SMALLEST_WEIGHT:g}, got {value!r}.")
        if self.spatial == 0:
            raise BadInput("Rubric: spatial must be above 0, because the other components are gated by it.")

    @classmethod
    def from_json(cls, data: Any) -> Rubric:
        """From ``{"spatial": 0.4, ...}``; components that are not named keep their default weight."""
        if not isinstance(data, Mapping):
            raise BadInput(f"A rubric is a JSON object of weights, got {type(data).__name__}.")
        unknown = sorted(set(data) - {*COMPONENTS, "gate"})
        if unknown:
            raise BadInput(f"Rubric: {unknown[0]!r} is not one of {', '.join((*COMPONENTS, 'gate'))}.")
        return cls(**data)

    def weights(self, present: Mapping[str, bool]) -> dict[str, float]:
        """Weights of the components that are there, summing to 1."""
        kept = {name: float(getattr(self, name)) for name in COMPONENTS if present.get(name)}
        whole = sum(kept.values())
        return {name: weight / whole for name, weight in kept.items()}

    def gated(self, spatial: float) -> float:
        """Smoothstep of the spatial score from 0 to ``gate``: 0 at nothing, 1 from the gate on."""
        return float(self.gates(np.array(spatial, dtype=np.float64)))

    def gates(self, spatial: NDArray[np.float64]) -> NDArray[np.float64]:
        """:meth:`gated`, of many scores."""
        if self.gate == 0:
            return np.ones_like(spatial)
        t = np.clip(spatial / self.gate, 0.0, 1.0)
        step: NDArray[np.float64] = t * t * (3 - 2 * t)
        return step


DEFAULT_RUBRIC = Rubric()
