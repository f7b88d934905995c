"""Spatial: is it in the right place, at the right size, and the right number of regions?

For each finding an optimal one-to-one matching of answer boxes to one reader's boxes (:mod:`ssg.reward.pairing`). A
pair's quality is ``0.9 · IoU + 0.1 · proximity``; a finding earns the sum over its pairs divided by the larger of the
number drawn and the number in the reference, so a missing box and a surplus box both cost. The best reader counts.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssg.reward import segments
from ssg.reward.layout import Layout, Marks
from ssg.reward.pairing import TIE, BoxSets, Pairing, in_order, pair, pair_quality, same_picture
from ssg.reward.segments import Index
from ssg.vocabulary import vocabulary
from ssg.vocabulary.kinship import kinship

RELATED = 0.4
"""Label match from which a region takes part in a finding: a right place under a neighbouring name earns its place here
and loses in the semantic part."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Every slot's regions against the reading that suits them best.

    ``region`` (slots, n) are the answer's regions that take part, in its order, as indices among its regions; they are
    the drawn boxes of ``pairing``. ``labels`` (slots, n) are the label matches of the pairs, ``task`` (slots,) the
    one that was chosen.
    """

    region: Index
    pairing: Pairing
    labels: NDArray[np.float64]
    task: Index
    score: NDArray[np.float64]


def place(layout: Layout) -> Placed:
    """Decide which regions take part in which finding, and pair them with the marks of its readers."""
    region, there = _compressed(taking_part(layout))
    answer = layout.answer_of_slot[layout.slot_of_task]
    chosen = region[layout.slot_of_task]
    pictures = layout.answers.sets.pictures
    drawn = Marks(
        BoxSets(
            layout.answers.sets.boxes[answer[:, None], chosen],
            there[layout.slot_of_task],
            None if pictures is None else pictures[answer[:, None], chosen],
        ),
        layout.answers.findings[answer[:, None], chosen],
        layout.answers.sides[answer[:, None], chosen],
    )
    labels = label_matches(drawn, layout.marked)
    pairing = pair(drawn.sets, layout.marked.sets, labels, RELATED)
    fits = pairing.at_partner(labels)
    # of readers who marked the same place the one whose names fit better, whoever of them comes first
    rank = pairing.score + TIE * in_order(fits) / pairing.larger
    best = segments.first_best(rank, layout.slot_of_task, len(layout.judgement_of_slot))
    return Placed(region, pairing[best], fits[best], best, pairing.score[best])


def taking_part(layout: Layout) -> NDArray[np.bool_]:
    """Which of the answer's regions take part in which slot, (slots, n).

    A region takes part in the one asked finding that its name fits best, from a label match of 0.4 on; of several that
    it fits equally, in the one that lies where it lies. One that fits an absent finding better is a false alarm and
    takes part in nothing, and so does one that fits a finding better that a reader marks and nobody asked about.
    """
    judgements = len(layout.answer_of_judgement)
    answers, there = layout.answers.findings, layout.answers.sets.there
    fit = kinship().label[answers[layout.answer_of_slot], layout.slot_finding[:, None]]
    unfit = kinship().label[answers[layout.answer_of_exclusion], layout.excluded[:, None]]
    elsewhere = kinship().label[
        answers[layout.answer_of_judgement[layout.judgement_of_unasked]], layout.unasked[:, None]
    ]
    best = np.maximum(
        np.maximum(
            segments.largest(fit, layout.judgement_of_slot, judgements),
            segments.largest(unfit, layout.judgement_of_exclusion, judgements),
        ),
        segments.largest(elsewhere, layout.judgement_of_unasked, judgements),
    )[layout.judgement_of_slot]
    fits = there[layout.answer_of_slot] & (fit == best) & (fit >= RELATED)
    rivals = np.zeros((judgements, there.shape[1]), dtype=np.int64)
    np.add.at(rivals, layout.judgement_of_slot, fits)
    contested = fits & (rivals[layout.judgement_of_slot] > 1)
    taking: NDArray[np.bool_] = fits & (~contested | _nearest(layout, contested)) if contested.any() else fits
    return taking


def _nearest(layout: Layout, contested: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the slots that fit a region equally lies nearest to it; of equally near ones the first by name."""
    judgements, slots = len(layout.answer_of_judgement), layout.judgement_of_slot
    answer = layout.answer_of_slot[layout.slot_of_task]
    drawn = layout.answers[answer]
    _, quality = pair_quality(drawn.sets.boxes, layout.marked.sets.boxes)
    possible = layout.marked.sets.there[:, None] & (label_matches(drawn, layout.marked) >= RELATED)
    possible = same_picture(drawn.sets.pictures, layout.marked.sets.pictures, possible)
    near = segments.largest(np.where(possible, quality, 0.0).max(axis=-1), layout.slot_of_task, len(slots))
    near = np.where(contested, near, -1.0)
    order = _places_by_name()[layout.slot_finding]
    nearest = contested & (near == segments.largest(near, slots, judgements)[slots])
    first = np.where(nearest, -order[:, None], -np.inf)
    chosen: NDArray[np.bool_] = nearest & (first == segments.largest(first, slots, judgements, -np.inf)[slots])
    return chosen


