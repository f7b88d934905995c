"""What a learner's attempts say of each finding: the material of mastery, spacing, difficulty and the Progress page.

:func:`replay` goes through attempts in the order in which they were recorded. Nothing is stored: all of it is made
again from the attempts whenever it is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from ssg.casebook import Case
from ssg.errors import BadInput
from ssg.reward.truth import truths
from ssg.store import Attempt, Kind
from ssg.teaching.mastery.grading import DrawnBox, ErrorKind, Graded, How, graded
from ssg.teaching.mastery.times import in_order
from ssg.teaching.mastery.written import graded_report

Name = tuple[str, str]
"""(set id, case id)."""

CaseOf = Callable[[Name], Case | None]
"""The case of a name as it is now; None where it is gone."""

UNREADABLE = "the record has not the form of a judgement"
UNSCORABLE = "the answer could not be scored"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One finding of one attempt: what was asked, what the learner did, and how it was graded.

    ``is_present``: a reader marks the finding; else the readers exclude it. ``how`` is what the learner did about it,
    ``is_right``, ``grade`` in [0, 1], ``errors``, ``boxes``, ``marked`` and ``found`` are those of
    :class:`ssg.teaching.mastery.grading.Graded`. ``hints`` are the steps taken for this very finding and
    ``hint_cost`` what they cost. ``tries`` counts the learner's earlier attempts on the case, ``was_shown`` says that
    its reference had been seen before this attempt, and ``is_taught`` that it was seen because of it. ``at`` is in
    UTC, and never before that of an earlier outcome.
    """

    name: Name
    version: str
    receipt: str
    at: datetime
    finding: str
    is_present: bool
    how: How
    is_right: bool
    grade: float
    errors: tuple[ErrorKind, ...] = ()
    boxes: tuple[DrawnBox, ...] = ()
    marked: int = 0
    found: int = 0
    hints: int = 0
    hint_cost: float = 0.0
    tries: int = 0
    was_shown: bool = False
    is_taught: bool = True

    @property
    def confidence(self) -> float | None:
        """Mean confidence of the boxes for which the learner stated one; None where there is none."""
        stated = [box.confidence for box in self.boxes if box.confidence is not None]
        return fmean(stated) if stated else None

    @property
    def is_fresh(self) -> bool:
        """Whether it is the first attempt on the case, without a hint for this finding."""
        return not self.tries and not self.was_shown and not self.hints


@dataclass(frozen=True, slots=True)
class Visit:
    """One attempt on a case: which, of which kind, when, whether its reference was shown, and what came of it.

    ``outcomes`` is empty where the attempt tells nothing of any finding; ``why_not`` then says why.
    """

    name: Name
    kind: Kind
    receipt: str
    at: datetime
    is_shown: bool
    outcomes: tuple[Outcome, ...]
    why_not: str = ""

    @property
    def is_normal(self) -> bool | None:
        """Whether nothing that was asked was there; None where the attempt tells nothing."""
        return not any(one.is_present for one in self.outcomes) if self.outcomes else None


@dataclass(frozen=True, slots=True)
class History:
    """A learner's attempts, oldest first."""

    visits: tuple[Visit, ...] = ()

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """All outcomes, oldest first."""
        return tuple(outcome for visit in self.visits for outcome in visit.outcomes)

    @property
    def left_out(self) -> tuple[tuple[str, str], ...]:
        """(receipt, why) of each attempt that tells nothing of any finding: it is named, never counted as wrong."""
        return tuple((visit.receipt, visit.why_not) for visit in self.visits if visit.why_not)

    def by_finding(self) -> dict[str, list[Outcome]]:
        """The outcomes of each finding, oldest first."""
        found: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes:
            found.setdefault(outcome.finding, []).append(outcome)
        return found


