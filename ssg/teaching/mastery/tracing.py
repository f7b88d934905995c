"""Bayesian knowledge tracing: how likely a learner knows each finding, and how much that depends on what is assumed.

Corbett & Anderson 1995, "Knowledge tracing: modeling the acquisition of procedural knowledge", User Modeling and
User-Adapted Interaction 4:253-278. A finding is known or not; after an answer

    P(known | right) = p (1 - slip) / (p (1 - slip) + (1 - p) guess)
    P(known | wrong) = p slip / (p slip + (1 - p) (1 - guess))
    p' = P + (1 - P) learn

Here guess and slip depend on what was asked (a finding that is there, or one that is not) and on the case's
difficulty (as in Pardos & Heffernan 2011, "KT-IDEM", where items have their own), and a right answer that was helped
weighs less: its two likelihoods are raised to a power below 1. docs/mastery.md says each number with its reason.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ssg.teaching.mastery.grading import How
from ssg.teaching.mastery.outcomes import Name, Outcome

Array = NDArray[np.float64]

HINT_KEEPS = 0.5
"""Each hint taken for a finding halves the weight of answering it right; answering wrong with a hint weighs in full."""

SHOWN_KEEPS = 0.1
"""Weight of a right answer on a case whose reference the learner has seen: the case may be remembered."""

RETRY_KEEPS = 0.5
"""Weight of a right answer on a case that was tried before, its reference not seen: one knows that one was wrong."""

DENIED_KEEPS, UNSAID_KEEPS = 0.5, 0.1
"""Weight of rightly not marking what is absent, where that was stated, and where it was not.

Who sees nothing says so as well; and who did not say it perhaps never looked. Eighty right denials, without one case
where the finding was there, then raise 0.25 to no more than about a half."""

WRITTEN_KEEPS = 0.5
"""Weight of rightly writing that a finding is there: its side is proved by it, and its place is not."""

CERTAIN = 0.98
"""Nothing is believed more surely, or less than 1 - CERTAIN: three misses in a row are heard whatever went before."""

HARDER = 0.5
"""By how many logits slip rises and guess falls with each logit of a case's difficulty, for findings that are there."""

HARDEST = 3.0
"""Logits; difficulties beyond it are counted as it."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The probabilities of one finding, each in (0, 1).

    ``prior`` that it is known before anything is answered; ``learn`` that it becomes known by seeing the reference of
    a case where it is there (one where it is not teaches nothing of how it looks). ``slip``: wrong though known, and
    ``guess``: right though unknown, where it is there; ``slip_absent``, ``guess_absent`` where it is not. Raises
    ValueError outside.
    """

    prior: float = 0.25
    learn: float = 0.12
    slip: float = 0.20
    guess: float = 0.10
    slip_absent: float = 0.03
    guess_absent: float = 0.94

    def __post_init__(self) -> None:
        for part in fields(self):
            if not 0 < getattr(self, part.name) < 1:
                raise ValueError(f"{part.name} of knowledge tracing is a probability between 0 and 1.")


DEFAULT = Parameters()

SPREAD: dict[str, tuple[float, float, float]] = {
    "prior": (0.10, 0.25, 0.50),
    "learn": (0.06, 0.12, 0.24),
    "slip": (0.10, 0.20, 0.35),
    "guess": (0.04, 0.10, 0.20),
}
"""What the parameters of one learner and finding may be: the default has half of the belief, the others a quarter.

Given as the middle and its neighbours; where other parameters are fitted, the neighbours keep their odds ratios.
"""

INTERVAL = (0.05, 0.95)
"""Quantiles between which ``low`` and ``high`` lie."""


@dataclass(frozen=True, slots=True)
class Mastery:
    """What is believed of one finding: ``known`` is the probability that the learner knows it now.

    ``low`` and ``high`` hold nine tenths of the belief on that probability itself: they are wide where little was
    answered, or where it depends on how much one allows for luck and slips. ``present`` and ``absent`` count answers,
    ``right`` those of them that were right.
    """

    finding: str
    known: float
    low: float
    high: float
    present: int
    absent: int
    right: int

    @property
    def variance(self) -> float:
        """Of being known or not: 0.25 where nothing is known of it, 0 where it is certain."""
        return self.known * (1 - self.known)


def weight_of(outcome: Outcome) -> float:
    """How much an answer proves, in (0, 1]; 1 for a wrong one, and for a right one at first sight without help."""
    if not outcome.is_right:
        return 1.0
    kept = HINT_KEEPS**outcome.hints
    if outcome.was_shown:
        kept *= SHOWN_KEEPS
    elif outcome.tries:
        kept *= RETRY_KEEPS
    if outcome.is_present:
        return kept * (WRITTEN_KEEPS if outcome.how is How.WRITTEN else 1.0)
    return kept * (DENIED_KEEPS if outcome.how is How.DENIED else UNSAID_KEEPS)


