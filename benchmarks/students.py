"""Simulated students whose skills are known: how fast their mastery is measured, by chosen and by random cases.

Two kinds. A *stepwise* student knows a finding or does not, as knowledge tracing takes it, but with slips, guesses
and speed of learning of their own. A *gradual* one has a skill of each finding on a scale and is right by a logistic
curve of skill and difficulty, which is not what tracing assumes; a finding counts as known from where a middling case
is solved more often than not. Both learn while they are measured, and both invent findings now and then.

Precision is the Brier score (Brier 1950): the mean squared difference between P(known) and whether it is known, over
all findings that the cases can show.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ssg.casebook import load_case_sets
from ssg.teaching.mastery.choosing import Candidate, choose_for, logits_of
from ssg.teaching.mastery.grading import How
from ssg.teaching.mastery.outcomes import History, Outcome, Visit
from ssg.teaching.mastery.standing import Standing, standing
from ssg.teaching.mastery.tracing import hardened, unseen

CASES = Path(__file__).parents[1] / "cases"
BEGINS = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
EVERY = timedelta(minutes=4)
SITTING = 20
"""Cases at a sitting; the next one is a day later."""

BOOTSTRAPS = 1000

Choosing = Callable[[Standing, Sequence[Candidate], int], Candidate]
Curve = NDArray[np.float64]


class Student(Protocol):
    """Somebody who answers cases. ``knows`` is the truth of the moment, by finding."""

    def knows(self, finding: str) -> bool:
        """Whether the finding is known now."""

    def answers(self, finding: str, is_present: bool, difficulty: float) -> bool:
        """Whether the student is right about a finding on a case of this difficulty."""

    def learns(self, finding: str, is_present: bool) -> None:
        """The reference is shown."""


class Stepwise:
    """Knows or does not; parameters of its own, drawn around the defaults of tracing and unlike them."""

    def __init__(self, findings: Sequence[str], rng: np.random.Generator) -> None:
        self._rng = rng
        share = rng.uniform(0.1, 0.6)
        self._known = {finding: bool(rng.random() < share) for finding in findings}
        self._slip, self._guess, self._learn = rng.uniform(0.08, 0.3), rng.uniform(0.03, 0.2), rng.uniform(0.05, 0.25)
        self._invents = rng.uniform(0.02, 0.12)

    def knows(self, finding: str) -> bool:
        """Whether the finding is known now."""
        return self._known.get(finding, False)

    def answers(self, finding: str, is_present: bool, difficulty: float) -> bool:
        """Right with 1 - slip where it is known, else by guessing; both by the case's difficulty."""
        known = self.knows(finding)
        if not is_present:
            return bool(self._rng.random() >= self._invents * (0.5 if known else 1.0))
        slip, guess = hardened(self._slip, self._guess, difficulty)
        return bool(self._rng.random() < (1 - slip if known else guess))

    def learns(self, finding: str, is_present: bool) -> None:
        """A finding that is there may become known by seeing where."""
        if is_present and self._rng.random() < self._learn:
            self._known[finding] = True


class Gradual:
    """Has a skill of each finding, in logits; steep enough that a known finding is rarely missed on a plain case."""

    STEEP = 1.7

    def __init__(self, findings: Sequence[str], rng: np.random.Generator) -> None:
        self._rng = rng
        level = rng.normal(-0.3, 0.7)
        self._skill = {finding: rng.normal(level, 1.5) for finding in findings}
        self._learn, self._invents = rng.uniform(0.05, 0.3), rng.uniform(0.02, 0.12)

    def knows(self, finding: str) -> bool:
        """Whether a middling case of it is solved more often than not."""
        return bool(self._skill.get(finding, -1.0) > 0)

    def answers(self, finding: str, is_present: bool, difficulty: float) -> bool:
        """Right by a logistic curve of skill less difficulty."""
        skill = self._skill.get(finding, -1.0)
        if not is_present:
            return bool(self._rng.random() >= self._invents / (1 + np.exp(skill)) * 2)
        return bool(self._rng.random() < 1 / (1 + np.exp(-self.STEEP * (skill - 0.5 * difficulty))))

    def learns(self, finding: str, is_present: bool) -> None:
        """The skill grows a little each time."""
        if is_present:
            self._skill[finding] = self._skill.get(finding, -1.0) + self._learn


KINDS: dict[str, Callable[[Sequence[str], np.random.Generator], Student]] = {"stepwise": Stepwise, "gradual": Gradual}


@functools.cache
def bundled() -> tuple[Candidate, ...]:
    """The cases that ship with the project, as the choice sees them."""
    sets, _ = load_case_sets([CASES])
    return tuple(Candidate.of((one.id, case.id), case) for one in sets for case in one.cases if case.is_asked)


def shown_by(candidates: Sequence[Candidate]) -> list[str]:
    """The findings that are there on some case."""
    return sorted({finding for one in candidates for finding in one.present})


def chosen(stands: Standing, candidates: Sequence[Candidate], seed: int) -> Candidate:
    """As the app chooses."""
    name = choose_for(stands, candidates, seed).name
    return next(one for one in candidates if one.name == name)


