"""Semantic: does the region show what the words say? This file is the label half.

Each matched pair earns how well the answer's name fits the reader's (:meth:`Vocabulary.label_match`): the same
concept 1, parent or child 0.7, the same group 0.4, the wrong side at most 0.3. A pair that does not overlap shows
nothing, and a finding that is drawn and denied at once says nothing.
"""

from __future__ import annotations

from collections.abc import Collection

from ssg.reward.spatial import FindingScore


def label_score(scored: FindingScore, denied: Collection[str]) -> float:
    """The label half for one present finding, in [0, 1]."""
    if scored.finding in denied:
        return 0.0
    earned = sum(pair.label_match for pair in scored.pairs if pair.iou > 0)
    return earned / max(len(scored.taking_part), len(scored.reading.regions))
