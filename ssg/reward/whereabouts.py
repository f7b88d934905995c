"""Where boxes lie on the image, and on what else: what the acceptability model weighs beside the comparison."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Boxes, areas, centres, iou

COLUMNS = (
    "largest box: x",
    "largest box: y",
    "largest box: log width",
    "largest box: log height",
    "mean x",
    "mean y",
    "boxes",
    "leftmost x",
    "rightmost x",
    "highest y",
    "lowest y",
    "log area of the smallest",
)
"""What stands where in a row, in shares of the image; after them one column for each finding."""

OF_READERS = (
    "mean log area",
    "smallest log area",
    "largest log area",
    "mean log of width over height",
    "mean x",
    "mean y",
    "spread in x",
    "spread in y",
)
"""What is said of the readers' boxes: what is being looked for, small or large, high or low."""


def rows(answers: Sequence[Boxes], sizes: Boxes, findings: NDArray[np.int64], kinds: int) -> NDArray[np.float64]:
    """Rows of sets of boxes (n, 4) on images of (width, height) ``sizes`` (t, 2): (t, columns + kinds).

    ``findings`` (t,) are numbers below ``kinds``.
    """
    described = [_row(boxes / np.tile(size, 2)) for boxes, size in zip(answers, sizes, strict=True)]
    return np.concatenate([np.array(described), np.eye(kinds)[findings]], axis=-1)


def _row(boxes: Boxes) -> list[float]:
    middle, area = centres(boxes), areas(boxes)
    largest = int(area.argmax())
    wide, high = boxes[largest, 2:] - boxes[largest, :2]
    (left, top), (right, bottom) = middle.min(axis=0), middle.max(axis=0)
    return [
        *middle[largest],
        float(np.log(wide)),
        float(np.log(high)),
        *middle.mean(axis=0),
        len(boxes),
        left,
        right,
        top,
        bottom,
        float(np.log(area.min())),
    ]


def of_readers(readers: Sequence[Sequence[Boxes]], sizes: Boxes) -> NDArray[np.float64]:
    """Where the readers' boxes lie, as :data:`OF_READERS` says, on images of (width, height) ``sizes`` (t, 2)."""
    described = []
    for marked, size in zip(readers, sizes, strict=True):
        boxes = np.concatenate([*marked]) / np.tile(size, 2)
        log_area, middle = np.log(areas(boxes)), centres(boxes)
        slender = np.log((boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1]))
        described.append(
            [log_area.mean(), log_area.min(), log_area.max(), slender.mean(), *middle.mean(axis=0), *middle.std(axis=0)]
        )
    return np.array(described)


def on_others(answers: Sequence[Boxes], elsewhere: Sequence[Boxes | None]) -> NDArray[np.float64]:
    """How well the boxes fit what readers marked as other findings: mean of each one's best IoU, (t,)."""
    found = [
        0.0 if others is None or not len(others) else float(iou(boxes, others).max(axis=1).mean())
        for boxes, others in zip(answers, elsewhere, strict=True)
    ]
    return np.array(found)
