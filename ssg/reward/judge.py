"""Judges many answers at once: the components of every answer against every truth, and the truth that suits it best.

Total = w_spatial · S + gate(S) · Σ w_c · C over the other components that apply; weights come from the rubric and are
renormalised over the components that are there. The answer is judged against every truth that the readers allow
(:mod:`ssg.reward.truth`), and the best one counts.

One answer is a batch of one: there is no second path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssg.errors import InvalidAnswer
from ssg.reward import segments
from ssg.reward.acceptability import Acceptability
from ssg.reward.answers import Answer, Reference
from ssg.reward.clinical import Clinical, clinical
from ssg.reward.coherence import Coherent, coherent
from ssg.reward.layout import Layout, lay_out, require_comparable
from ssg.reward.rubric import COMPONENTS, DEFAULT_RUBRIC, Rubric
from ssg.reward.segments import Index
from ssg.reward.semantic import name_scores
from ssg.reward.sight import Seen, Sight, see
from ssg.reward.spatial import Placed, claims, over_findings, place

CELLS = 100_000
"""Pairs of boxes that are compared at once: larger batches are judged in parts, so that what is worked on stays in the
processor's cache, and memory bounded."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything about a batch. Components and totals are by judgement (an answer and a truth); NaN is absent.

    ``chosen`` (answers,) is the judgement that counts for each answer, −1 where it cannot be scored.
    """

    layout: Layout
    placed: Placed
    claimed: NDArray[np.bool_]
    seen: Seen | None
    clinical: Clinical
    coherent: Coherent
    components: dict[str, NDArray[np.float64]]
    earned: dict[str, NDArray[np.float64]]
    total: NDArray[np.float64]
    chosen: Index


@dataclass(frozen=True, slots=True)
class Scores:
    """Totals and components (answers,) in [0, 1]; NaN where an answer cannot be scored, or a component is absent.

    ``earned`` is what each component adds to the total: weighted, gated, and NaN where the component is.
    """

    total: NDArray[np.float64]
    components: dict[str, NDArray[np.float64]]
    earned: dict[str, NDArray[np.float64]]


def judge(
    references: Sequence[Reference],
    answers: Sequence[Answer],
    rubric: Rubric = DEFAULT_RUBRIC,
    sights: Sequence[Sight | None] | None = None,
    acceptability: Acceptability | None = None,
) -> Judgement:
    """Judge answers, each against its reference; ``sights`` are their images as an image-text encoder sees them.

    ``acceptability`` says what an expert accepts, in place of the shipped model.

    Raises BadInput for a finding that the vocabulary does not have, and for more boxes than can be compared.
    """
    layout = lay_out(references, answers)
    require_comparable(len(layout.task), layout.answers, layout.marked)
    placed, claimed = place(layout), claims(layout)
    alarmed = segments.anything(claimed)
    acceptance, fitting = clinical(layout, placed, claimed, acceptability), coherent(layout)
    seen = see(layout, answers, sights) if sights and any(one is not None for one in sights) else None
    components = {
        "spatial": over_findings(layout, placed.score, alarmed),
        "semantic": over_findings(layout, name_scores(layout, placed, seen), alarmed),
        "clinical": acceptance.score,
        "coherence": fitting.score,
    }
    total, earned = composed(components, rubric)
    chosen = segments.first_best(total, layout.answer_of_judgement, len(answers))
    return Judgement(layout, placed, claimed, seen, acceptance, fitting, components, earned, total, chosen)


def composed(
    components: dict[str, NDArray[np.float64]], rubric: Rubric
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """The total of every judgement, and what each component adds to it.

    A component that is NaN is left out, adds nothing, and its weight goes to the others.
    """
    weights, earned = {}, {}
    for name in COMPONENTS:
        there = ~np.isnan(components[name])
        weights[name] = np.where(there, getattr(rubric, name), 0.0)
        earned[name] = weights[name] * np.where(there, components[name], 0.0)
    # summed alike, so that an answer that is right in everything earns 1 and not 1 less a rounding error
    others, gated = (one["semantic"] + one["clinical"] + one["coherence"] for one in (weights, earned))
    whole, gate = weights["spatial"] + others, rubric.gates(components["spatial"])
    total: NDArray[np.float64] = (earned["spatial"] + gate * gated) / whole
    return total, {name: (earned[name] if name == "spatial" else gate * earned[name]) / whole for name in COMPONENTS}


def score_many(
    references: Sequence[Reference],
    answers: Sequence[Answer],
    rubric: Rubric = DEFAULT_RUBRIC,
    sights: Sequence[Sight | None] | None = None,
    acceptability: Acceptability | None = None,
) -> Scores:
    """Totals and components of many answers, each against its reference; the same numbers as :func:`score` gives.

    It is meant for training and for evaluation: groups of answers to one reference are fastest where they share the
    same Reference object.
    """
    if len(references) != len(answers):
        raise InvalidAnswer(f"{len(answers):,} answers and {len(references):,} references: give one for each.")
    if sights is not None and len(sights) != len(answers):
        raise InvalidAnswer(f"{len(answers):,} answers and {len(sights):,} images: give one for each, or none.")
    total = np.full(len(answers), np.nan)
    components, earned = ({name: np.full(len(answers), np.nan) for name in COMPONENTS} for _ in range(2))
    for rows in _parts(references, answers):
        images = None if sights is None else [sights[row] for row in rows]
        asked, given = [references[row] for row in rows], [answers[row] for row in rows]
        judged = judge(asked, given, rubric, images, acceptability)
        scored = judged.chosen >= 0
        at, chosen = rows[scored], judged.chosen[scored]
        total[at] = judged.total[chosen]
        for name in COMPONENTS:
            components[name][at] = judged.components[name][chosen]
            earned[name][at] = np.where(np.isnan(components[name][at]), np.nan, judged.earned[name][chosen])
    return Scores(total, components, earned)


def _parts(references: Sequence[Reference], answers: Sequence[Answer]) -> list[Index]:
    """Row numbers in parts whose padded comparisons stay within :data:`CELLS`; large answers come by themselves."""
    _, first, of = np.unique(list(map(id, references)), return_index=True, return_inverse=True)
    marked = [sum(len(reader.regions) for reader in references[row].readers) for row in first]
    widest = np.maximum(marked, 1)
    np.maximum.at(widest, of, [len(answer.regions) for answer in answers])
    widths = widest[of]
    order = np.argsort(widths, kind="stable")
    parts, start = [], 0
    for end, cells in enumerate((widths[order] ** 2).tolist()):
        # the last one of a part is its widest, and all are padded to it
        if end > start and (end + 1 - start) * cells > CELLS:
            parts.append(np.sort(order[start:end]))
            start = end
    return [*parts, np.sort(order[start:])] if len(order) else []