def at_random(stands: Standing, candidates: Sequence[Candidate], seed: int) -> Candidate:
    """Any case that was not tried yet; when all were, any."""
    tried = {visit.name for visit in stands.history.visits}
    left = [one for one in candidates if one.name not in tried] or list(candidates)
    rng = np.random.default_rng([seed, len(stands.history.visits)])
    return left[int(rng.integers(len(left)))]


def curves_of(
    student: Student, candidates: Sequence[Candidate], choosing: Choosing, cases: int, seed: int, learns: bool
) -> Curve:
    """Before the first case and after each, (2, cases + 1): the Brier score of what is believed of the student, and
    the share of the findings that are known.

    Without ``learns`` the references are not shown before the end, and nothing is learned meanwhile.
    """
    findings, hard = shown_by(candidates), logits_of(candidates)
    visits: list[Visit] = []
    rows = []
    for number in range(cases + 1):
        at = BEGINS + EVERY * (number % SITTING) + timedelta(days=number // SITTING)
        stands = standing(History(tuple(visits)), at, hard)
        believed = np.array([stands.mastery[name].known if name in stands.mastery else _unseen() for name in findings])
        known = np.array([student.knows(name) for name in findings], dtype=float)
        rows.append((float(((believed - known) ** 2).mean()), float(known.mean())))
        if number < cases:
            visits.append(_visit(student, choosing(stands, candidates, seed), at, visits, learns))
    return np.array(rows).T


@dataclass(frozen=True, slots=True)
class Run:
    """One simulated student: of which kind, from which seed, which number, over how many cases, learning or not."""

    kind: str
    seed: int
    number: int
    cases: int
    learns: bool


def one_student(run: Run) -> Curve:
    """The curves of a student by chosen and by random cases, the same student twice: (2, 2, cases + 1)."""
    candidates = bundled()
    findings, seed = shown_by(candidates), run.seed * 10_000 + run.number
    made = []
    for choosing in (chosen, at_random):
        student = KINDS[run.kind](findings, np.random.default_rng([run.seed, run.number]))
        made.append(curves_of(student, candidates, choosing, run.cases, seed, run.learns))
    return np.array(made)


@functools.cache
def _unseen() -> float:
    return unseen("").known


def _visit(student: Student, case: Candidate, at: datetime, before: Sequence[Visit], learns: bool) -> Visit:
    earlier = [visit for visit in before if visit.name == case.name]
    remembered = {one.finding: one.is_right for visit in earlier for one in visit.outcomes}
    tries = len(earlier)
    made = []
    for finding in (*case.present, *case.absent):
        present = finding in case.present
        right = remembered.get(finding)  # who meets a case again says the same again
        if right is None:
            right = student.answers(finding, present, case.difficulty.logits)
        how = How.DRAWN if present == right else How.DENIED
        grade = 0.75 if right and present else float(right)
        made.append(
            Outcome(
                case.name, "1", f"{len(before)}", at, finding, present, how, right, grade, tries=tries,
                was_shown=learns and tries > 0, is_taught=learns,
            )
        )  # fmt: skip
    for one in made if learns else ():
        student.learns(one.finding, one.is_present)
    return Visit(case.name, "boxes", f"{len(before)}", at, learns, tuple(made))


@dataclass(frozen=True, slots=True)
class Curves:
    """Brier scores (students, cases + 1) by chosen and by random cases, of the same students."""

    chosen: Curve
    random: Curve

    def part(self, first: int, end: int) -> Curves:
        """Those of some of the students."""
        return Curves(self.chosen[first:end], self.random[first:end])

    def needed(self, cases: int, rows: NDArray[np.int64] | None = None) -> float:
        """How many chosen cases reach what ``cases`` random ones do, between whole ones; infinity where none do."""
        mine = self.chosen if rows is None else self.chosen[rows]
        others = self.random if rows is None else self.random[rows]
        # what was reached stays reached: a mean of few students wobbles
        curve, goal = np.minimum.accumulate(mine.mean(axis=0)), others.mean(axis=0)[cases]
        reached = np.flatnonzero(curve <= goal)
        if not len(reached):
            return float("inf")
        first = int(reached[0])
        if first == 0:
            return 0.0
        before, after = curve[first - 1], curve[first]
        return first - 1 + float((before - goal) / (before - after))

    def summary(self, cases: int, seed: int) -> dict[str, Any]:
        """The share of cases with its 95 % interval by resampling students, and the scores themselves."""
        rng = np.random.default_rng(seed)
        count = len(self.chosen)
        shares = [self.needed(cases, rng.integers(count, size=count)) / cases for _ in range(BOOTSTRAPS)]
        low, high = np.quantile(shares, (0.025, 0.975))
        return {
            "random_cases": cases,
            "chosen_cases": round(self.needed(cases), 2),
            "share": round(self.needed(cases) / cases, 4),
            "interval": [round(float(low), 4), round(float(high), 4)],
            "brier_random": round(float(self.random.mean(axis=0)[cases]), 4),
            "brier_chosen": round(float(self.chosen.mean(axis=0)[cases]), 4),
            "brier_before": round(float(self.random.mean(axis=0)[0]), 4),
            "students": count,
        }
