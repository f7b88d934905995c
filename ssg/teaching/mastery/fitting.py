"""The parameters of knowledge tracing from many learners' attempts, once there are enough.

The log-likelihood of all sequences plus a normal prior on each parameter's logit around the default is maximised (a
maximum a posteriori estimate, by SciPy's L-BFGS-B within bounds). The prior is what few answers are held by, and the
bounds keep the model what it means: unbounded fits explain learning by guessing (Beck & Chang 2007, "Identifiability:
a fundamental problem of student modeling", User Modeling, 137-146).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

import numpy as np
from scipy.optimize import minimize

from ssg.teaching.mastery.outcomes import Name, Outcome
from ssg.teaching.mastery.tracing import DEFAULT, Answers, Array, Grid, Parameters, run

FEWEST_LEARNERS = 30
"""Learners who must have answered a finding before it has parameters of its own; for all together as well."""

FEWEST_PRESENT = 300
"""Answers to cases where it is there, over all of them."""

HELD = 0.5
"""Standard deviation of the prior on each logit: what is 0.2 by default lies between 0.09 and 0.40, 19 times in 20."""

BOUNDS: dict[str, tuple[float, float]] = {
    "prior": (0.01, 0.90),
    "learn": (0.005, 0.60),
    "slip": (0.02, 0.45),
    "guess": (0.01, 0.45),
    "slip_absent": (0.01, 0.30),
    "guess_absent": (0.50, 0.98),
}
"""Nobody who knows a finding misses it as often as not, and nobody hits its place by luck as often as not."""


def fit(learners: Sequence[Sequence[Outcome]], difficulty: Mapping[Name, float] | None = None) -> dict[str, Parameters]:
    """Parameters for :func:`ssg.teaching.mastery.tracing.trace`: "" for all findings, and those of single ones.

    ``learners`` are the outcomes of each, oldest first. A finding has its own from FEWEST_LEARNERS learners with
    FEWEST_PRESENT answers where it was there, held to those of all findings; these are held to the defaults, and are
    the defaults where all findings together have fewer. Takes seconds for a class: not for a page.
    """
    sequences: dict[str, list[list[Outcome]]] = {}
    for outcomes in learners:
        mine: dict[str, list[Outcome]] = {}
        for outcome in outcomes:
            mine.setdefault(outcome.finding, []).append(outcome)
        for finding, rows in mine.items():
            sequences.setdefault(finding, []).append(rows)
    everything = [rows for found in sequences.values() for rows in found]
    if len(learners) < FEWEST_LEARNERS or not _enough(everything):
        return {"": DEFAULT}
    fitted = {"": fit_one(everything, difficulty)}
    for finding, found in sequences.items():
        if _enough(found):
            fitted[finding] = fit_one(found, difficulty, fitted[""])
    return fitted


def _enough(sequences: Sequence[Sequence[Outcome]]) -> bool:
    present = [sum(one.is_present for one in rows) for rows in sequences]
    return sum(count > 0 for count in present) >= FEWEST_LEARNERS and sum(present) >= FEWEST_PRESENT


def fit_one(
    sequences: Sequence[Sequence[Outcome]],
    difficulty: Mapping[Name, float] | None = None,
    around: Parameters = DEFAULT,
) -> Parameters:
    """The parameters of these sequences, each one learner's on one finding, held to ``around``; no least number."""
    answers = Answers.of(sequences, difficulty)
    names = [part.name for part in fields(Parameters)]
    middle = np.array([_logit(getattr(around, name)) for name in names])
    bounds = [(_logit(BOUNDS[name][0]), _logit(BOUNDS[name][1])) for name in names]

    def worse(at: Array) -> tuple[float, Array]:
        """Minus the log posterior and its gradient, by differences: one run gives them all."""
        step = 1e-4
        points = np.concatenate([at[None], at + step * np.eye(len(at)), at - step * np.eye(len(at))])
        values = 1 / (1 + np.exp(-points))
        _, gained = run(answers, Grid(*values.T))
        total = -gained.sum(axis=0) + (((points - middle) / HELD) ** 2).sum(axis=1) / 2
        ahead, behind = total[1 : len(at) + 1], total[len(at) + 1 :]
        return float(total[0]), (ahead - behind) / (2 * step)

    start = np.clip(middle, [low for low, _ in bounds], [high for _, high in bounds])
    found = minimize(worse, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 60})
    values = 1 / (1 + np.exp(-found.x))
    return Parameters(**{name: float(value) for name, value in zip(names, values, strict=True)})


def _logit(p: float) -> float:
    return float(np.log(p) - np.log1p(-p))
