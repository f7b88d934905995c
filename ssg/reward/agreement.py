"""A score's place among radiologists: how far two of them agree on the same finding, as a curve.

An IoU says little to a student, because radiologists disagree: on a pleural effusion half of all pairs of them stay
below 0.53. So a spatial score is also said as the share of pairs of radiologists that lie further apart. The curves
(``agreement.json``, made by ``python -m training calibrate``) are quantiles of the same spatial score between two
readers; a finding without enough pairs takes that of what it is a kind of, else that of all findings together.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.vocabulary import vocabulary

TABLE = Path(__file__).parent / "agreement.json"


@dataclass(frozen=True, slots=True)
class Curve:
    """Scores of pairs of readers: ``quantiles`` (101,) ascending, at 0 to 100 %. ``finding`` None: of all findings."""

    finding: str | None
    pairs: int
    quantiles: NDArray[np.float64]

    def place(self, score: float) -> float:
        """Per cent of the pairs that score lower, of equal ones the half (Hazen 1914)."""
        below = np.searchsorted(self.quantiles, score, side="left")
        upto = np.searchsorted(self.quantiles, score, side="right")
        if upto > below:
            return float(np.clip((below + upto - 1) / 2, 0, 100))
        if below in (0, len(self.quantiles)):
            return 0.0 if below == 0 else 100.0
        low, high = self.quantiles[below - 1], self.quantiles[below]
        return float(below - 1 + (score - low) / (high - low))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a score lies: ``percent`` of the pairs of radiologists are further apart, by that ``curve``."""

    percent: float
    curve: Curve


@dataclass(frozen=True, slots=True)
class Agreement:
    """The curves of all findings with enough pairs, and of all findings together."""

    source: str
    date: str
    pooled: Curve
    curves: dict[str, Curve]

    @classmethod
    @functools.cache
    def load(cls) -> Agreement:
        """The shipped curves."""
        data = json.loads(TABLE.read_text(encoding="utf-8"))
        curves = {name: _curve(name, row) for name, row in data["findings"].items()}
        return cls(data["source"], data["date"], _curve(None, data["pooled"]), curves)

    def curve(self, finding: str) -> Curve:
        """The curve of a finding: its own, that of the nearest finding that it is a kind of, or the pooled one."""
        if finding in self.curves:
            return self.curves[finding]
        kinds = [name for name in self.curves if vocabulary().is_a(finding, name)]
        # the nearest of several is the one that is itself a kind of all others
        nearest = max(kinds, key=lambda name: sum(vocabulary().is_a(name, other) for other in kinds), default=None)
        return self.curves[nearest] if nearest else self.pooled

    def place(self, finding: str, score: float) -> Place:
        """The place of a spatial score in [0, 1] for one finding."""
        curve = self.curve(finding)
        return Place(curve.place(score), curve)


def _curve(finding: str | None, row: dict[str, Any]) -> Curve:
    return Curve(finding, int(row["pairs"]), np.array(row["quantiles"], dtype=np.float64))