@functools.cache
def _places_by_name() -> NDArray[np.float64]:
    """Where each finding of the vocabulary stands when they are sorted by name."""
    return np.argsort(np.argsort([finding.name for finding in vocabulary()])).astype(np.float64)


def _compressed(part: NDArray[np.bool_]) -> tuple[Index, NDArray[np.bool_]]:
    """The regions that take part, first things first: indices and which of them count, (slots, most)."""
    most = max(int(part.sum(axis=1).max(initial=0)), 1)
    region = np.argsort(~part, axis=1, kind="stable")[:, :most]
    return region, np.take_along_axis(part, region, axis=1)


def label_matches(drawn: Marks, marked: Marks) -> NDArray[np.float64]:
    """How well each drawn region's name fits each marked one's, (t, n, m)."""
    return kinship().matches(
        drawn.findings[:, :, None], drawn.sides[:, :, None], marked.findings[:, None], marked.sides[:, None]
    )


def claims(layout: Layout) -> NDArray[np.bool_]:
    """Which of the answer's regions claim an excluded finding, under its name or a special kind's: (exclusions, n)."""
    claiming = kinship().is_a[layout.answers.findings[layout.answer_of_exclusion], layout.excluded[:, None]]
    return claiming & layout.answers.sets.there[layout.answer_of_exclusion]


def over_findings(
    layout: Layout,
    earned: NDArray[np.float64],
    claimed: NDArray[np.bool_],
    weights: NDArray[np.float64] | None = None,
    excluded_weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Several findings: credit comes from what is there, false alarms cost. ``earned`` (slots,) → (judgements,).

    The mean over the present findings × (1 − half the share of absent findings that were claimed); with nothing present
    1 − that share. Denying everything earns nothing on a positive case, claiming everything at most half. Weights, of
    the findings present and absent, make it a weighted mean and a weighted share.
    """
    judgements = len(layout.answer_of_judgement)
    share = _mean(claimed.astype(np.float64), excluded_weights, layout.judgement_of_exclusion, judgements)
    present = segments.counts(layout.judgement_of_slot, judgements) > 0
    mean = _mean(earned, weights, layout.judgement_of_slot, judgements)
    return np.where(present, mean * (1 - 0.5 * share), 1 - share)


def _mean(
    values: NDArray[np.float64], weights: NDArray[np.float64] | None, owner: Index, owners: int
) -> NDArray[np.float64]:
    weights = np.ones(len(values)) if weights is None else weights
    whole = segments.sums(weights, owner, owners)
    return segments.sums(values * weights, owner, owners) / np.where(whole > 0, whole, 1.0)
