"""Semantic: does the region show what the words say?

Each matched pair earns how well the answer's name fits the reader's (:meth:`Vocabulary.label_match`): the same
concept 1, parent or child 0.7, the same group 0.4, the wrong side at most 0.3; times the region-text match, where an
encoder has compared the region with the words. A region shows what the reader marked from an IoU of 0.3 on, one that
overlaps less shows it in part, and one that does not overlap shows nothing; a finding that is drawn and denied at once
says nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ssg.reward.layout import Layout
from ssg.reward.pairing import in_order
from ssg.reward.segments import anything
from ssg.reward.spatial import Placed
from ssg.vocabulary.kinship import kinship

SHOWN = 0.3
"""IoU from which a region shows what the reader marked; below it the name counts in proportion."""


def name_scores(layout: Layout, placed: Placed, shown: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """What each slot earns by its names, in [0, 1]: (slots,). ``shown`` (answers, n) are region-text matches."""
    earned = placed.labels * np.minimum(placed.pairing.at_partner(placed.pairing.iou) / SHOWN, 1.0)
    if shown is not None:
        earned = earned * shown[layout.answer_of_slot[:, None], placed.region]
    earned = np.where(_contradicted(layout)[layout.answer_of_slot[:, None], placed.region], 0.0, earned)
    denied = layout.denied[layout.answer_of_slot, layout.slot_finding]
    return np.where(denied, 0.0, in_order(earned) / placed.pairing.larger)


def _contradicted(layout: Layout) -> NDArray[np.bool_]:
    """Which regions are of a finding that the answer denies, itself or what it is a kind of: (answers, n)."""
    if not layout.denied.any():
        return np.zeros(layout.answers.findings.shape, dtype=bool)
    return anything(layout.denied[:, None] & kinship().is_a[layout.answers.findings])
