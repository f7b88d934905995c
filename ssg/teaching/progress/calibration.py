"""Whether a learner's confidence can be trusted: of the boxes called certain, how many lie on a finding?

The reliability diagram of Murphy & Winkler 1977; the expected calibration error of Naeini and others 2015; intervals
after Wilson 1927.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ssg.teaching.mastery import DrawnBox

GRADES = (0.2, 0.4, 0.6, 0.8, 1.0)
Z = 1.6449
"""Of an interval that holds nine tenths."""

FEWEST_BOXES = 5


@dataclass(frozen=True, slots=True)
class Grade:
    """Boxes of one grade of confidence: how many, the share that hits, and nine tenths of the belief on that share."""

    confidence: float
    boxes: int
    hits: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share that hits."""
        return self.hits / self.boxes


@dataclass(frozen=True, slots=True)
class Calibration:
    """``error`` is the mean distance of confidence and share that hits, weighted by boxes; ``bias`` is positive where
    the learner is surer than right. Both are None where there are fewer than FEWEST_BOXES boxes."""

    grades: tuple[Grade, ...]
    boxes: int
    error: float | None
    bias: float | None


def calibration_of(boxes: Iterable[DrawnBox]) -> Calibration:
    """By grade of confidence; boxes for which none was given are left out."""
    stated = [(_grade(box.confidence), box.is_hit) for box in boxes if box.confidence is not None]
    grades = []
    for grade in GRADES:
        hits = [hit for stands, hit in stated if stands == grade]
        if hits:
            grades.append(Grade(grade, len(hits), sum(hits), *wilson(sum(hits), len(hits))))
    if len(stated) < FEWEST_BOXES:
        return Calibration(tuple(grades), len(stated), None, None)
    error = sum(one.boxes * abs(one.confidence - one.share) for one in grades) / len(stated)
    bias = sum(one.boxes * (one.confidence - one.share) for one in grades) / len(stated)
    return Calibration(tuple(grades), len(stated), error, bias)


def _grade(confidence: float) -> float:
    return min(GRADES, key=lambda grade: abs(grade - confidence))


def wilson(hits: int, among: int, z: float = Z) -> tuple[float, float]:
    """The score interval of a share."""
    share, whole = hits / among, 1 + z * z / among
    middle = (share + z * z / (2 * among)) / whole
    half = z / whole * math.sqrt(share * (1 - share) / among + z * z / (4 * among * among))
    return max(middle - half, 0.0), min(middle + half, 1.0)
