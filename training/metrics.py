"""Held-out measures of grounding that are not the reward: mIoU, Acc@0.5, absent findings rejected, pointing game, FROC.

An *item* is one finding asked about on one image. Its IoU is the sum over an optimal one-to-one matching divided by the
larger number of boxes, so missed and surplus boxes cost; with one box each it is the plain IoU.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Boxes, areas, centres, size_of
from ssg.reward.pairing import matched_iou
from training.froc import Candidate, froc
from training.intervals import Interval, of_ratios

FIGURES = ("miou", "acc50", "absent_rejected", "pointing")
PRESENT, ABSENT = [0, 1, 3], 2
"""Which of the figures are about what is there, and which about what is not."""


@dataclass(frozen=True, slots=True)
class Item:
    """One finding on one image: what the readers marked (none: absent) and what was answered, (n, 4) pixel boxes.

    ``candidates`` are all boxes that the policy can be made to give, with how sure it is of each, for FROC; None where
    nobody knows. ``site`` and ``modality`` say where the image comes from, "" where that is not known.
    """

    image: str
    finding: str
    reference: Boxes
    predicted: Boxes
    area: float
    candidates: tuple[Candidate, ...] | None = None
    site: str = ""
    modality: str = ""

    @property
    def present(self) -> bool:
        """Whether the readers marked it."""
        return len(self.reference) > 0

    @property
    def size(self) -> str:
        """small, medium or large, by the share of the image that its boxes cover."""
        return size_of(float(areas(self.reference).sum()) / self.area)

    @property
    def iou(self) -> float:
        """Matched IoU over the larger number of boxes, in [0, 1]."""
        return matched_iou(self.predicted, self.reference)

    @property
    def pointed(self) -> bool:
        """The pointing game (Zhang et al. 2018): whether the middle of the first box lies within a marked one."""
        if not len(self.predicted):
            return False
        x, y = centres(self.predicted[:1])[0]
        x0, y0, x1, y1 = self.reference.T
        return bool(((x0 <= x) & (x < x1) & (y0 <= y) & (y < y1)).any())


def summary(items: Sequence[Item]) -> dict[str, Any]:
    """Figures over all items, by finding, size, site and modality, with intervals."""
    present, absent = [item for item in items if item.present], [item for item in items if not item.present]
    return {
        **_figures(present, absent),
        "froc": _froc(items),
        "ci95": _intervals(items),
        "by_finding": _grouped(items, lambda item: item.finding),
        "by_size": _grouped(present, lambda item: item.size),
        "by_site": _with_froc([item for item in items if item.site], lambda item: item.site),
        "by_modality": _with_froc([item for item in items if item.modality], lambda item: item.modality),
        "n": {"images": len({item.image for item in items}), "present": len(present), "absent": len(absent)},
    }


def _figures(present: Sequence[Item], absent: Sequence[Item]) -> dict[str, float | None]:
    overlaps = np.array([item.iou for item in present])
    empty = [len(item.predicted) == 0 for item in absent]
    return {
        "miou": _mean(overlaps),
        "acc50": _mean(overlaps >= 0.5),
        "absent_rejected": _mean(np.array(empty, dtype=float)),
        "pointing": _mean(np.array([item.pointed for item in present], dtype=float)),
    }


def _froc(items: Sequence[Item]) -> dict[str, Any] | None:
    return froc([(item.image, item.reference, item.candidates) for item in items])


def _mean(values: NDArray[Any]) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None


def _with_froc(items: Sequence[Item], key: Callable[[Item], str]) -> dict[str, dict[str, Any]]:
    """Groups of whole images, whose false alarms can be counted by the image."""
    groups = _split(items, key)
    return {name: figures | {"froc": _froc(groups[name])} for name, figures in _grouped(items, key).items()}


def _split(items: Sequence[Item], key: Callable[[Item], str]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _grouped(items: Sequence[Item], key: Callable[[Item], str]) -> dict[str, dict[str, Any]]:
    return {
        name: {
            **_figures([i for i in group if i.present], [i for i in group if not i.present]),
            "ci95": _intervals(group),
            "n": sum(item.present for item in group),
            "n_absent": sum(not item.present for item in group),
        }
        for name, group in sorted(_split(items, key).items())
    }


def _intervals(items: Sequence[Item]) -> dict[str, Interval]:
    """Sums and counts for each image are drawn again, figures are their ratios."""
    images = {image: index for index, image in enumerate(dict.fromkeys(item.image for item in items))}
    sums, counts = np.zeros((2, len(images), len(FIGURES)))
    for item in items:
        row = images[item.image]
        if item.present:
            sums[row, PRESENT] += (item.iou, item.iou >= 0.5, item.pointed)
            counts[row, PRESENT] += 1
        else:
            sums[row, ABSENT] += len(item.predicted) == 0
            counts[row, ABSENT] += 1
    return dict(zip(FIGURES, of_ratios(sums, counts), strict=True))
