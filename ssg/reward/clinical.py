"""Clinical: would an expert accept this answer, and does it get the urgent things right?

Four fifths are the probability that an expert accepts each finding's regions (:mod:`ssg.reward.acceptability`), put
together over the findings with their urgency as weight. One fifth is the order in which the findings are reported,
against their urgency (:mod:`ssg.reward.urgency`).

Both are counted in proportion to what the reader's own answer would earn, so that it earns 1 and nothing earns more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import as_boxes
from ssg.errors import BadInput
from ssg.reward import segments
from ssg.reward.acceptability import Acceptability
from ssg.reward.answers import Answer, Reference
from ssg.reward.layout import Layout, lay_out
from ssg.reward.pairing import in_order
from ssg.reward.spatial import Placed, over_findings, taking_part
from ssg.reward.urgency import discount, gain
from ssg.vocabulary import vocabulary

ACCEPTANCE_SHARE = 0.8
"""The rest is for the order."""


@dataclass(frozen=True, slots=True)
class Clinical:
    """``acceptance`` (slots,) is the probability that an expert accepts, ``order`` and ``score`` are (judgements,)."""

    acceptance: NDArray[np.float64]
    order: NDArray[np.float64]
    score: NDArray[np.float64]


def clinical(
    layout: Layout, placed: Placed, claimed: NDArray[np.bool_], model: Acceptability | None = None
) -> Clinical:
    """The component of every judgement. ``claimed`` (exclusions, n): which regions claim an excluded finding.

    ``model`` is asked in place of the shipped one.
    """
    model = model or Acceptability.load()
    denied = layout.denied[layout.answer_of_slot, layout.slot_finding]
    acceptance = model.of_pairing(placed.pairing, layout.slot_finding) * np.where(denied, 0.0, _named(placed))
    own = model.of_own(layout.slot_finding, placed.pairing.marked.count)
    accepted = over_findings(
        layout,
        np.minimum(acceptance / own, 1.0),
        segments.anything(claimed),
        gain(layout.slot_urgency),
        gain(layout.exclusion_urgency),
    )
    order = _order(layout, placed, claimed)
    present = segments.counts(layout.judgement_of_slot, len(order)) > 0
    score = np.where(present, ACCEPTANCE_SHARE * accepted + (1 - ACCEPTANCE_SHARE) * order, accepted)
    return Clinical(acceptance, order, score)


def _named(placed: Placed) -> NDArray[np.float64]:
    """How well the names of the paired regions fit on average, (slots,): no expert accepts a mass called a nodule."""
    pairs = in_order(placed.pairing.paired.astype(np.float64))
    return in_order(placed.labels) / np.where(pairs > 0, pairs, 1.0)


def accepted(model: Acceptability, answer: Answer, reference: Reference, finding: str | None) -> float:
    """P(an expert accepts) of an answer by all readers together and by its place on the image, in [0, 1].

    Over the findings that a reader marks, with their urgency as weight; ``finding`` restricts it to that one. Raises
    BadInput where the readers say nothing of it.
    """
    name = None if finding is None else vocabulary().get(finding).name
    reference = reference if name is None else replace(reference, question=(name,))
    layout = lay_out([reference], [answer])
    together = np.flatnonzero(layout.judgement_of_slot == len(layout.answer_of_judgement) - 1)
    if not len(together):
        raise BadInput(f"No reader marks {name or 'anything'}, so there is nothing that could be accepted.")
    part, outline = taking_part(layout), layout.outlines[0]
    drawn, readers, elsewhere, names = [], [], [], []
    for slot in together:
        readings = [outline.readings[task] for task in layout.task[layout.slot_of_task == slot]]
        marked = readings[0].regions[0].finding
        others = [region.box for one in reference.readers for region in one.regions if region.finding != marked]
        drawn.append(answer.boxes[part[slot, : len(answer.regions)]])
        readers.append([as_boxes([region.box for region in reading.regions]) for reading in readings])
        elsewhere.append(as_boxes(others))
        names.append(marked)
    size = (reference.width, reference.height)
    found = model.of_boxes(drawn, readers, names, [size] * len(names), elsewhere)
    weights = gain(layout.slot_urgency[together])
    return float((weights * found).sum() / weights.sum())


def _order(layout: Layout, placed: Placed, claimed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How well the order of report fits the urgency, (judgements,).

    A finding is reported where the first region stands that touches a reader's mark of it; a false alarm takes a place
    and gains nothing.
    """
    judgements = len(layout.answer_of_judgement)
    touching = segments.anything((placed.pairing.iou > 0) & (placed.pairing.quality > 0))
    reported = np.where(touching, placed.region, np.inf).min(axis=-1)
    alarmed = np.where(claimed, np.arange(claimed.shape[1]), np.inf).min(axis=-1)
    found = segments.spread(reported, layout.judgement_of_slot, judgements, np.inf)
    alarms = segments.spread(alarmed, layout.judgement_of_exclusion, judgements, np.inf)
    everything = np.concatenate([found, alarms], axis=1)
    rank = (everything[layout.judgement_of_slot] < reported[:, None]).sum(axis=-1)
    gains = np.where(np.isfinite(reported), gain(layout.slot_urgency) * discount(rank), 0.0)
    earned = segments.sums(gains, layout.judgement_of_slot, judgements)
    return np.minimum(earned / np.where(layout.best_order > 0, layout.best_order, 1.0), 1.0)
