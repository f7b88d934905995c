"""Which case comes next: the one by which a learner is expected to learn, and to prove, most.

For each finding that is there, on a case of its difficulty,

    gain = PROOF × (expected fall of the variance of "known")  +  (expected rise of "known" by seeing the reference)
           +  DUE where the finding is due again

summed over the case, lowered where the case is far beyond the learner, where it was tried before, and where
the same finding was there a moment ago. A third of the cases are normal, drawn by chance and not by gain, so that
nobody can tell from being asked that something is there; normals are chosen among those that ask what the learner
needs. docs/mastery.md has the formulas.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ssg.casebook import Case
from ssg.errors import BadInput
from ssg.reward.truth import truths
from ssg.store import Attempt
from ssg.teaching.mastery.difficulty import Difficulty, by_case
from ssg.teaching.mastery.grading import How
from ssg.teaching.mastery.outcomes import Absences, Name, Visit, replay
from ssg.teaching.mastery.saying import Reason, reason_for
from ssg.teaching.mastery.standing import Standing, chance, standing
from ssg.teaching.mastery.tracing import DEFAULT, Parameters, hardened_one

NORMALS = 1 / 3
"""Share of cases in which nothing that is asked is there (cases/README.md asks sets for as many)."""

NORMALS_OVER = 12
"""Cases over which the share is kept: where there were few normals among the last ones, one is likelier."""

FEWEST_NORMALS, MOST_NORMALS = 0.1, 0.6
"""Between which the chance of a normal stays, so that neither kind can be told beforehand."""

PROOF = 4.0
"""How much a fall of the variance of "known" counts beside a rise of it.

Where too little is known of a learner, what they are taught is chosen blindly; with less, cases go to what is being
learned while much was never asked (docs/experiments.md)."""

DUE = 0.05
"""Gain of a finding that is due: as much as seeing the reference teaches of a finding that is half known."""

DECOY = 0.2
"""How much of a finding's need counts on a normal that asks for it."""

NOT_AGAIN = 10
"""Cases that must lie between two attempts on one case, as far as there are others."""

NOT_WITHIN = timedelta(hours=12)
"""A case whose reference was shown does not come again within it, as far as there are others."""

STILL_THERE = 2
"""Cases back to which a finding that was there counts half: one does not meet four effusions in a row."""

REACH = 0.1
"""Chance of solving a case below which its gain is lowered in proportion: one learns little from what is far beyond."""

TRIED_KEEPS = 0.1
"""What is left of the gain of a case that was tried before: it is remembered, and proves little."""

LEAST_REACH = 0.1
"""What is left of the gain however far a case is beyond the learner."""

NEAR_BEST = 0.95
"""Share of the highest gain from which cases are as good as the best; chance decides between them."""

EASIEST = 0.4
"""Logits above the easiest case up to which a first case may lie."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case as the choice sees it: which of the findings asked are there and which are not; its difficulty."""

    name: Name
    present: tuple[str, ...]
    absent: tuple[str, ...]
    difficulty: Difficulty

    @property
    def is_normal(self) -> bool:
        """Whether nothing that is asked is there."""
        return not self.present

    @classmethod
    def of(cls, name: Name, case: Case, difficulty: Difficulty | None = None) -> Candidate:
        """A case, with its difficulty where it is known by attempts."""
        known = truths(case.reference())
        present, absent = (tuple(known[-1].present), known[-1].absent) if known else ((), ())
        return cls(name, present, absent, difficulty or by_case(case))


@dataclass(frozen=True, slots=True)
class Choice:
    """The next case. ``why`` says it in a sentence, ``reason`` and ``finding`` are what the sentence is made of.

    The sentence speaks of a finding that the case asks about, whether or not it is there, so it may be shown before
    the answer. ``gain`` is what was expected of the case, 0 for a first one.
    """

    name: Name
    why: str
    reason: Reason
    finding: str | None
    gain: float


def choose(
    attempts: Sequence[Attempt],
    cases: Mapping[Name, Case],
    now: datetime,
    seed: int | str = 0,
    *,
    here: Name | None = None,
    difficulty: Mapping[Name, Difficulty] | None = None,
    parameters: Mapping[str, Parameters] | None = None,
) -> Choice:
    """The next case for a learner among ``cases``, by their attempts as the store gives them, newest first.

    ``here`` is the case that the learner is on, which does not come next. The same attempts, cases and seed give the
    same choice. Raises BadInput where there is no case, or for a ``now`` without a time zone.
    """
    known = difficulty or {}
    candidates = [Candidate.of(name, case, known.get(name)) for name, case in cases.items()]
    stands = standing(replay(attempts, cases.get, now, Absences()), now, logits_of(candidates), parameters)
    return choose_for(stands, candidates, seed, here)


def logits_of(candidates: Iterable[Candidate]) -> dict[Name, float]:
    """The difficulties of candidates as knowledge tracing takes them."""
    return {one.name: one.difficulty.logits for one in candidates}


