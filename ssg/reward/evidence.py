"""What the acceptability model is given: an answer against all readers of a finding, as one row of numbers.

The answer against the reader whom it fits best, against the readers on average and against the one whom it fits worst;
how far the readers agree among themselves, and how far radiologists agree on this finding at all.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from array_api_compat import array_namespace, device
from numpy.typing import NDArray

from ssg.boxes import Boxes
from ssg.reward.agreement import Agreement
from ssg.reward.likeness import AREA_IOU, IOU, OF_ONE_READER, QUALITY, SIGNS, features
from ssg.reward.pairing import BoxSets, Pairing, in_order, pair
from ssg.vocabulary import vocabulary

PER_CENT = (10, 25, 50, 75)
"""Where the curve of a finding's agreement is read."""

ALONE = -1.0
"""Agreement of a reader with nobody."""

COLUMNS = (
    *(f"best reader: {name}" for name in OF_ONE_READER),
    *(f"readers on average: {name}" for name in OF_ONE_READER),
    "worst reader: iou",
    "worst reader: area iou",
    "readers",
    "readers with one another: iou",
    "readers with one another: area iou",
    "boxes marked",
    *(f"radiologists on this finding: {percent} %" for percent in PER_CENT),
)
"""What stands where in a row."""

MONOTONE = (*SIGNS, *SIGNS, +1, +1, *(0 for _ in range(len(COLUMNS) - 2 * len(SIGNS) - 2)))
"""+1 where more can only help, −1 where more can only hurt, 0 where it says what is compared."""


@functools.cache
def curve_of(finding: str | None) -> tuple[float, ...]:
    """How far radiologists agree on a finding, at :data:`PER_CENT`; on all findings for None."""
    agreement = Agreement.load()
    curve = agreement.pooled if finding is None else agreement.curve(finding)
    return tuple(float(curve.quantiles[percent]) for percent in PER_CENT)


@functools.cache
def curves() -> NDArray[np.float64]:
    """:func:`curve_of` every finding of the vocabulary, in its order: (findings, 4)."""
    return np.array([curve_of(finding.name) for finding in vocabulary()])


def against_one(pairing: Pairing, curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of answers that are held against one reader each: (t,) comparisons and (t, 4) curves → (t, columns)."""
    xp = array_namespace(pairing.quality)
    likeness = features(pairing)
    there = xp.ones((likeness.shape[0], 1), dtype=xp.bool, device=device(likeness))
    alone = xp.full((likeness.shape[0], 2), ALONE, dtype=likeness.dtype, device=device(likeness))
    return rows(likeness[:, None, :], there, pairing.marked.count[:, None], alone, curves)


def rows(
    likeness: NDArray[np.float64],
    there: NDArray[np.bool_],
    marked: NDArray[np.int64],
    agreement: NDArray[np.float64],
    curves: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Rows of answers against several readers: features (t, r, 16) of the readers that are ``there`` (t, r), who marked
    ``marked`` (t, r) boxes and agree as ``agreement`` (t, 2) says; (t, 4) curves → (t, columns)."""
    xp = array_namespace(likeness)
    count = xp.astype(xp.sum(there, axis=-1), likeness.dtype)
    best = xp.argmax(xp.where(there, likeness[..., QUALITY], -1.0), axis=-1)[:, None]
    mean = in_order(xp.moveaxis(xp.where(there[..., None], likeness, 0.0), 1, -1)) / count[:, None]
    worst = [xp.min(xp.where(there, likeness[..., index], 2.0), axis=-1) for index in (IOU, AREA_IOU)]
    of_best = xp.take_along_axis(likeness, best[..., None], axis=1)[:, 0, :]
    boxes = xp.astype(xp.take_along_axis(marked, best, axis=-1), likeness.dtype)
    return xp.concat(  # type: ignore[no-any-return]
        [of_best, mean, xp.stack([*worst, count], axis=-1), agreement, boxes, curves], axis=-1
    )


def of_readers(answers: Sequence[Boxes], readers: Sequence[Sequence[Boxes]], curves: Boxes) -> NDArray[np.float64]:
    """Rows of answers (n, 4) against the boxes of one or more readers each; (t, 4) curves → (t, columns)."""
    counts = np.array([len(marked) for marked in readers])
    own = np.repeat(np.arange(len(answers)), counts)
    compared = pair(
        BoxSets.padded([answers[index] for index in own.tolist()]),
        BoxSets.padded([boxes for marked in readers for boxes in marked]),
    )
    there = np.arange(max(counts)) < counts[:, None]
    likeness, marked = np.zeros((*there.shape, len(SIGNS))), np.zeros(there.shape, dtype=np.int64)
    likeness[there], marked[there] = features(compared), compared.marked.count
    return rows(likeness, there, marked, among_readers(readers), curves)


def among_readers(readers: Sequence[Sequence[Boxes]]) -> NDArray[np.float64]:
    """How far the readers of each answer agree on average, as IoU and as IoU of areas: (t, 2)."""
    agreement = np.full((len(readers), 2), ALONE)
    own, one, other = [], [], []
    for index, marked in enumerate(readers):
        for first in range(len(marked)):
            for second in range(first + 1, len(marked)):
                own.append(index)
                one.append(marked[first])
                other.append(marked[second])
    if own:
        likeness = features(pair(BoxSets.padded(one), BoxSets.padded(other)))[:, (IOU, AREA_IOU)]
        pairs = np.bincount(own, minlength=len(readers))
        sums = np.stack([np.bincount(own, column, len(readers)) for column in likeness.T], axis=-1)
        agreement[pairs > 0] = sums[pairs > 0] / pairs[pairs > 0, None]
    return agreement
