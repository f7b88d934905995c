"""The location prior: the least that a policy must beat. It never looks at the image.

For each finding the one training box, relative to the image, that has the greatest mean IoU with the training items of
that finding, apart for phantoms and for real images, whose framing differs. Fitted on training data only; a checkpoint
carries the priors of what it was trained on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from ssg import phantoms
from ssg.boxes import Boxes, as_boxes, iou
from ssg.errors import BadInput
from training.scenes import PHANTOM, Row

FILE_NAME = "location_prior.json"
MOST_BOXES = 3000
"""Boxes of one finding that take part; more change nothing and cost their square."""
PHANTOM_SIZE = 128


class LocationPrior:
    """One relative box (x0, y0, x1, y1 in 0–1) for each finding of each source ("phantom", "real")."""

    def __init__(self, boxes: Mapping[str, Mapping[str, list[float]]]) -> None:
        self.boxes = {source: dict(rows) for source, rows in boxes.items()}

    @classmethod
    def fit(cls, examples: Iterable[tuple[str, str, Boxes]]) -> LocationPrior:
        """``examples`` are (source, finding, relative boxes (n, 4) of one image)."""
        grouped: dict[str, dict[str, list[Boxes]]] = {}
        for source, finding, boxes in examples:
            grouped.setdefault(source, {}).setdefault(finding, []).append(boxes)
        return cls(
            {
                source: {finding: _best(np.concatenate(rows)[:MOST_BOXES]) for finding, rows in findings.items()}
                for source, findings in grouped.items()
            }
        )

    def predict(self, source: str, finding: str, width: float, height: float) -> Boxes:
        """The prior's box in pixels, (1, 4); (0, 4) for a finding that it never saw.

        A finding that was never seen in this source takes the box of another one.
        """
        found = [self.boxes.get(source, {}), *(rows for name, rows in self.boxes.items() if name != source)]
        box = next((rows[finding] for rows in found if finding in rows), None)
        if box is None:
            return np.zeros((0, 4))
        return np.array([box]) * np.array([width, height, width, height])

    def write(self, folder: Path) -> None:
        """Write beside a checkpoint's weights."""
        rounded = {
            source: {name: [round(value, 4) for value in box] for name, box in sorted(rows.items())}
            for source, rows in sorted(self.boxes.items())
        }
        (folder / FILE_NAME).write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> LocationPrior:
        """Read the prior of a checkpoint folder."""
        try:
            return cls(json.loads((folder / FILE_NAME).read_text(encoding="utf-8")))
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise BadInput(
                f"{folder} holds no readable {FILE_NAME} ({error}): give --prior-data with the annotation list that "
                "the policy was trained on."
            ) from None


def relative_boxes(rows: Iterable[Row]) -> Iterator[tuple[str, str, Boxes]]:
    """(source, finding, relative boxes) of every finding that rows mark."""
    for row in rows:
        width, height = row.size
        for finding, boxes in row.boxes_by_name().items():
            yield row.origin, finding, boxes / [width, height, width, height]


def phantom_boxes(first_seed: int, count: int) -> Iterator[tuple[str, str, Boxes]]:
    """The same of phantoms; small ones, because a phantom has the same boxes at every size."""
    for seed in range(first_seed, first_seed + count):
        drawn = phantoms.chest_xray(seed, size=PHANTOM_SIZE)
        names = dict.fromkeys(finding.finding for finding in drawn.findings)
        for name in names:
            boxes = [box for finding in drawn.findings if finding.finding == name for box in finding.boxes]
            yield PHANTOM, name, as_boxes(boxes) / PHANTOM_SIZE


def _best(boxes: Boxes) -> list[float]:
    return [float(value) for value in boxes[iou(boxes, boxes).mean(axis=1).argmax()]]
