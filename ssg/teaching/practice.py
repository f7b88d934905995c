"""Practice: a case, a drawn answer, a judgement that is on the disk before anybody sees it.

The judgement is ``ssg.reward.score`` with the case's own rubric and image, as in ``python -m ssg score --image``.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ssg.casebook import Case, CaseSet
from ssg.casebook.lesions import held_against
from ssg.casebook.reading import in_order
from ssg.errors import BadInput
from ssg.reward import DEFAULT_RUBRIC, Answer, Breakdown, Region, Stated
from ssg.reward.answers import unique
from ssg.reward.sight import Sight
from ssg.reward.stated import counted, question_of_boxes, with_stated
from ssg.store import Attempt, Draft, Hint, Store
from ssg.teaching.hints import COSTS, NUDGE, Advice, advice, drawn_of
from ssg.teaching.mastery.outcomes import Name
from ssg.teaching.places import alike
from ssg.teaching.seeing import Look, judged

CaseLook = Callable[[CaseSet, Case], tuple[Sight | None, str]]
"""A case's image as an image-text encoder sees it; or None and, in words, why it does not."""

BOTH_SAID = "You marked {finding} and also stated that it is absent: delete the box, or untick the finding."
NOT_ASKED = "'{finding}' was not asked about in this case."
NOTHING_DRAWN = "Draw it and name it first: this step goes by what you have drawn."
NO_STEP = "There are three hints to a finding, and they are taken in their order: reload the page."


@dataclass(frozen=True, slots=True)
class Submission:
    """What a learner hands in for a case. ``token`` was made when the case was opened; it makes the attempt unique.

    ``stated`` are findings said to be there, or not sure, without a box. ``is_revealed`` False: the answer is only
    checked, and the reference stays hidden.
    """

    token: str
    regions: tuple[Region, ...]
    absent: tuple[str, ...]
    duration_s: float | None = None
    stated: tuple[Stated, ...] = ()
    is_revealed: bool = True


