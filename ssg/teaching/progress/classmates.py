"""The learner among all learners: how many do better, never who.

Compared is the mean mark of first tries without a look at the reference. Nobody is shown anything of fewer than
FEWEST_OTHERS others, and of those only quartiles: the mark of one person is never told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ssg.store import Attempt

FEWEST_CASES = 5
"""First tries of a learner below which their mean says little."""

FEWEST_OTHERS = 5
ANEW_AFTER_S = 300


@dataclass(frozen=True, slots=True)
class Among:
    """Where a learner stands: their mean, the quartiles of the others', and the share of the others who are below.

    ``why_not`` says why there is nothing to compare.
    """

    mine: float | None
    others: int
    quartiles: tuple[float, float, float] | None = None
    below: float | None = None
    why_not: str = ""


class ClassMarks:
    """Means of all learners, read from ``attempts`` (oldest first) at most every ANEW_AFTER_S seconds."""

    def __init__(self, attempts: Callable[[], Iterable[Attempt]], clock: Callable[[], float] = time.monotonic) -> None:
        self._attempts, self._clock = attempts, clock
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._means: dict[str, float] = {}

    def among(self, learner: str) -> Among:
        """Where a learner stands."""
        means = self._now()
        mine = means.get(learner)
        others = np.array([mean for name, mean in means.items() if name != learner])
        if len(others) < FEWEST_OTHERS:
            return Among(
                mine, len(others), why_not=f"At least {FEWEST_OTHERS} others must have read {FEWEST_CASES} cases."
            )
        low, middle, high = (float(value) for value in np.quantile(others, (0.25, 0.5, 0.75)))
        if mine is None:
            why = f"Read {FEWEST_CASES} cases to be placed among the others."
            return Among(None, len(others), (low, middle, high), why_not=why)
        ties = float((others == mine).mean()) / 2
        return Among(mine, len(others), (low, middle, high), float((others < mine).mean()) + ties)

    def _now(self) -> dict[str, float]:
        with self._lock:
            if self._read_at is None or self._clock() - self._read_at >= ANEW_AFTER_S:
                self._means = means_of(self._attempts())
                self._read_at = self._clock()
            return self._means


def means_of(attempts: Iterable[Attempt]) -> dict[str, float]:
    """The mean mark of each learner's first tries, of those with FEWEST_CASES or more; attempts stand oldest first."""
    seen: set[tuple[str, str, str]] = set()
    marks: dict[str, list[float]] = {}
    for attempt in attempts:
        name = attempt.learner, attempt.case_set, attempt.case_id
        if name in seen:
            continue
        seen.add(name)
        if attempt.mark is not None:
            marks.setdefault(attempt.learner, []).append(attempt.mark)
    return {learner: float(np.mean(own)) for learner, own in marks.items() if len(own) >= FEWEST_CASES}
