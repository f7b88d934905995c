"""Semantic: does the region show what the words say?

Each matched pair earns how well the answer's name fits the reader's (:meth:`Vocabulary.label_match`): the same
concept 1, parent or child 0.7, the same group 0.4, the wrong side at most 0.3; times the region-text match, where an
encoder has compared the region with the words. A pair that does not overlap shows nothing, and a finding that is drawn
and denied at once says nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ssg.reward.layout import Layout
from ssg.reward.pairing import in_order
from ssg.reward.spatial import Placed


def name_scores(layout: Layout, placed: Placed, shown: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """What each slot earns by its names, in [0, 1]: (slots,). ``shown`` (answers, n) are region-text matches."""
    earned = np.where(placed.pairing.at_partner(placed.pairing.iou) > 0, placed.labels, 0.0)
    if shown is not None:
        earned = earned * shown[layout.answer_of_slot[:, None], placed.region]
    denied = layout.denied[layout.answer_of_slot, layout.slot_finding]
    return np.where(denied, 0.0, in_order(earned) / placed.pairing.larger)
