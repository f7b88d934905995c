"""Box sets against box sets: the best one-to-one pairs, of many comparisons at once.

Sets are of unequal size, so they are padded: :class:`BoxSets`. Every function takes whole arrays, NumPy's or those of
another library of the array API standard (torch's tensors), and does the same operations in the same order for each
comparison, however many there are: one alone and one among thousands come out equal to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ssg.boxes import Boxes, intersections, iou, proximity
from ssg.reward.segments import anything

OVERLAP_SHARE = 0.9
"""Weight of the IoU in the quality of a pair; the rest is for proximity, which still leads where nothing overlaps."""

TIE = 1e-10
"""What a better fit is worth between pairs of equal quality: more than the rounding, and nothing else."""

NOTHING = (0.0, 0.0, 1.0, 1.0)
"""The box that stands where a set has none; its area keeps the arithmetic defined."""

NOBODY = -1
"""Partner of a box that has none."""


@dataclass(frozen=True, slots=True)
class BoxSets:
    """``boxes`` (t, n, 4) of which those count that are ``there`` (t, n); the others are unit boxes at the origin.

    n is at least 1. ``pictures`` (t, n) says which picture of a case each box is on; None where all are on the first.
    """

    boxes: Boxes
    there: NDArray[np.bool_]
    pictures: NDArray[np.int64] | None = None

    @classmethod
    def padded(cls, sets: Sequence[Boxes]) -> BoxSets:
        """From one (n, 4) array each."""
        made = cls.spaces([len(boxes) for boxes in sets])
        if made.there.any():
            made.boxes[made.there] = np.concatenate(sets)
        return made

    @classmethod
    def spaces(cls, counts: Sequence[int]) -> BoxSets:
        """Room for so many boxes in each set, to be filled in where they are ``there``."""
        lengths = np.array(counts, dtype=np.int64)
        there = np.arange(max(lengths.max(initial=0), 1)) < lengths[:, None]
        return cls(np.broadcast_to(np.array(NOTHING), (*there.shape, 4)).copy(), there)

    def __getitem__(self, rows: NDArray[np.int64]) -> BoxSets:
        """Some of the sets, by number."""
        return BoxSets(self.boxes[rows], self.there[rows], None if self.pictures is None else self.pictures[rows])

    @property
    def count(self) -> NDArray[np.int64]:
        """How many boxes each set holds, (t,)."""
        return array_namespace(self.there).sum(self.there, axis=-1)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Pairing:
    """Drawn sets against marked sets, compared one by one: (t, n) against (t, m) boxes.

    ``quality`` (t, n, m) is 0 where one of the two is not there or where they may not be paired; ``partner`` (t, n) is
    the index of the marked box that each drawn box is paired with, or :data:`NOBODY`.
    """

    drawn: BoxSets
    marked: BoxSets
    overlap: NDArray[np.float64]
    iou: NDArray[np.float64]
    quality: NDArray[np.float64]
    partner: NDArray[np.int64]

    def __getitem__(self, rows: NDArray[np.int64]) -> Pairing:
        """Some of the comparisons, by number."""
        return Pairing(
            self.drawn[rows],
            self.marked[rows],
            self.overlap[rows],
            self.iou[rows],
            self.quality[rows],
            self.partner[rows],
        )

    @property
    def paired(self) -> NDArray[np.bool_]:
        """Which drawn boxes have a partner, (t, n)."""
        paired: NDArray[np.bool_] = self.partner != NOBODY
        return paired

    def at_partner(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """The entries of a (t, n, m) table at the pairs, (t, n); 0 where a box has no partner."""
        xp = array_namespace(table)
        chosen = xp.take_along_axis(table, xp.clip(self.partner, 0, None)[..., None], axis=-1)[..., 0]
        return xp.where(self.paired, chosen, 0.0)  # type: ignore[no-any-return]

    @property
    def larger(self) -> NDArray[np.float64]:
        """The larger of the two numbers of boxes, at least 1: what sums over pairs are divided by, (t,)."""
        xp = array_namespace(self.quality)
        return xp.astype(  # type: ignore[no-any-return]
            xp.clip(xp.maximum(self.drawn.count, self.marked.count), 1, None), self.quality.dtype
        )

    @property
    def score(self) -> NDArray[np.float64]:
        """Sum of the qualities of the pairs over the larger number of boxes, in [0, 1], (t,)."""
        return in_order(self.at_partner(self.quality)) / self.larger


def pair(drawn: BoxSets, marked: BoxSets, fit: NDArray[np.float64] | None = None, least: float = 0.0) -> Pairing:
    """Compare and pair. ``fit`` (t, n, m) in [0, 1] says how well each two boxes fit otherwise, by their names say.

    Boxes that fit less than ``least`` are not paired; of equally good pairs those are taken that overlap and
    fit better.
    """
    xp = array_namespace(drawn.boxes)
    common = intersections(drawn.boxes, marked.boxes)
    overlap, quality = pair_quality(drawn.boxes, marked.boxes, common)
    possible = drawn.there[..., :, None] & marked.there[..., None, :]
    if drawn.pictures is not None or marked.pictures is not None:
        here = same_picture(drawn.pictures, marked.pictures, possible)
        common, overlap = xp.where(here, common, 0.0), xp.where(here, overlap, 0.0)
        possible = possible & here
    possible = possible if fit is None else possible & (fit >= least)
    quality = xp.where(possible, quality, 0.0)
    partner = match(quality if fit is None else quality + xp.where((overlap > 0) & (quality > 0), TIE * fit, 0.0))
    return Pairing(drawn, marked, common, overlap, quality, partner)


def same_picture(
    one: NDArray[np.int64] | None, other: NDArray[np.int64] | None, pairs: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which of the ``pairs`` (..., n, m) are on one picture: of (..., n) and (..., m), None where all are the first."""
    if one is None and other is None:
        return pairs
    first = 0 if one is None else one[..., :, None]
    second = 0 if other is None else other[..., None, :]
    same: NDArray[np.bool_] = pairs & (first == second)
    return same


