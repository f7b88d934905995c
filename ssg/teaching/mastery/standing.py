"""Where a learner stands: everything that is known of one learner at one moment, made again from the attempts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ssg.teaching.mastery.outcomes import History, Name, Outcome, firsts
from ssg.teaching.mastery.spacing import Spacing, spacings
from ssg.teaching.mastery.times import aware
from ssg.teaching.mastery.tracing import Mastery, Parameters, trace, unseen

BEGINS_AT, BEGINS_SD = -1.0, 1.0
"""Ability of who has not answered yet, in logits of the middling learner, and its standard deviation."""

RECENT_FIRSTS = 30
"""First attempts that ability is told by: an older one is of somebody who knew less."""


@dataclass(frozen=True, slots=True)
class Standing:
    """``mastery`` and ``spacing`` by finding; ``ability`` in logits (0 the middling learner), at the time ``now``."""

    history: History
    outcomes: Mapping[str, Sequence[Outcome]]
    mastery: Mapping[str, Mastery]
    spacing: Mapping[str, Spacing]
    ability: float
    now: datetime
    parameters: Mapping[str, Parameters]

    def mastery_of(self, finding: str) -> Mastery:
        """What is believed of a finding, also of one that was never asked."""
        return self.mastery.get(finding) or unseen(finding, self.parameters)

    def known_now(self, finding: str) -> float:
        """How likely the finding is known now: that it was learned, times that it is not forgotten (FSRS)."""
        card = self.spacing.get(finding)
        return self.mastery_of(finding).known * (card.retrievability if card else 1.0)

    def is_due(self, finding: str) -> bool:
        """Whether the finding was met and is due again."""
        card = self.spacing.get(finding)
        return card is not None and card.is_due(self.now)


def standing(
    history: History,
    now: datetime,
    difficulty: Mapping[Name, float] | None = None,
    parameters: Mapping[str, Parameters] | None = None,
) -> Standing:
    """Where a learner stands at ``now`` (aware) by a history; ``difficulty`` are the cases' in logits, 0 if unknown."""
    hard, outcomes = difficulty or {}, history.outcomes
    return Standing(
        history,
        history.by_finding(),
        trace(outcomes, hard, parameters),
        spacings(outcomes, now),
        ability_of([(hard.get(name, 0.0), right) for name, right in firsts(history)]),
        aware(now),
        parameters or {},
    )


def ability_of(tried: Sequence[tuple[float, bool]]) -> float:
    """The ability by (difficulty, solved) of first attempts, oldest first: the Rasch model's mode beside a prior."""
    recent, ability = tried[-RECENT_FIRSTS:], BEGINS_AT
    for _ in range(25):
        slope, bend = (BEGINS_AT - ability) / BEGINS_SD**2, 1 / BEGINS_SD**2
        for hard, right in recent:
            share = chance(ability, hard)
            slope, bend = slope + right - share, bend + share * (1 - share)
        step = slope / bend
        ability += step
        if abs(step) < 1e-6:
            break
    return ability


def chance(ability: float, difficulty: float) -> float:
    """That a case of this difficulty is solved: the Rasch model (Rasch 1960)."""
    return 1 / (1 + math.exp(min(difficulty - ability, 500.0)))
