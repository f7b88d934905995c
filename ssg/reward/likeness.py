"""How an answer's boxes differ from a reader's: the numbers that the acceptability model looks at.

None of them depends on the unit of length or on where the image begins. Each is marked as one that helps (+1) or hurts
(−1) acceptance, or as one that only says what is compared (0); the model is monotone in the first two.
"""

from __future__ import annotations

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from ssg.boxes import areas, centres
from ssg.reward.pairing import Pairing, in_order

OF_ONE_READER = {
    "iou": +1,  # sum over the pairs, over the larger number of boxes
    "quality": +1,  # the same of the qualities: the spatial score
    "generalised iou": +1,  # the same of 1 + GIoU (Rezatofighi et al. 2019), which counts distance too
    "best iou": +1,  # of the best pair
    "worst iou": +1,  # of the worst pair; 0 where the numbers of boxes differ
    "offset x": -1,  # of the best pair's centres, in widths of the marked box
    "offset y": -1,  # the same in heights
    "wider": -1,  # how many times the best pair's drawn box is as wide as the marked one, from 1 on
    "higher": -1,
    "narrower": -1,  # how many times it is narrower, from 1 on
    "flatter": -1,
    "recall": +1,  # share of the marked area that is covered
    "precision": +1,  # share of the drawn area that covers it
    "area iou": +1,  # what is common over what is drawn or marked
    "surplus": -1,  # boxes more than marked
    "lacking": -1,  # boxes fewer than marked
}
"""Features of an answer against one reader, with their sign."""

SIGNS = tuple(OF_ONE_READER.values())
IOU, QUALITY, AREA_IOU = (list(OF_ONE_READER).index(name) for name in ("iou", "quality", "area iou"))


def features(pairing: Pairing) -> NDArray[np.float64]:
    """The features of :data:`OF_ONE_READER` for each comparison, of which each has a pair: (t, 16)."""
    xp = array_namespace(pairing.quality)
    drawn, partner = pairing.drawn.boxes, _partners(pairing)
    at_pairs = pairing.at_partner(pairing.iou)
    quality = pairing.at_partner(pairing.quality)
    larger = pairing.larger
    best = xp.argmax(quality, axis=-1)[:, None]
    full = (pairing.drawn.count == pairing.marked.count) & xp.all(pairing.paired == pairing.drawn.there, axis=-1)
    offsets = xp.abs(centres(drawn) - centres(partner)) / (partner[..., 2:] - partner[..., :2])
    ratios = (drawn[..., 2:] - drawn[..., :2]) / (partner[..., 2:] - partner[..., :2])

    def of_best(values: NDArray[np.float64]) -> NDArray[np.float64]:
        chosen: NDArray[np.float64] = xp.take_along_axis(values, best, axis=-1)[..., 0]
        return chosen

    wide, high = of_best(ratios[..., 0]), of_best(ratios[..., 1])
    columns = [
        in_order(at_pairs) / larger,
        in_order(quality) / larger,
        in_order(xp.where(pairing.paired, at_pairs + _enclosed(drawn, partner), 0.0)) / larger,
        of_best(at_pairs),
        xp.where(full, xp.min(xp.where(pairing.paired, at_pairs, 1.0), axis=-1), 0.0),
        of_best(offsets[..., 0]),
        of_best(offsets[..., 1]),
        xp.clip(wide, 1, None),
        xp.clip(high, 1, None),
        xp.clip(1 / wide, 1, None),
        xp.clip(1 / high, 1, None),
        *_areas(pairing),
        xp.astype(xp.clip(pairing.drawn.count - pairing.marked.count, 0, None), larger.dtype),
        xp.astype(xp.clip(pairing.marked.count - pairing.drawn.count, 0, None), larger.dtype),
    ]
    return xp.stack(columns, axis=-1)  # type: ignore[no-any-return]


def _partners(pairing: Pairing) -> NDArray[np.float64]:
    """The marked box of each drawn box's pair, (t, n, 4); without a pair the first marked one."""
    xp = array_namespace(pairing.quality)
    return xp.take_along_axis(  # type: ignore[no-any-return]
        pairing.marked.boxes, xp.clip(pairing.partner, 0, None)[..., None], axis=1
    )


def _enclosed(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of the box around each pair that one of the two covers: 1 + GIoU − IoU, box by box."""
    xp = array_namespace(a)
    hull = xp.maximum(a[..., 2:], b[..., 2:]) - xp.minimum(a[..., :2], b[..., :2])
    common = xp.clip(xp.minimum(a[..., 2:], b[..., 2:]) - xp.maximum(a[..., :2], b[..., :2]), 0, None)
    union = areas(a) + areas(b) - common[..., 0] * common[..., 1]
    return union / (hull[..., 0] * hull[..., 1])  # type: ignore[no-any-return]


def _areas(pairing: Pairing) -> tuple[NDArray[np.float64], ...]:
    """Recall, precision and IoU of the covered areas; boxes of one set that overlap each other count twice."""
    xp = array_namespace(pairing.quality)
    both = pairing.drawn.there[..., :, None] & pairing.marked.there[..., None, :]
    common = xp.where(both, pairing.overlap, 0.0)
    drawn, marked = (xp.where(one.there, areas(one.boxes), 0.0) for one in (pairing.drawn, pairing.marked))
    covered = in_order(xp.minimum(_over(common, axis=-2), marked))
    covering = in_order(xp.minimum(_over(common, axis=-1), drawn))
    all_drawn, all_marked = in_order(drawn), in_order(marked)
    return (
        covered / xp.where(all_marked > 0, all_marked, 1.0),
        covering / xp.where(all_drawn > 0, all_drawn, 1.0),
        covered / xp.clip(all_drawn + all_marked - xp.minimum(covered, covering), 1e-12, None),
    )


def _over(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    return in_order(array_namespace(values).moveaxis(values, axis, -1))
