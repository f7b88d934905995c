"""Practice: a case, a drawn answer, a judgement that is on the disk before anybody sees it.

The judgement is ``ssg.reward.score`` with the case's own rubric and image, as in ``python -m ssg score --image``.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ssg.casebook import Case, CaseSet
from ssg.casebook.lesions import held_against
from ssg.casebook.reading import in_order
from ssg.errors import BadInput
from ssg.reward import DEFAULT_RUBRIC, Answer, Breakdown, Region
from ssg.reward.answers import unique
from ssg.reward.sight import Sight
from ssg.store import Attempt, Draft, Store
from ssg.teaching.mastery.calibration import difficulties
from ssg.teaching.mastery.choosing import Candidate, Choice, choose_for, logits_of
from ssg.teaching.mastery.difficulty import Difficulty
from ssg.teaching.mastery.fitting import fit
from ssg.teaching.mastery.outcomes import Absences, History, Name, firsts, replay
from ssg.teaching.mastery.standing import Standing, standing
from ssg.teaching.mastery.tracing import Parameters
from ssg.teaching.seeing import Look, judged

CaseLook = Callable[[CaseSet, Case], tuple[Sight | None, str]]
"""A case's image as an image-text encoder sees it; or None and, in words, why it does not."""

MOST_REPLAYED = 10_000
"""Attempts of a learner, the newest, by which the next case is chosen."""

BOTH_SAID = "You marked {finding} and also stated that it is absent: delete the box, or untick the finding."


@dataclass(frozen=True, slots=True)
class Submission:
    """What a learner hands in for a case. ``token`` was made when the case was opened; it makes the attempt unique."""

    token: str
    regions: tuple[Region, ...]
    absent: tuple[str, ...]
    duration_s: float | None = None


