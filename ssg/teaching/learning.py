"""A learner's way through the cases of :class:`Practice`: where they stand, and which case comes next.

All of it is made from attempts (:mod:`ssg.teaching.mastery`). How hard cases are and how findings are learned is known
beforehand only roughly; :meth:`Learning.calibrate` learns it from everybody's attempts, now and then.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ssg.casebook import Case
from ssg.store import Attempt, Store
from ssg.teaching.mastery.calibration import difficulties
from ssg.teaching.mastery.choosing import Candidate, Choice, choose_for, logits_of
from ssg.teaching.mastery.difficulty import Difficulty
from ssg.teaching.mastery.fitting import fit
from ssg.teaching.mastery.outcomes import Absences, History, Name, firsts, replay
from ssg.teaching.mastery.standing import Standing, standing
from ssg.teaching.mastery.tracing import Parameters
from ssg.teaching.practice import Practice

TOUR = "tour"
"""The tag of cases that are read one after the other."""

MOST_REPLAYED = 10_000
"""Attempts of a learner, the newest, by which the next case is chosen."""


class Learning:
    """Learners of ``practice``, whose attempts are in ``store``."""

    def __init__(self, practice: Practice, store: Store) -> None:
        self._practice, self._store = practice, store
        self._lock = threading.Lock()
        self._absences = Absences()
        self._difficulties: Mapping[Name, Difficulty] = {}
        self._parameters: Mapping[str, Parameters] = {}
        self._candidates: dict[Name, tuple[Case, Candidate]] = {}

    def next_for(
        self,
        learner: str,
        now: datetime,
        set_id: str | None = None,
        case_id: str | None = None,
        seed: int | str | None = None,
    ) -> Choice:
        """The case by which the learner is expected to learn and to prove most, and why; not the one they are on.

        Cases are those of :meth:`Practice.next_after`: all that are listed, or those of a set named without a case, and
        of one that is not listed. ``now`` is aware. The same attempts, cases and seed (None: the learner's) give the
        same choice. Raises BadInput where there is no case.
        """
        here = (set_id, case_id) if set_id and case_id else None
        offered = self._practice.offered(set_id, case_id)
        return self._chosen(self.standing(learner, now), offered, learner if seed is None else seed, here)

    def next_by(self, stands: Standing, learner: str) -> Choice:
        """The same among all that is listed, for a learner whose standing is known."""
        return self._chosen(stands, self._practice.offered(None, None), learner, None)

    def _chosen(self, stands: Standing, offered: Sequence[Name], seed: int | str, here: Name | None) -> Choice:
        return choose_for(stands, self._looked_at(offered), seed, here)

    def after(self, learner: str, now: datetime, here: Name, packet: Sequence[Name] = ()) -> tuple[Name, str]:
        """The case behind ``here`` (("", "") at the beginning), and in a sentence why; "" where it is just the next.

        Packets, tours (sets whose cases are tagged so) and first visits go on in their order, all others by
        :meth:`next_for`; a set that is named without a case means that set alone. Raises BadInput where there is none.
        """
        following = self._practice.next_after(learner, here[0] or None, here[1] or None, packet)
        if packet or not self.has_begun(learner) or self._is_on_tour(learner, here, following):
            return following, ""
        choice = self.next_for(learner, now, here[0] if self._stays(here) else None, here[1] or None)
        return choice.name, choice.why

    def tour(self) -> Name | None:
        """The first case of the first tour, for whoever is new; None where no tour is installed."""
        for name in self._practice.order:
            case = self._practice.find(name)
            if case is not None and TOUR in case.tags:
                return name
        return None

    def has_begun(self, learner: str) -> bool:
        """Whether the learner has handed in anything yet."""
        return bool(self._store.attempts(learner, limit=1))

    def _is_on_tour(self, learner: str, here: Name, following: Name) -> bool:
        """Whether the case is of a tour, and so is the one that follows and has not been tried."""
        case = self._practice.find(here)
        is_tour = case is not None and TOUR in case.tags
        return is_tour and following[0] == here[0] and following not in self._practice.best(learner)

    def _stays(self, here: Name) -> bool:
        """Whether the learner is in a set by its name alone, or in one that is not listed."""
        return bool(here[0]) and (not here[1] or here not in self._practice.order)

    def attempts(self, learner: str) -> list[Attempt]:
        """The learner's attempts of all kinds that are looked at, newest first."""
        return self._store.attempts(learner, limit=MOST_REPLAYED)

    def history(self, learner: str, now: datetime) -> History:
        """What the learner's attempts say of each finding, oldest first; ``now`` is aware."""
        return replay(self.attempts(learner), self._practice.find, now, self._absences)

    def standing(self, learner: str, now: datetime, attempts: Sequence[Attempt] | None = None) -> Standing:
        """Where the learner stands at ``now`` (aware): mastery, spacing, ability.

        ``attempts`` are those of :meth:`attempts`, where they are at hand.
        """
        mine = self.attempts(learner) if attempts is None else attempts
        history = replay(mine, self._practice.find, now, self._absences)
        tried = {visit.name for visit in history.visits}
        return standing(history, now, logits_of(self._looked_at(tried)), self._parameters)

    def calibrate(self, now: datetime) -> None:
        """Learn from all learners' attempts how hard cases are and how findings are learned, where there are enough.

        Takes seconds for a class, so it is nothing for a request; until it is called, both are what is known without.
        """
        by_learner: dict[str, list[Attempt]] = {}
        for _, attempt in self._store.everyones():
            by_learner.setdefault(attempt.learner, []).append(attempt)
        find = self._practice.find
        histories = [replay(mine[::-1], find, now, self._absences) for mine in by_learner.values()]
        named = {visit.name for history in histories for visit in history.visits}
        cases = {name: case for name in named if (case := find(name)) is not None}
        found = difficulties(cases, [list(firsts(one)) for one in histories])
        hard = {name: one.logits for name, one in found.items()}
        parameters = fit([one.outcomes for one in histories], hard)
        with self._lock:
            self._difficulties, self._parameters, self._candidates = found, parameters, {}

    def _looked_at(self, names: Iterable[Name]) -> list[Candidate]:
        """Those of the cases that are there, as the choice sees them; each is looked at once."""
        kept, found = self._candidates, []
        for name in names:
            case = self._practice.find(name)
            if case is None:
                continue
            if name not in kept or kept[name][0] is not case:  # a set was published anew
                kept[name] = case, Candidate.of(name, case, self._difficulties.get(name))
            found.append(kept[name][1])
        return found
