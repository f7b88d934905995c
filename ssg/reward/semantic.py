"""Semantic: does the region show what the words say?

Each matched pair earns how well the answer's name fits the reader's (:meth:`Vocabulary.label_match`): the same
concept 1, parent or child 0.7, the same group 0.4, the wrong side at most 0.3. A region shows what the reader marked
from an IoU of 0.3 on, one that overlaps less shows it in part, and one that does not overlap shows nothing; a finding
that is drawn and denied at once says nothing.

Where an image-text encoder has seen the image (:mod:`ssg.reward.sight`), a pair is counted by its region-text match:
1 less what the reader's region shows more surely under its name than the answer's does under its own, and 1 where it
cannot tell one of the two. What the encoder cannot see in the reader's region it cannot miss in the answer's, so that
its blindness costs nobody anything, and a reader's own answer stays 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ssg.reward.layout import Layout
from ssg.reward.pairing import in_order
from ssg.reward.segments import anything
from ssg.reward.sight import Seen
from ssg.reward.spatial import Placed
from ssg.vocabulary.kinship import kinship

SHOWN = 0.3
"""IoU from which a region shows what the reader marked; below it the name counts in proportion."""


def name_scores(layout: Layout, placed: Placed, seen: Seen | None = None) -> NDArray[np.float64]:
    """What each slot earns by its names, in [0, 1]: (slots,). ``seen`` is what an encoder has seen of all regions."""
    earned = placed.labels * np.minimum(placed.pairing.at_partner(placed.pairing.iou) / SHOWN, 1.0)
    if seen is not None:
        earned = earned * region_text_match(*certainties(layout, placed, seen))
    earned = np.where(_contradicted(layout)[layout.answer_of_slot[:, None], placed.region], 0.0, earned)
    denied = layout.denied[layout.answer_of_slot, layout.slot_finding]
    return np.where(denied, 0.0, in_order(earned) / placed.pairing.larger)


def certainties(layout: Layout, placed: Placed, seen: Seen) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How surely each region that takes part shows its name, and its partner the reader's name: two (slots, n)."""
    drawn = seen.drawn[layout.answer_of_slot[:, None], placed.region]
    marked = np.broadcast_to(seen.marked[placed.task][:, None, :], placed.pairing.iou.shape)
    return drawn, placed.pairing.at_partner(marked)


def region_text_match(drawn: NDArray[np.float64], marked: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 less what the reader's region shows more surely than the drawn one, in [0, 1]; 1 where either is not known."""
    return 1 - np.nan_to_num(np.maximum(marked - drawn, 0.0))


def _contradicted(layout: Layout) -> NDArray[np.bool_]:
    """Which regions are of a finding that the answer denies, itself or what it is a kind of: (answers, n)."""
    if not layout.denied.any():
        return np.zeros(layout.answers.findings.shape, dtype=bool)
    return anything(layout.denied[:, None] & kinship().is_a[layout.answers.findings])