class Absences:
    """Which findings a case's readers exclude, remembered: working it out is far slower than asking again."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str | None], tuple[Case, tuple[str, ...]]] = {}

    def __call__(self, case: Case, reader: str | None) -> tuple[str, ...]:
        """As :func:`absent_in`."""
        kept = self._known.get((id(case), reader))
        if kept is None or kept[0] is not case:
            kept = self._known[id(case), reader] = (case, absent_in(case, reader))
        return kept[1]


def absent_in(case: Case, reader: str | None) -> tuple[str, ...]:
    """The findings asked that are absent by the truth that an answer was judged by: ``reader``'s alone, or all."""
    known = truths(case.reference())
    chosen = next((truth for truth in known if truth.name == reader), known[-1] if known else None)
    return chosen.absent if chosen else ()


def replay(attempts: Sequence[Attempt], case_of: CaseOf, now: datetime, absences: Absences | None = None) -> History:
    """What attempts of one learner say, finding by finding.

    ``attempts`` stand as ``Store.attempts`` gives them, newest first; ``now`` is an aware time. An attempt that
    cannot be read or was not scored is kept as a visit without outcomes, with the reason. ``absences``
    may be kept between calls, so that cases are looked at once.
    """
    absences = absences or Absences()
    oldest_first = list(reversed(attempts))
    times = in_order([attempt.recorded_at for attempt in oldest_first], now)
    shown: dict[Name, datetime] = {}
    tries: dict[Name, int] = {}
    visits = []
    for attempt, at in zip(oldest_first, times, strict=True):
        name = attempt.case_set, attempt.case_id
        rows, why_not = _graded(attempt, case_of(name), absences)
        before = name in shown and shown[name] <= at
        made = tuple(_outcome(row, attempt, at, tries.get(name, 0), before) for row in rows)
        visits.append(Visit(name, attempt.kind, attempt.receipt, at, attempt.revealed_at is not None, made, why_not))
        tries[name] = tries.get(name, 0) + 1
        if attempt.revealed_at is not None:
            # by how long after the answer it was shown, since the times themselves may be of a wrong clock
            seen = at + max(attempt.revealed_at - attempt.recorded_at, timedelta(0))
            shown[name] = min(shown.get(name, seen), seen)
    return History(tuple(visits))


def _graded(attempt: Attempt, case: Case | None, absences: Absences) -> tuple[tuple[Graded, ...], str]:
    try:
        if attempt.breakdown["total"] is None:
            return (), UNSCORABLE
        if attempt.kind == "report":
            return graded_report(attempt), ""
        absent = () if case is None else absences(case, attempt.breakdown.get("reader"))
        return graded(attempt, case, absent), ""
    except (KeyError, TypeError, ValueError, AttributeError, BadInput):
        return (), UNREADABLE


def _outcome(row: Graded, attempt: Attempt, at: datetime, tries: int, was_shown: bool) -> Outcome:
    taken = [hint for hint in attempt.hints if hint.finding == row.finding]
    return Outcome(
        name=(attempt.case_set, attempt.case_id),
        version=attempt.case_version,
        receipt=attempt.receipt,
        at=at,
        finding=row.finding,
        is_present=row.is_present,
        how=row.how,
        is_right=row.is_right,
        grade=row.grade,
        errors=row.errors,
        boxes=row.boxes,
        marked=row.marked,
        found=row.found,
        hints=len(taken),
        hint_cost=sum(hint.cost for hint in taken),
        tries=tries,
        was_shown=was_shown,
        is_taught=attempt.revealed_at is not None,
    )


def solved(outcomes: Sequence[Outcome]) -> bool | None:
    """Whether an attempt solves its case: all that is there is found and nothing invented; None: nothing is known."""
    return all(one.is_right for one in outcomes) if outcomes else None


def firsts(history: History) -> Iterator[tuple[Name, bool]]:
    """Each case with whether the learner solved it at the first sight, drawing and unaided: difficulty is of that."""
    for visit in history.visits:
        if visit.kind != "boxes":
            continue
        right = solved(visit.outcomes)
        if right is not None and all(not one.tries and not one.was_shown for one in visit.outcomes):
            yield visit.name, right and not any(one.hints for one in visit.outcomes)