class Practice:
    """Cases in order, and what one learner does with them. Without ``look``, names are judged by themselves."""

    def __init__(self, sets: Sequence[CaseSet], store: Store, look: CaseLook | None = None) -> None:
        self._look = look
        self._store = store
        self._lock = threading.Lock()
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

    def find(self, name: Name) -> Case | None:
        """A case by its name, None where it is gone."""
        return self._cases.get(name)

    def case_set(self, set_id: str) -> CaseSet:
        """The set of a case that was found."""
        return self._sets[set_id]

    def best(self, learner: str) -> dict[tuple[str, str], float | None]:
        """The learner's best mark for each case tried; None where no attempt could be scored."""
        return self._store.best_marks(learner)

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
        order = self.offered(set_id, case_id)
        start = order.index(here) + 1 if here in order else 0
        turned = [*order[start:], *order[:start]]
        tried = self.best(learner)
        return next((name for name in turned if name not in tried and name != here), turned[0])

    def offered(self, set_id: str | None, case_id: str | None) -> Sequence[Name]:
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
        self,
        learner: str,
        set_id: str,
        case_id: str,
        regions: Iterable[Region],
        absent: Iterable[str],
        stated: Iterable[Stated] = (),
    ) -> Draft:
        """Keep an unfinished answer; it is on the disk when this returns."""
        self.case(set_id, case_id)
        answer: dict[str, Any] = {"regions": [region.to_json() for region in regions], "absent": list(absent)}
        answer |= _stated(stated) | _nudges_of(self.draft(learner, set_id, case_id))
        version = self.case_set(set_id).version
        return self._store.save_draft(
            learner=learner, case_set=set_id, case_id=case_id, case_version=version, answer=answer
        )

    def take_hint(
        self, learner: str, set_id: str, case_id: str, finding: str, step: int, drawn: Submission
    ) -> tuple[Advice, ...]:
        """Note a hint, then give it, with those that were taken before; each is paid for once. Raises BadInput.

        A nudge speaks of what is drawn when it is taken, and is kept as it was said: it cannot be asked anew for free.
        With nothing drawn it would have nothing to go by, and is not sold.
        """
        case = self.case(set_id, case_id)
        if finding not in case.question:
            raise BadInput(NOT_ASKED.format(finding=finding[:60]))
        taken = {one.step for one in self._store.hints(learner, set_id, case_id) if one.finding == finding}
        if isinstance(step, bool) or not isinstance(step, int) or step not in COSTS or not set(range(1, step)) <= taken:
            raise BadInput(NO_STEP)
        if step == NUDGE and step not in taken and not drawn_of(finding, drawn.regions):
            raise BadInput(NOTHING_DRAWN)
        self._store.take_hint(learner=learner, case_set=set_id, case_id=case_id, hint=Hint(finding, step, COSTS[step]))
        if step == NUDGE and step not in taken:
            said = advice(case, finding, NUDGE, drawn.regions, self._alike(case)).sentence
            self.keep_draft(learner, set_id, case_id, drawn.regions, drawn.absent, drawn.stated)
            self._keep_nudge(learner, set_id, case_id, finding, said)
        return self.hints(learner, set_id, case_id)

    def hints(self, learner: str, set_id: str, case_id: str) -> tuple[Advice, ...]:
        """The hints that are paid for since the last attempt at a case, as they were given."""
        case, draft = self.case(set_id, case_id), self.draft(learner, set_id, case_id)
        nudges, given = _nudges_of(draft).get("nudges", {}), []
        for hint in self._store.hints(learner, set_id, case_id):
            if hint.finding in case.question and hint.step in COSTS:  # a set may have been published anew since
                told = advice(case, hint.finding, hint.step, (), self._alike(case))
                kept = nudges.get(hint.finding) if hint.step == NUDGE else None
                given.append(replace(told, cost=hint.cost, sentence=kept or told.sentence))
        return tuple(given)

    def _alike(self, case: Case) -> list[Case]:
        return alike(case, self._cases.values())

    def _keep_nudge(self, learner: str, set_id: str, case_id: str, finding: str, said: str) -> None:
        draft = self.draft(learner, set_id, case_id)
        answer = dict(draft.answer) if draft else {"regions": [], "absent": []}
        answer["nudges"] = {**answer.get("nudges", {}), finding: said}
        version = self.case_set(set_id).version
        self._store.save_draft(learner=learner, case_set=set_id, case_id=case_id, case_version=version, answer=answer)

    def submit(self, learner: str, set_id: str, case_id: str, handed_in: Submission) -> Attempt:
        """Judge an answer and record it once, however often it is handed in; raises BadInput or Unavailable.

        Where the reference stays hidden, the hints that were taken stay with the next attempt too: else a check would
        make them free.
        """
        case = self.case(set_id, case_id)
        look = self._look and functools.partial(self._look, self.case_set(set_id), case)
        answer, breakdown = judged_on(case, handed_in.regions, handed_in.absent, look, handed_in.stated)
        attempt = self._store.record_attempt(
            token=handed_in.token,
            learner=learner,
            case_set=set_id,
            case_id=case_id,
            case_version=self.case_set(set_id).version,
            answer=recorded(answer, handed_in.stated),
            breakdown=breakdown.to_json(),
            duration_s=handed_in.duration_s,
            is_revealed=handed_in.is_revealed,
        )
        nudges = _nudges_of(self.draft(learner, set_id, case_id)).get("nudges", {})
        self._store.discard_draft(learner, set_id, case_id)
        if attempt.revealed_at is None and self._is_last(attempt):
            for hint in attempt.hints:
                self._store.take_hint(learner=learner, case_set=set_id, case_id=case_id, hint=hint)
            for finding, said in nudges.items():
                self._keep_nudge(learner, set_id, case_id, finding, said)
        return attempt

    def _is_last(self, attempt: Attempt) -> bool:
        last = self._store.attempts(attempt.learner, attempt.case_id, attempt.case_set, limit=1, kind="boxes")
        return [one.receipt for one in last] == [attempt.receipt]

    def attempt(self, learner: str, receipt: str) -> Attempt | None:
        """An attempt of this learner by its receipt."""
        return self._store.attempt(learner, receipt)

    def reveal(self, learner: str, receipt: str) -> Attempt | None:
        """Note that the learner is shown the reference of an attempt now; None where there is no such attempt."""
        return self._store.reveal(learner, receipt)


def judged_on(
    case: Case,
    regions: Sequence[Region],
    absent: Sequence[str],
    look: Look | None = None,
    stated: Sequence[Stated] = (),
) -> tuple[Answer, Breakdown]:
    """The answer to a case, drawn and stated, and its judgement; nothing is recorded. Raises BadInput."""
    answer = Answer(tuple(regions), unique(absent))
    _require_consistent(answer)
    stated = counted(stated, answer)
    if len(case.pictures) > 1:  # an encoder looks at one picture, and the answer may lie on several
        look = None
    reference, drawn = held_against(case, answer)
    of_boxes = replace(reference, question=question_of_boxes(reference.question, stated))
    return answer, with_stated(judged(of_boxes, drawn, case.rubric or DEFAULT_RUBRIC, look), reference, stated)


def recorded(answer: Answer, stated: Iterable[Stated]) -> dict[str, Any]:
    """An answer as an attempt keeps it, with what counts of what is stated beside it."""
    return answer.to_json() | _stated(counted(stated, answer))


def _nudges_of(draft: Draft | None) -> dict[str, Any]:
    """The nudges that a draft keeps by finding; the page sends none, so that they stay what was paid for."""
    nudges = draft.answer.get("nudges") if draft else None
    return {"nudges": nudges} if nudges else {}


def _stated(stated: Iterable[Stated]) -> dict[str, Any]:
    """What is stated, beside an answer as JSON; nothing where nothing is, so that other answers stay as they were."""
    rows = [one.to_json() for one in stated]
    return {"stated": rows} if rows else {}


def _require_consistent(answer: Answer) -> None:
    marked = {region.finding for region in answer.regions}
    for finding in answer.absent:
        if finding in marked:
            raise BadInput(BOTH_SAID.format(finding=finding))