def hardened(slip: Array | float, guess: Array | float, difficulty: Array | float) -> tuple[Array, Array]:
    """Slip and guess of a finding that is there, on a case of this difficulty (logits, 0 the middle)."""
    shift = HARDER * np.clip(difficulty, -HARDEST, HARDEST)
    return _expit(_logit(slip) + shift), _expit(_logit(guess) - shift)


def hardened_one(slip: float, guess: float, difficulty: float) -> tuple[float, float]:
    """The same of single numbers, many times faster."""
    factor = math.exp(HARDER * min(max(difficulty, -HARDEST), HARDEST))
    return slip * factor / (1 - slip + slip * factor), guess / (guess + (1 - guess) * factor)


def trace(
    outcomes: Iterable[Outcome],
    difficulty: Mapping[Name, float] | None = None,
    parameters: Mapping[str, Parameters] | None = None,
) -> dict[str, Mastery]:
    """The mastery of each finding after one learner's outcomes, oldest first.

    ``difficulty`` are the cases' (logits; those that are not there count as 0), ``parameters`` those fitted for some
    findings (:mod:`ssg.teaching.mastery.fitting`); "" are those of all others.
    """
    return trace_many([outcomes], difficulty, parameters)[0]


def trace_many(
    learners: Sequence[Iterable[Outcome]],
    difficulty: Mapping[Name, float] | None = None,
    parameters: Mapping[str, Parameters] | None = None,
) -> list[dict[str, Mastery]]:
    """The same for many learners at once."""
    lanes = [
        (number, finding, rows)
        for number, outcomes in enumerate(learners)
        for finding, rows in _by_finding(outcomes).items()
    ]
    found: list[dict[str, Mastery]] = [{} for _ in learners]
    chosen = parameters or {}
    fallback = chosen.get("", DEFAULT)
    for given in dict.fromkeys(chosen.get(finding, fallback) for _, finding, _ in lanes):
        mine = [lane for lane in lanes if chosen.get(lane[1], fallback) == given]
        grid, belief = _grid(given)
        known, fit = run(Answers.of([rows for _, _, rows in mine], difficulty), grid)
        fit += np.log(belief)
        weights = np.exp(fit - fit.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        mean, low, high = (weights * known).sum(axis=1), *_quantiles(known, weights)
        for row, (number, finding, rows) in enumerate(mine):
            present = sum(one.is_present for one in rows)
            right = sum(one.is_right for one in rows)
            middle, least, most = float(mean[row]), float(low[row]), float(high[row])
            counts = present, len(rows) - present, right
            found[number][finding] = Mastery(finding, middle, min(least, middle), max(most, middle), *counts)
    return found


def unseen(finding: str, parameters: Mapping[str, Parameters] | None = None) -> Mastery:
    """What is believed of a finding that the learner was never asked."""
    chosen = parameters or {}
    return Mastery(finding, *_before(chosen.get(finding, chosen.get("", DEFAULT))), 0, 0, 0)


@functools.lru_cache(maxsize=256)
def _before(given: Parameters) -> tuple[float, float, float]:
    grid, belief = _grid(given)
    low, high = _quantiles(grid.prior[None], belief[None])
    return float(belief @ grid.prior), float(low[0]), float(high[0])


def course(
    outcomes: Sequence[Outcome],
    difficulty: Mapping[Name, float] | None = None,
    parameters: Mapping[str, Parameters] | None = None,
) -> list[Mastery]:
    """The mastery of one finding after each of its outcomes, oldest first: its learning curve."""
    parts = [outcomes[: number + 1] for number in range(len(outcomes))]
    return [found[outcomes[0].finding] for found in trace_many(parts, difficulty, parameters)]


@dataclass(frozen=True, slots=True)
class Grid:
    """Parameter sets as arrays, each (sets,)."""

    prior: Array
    learn: Array
    slip: Array
    guess: Array
    slip_absent: Array
    guess_absent: Array

    @classmethod
    def of(cls, sets: Sequence[Parameters]) -> Grid:
        """These sets."""
        return cls(*(np.array([getattr(one, part.name) for one in sets]) for part in fields(Parameters)))


@dataclass(frozen=True, slots=True)
class Answers:
    """Sequences of answers side by side, the longest first. A step is an answer to a finding that is there.

    Arrays (sequences, steps) say of each step whether it was ``right`` and the reference was shown (``taught``), its
    ``weight``, and the case's ``difficulty``. ``denied`` and ``invented`` (sequences, steps + 1) are the weights of
    the answers before each step, and behind the last one, where the finding was absent: nothing is learned by them,
    so they count together. ``lengths`` (sequences,) are steps; ``order`` is which of the given sequences each row is.
    """

    right: NDArray[np.bool_]
    taught: NDArray[np.bool_]
    weight: Array
    difficulty: Array
    denied: Array
    invented: Array
    lengths: NDArray[np.int64]
    order: NDArray[np.int64]

    @classmethod
    def of(cls, sequences: Sequence[Sequence[Outcome]], difficulty: Mapping[Name, float] | None = None) -> Answers:
        """Outcomes of one learner and finding each, oldest first."""
        hard = difficulty or {}
        lengths = np.array([sum(one.is_present for one in rows) for rows in sequences], dtype=np.int64)
        order = np.argsort(-lengths, kind="stable")
        steps = int(lengths.max(initial=0))
        right, taught = (np.zeros((len(sequences), steps), dtype=bool) for _ in range(2))
        weight, harder = (np.zeros((len(sequences), steps)) for _ in range(2))
        absent = np.zeros((2, len(sequences), steps + 1))
        for row, number in enumerate(order):
            step = 0
            for one in sequences[number]:
                if one.is_present:
                    right[row, step], taught[row, step] = one.is_right, one.is_taught
                    weight[row, step], harder[row, step] = weight_of(one), hard.get(one.name, 0.0)
                    step += 1
                else:
                    absent[0 if one.is_right else 1, row, step] += weight_of(one)
        return cls(right, taught, weight, harder, absent[0], absent[1], lengths[order], order)


def run(answers: Answers, grid: Grid) -> tuple[Array, Array]:
    """P(known) in the end and the log-likelihood, each (sequences, sets), in the order in which they were given."""
    known = np.tile(grid.prior, (len(answers.lengths), 1))
    fit = np.zeros_like(known)
    p = known
    for step in range(answers.right.shape[1] + 1):
        p = _absences(answers, grid, step, p, fit)
        there = int(np.searchsorted(-answers.lengths, -step, side="left"))  # sequences with a step more
        known[there : len(p)] = p[there:]
        if there:
            p = _step(answers, grid, step, p[:there], fit)
    back = np.argsort(answers.order)
    return known[back], fit[back]


def _absences(answers: Answers, grid: Grid, step: int, p: Array, fit: Array) -> Array:
    """P(known) after the answers before a step where the finding was absent; their log-likelihood is added to fit."""
    denied, invented = (array[: len(p), step, None] for array in (answers.denied, answers.invented))
    if not (denied.any() or invented.any()):
        return p
    if_known = denied * np.log1p(-grid.slip_absent) + invented * np.log(grid.slip_absent)
    if_not = denied * np.log(grid.guess_absent) + invented * np.log1p(-grid.guess_absent)
    odds = np.exp(np.clip(if_not - if_known, -500, 500)) * (1 - p) / p
    fit[: len(p)] += if_known + np.log(p) + np.log1p(odds)
    return _believable(1 / (1 + odds))


def _step(answers: Answers, grid: Grid, step: int, p: Array, fit: Array) -> Array:
    """P(known) after an answer where the finding was there; its log-likelihood is added to fit."""
    right, taught = (array[: len(p), step, None] for array in (answers.right, answers.taught))
    weight, difficulty = (array[: len(p), step, None] for array in (answers.weight, answers.difficulty))
    slip, guess = hardened(grid.slip, grid.guess, difficulty)
    if_known = np.where(right, 1 - slip, slip) ** weight * p
    either = if_known + np.where(right, guess, 1 - guess) ** weight * (1 - p)
    fit[: len(p)] += np.log(either)
    p = if_known / either
    return _believable(p + (1 - p) * np.where(taught, grid.learn, 0.0))


def _believable(p: Array) -> Array:
    return np.clip(p, 1 - CERTAIN, CERTAIN)


@functools.lru_cache(maxsize=256)
def _grid(middle: Parameters) -> tuple[Grid, Array]:
    """The parameter sets around ``middle`` and how much each is believed, (sets,)."""
    values: dict[str, tuple[float, ...]] = {}
    for name, (low, centre, high) in SPREAD.items():
        here = _logit(getattr(middle, name))
        values[name] = tuple(float(_expit(here + _logit(value) - _logit(centre))) for value in (low, centre, high))
    fixed = {part.name: getattr(middle, part.name) for part in fields(Parameters) if part.name not in SPREAD}
    sets = [
        Parameters(**dict(zip(values, chosen, strict=True)), **fixed) for chosen in itertools.product(*values.values())
    ]
    belief = np.array([np.prod(chosen) for chosen in itertools.product((0.25, 0.5, 0.25), repeat=len(SPREAD))])
    return Grid.of(sets), belief


def _quantiles(values: Array, weights: Array) -> tuple[Array, Array]:
    """The weighted quantiles of INTERVAL in each row: (rows,) each."""
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    below = np.cumsum(np.take_along_axis(np.broadcast_to(weights, values.shape), order, axis=1), axis=1)
    at = [np.minimum((below < share - 1e-12).sum(axis=1), values.shape[1] - 1) for share in INTERVAL]
    rows = np.arange(len(values))
    return ordered[rows, at[0]], ordered[rows, at[1]]


def _by_finding(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.finding, []).append(outcome)
    return found


def _logit(p: Array | float) -> Array:
    return np.asarray(np.log(p) - np.log1p(-np.asarray(p)))


def _expit(x: Array | float) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.asarray(x))))