def pair_quality(
    drawn: Boxes, marked: Boxes, common: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """IoU and quality of every pair: (..., n, 4) × (..., m, 4) → two (..., n, m) arrays in [0, 1].

    ``common`` are their intersections, where they are known already.
    """
    overlap = iou(drawn, marked, common)
    return overlap, OVERLAP_SHARE * overlap + (1 - OVERLAP_SHARE) * proximity(drawn, marked)


def match(quality: NDArray[np.float64]) -> NDArray[np.int64]:
    """For every drawn box its partner in the one-to-one matching with the greatest sum of quality: (t, n, m) → (t, n).

    Pairs of quality 0 are none. Where the best partners of all boxes differ, they are that matching; only the others
    go to the solver (Kuhn 1955; SciPy's is Crouse 2016, "On implementing 2D rectangular assignment algorithms").
    """
    xp = array_namespace(quality)
    partner = xp.where(xp.max(quality, axis=-1) > 0, xp.argmax(quality, axis=-1), NOBODY)
    taken = xp.sum(partner[..., None] == xp.arange(quality.shape[-1], device=device(quality)), axis=-2)
    contested = np.flatnonzero(_numpy(xp.any(taken > 1, axis=-1)))
    if not len(contested):
        return partner  # type: ignore[no-any-return]
    solved = _numpy(partner).copy()
    solved[contested] = _solved(_numpy(quality)[contested])
    return xp.asarray(solved, device=device(quality))  # type: ignore[no-any-return]


def matched_iou(one: Boxes, other: Boxes) -> float:
    """IoU of two sets of boxes, (n, 4) and (m, 4): summed over the best one-to-one matching, over the larger number."""
    if not len(one) or not len(other):
        return 0.0
    overlap = iou(one, other)
    partner = match(overlap[None])[0]
    return float(overlap[partner >= 0, partner[partner >= 0]].sum() / max(overlap.shape))


def _solved(quality: NDArray[np.float64]) -> NDArray[np.int64]:
    partner = np.full(quality.shape[:-1], NOBODY)
    rows, columns = (_extent(anything(used)) for used in (quality > 0, np.swapaxes(quality > 0, 1, 2)))
    for task, (n, m) in enumerate(zip(rows, columns, strict=True)):
        # without the padding, so that ties are decided alike whatever the batch was padded to
        row, column = linear_sum_assignment(quality[task, :n, :m], maximize=True)
        partner[task, row] = column
    chosen = np.take_along_axis(quality, np.clip(partner, 0, None)[..., None], axis=-1)[..., 0]
    return np.where(chosen > 0, partner, NOBODY)


def _extent(used: NDArray[np.bool_]) -> list[int]:
    """One more than the last true index of each row."""
    extents: list[int] = (used.shape[1] - used[:, ::-1].argmax(axis=1)).tolist()
    return extents


def in_order(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over the last axis from first to last: (..., n) → (...).

    Libraries add in blocks whose size depends on the length, so that padding with zeros would change the last bit.
    """
    sums = values[..., 0]
    for index in range(1, values.shape[-1]):
        sums = sums + values[..., index]
    return sums


def _numpy(array: Any) -> NDArray[Any]:
    """On the CPU, whoever made it."""
    return array if isinstance(array, np.ndarray) else np.asarray(array.cpu())
