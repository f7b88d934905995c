"""How hard cases are by what learners made of them: the Rasch model, by the library ``girth``.

A case is solved where all that is there was found and nothing invented, at first sight and without a hint. Difficulty
and ability are estimated together (``girth.rasch_jml``). A marginal estimate (``rasch_mml``) takes learners for a
random sample on each case, which they are not where the next case is chosen for them (docs/experiments.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ssg.casebook import Case
from ssg.teaching.mastery.difficulty import MOST, Difficulty, by_case
from ssg.teaching.mastery.outcomes import Name

if TYPE_CHECKING:
    from collections.abc import Callable

FEWEST_ATTEMPTS = 30
"""First attempts from which a case is estimated: difficulties are then stable to one logit with 95 % confidence
(Linacre 1994, "Sample size and item calibration stability", Rasch Measurement Transactions 7(4):328)."""

FEWEST_CASES = 5
"""Cases that a learner must have tried to tell of any of them, and that must be estimated together."""

Table = NDArray[np.int64]


def difficulties(
    cases: Mapping[Name, Case], learners: Iterable[Iterable[tuple[Name, bool]]] = ()
) -> dict[Name, Difficulty]:
    """The difficulty of every case, with what is known by attempts where there are enough.

    ``learners`` are, for each, the first attempts on cases and whether they solved them
    (:func:`ssg.teaching.mastery.outcomes.firsts`). What they say and what is known beforehand are joined by their
    precisions (1 / sd²), so that a case which all or none solved, which the model cannot place, moves toward where a
    half more or less would put it and stays within what is plausible. Takes seconds for a class: not for a page.
    """
    before = {name: by_case(case) for name, case in cases.items()}
    names, table = _table(list(before), learners)
    if len(names) < FEWEST_CASES:
        return before
    logits, sd = _estimated(table, np.array([before[name].logits for name in names]))
    found = dict(before)
    for row, name in enumerate(names):
        found[name] = _joined(before[name], float(logits[row]), float(sd[row]), int((table[row] >= 0).sum()))
    return found


def _joined(before: Difficulty, logits: float, sd: float, learners: int) -> Difficulty:
    known, told = 1 / before.sd**2, 1 / sd**2
    middle = (known * before.logits + told * logits) / (known + told)
    return Difficulty(min(max(middle, -MOST), MOST), (known + told) ** -0.5, learners)


def _table(names: list[Name], learners: Iterable[Iterable[tuple[Name, bool]]]) -> tuple[list[Name], Table]:
    """Cases × learners: 1 solved, 0 not, -1 not tried; only what has enough attempts, and who has tried enough."""
    numbers = {name: number for number, name in enumerate(names)}
    columns = [[(numbers[name], right) for name, right in tried if name in numbers] for tried in learners]
    table = np.full((len(names), len(columns)), -1, dtype=np.int64)
    for column, tried in enumerate(columns):
        for row, right in reversed(tried):  # the first one of a case counts
            table[row, column] = right
    rows = np.arange(len(names))
    while True:
        tried_here = table >= 0
        kept_learners = tried_here.sum(axis=0) >= FEWEST_CASES
        kept_cases = tried_here[:, kept_learners].sum(axis=1) >= FEWEST_ATTEMPTS
        if kept_learners.all() and kept_cases.all():
            return [names[row] for row in rows], table
        table, rows = table[np.ix_(kept_cases, kept_learners)], rows[kept_cases]


def _estimated(table: Table, before: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Difficulties and their standard errors, (cases,) each, in logits around the middling learner.

    What all or none solved is left to what is known beforehand with half an attempt more each way.
    """
    tried, solved = table >= 0, table == 1
    share = (solved.sum(axis=1) + 0.5) / (tried.sum(axis=1) + 1)
    logits = np.log((1 - share) / share)
    uneven = _uneven(table)
    if uneven is not None:
        rows, columns = uneven
        logits[rows] = _girth()(table[np.ix_(rows, columns)])
    ability = _abilities(table, logits)
    right = 1 / (1 + np.exp(logits[:, None] - ability[None]))
    information = np.where(tried, right * (1 - right), 0.0).sum(axis=1)
    return logits, 1 / np.sqrt(np.maximum(information, 0.25))


def _uneven(table: Table) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Rows and columns of what holds both right and wrong answers, when the rest is taken out; None: too little."""
    rows, columns = np.arange(table.shape[0]), np.arange(table.shape[1])
    while len(rows) >= FEWEST_CASES and len(columns) >= FEWEST_ATTEMPTS:
        part = table[np.ix_(rows, columns)]
        cases = (part == 1).any(axis=1) & (part == 0).any(axis=1)
        people = (part == 1).any(axis=0) & (part == 0).any(axis=0)
        if cases.all() and people.all():
            return rows, columns
        rows, columns = rows[cases], columns[people]
    return None


def _girth() -> Callable[[Table], NDArray[np.float64]]:
    from girth import INVALID_RESPONSE, rasch_jml  # takes two seconds to load, and a page must not wait for it

    def fitted(table: Table) -> NDArray[np.float64]:
        found = np.asarray(rasch_jml(np.where(table < 0, INVALID_RESPONSE, table))["Difficulty"], dtype=np.float64)
        # joint estimates lie too far apart by n / (n - 1) for n cases a learner (Wright & Douglas 1977)
        tried = float((table >= 0).sum(axis=0).mean())
        shrunk: NDArray[np.float64] = np.clip(found * (tried - 1) / tried, -MOST, MOST)
        return shrunk

    return fitted


def _abilities(table: Table, logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The ability of each learner, (learners,): the most likely one beside a standard normal prior, by Newton."""
    tried, solved = table >= 0, table == 1
    ability = np.zeros(table.shape[1])
    for _ in range(20):
        right = 1 / (1 + np.exp(logits[:, None] - ability[None]))
        slope = np.where(tried, solved - right, 0.0).sum(axis=0) - ability
        bend = np.where(tried, right * (1 - right), 0.0).sum(axis=0) + 1
        ability = np.clip(ability + slope / bend, -MOST, MOST)
    return ability
