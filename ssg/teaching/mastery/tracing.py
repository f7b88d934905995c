"""Bayesian knowledge tracing: how likely a learner knows each finding, and how much that depends on what is assumed.

Corbett & Anderson 1995, "Knowledge tracing: modeling the acquisition of procedural knowledge", User Modeling and
User-Adapted Interaction 4:253-278. A finding is known or not; after an answer

    P(known | right) = p (1 - slip) / (p (1 - slip) + (1 - p) guess)
    P(known | wrong) = p slip / (p slip + (1 - p) (1 - guess))
    p' = P + (1 - P) learn

Here guess and slip depend on what was asked (a finding that is there, or one that is not) and on the case's difficulty
(as in Pardos & Heffernan 2011, "KT-IDEM", where items have their own), and a right answer that was helped weighs less:
its two likelihoods are raised to a power below 1. docs/mastery.md says each number with its reason.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

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

CERTAIN = 0.98
"""Nothing is believed more surely, or less than 1 - CERTAIN: three misses in a row are heard whatever went before."""

HARDER = 0.5
"""By how many logits slip rises and guess falls with each logit of a case's difficulty, for findings that are there."""

HARDEST = 3.0
"""Logits; difficulties beyond it are counted as it."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The probabilities of one finding, each in (0, 1).

    ``prior`` that it is known before anything is answered; ``learn`` that it becomes known by seeing the reference of a
    case where it is there, ``learn_absent`` of one where it is not. ``slip``: wrong though known, and ``guess``: right
    though unknown, where it is there; ``slip_absent``, ``guess_absent`` where it is not. Raises ValueError outside.
    """

    prior: float = 0.25
    learn: float = 0.12
    slip: float = 0.20
    guess: float = 0.10
    learn_absent: float = 0.02
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
        return kept
    return kept * (DENIED_KEEPS if outcome.how is How.DENIED else UNSAID_KEEPS)


def hardened(slip: Array | float, guess: Array | float, difficulty: Array | float) -> tuple[Array, Array]:
    """Slip and guess of a finding that is there, on a case of this difficulty (logits, 0 the middle)."""
    shift = HARDER * np.clip(difficulty, -HARDEST, HARDEST)
    return _expit(_logit(slip) + shift), _expit(_logit(guess) - shift)


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
            found[number][finding] = Mastery(
                finding, float(mean[row]), float(low[row]), float(high[row]), present, len(rows) - present, right
            )
    return found


def unseen(finding: str, parameters: Mapping[str, Parameters] | None = None) -> Mastery:
    """What is believed of a finding that the learner was never asked."""
    chosen = parameters or {}
    given = chosen.get(finding, chosen.get("", DEFAULT))
    grid, belief = _grid(given)
    low, high = _quantiles(grid.prior[None], belief[None])
    return Mastery(finding, float(belief @ grid.prior), float(low[0]), float(high[0]), 0, 0, 0)


def course(
    outcomes: Sequence[Outcome],
    difficulty: Mapping[Name, float] | None = None,
    parameters: Parameters = DEFAULT,
) -> list[float]:
    """P(known) of one finding after each of its outcomes, for a learning curve; by ``parameters`` as they stand."""
    grid = Grid.of([parameters])
    answers = Answers.of([list(outcomes)], difficulty)
    return [float(p[0, 0]) for p, _ in _steps(answers, grid)]


@dataclass(frozen=True, slots=True)
class Grid:
    """Parameter sets as arrays, each (sets,)."""

    prior: Array
    learn: Array
    slip: Array
    guess: Array
    learn_absent: Array
    slip_absent: Array
    guess_absent: Array

    @classmethod
    def of(cls, sets: Sequence[Parameters]) -> Grid:
        """These sets."""
        return cls(*(np.array([getattr(one, part.name) for one in sets]) for part in fields(Parameters)))


@dataclass(frozen=True, slots=True)
class Answers:
    """Sequences of answers side by side, the longest first: arrays (sequences, steps), ``lengths`` (sequences,).

    ``order`` is which of the given sequences each row is.
    """

    present: NDArray[np.bool_]
    right: NDArray[np.bool_]
    taught: NDArray[np.bool_]
    weight: Array
    difficulty: Array
    lengths: NDArray[np.int64]
    order: NDArray[np.int64]

    @classmethod
    def of(cls, sequences: Sequence[Sequence[Outcome]], difficulty: Mapping[Name, float] | None = None) -> Answers:
        """Outcomes of one learner and finding each, oldest first."""
        hard = difficulty or {}
        lengths = np.array([len(rows) for rows in sequences], dtype=np.int64)
        order = np.argsort(-lengths, kind="stable")
        shape = (len(sequences), int(lengths.max(initial=0)))
        flat = [one for number in order for one in sequences[number]]
        filled = np.arange(shape[1])[None] < lengths[order][:, None]

        def spread(values: Iterable[float], kind: type) -> NDArray[Any]:
            array: NDArray[Any] = np.zeros(shape, dtype=kind)
            array[filled] = np.fromiter(values, dtype=kind, count=len(flat))
            return array

        return cls(
            spread((one.is_present for one in flat), bool),
            spread((one.is_right for one in flat), bool),
            spread((one.is_taught for one in flat), bool),
            spread((weight_of(one) for one in flat), float),
            spread((hard.get(one.name, 0.0) for one in flat), float),
            lengths[order],
            order,
        )


def run(answers: Answers, grid: Grid) -> tuple[Array, Array]:
    """P(known) in the end and the log-likelihood, each (sequences, sets), in the order in which they were given."""
    known = np.tile(grid.prior, (len(answers.lengths), 1))
    fit = np.zeros_like(known)
    for p, gained in _steps(answers, grid):
        known[: len(p)] = p
        fit[: len(p)] += gained
    back = np.argsort(answers.order)
    return known[back], fit[back]


def _steps(answers: Answers, grid: Grid) -> Iterable[tuple[Array, Array]]:
    """After each step P(known) and the step's log-likelihood of those sequences that are so long: (n, sets) each."""
    p = np.tile(grid.prior, (len(answers.lengths), 1))
    for step in range(answers.present.shape[1]):
        count = int(np.searchsorted(-answers.lengths, -step, side="left"))
        p = p[:count]
        present, right, taught = (
            array[:count, step, None] for array in (answers.present, answers.right, answers.taught)
        )
        slip, guess = hardened(grid.slip, grid.guess, answers.difficulty[:count, step, None])
        slip, guess = np.where(present, slip, grid.slip_absent), np.where(present, guess, grid.guess_absent)
        weight = answers.weight[:count, step, None]
        if_known = np.where(right, 1 - slip, slip) ** weight * p
        if_not = np.where(right, guess, 1 - guess) ** weight * (1 - p)
        either = if_known + if_not
        learn = np.where(taught, np.where(present, grid.learn, grid.learn_absent), 0.0)
        p = if_known / either
        p = np.clip(p + (1 - p) * learn, 1 - CERTAIN, CERTAIN)
        yield p, np.log(either)


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