def choose_for(
    stands: Standing, candidates: Sequence[Candidate], seed: int | str = 0, here: Name | None = None
) -> Choice:
    """The same for a learner whose standing is known, among cases that were looked at already."""
    if not candidates:
        raise BadInput("There is no case to choose from: choose another set, or set SSG_CASE_SETS to a folder of one.")
    visits = stands.history.visits
    rng = random.Random(f"{seed}/{len(visits)}")
    offered = _offered(candidates, visits, stands.now, here)
    if not any(visit.outcomes for visit in visits):
        return _first(offered, rng)
    wants_normal = rng.random() < normal_chance(visits)
    kind = [one for one in offered if one.is_normal == wants_normal] or offered
    needs = {finding: need(finding, stands) for one in kind for finding in (*one.present, *one.absent)}
    tried = frozenset(visit.name for visit in visits)
    lately = _lately(visits)
    gains = [gain(one, stands, needs, tried, lately) for one in kind]
    best = max(gains)
    at = rng.choice([number for number, found in enumerate(gains) if found >= NEAR_BEST * best])
    chosen = kind[at]
    # by need alone, so that it says nothing of what is there
    about = max((*chosen.present, *chosen.absent), key=lambda name: (needs[name], name), default=None)
    reason, why = reason_for(about, stands, again=chosen.name in tried)
    return Choice(chosen.name, why, reason, about, gains[at])


def normal_chance(visits: Sequence[Visit]) -> float:
    """The chance that the next case is a normal: NORMALS, more after few of them and less after many."""
    kinds = [visit.is_normal for visit in visits if visit.is_normal is not None][-NORMALS_OVER:]
    share = (sum(kinds) + NORMALS * (NORMALS_OVER - len(kinds))) / NORMALS_OVER
    return min(max(2 * NORMALS - share, FEWEST_NORMALS), MOST_NORMALS)


def need(finding: str, stands: Standing) -> float:
    """What meeting a finding on a case of the learner's own level would gain, in [0, 1]."""
    return _of_finding(finding, stands, stands.ability)


def gain(
    candidate: Candidate,
    stands: Standing,
    needs: Mapping[str, float],
    tried: frozenset[Name] = frozenset(),
    lately: frozenset[str] = frozenset(),
) -> float:
    """What a case is expected to gain. ``tried`` are the cases that the learner has met.

    ``lately`` are findings that were there a moment ago.
    """
    hard = candidate.difficulty.logits
    total = sum(
        _of_finding(finding, stands, hard) * (0.5 if finding in lately else 1.0) for finding in candidate.present
    )
    total += sum(_of_absent(finding, stands) for finding in candidate.absent)
    if candidate.is_normal:
        total += DECOY * sum(needs[finding] for finding in candidate.absent)
    reach = max(min(chance(stands.ability, hard) / REACH, 1.0), LEAST_REACH)
    return total * reach * (TRIED_KEEPS if candidate.name in tried else 1.0)


def _of_finding(finding: str, stands: Standing, hard: float) -> float:
    given = _parameters(finding, stands)
    slip, guess = hardened_one(given.slip, given.guess, hard)
    known = stands.known_now(finding)
    taught = (1 - known) * given.learn
    return PROOF * _proof(known, slip, guess) + taught + (DUE if stands.is_due(finding) else 0.0)


def _of_absent(finding: str, stands: Standing) -> float:
    given = _parameters(finding, stands)
    known = stands.known_now(finding)
    proof = PROOF * _proof(known, given.slip_absent, given.guess_absent)
    rows = stands.outcomes.get(finding, ())
    invented = bool(rows) and not rows[-1].is_present and rows[-1].how is How.DRAWN
    return proof + (DUE if invented else 0.0)


def _proof(known: float, slip: float, guess: float) -> float:
    """By how much the variance of "known" is expected to fall by one answer."""
    right = known * (1 - slip) + (1 - known) * guess
    if_right, if_wrong = known * (1 - slip) / right, known * slip / (1 - right)
    left = right * if_right * (1 - if_right) + (1 - right) * if_wrong * (1 - if_wrong)
    return max(known * (1 - known) - left, 0.0)


def _parameters(finding: str, stands: Standing) -> Parameters:
    return stands.parameters.get(finding, stands.parameters.get("", DEFAULT))


def _offered(
    candidates: Sequence[Candidate], visits: Sequence[Visit], now: datetime, here: Name | None
) -> list[Candidate]:
    """What may come next: nothing of the last cases, nothing whose reference was just shown, as far as others are."""
    lately = {visit.name for visit in visits[-NOT_AGAIN:]}
    lately |= {visit.name for visit in visits if visit.is_shown and now - visit.at < NOT_WITHIN}
    others = [one for one in candidates if one.name != here] or list(candidates)
    free = [one for one in others if one.name not in lately]
    if free:
        return free
    last = {visit.name: number for number, visit in enumerate(visits)}
    # all were just seen: those that were seen longest ago
    ordered = sorted(others, key=lambda one: last.get(one.name, -1))
    return ordered[: max(len(ordered) // 4, 1)]


def _first(offered: Sequence[Candidate], rng: random.Random) -> Choice:
    """An easy case in which something is there: one that is likely to go well and shows what the page is about."""
    abnormal = [one for one in offered if not one.is_normal] or list(offered)
    easiest = min(one.difficulty.logits for one in abnormal)
    chosen = rng.choice([one for one in abnormal if one.difficulty.logits <= easiest + EASIEST])
    return Choice(chosen.name, Reason.START.sentence(), Reason.START, None, 0.0)


def _lately(visits: Sequence[Visit]) -> frozenset[str]:
    return frozenset(one.finding for visit in visits[-STILL_THERE:] for one in visit.outcomes if one.is_present)
