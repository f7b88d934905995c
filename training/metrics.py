"""Held-out measures of grounding that are not the reward: mIoU, Acc@0.5, absent findings rejected.

An *item* is one finding asked about on one image. Its IoU is the sum over an optimal one-to-one matching divided by the
larger number of boxes, so missed and surplus boxes cost; with one box each it is the plain IoU. Intervals are 95 %
percentile bootstraps over images (Efron 1979), because the items of one image are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Boxes, areas, iou
from ssg.reward.pairing import match

SMALL, MEDIUM = 0.02, 0.10
"""Share of the image's area up to which a finding is small, and up to which it is medium."""

BOOTSTRAPS = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """One finding on one image: what the readers marked (none: absent) and what was answered, (n, 4) pixel boxes."""

    image: str
    finding: str
    reference: Boxes
    predicted: Boxes
    area: float

    @property
    def present(self) -> bool:
        """Whether the readers marked it."""
        return len(self.reference) > 0

    @property
    def size(self) -> str:
        """small, medium or large, by the share of the image that its boxes cover."""
        share = float(areas(self.reference).sum()) / self.area
        return "small" if share < SMALL else "medium" if share < MEDIUM else "large"

    @property
    def iou(self) -> float:
        """Matched IoU over the larger number of boxes, in [0, 1]."""
        return matched_iou(self.predicted, self.reference)


def matched_iou(predicted: Boxes, reference: Boxes) -> float:
    """Sum of IoU over the best one-to-one matching, divided by the larger number of boxes."""
    if not len(predicted) or not len(reference):
        return 0.0
    overlap = iou(predicted, reference)
    partner = match(overlap[None])[0]
    return float(overlap[partner >= 0, partner[partner >= 0]].sum() / max(overlap.shape))


def summary(items: Sequence[Item]) -> dict[str, Any]:
    """Figures over all items, by finding and by size, with intervals."""
    present, absent = [item for item in items if item.present], [item for item in items if not item.present]
    return {
        **_figures(present, absent),
        "ci95": _intervals(items),
        "by_finding": _grouped(items, lambda item: item.finding),
        "by_size": _grouped(present, lambda item: item.size),
        "n": {"images": len({item.image for item in items}), "present": len(present), "absent": len(absent)},
    }


def _figures(present: Sequence[Item], absent: Sequence[Item]) -> dict[str, float | None]:
    overlaps = np.array([item.iou for item in present])
    empty = [len(item.predicted) == 0 for item in absent]
    return {
        "miou": _mean(overlaps),
        "acc50": _mean(overlaps >= 0.5),
        "absent_rejected": _mean(np.array(empty, dtype=float)),
    }


def _mean(values: NDArray[Any]) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None


def _grouped(items: Sequence[Item], key: Callable[[Item], str]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return {
        name: {
            **_figures([i for i in group if i.present], [i for i in group if not i.present]),
            "n": sum(item.present for item in group),
            "n_absent": sum(not item.present for item in group),
        }
        for name, group in sorted(groups.items())
    }


def _intervals(items: Sequence[Item], seed: int = 0) -> dict[str, list[float] | None]:
    """Bootstrap over images: sums and counts for each image are drawn again, figures are their ratios.

    None where nothing was counted, or where there is but one image to draw from.
    """
    images = {image: index for index, image in enumerate(dict.fromkeys(item.image for item in items))}
    table = np.zeros((len(images), 5))
    for item in items:
        row = table[images[item.image]]
        if item.present:
            row[:3] += (item.iou, item.iou >= 0.5, 1)
        else:
            row[3:] += (len(item.predicted) == 0, 1)
    if len(table) < 2:
        return dict.fromkeys(("miou", "acc50", "absent_rejected"))
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(table), size=(BOOTSTRAPS, len(table)))
    sums = table[drawn].sum(axis=1)
    return {
        "miou": _interval(sums[:, 0], sums[:, 2]),
        "acc50": _interval(sums[:, 1], sums[:, 2]),
        "absent_rejected": _interval(sums[:, 3], sums[:, 4]),
    }


def _interval(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> list[float] | None:
    usable = counts > 0
    if not usable.any():
        return None
    low, high = np.percentile(sums[usable] / counts[usable], [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]
