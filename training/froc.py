"""Free-response ROC (Bunch et al. 1978; the summary of Setio et al. 2017): how much is found at how many false alarms.

Every box that a policy can be made to give counts with how sure it is. From the surest down, a box that overlaps a mark
that no surer one has found finds it; one that overlaps none is a false alarm, on images with and without the finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Boxes, as_boxes, iou
from training.intervals import Interval, of_values, redrawn

HIT = 0.5
"""IoU from which a box finds a mark."""

RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""False alarms an image at which the share found is read."""

Candidate = tuple[float, tuple[float, float, float, float]]
"""How sure, and the box."""

Read = tuple[str, Boxes, "tuple[Candidate, ...] | None"]
"""Image, marks (n, 4), candidates of one finding on it."""


def froc(reads: Sequence[Read]) -> dict[str, Any] | None:
    """Share of marks found at each of :data:`RATES`, and their mean with its interval; None where nobody knows.

    Where a policy gives fewer false alarms than a rate, its last share counts.
    """
    if not reads or any(found is None for _, _, found in reads) or not any(len(marks) for _, marks, _ in reads):
        return None
    images = {image: number for number, image in enumerate(dict.fromkeys(image for image, _, _ in reads))}
    judged = [(*one, images[image]) for image, marks, found in reads for one in _judged(marks, found or ())]
    judged.sort(key=lambda one: -one[0])
    hit, owner = np.array([one[1] for one in judged], bool), np.array([one[2] for one in judged], np.int64)
    marked = np.zeros(len(images))
    for image, marks, _ in reads:
        marked[images[image]] += len(marks)
    found = _found(hit, owner, marked, np.ones(len(images), np.int64))
    shares = {f"{rate:g}": round(float(share), 4) for rate, share in zip(RATES, found, strict=True)}
    return {
        "found_at": shares,
        "mean": round(float(found.mean()), 4),
        "mean_ci95": _interval(hit, owner, marked),
        "marks": int(marked.sum()),
    }


def _found(
    hit: NDArray[np.bool_], owner: NDArray[np.int64], marked: NDArray[np.float64], weights: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Share found at each rate; ``hit`` and ``owner`` (image) of candidates, the surest first, of weighted images."""
    hits = np.concatenate([[0.0], np.cumsum(weights[owner] * hit)])
    alarms = np.cumsum(weights[owner] * ~hit) / weights.sum()
    within = np.searchsorted(alarms, RATES, side="right")
    return np.asarray(hits[within] / (weights @ marked))


def _interval(hit: NDArray[np.bool_], owner: NDArray[np.int64], marked: NDArray[np.float64]) -> Interval:
    if len(marked) < 2:
        return None
    drawn = [weights for weights in redrawn(len(marked)) if weights @ marked]
    return of_values([_found(hit, owner, marked, weights).mean() for weights in drawn])


def _judged(marks: Boxes, candidates: Sequence[Candidate]) -> list[tuple[float, bool]]:
    """For each candidate how sure, and whether it finds a mark; a second box on a found mark counts as neither."""
    order = sorted(candidates, key=lambda one: -one[0])
    overlap = iou(as_boxes([box for _, box in order]), marks) if order and len(marks) else np.zeros((len(order), 0))
    free = np.ones(len(marks), bool)
    judged = []
    for (sure, _), row in zip(order, overlap, strict=True):
        if not (row >= HIT).any():
            judged.append((sure, False))
            continue
        open_marks = np.where(free, row, 0.0)
        if open_marks.max() >= HIT:
            free[int(open_marks.argmax())] = False
            judged.append((sure, True))
    return judged
