"""Marks over time: each attempt's, and a running mean that says where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ssg.store import Attempt

SPAN = 10
"""Attempts over which the running mean forgets: an exponential one with weight 2 / (SPAN + 1) for the newest."""


@dataclass(frozen=True, slots=True)
class Course:
    """Times (UTC), marks in [0, 1] and their running mean, oldest first."""

    at: tuple[datetime, ...] = ()
    marks: tuple[float, ...] = ()
    mean: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.marks)

    @property
    def lately(self) -> float | None:
        """The running mean now."""
        return self.mean[-1] if self.mean else None


def course_of(attempts: Sequence[Attempt]) -> Course:
    """The course of attempts of one kind, given newest first as a store gives them; what has no mark is left out."""
    at: list[datetime] = []
    marks: list[float] = []
    mean: list[float] = []
    for attempt in reversed(attempts):
        if attempt.mark is None:
            continue
        weight = max(2 / (SPAN + 1), 1 / (len(mean) + 1))  # a plain mean of the first few
        before = mean[-1] if mean else 0.0
        mean.append(before + weight * (attempt.mark - before))
        at.append(attempt.recorded_at)
        marks.append(attempt.mark)
    return Course(tuple(at), tuple(marks), tuple(mean))