class Practice:
    """Cases in order, and what one learner does with them. Without ``look``, names are judged by themselves."""

    def __init__(self, sets: Sequence[CaseSet], store: Store, look: CaseLook | None = None) -> None:
        self._look = look
        self._store = store
        self._lock = threading.Lock()
        self._absences = Absences()
        self._difficulties: Mapping[Name, Difficulty] = {}
        self._parameters: Mapping[str, Parameters] = {}
        self._sets: dict[str, CaseSet] = {}
        self._unlisted: frozenset[str] = frozenset()
        self._place({one.id: one for one in sets}, frozenset())

    def put(self, case_set: CaseSet, listed: bool = True) -> None:
        """Offer a set, in place of an earlier version of it. One that is not listed is found by whoever has its id."""
        with self._lock:
            hidden = self._unlisted - {case_set.id} if listed else self._unlisted | {case_set.id}
            self._place({**self._sets, case_set.id: case_set}, hidden)

    def drop(self, set_id: str) -> None:
        """Offer a set no more; what was answered stays in the store."""
        with self._lock:
            self._place({name: one for name, one in self._sets.items() if name != set_id}, self._unlisted - {set_id})

    def _place(self, sets: dict[str, CaseSet], unlisted: frozenset[str]) -> None:
        """New tables in place of the old ones, which whoever is reading them keeps."""
        placed = in_order(sets.values())
        asked = {(one.id, case.id): case for one in placed for case in one.cases if case.is_asked}
        self._cases = asked
        self._sets, self._unlisted = {one.id: one for one in placed}, unlisted
        self._order = [name for name in asked if name[0] not in unlisted]
        self._candidates: dict[Name, Candidate] = {}

    def __len__(self) -> int:
        return len(self._order)

    @property
    def order(self) -> Sequence[tuple[str, str]]:
        """(set id, case id) of every case that asks something, of the sets that are listed."""
        return self._order

    @property
    def sets(self) -> tuple[CaseSet, ...]:
        """All sets, those that are not listed too."""
        return tuple(self._sets.values())

    def case(self, set_id: str, case_id: str) -> Case:
        """A case; raises BadInput where there is none of that name."""
        found = self._cases.get((set_id, case_id))
        if found is None:
            raise BadInput("There is no such case here: choose one from the list.")
        return found

    def place_of(self, set_id: str, case_id: str) -> tuple[int, int]:
        """Which case of its set it is, from 1, and of how many."""
        among = [name for name in self._cases if name[0] == set_id]
        return among.index((set_id, case_id)) + 1, len(among)

    def case_set(self, set_id: str) -> CaseSet:
        """The set of a case that was found."""
        return self._sets[set_id]

    def best(self, learner: str) -> dict[tuple[str, str], float | None]:
        """The learner's best total for each case tried; None where no attempt could be scored."""
        return self._store.best_totals(learner)

    def next_after(
        self,
        learner: str,
        set_id: str | None = None,
        case_id: str | None = None,
        packet: Sequence[tuple[str, str]] = (),
    ) -> tuple[str, str]:
        """The first case after this one that the learner has not tried, else the one that follows.

        A set without a case means that set alone, and so does one that is not listed. Of a ``packet`` it is the one
        that follows there, tried or not.
        """
        if packet:
            place = packet.index((set_id, case_id)) + 1 if (set_id, case_id) in packet else 0
            return packet[place % len(packet)]
        here = (set_id, case_id)
        order = self._offered(set_id, case_id)
        start = order.index(here) + 1 if here in order else 0
        turned = [*order[start:], *order[:start]]
        tried = self.best(learner)
        return next((name for name in turned if name not in tried and name != here), turned[0])

    def next_for(
        self,
        learner: str,
        now: datetime,
        set_id: str | None = None,
        case_id: str | None = None,
        seed: int | str | None = None,
    ) -> Choice:
        """The case by which the learner is expected to learn and to prove most, and why; not the one they are on.

        Cases are those of :meth:`next_after`: all that are listed, or those of a set named without a case, and of one
        that is not listed. ``now`` is aware. The same attempts, cases and seed (None: the learner's) give the same
        choice. Raises BadInput where there is no case.
        """
        candidates = self._looked_at(self._offered(set_id, case_id))
        here = (set_id, case_id) if set_id and case_id else None
        return choose_for(self.standing(learner, now), candidates, learner if seed is None else seed, here)

    def history(self, learner: str, now: datetime) -> History:
        """What the learner's attempts say of each finding, oldest first; ``now`` is aware."""
        return replay(self._store.attempts(learner, limit=MOST_REPLAYED), self._cases.get, now, self._absences)

    def standing(self, learner: str, now: datetime) -> Standing:
        """Where the learner stands at ``now`` (aware): mastery, spacing, ability."""
        history = self.history(learner, now)
        tried = {visit.name for visit in history.visits}
        hard = logits_of(self._looked_at(tried))
        return standing(history, now, hard, self._parameters)

    def calibrate(self, now: datetime) -> None:
        """Learn from all learners' attempts how hard cases are and how findings are learned, where there are enough.

        Takes seconds for a class, so it is nothing for a request; until it is called, both are what is known without.
        """
        by_learner: dict[str, list[Attempt]] = {}
        for _, attempt in self._store.everyones():
            by_learner.setdefault(attempt.learner, []).append(attempt)
        cases = self._cases
        histories = [replay(mine[::-1], cases.get, now, self._absences) for mine in by_learner.values()]
        found = difficulties(cases, [list(firsts(one)) for one in histories])
        hard = {name: one.logits for name, one in found.items()}
        parameters = fit([one.outcomes for one in histories], hard)
        with self._lock:
            self._difficulties, self._parameters, self._candidates = found, parameters, {}

    def _looked_at(self, names: Iterable[Name]) -> list[Candidate]:
        """Those of the cases that are there, as the choice sees them; each is looked at once."""
        kept, cases = self._candidates, self._cases  # in this order: new cases never come to be kept among old ones
        found = []
        for name in names:
            if name in cases and name not in kept:
                kept[name] = Candidate.of(name, cases[name], self._difficulties.get(name))
            if name in cases:
                found.append(kept[name])
        return found

    def _offered(self, set_id: str | None, case_id: str | None) -> Sequence[Name]:
        """The names of the cases that may come next; raises BadInput where there are none."""
        if not self._cases:
            raise BadInput("No case set is installed: set SSG_CASE_SETS to a folder that holds one.")
        order = self._order
        if set_id in self._unlisted or (set_id and not case_id):
            order = [name for name in self._cases if name[0] == set_id]
        if not order:
            raise BadInput("There is no such set here, or nothing in it is asked: choose a case from the list.")
        return order

    def draft(self, learner: str, set_id: str, case_id: str) -> Draft | None:
        """What the learner left unfinished on a case."""
        return self._store.draft(learner, set_id, case_id)

    def keep_draft(
        self, learner: str, set_id: str, case_id: str, regions: Iterable[Region], absent: Iterable[str]
    ) -> Draft:
        """Keep an unfinished answer; it is on the disk when this returns."""
        self.case(set_id, case_id)
        answer = {"regions": [region.to_json() for region in regions], "absent": list(absent)}
        version = self.case_set(set_id).version
        return self._store.save_draft(
            learner=learner, case_set=set_id, case_id=case_id, case_version=version, answer=answer
        )

    def submit(self, learner: str, set_id: str, case_id: str, handed_in: Submission) -> Attempt:
        """Judge an answer and record it once, however often it is handed in; raises BadInput or Unavailable."""
        case = self.case(set_id, case_id)
        look = self._look and functools.partial(self._look, self.case_set(set_id), case)
        answer, breakdown = judged_on(case, handed_in.regions, handed_in.absent, look)
        attempt = self._store.record_attempt(
            token=handed_in.token,
            learner=learner,
            case_set=set_id,
            case_id=case_id,
            case_version=self.case_set(set_id).version,
            answer=answer.to_json(),
            breakdown=breakdown.to_json(),
            duration_s=handed_in.duration_s,
        )
        self._store.discard_draft(learner, set_id, case_id)
        return attempt

    def attempt(self, learner: str, receipt: str) -> Attempt | None:
        """An attempt of this learner by its receipt."""
        return self._store.attempt(learner, receipt)


def judged_on(
    case: Case, regions: Sequence[Region], absent: Sequence[str], look: Look | None = None
) -> tuple[Answer, Breakdown]:
    """The answer that was drawn on a case, and its judgement; nothing is recorded. Raises BadInput."""
    answer = Answer(tuple(regions), unique(absent))
    _require_consistent(answer)
    if len(case.pictures) > 1:  # an encoder looks at one picture, and the answer may lie on several
        look = None
    reference, counted = held_against(case, answer)
    return answer, judged(reference, counted, case.rubric or DEFAULT_RUBRIC, look)


def _require_consistent(answer: Answer) -> None:
    marked = {region.finding for region in answer.regions}
    for finding in answer.absent:
        if finding in marked:
            raise BadInput(BOTH_SAID.format(finding=finding))
