"""Spatial: is it in the right place, at the right size, and the right number of regions?

For each finding an optimal one-to-one matching (Kuhn 1955, Munkres 1957; SciPy's Jonker–Volgenant) of answer boxes to
one reader's boxes. A pair's quality is ``0.9 · IoU + 0.1 · proximity``; a finding earns the sum over its pairs divided
by the larger of the number drawn and the number in the reference, so a missing box and a surplus box both cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ssg.boxes import Boxes, as_boxes, iou, proximity
from ssg.reward.answers import Region
from ssg.reward.truth import Reading, Truth
from ssg.vocabulary import vocabulary

OVERLAP_SHARE = 0.9
RELATED = 0.4
"""Label match from which a region takes part in a finding: a right place under a neighbouring name earns its place here
and loses in the semantic part."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Answer region and reference region by their indices, and how well they fit."""

    answer: int
    reference: int
    iou: float
    quality: float
    label_match: float


@dataclass(frozen=True, slots=True)
class FindingScore:
    """One present finding against the reading that suits the answer best."""

    finding: str
    reading: Reading
    taking_part: tuple[int, ...]
    pairs: tuple[Pair, ...]
    score: float


def pair_quality(drawn: Boxes, reference: Boxes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """IoU and quality of every pair: (n, 4) × (m, 4) → two (n, m) arrays in [0, 1]."""
    overlap = iou(drawn, reference)
    return overlap, OVERLAP_SHARE * overlap + (1 - OVERLAP_SHARE) * proximity(drawn, reference)


def match(quality: NDArray[np.float64]) -> list[tuple[int, int]]:
    """The one-to-one pairs (row, column) with the greatest sum of quality; pairs of quality 0 are left out."""
    if 0 in quality.shape:
        return []
    rows, columns = linear_sum_assignment(quality, maximize=True)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if quality[r, c] > 0]


def taking_part(regions: Sequence[Region], truth: Truth) -> dict[str, tuple[int, ...]]:
    """For each present finding the answer regions that take part in it.

    A region takes part in the one asked finding that its name fits best, from a label match of 0.4 on; of several that
    it fits equally, in the one that lies where it lies. One that fits an absent finding better is a false alarm and
    takes part in nothing.
    """
    words = vocabulary()
    found: dict[str, list[int]] = {finding: [] for finding in truth.present}
    for index, region in enumerate(regions):
        fits = {finding: words.label_match(region.finding, finding) for finding in (*truth.present, *truth.absent)}
        best = max(fits.values(), default=0.0)
        if best < RELATED:
            continue
        fitting = [finding for finding, fit in fits.items() if fit == best]
        marked = sorted(finding for finding in fitting if finding in found)
        if marked:
            nearest = marked[0] if len(marked) == 1 else max(marked, key=lambda name: _nearness(region, name, truth))
            found[nearest].append(index)
    return {finding: tuple(indices) for finding, indices in found.items()}


def _nearness(region: Region, finding: str, truth: Truth) -> float:
    """How well a region fits the best of a finding's marked regions."""
    regions = [marked for reading in truth.present[finding] for marked in reading.regions]
    _, quality = pair_quality(as_boxes([region.box]), as_boxes([marked.box for marked in regions]))
    return float(np.where(_label_matches([region], regions) >= RELATED, quality, 0.0).max())


def false_alarms(regions: Sequence[Region], truth: Truth) -> dict[str, tuple[int, ...]]:
    """For each absent finding the answer regions that claim it (under its name or a more special one)."""
    words = vocabulary()
    return {
        finding: tuple(i for i, region in enumerate(regions) if words.is_a(region.finding, finding))
        for finding in truth.absent
    }


def score_finding(finding: str, regions: Sequence[Region], indices: tuple[int, ...], truth: Truth) -> FindingScore:
    """One present finding against each of its readings; the best one counts."""
    scores = [_against(finding, regions, indices, reading) for reading in truth.present[finding]]
    return max(scores, key=lambda scored: scored.score)


def _against(finding: str, regions: Sequence[Region], indices: tuple[int, ...], reading: Reading) -> FindingScore:
    drawn = as_boxes([regions[i].box for i in indices])
    reference = as_boxes([region.box for region in reading.regions])
    overlap, quality = pair_quality(drawn, reference)
    labels = _label_matches([regions[i] for i in indices], reading.regions)
    quality = np.where(labels >= RELATED, quality, 0.0)
    pairs = tuple(
        Pair(indices[r], c, float(overlap[r, c]), float(quality[r, c]), float(labels[r, c])) for r, c in match(quality)
    )
    count = max(len(drawn), len(reference))
    return FindingScore(finding, reading, indices, pairs, sum(pair.quality for pair in pairs) / count)


def _label_matches(drawn: Sequence[Region], reference: Sequence[Region]) -> NDArray[np.float64]:
    words = vocabulary()
    table = [[words.label_match(a.finding, b.finding, a.side, b.side) for b in reference] for a in drawn]
    return np.array(table, dtype=np.float64).reshape(len(drawn), len(reference))


def over_findings(present: Sequence[float], absent: int, alarms: int) -> float:
    """Several findings: credit comes from what is there, false alarms cost.

    The mean over the present findings × (1 − half the share of absent findings that were claimed); with nothing present
    1 − that share. Denying everything earns nothing on a positive case, claiming everything at most half.
    """
    share = alarms / absent if absent else 0.0
    if present:
        return float(np.mean(present)) * (1 - 0.5 * share)
    return 1.0 - share
