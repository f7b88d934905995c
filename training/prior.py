"""The location prior: the least that a policy must beat. It never looks at the image.

For each finding the one training box, relative to the image, that has the greatest mean IoU with the training items of
that finding. Fitted on training data only; a checkpoint carries the priors of what it was trained on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from ssg.boxes import Boxes, iou
from ssg.errors import BadInput

FILE_NAME = "location_prior.json"
MOST_BOXES = 3000
"""Boxes of one finding that take part; more change nothing and cost their square."""


class LocationPrior:
    """One relative box (x0, y0, x1, y1 in 0–1) for each finding."""

    def __init__(self, boxes: Mapping[str, list[float]]) -> None:
        self.boxes = dict(boxes)

    @classmethod
    def fit(cls, examples: Iterable[tuple[str, Boxes]]) -> LocationPrior:
        """``examples`` are (finding, relative boxes (n, 4) of one image)."""
        grouped: dict[str, list[Boxes]] = {}
        for finding, boxes in examples:
            grouped.setdefault(finding, []).append(boxes)
        return cls({finding: _best(np.concatenate(rows)[:MOST_BOXES]) for finding, rows in grouped.items()})

    def predict(self, finding: str, width: float, height: float) -> Boxes:
        """The prior's box in pixels, (1, 4); (0, 4) for a finding that it never saw."""
        box = self.boxes.get(finding)
        if box is None:
            return np.zeros((0, 4))
        return np.array([box]) * np.array([width, height, width, height])

    def write(self, folder: Path) -> None:
        """Write beside a checkpoint's weights."""
        rounded = {name: [round(value, 4) for value in box] for name, box in sorted(self.boxes.items())}
        (folder / FILE_NAME).write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> LocationPrior:
        """Read the prior of a checkpoint folder."""
        try:
            return cls(json.loads((folder / FILE_NAME).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise BadInput(
                f"{folder} holds no readable {FILE_NAME} ({error}): give --prior-data with the annotation list that "
                "the policy was trained on."
            ) from None


def _best(boxes: Boxes) -> list[float]:
    return [float(value) for value in boxes[iou(boxes, boxes).mean(axis=1).argmax()]]
