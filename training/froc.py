"""Free-response ROC (Bunch et al. 1978; the summary of Setio et al. 2017): how much is found at how many false alarms.

Every box that a policy can be made to give counts with how sure it is. From the surest down, a box that overlaps a mark
that no surer one has found finds it; one that overlaps none is a false alarm, on images with and without the finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ssg.boxes import Boxes, as_boxes, iou

HIT = 0.5
"""IoU from which a box finds a mark."""

RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""False alarms an image at which the share found is read."""

Candidate = tuple[float, tuple[float, float, float, float]]
"""How sure, and the box."""

Read = tuple[str, Boxes, "tuple[Candidate, ...] | None"]
"""Image, marks (n, 4), candidates of one finding on it."""


def froc(reads: Sequence[Read]) -> dict[str, Any] | None:
    """Share of marks found at each of :data:`RATES`, and their mean; None where candidates are not known.

    Where a policy gives fewer false alarms than a rate, its last share counts.
    """
    known = [(image, marks, found) for image, marks, found in reads if found is not None]
    marked = sum(len(marks) for _, marks, _ in known)
    if len(known) < len(reads) or not marked:
        return None
    judged = [one for _, marks, found in known for one in _judged(marks, found)]
    judged.sort(key=lambda one: -one[0])
    hits = np.cumsum([hit for _, hit in judged]) if judged else np.zeros(0)
    alarms = (
        np.cumsum([not hit for _, hit in judged]) / len({image for image, _, _ in known}) if judged else np.zeros(0)
    )
    found = {}
    for rate in RATES:
        within = int(np.searchsorted(alarms, rate, side="right"))
        found[f"{rate:g}"] = round(float(hits[within - 1]) / marked, 4) if within else 0.0
    return {"found_at": found, "mean": round(float(np.mean(list(found.values()))), 4), "marks": marked}


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
