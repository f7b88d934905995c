"""Regions of an image and what may truly be said of them: what the region-text encoder is taught.

Of every region each text is true, false or left open. A finding is shown by a region that overlaps its box enough; a
region that holds a part of it is left open; what a region shows is denied by "no ..." and by "normal" there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ssg.boxes import Boxes, areas, as_boxes, clipped, intersections, iou, mirrored
from ssg.phantoms import kind_of
from ssg.reward.answers import said
from ssg.reward.wording import NORMAL, negated
from ssg.vocabulary import Side, vocabulary
from training.scene import Key, Scene

SHOWS, TOUCHES = 0.45, 0.1
"""IoU from which a region shows a finding; share of the smaller box in common up to which it does not touch it."""

TRUE, FALSE, OPEN = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts that are compared: of each key (finding, side) the words, then the negations, then "normal"."""

    keys: tuple[Key, ...]

    @classmethod
    def of(cls, names: Sequence[str]) -> Texts:
        """Every name, alone and on each side where it has sides."""
        keys: list[Key] = []
        for name in dict.fromkeys(names):
            sided = vocabulary().get(name).laterality != "midline"
            keys += [(name, None), *([(name, Side.LEFT), (name, Side.RIGHT)] if sided else [])]
        return cls(tuple(keys))

    @property
    def all(self) -> tuple[str, ...]:
        """The texts themselves, 2 · keys + 1."""
        return (*(said(*key) for key in self.keys), *(negated(*key) for key in self.keys), NORMAL)


def draw_regions(scene: Scene, count: int, rng: Generator) -> Boxes:
    """Regions of a scene in pixels, (count, 4): what is there, where it would be on the other side, and anywhere."""
    height, width = scene.pixels.shape
    findings = [as_boxes(boxes) for boxes in scene.present.values()]
    structures = [as_boxes(boxes) for boxes in scene.anatomy.values()]
    kept = [np.concatenate(findings)] * 2 if findings else []
    if findings:
        kept.append(mirrored(np.concatenate(findings), width))
    if structures:
        some = np.concatenate(structures)
        kept.append(some[rng.permutation(len(some))[: count // 3]])
    near = _jittered(np.concatenate(kept), rng) if kept else np.zeros((0, 4))
    wanted = max(count - len(near), count // 4)
    regions = clipped(np.concatenate([near, _anywhere(wanted, width, height, rng)]), width, height, 0.3)
    regions = regions[(regions[:, 2:] - regions[:, :2]).min(axis=1) >= 2]
    order = rng.permutation(len(regions))
    return regions[np.resize(order, count)]


def _jittered(boxes: Boxes, rng: Generator) -> Boxes:
    """As a hand would draw them: moved and scaled a little."""
    size = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    moved = boxes + rng.normal(0, 0.08, boxes.shape) * size
    moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 2)
    return moved


def _anywhere(count: int, width: int, height: int, rng: Generator) -> Boxes:
    size = np.exp(rng.uniform(np.log(0.06), np.log(0.6), (count, 2))) * [width, height]
    start = rng.uniform(0, 1, (count, 2)) * (np.array([width, height]) - size)
    return np.concatenate([start, start + size], axis=1)


def truths(scene: Scene, regions: Boxes, texts: Texts) -> NDArray[np.int8]:
    """Of every region every text: true, false or open, (regions, texts)."""
    shown = np.stack([_shown(scene, regions, key) for key in texts.keys], axis=1)
    findings = np.array([vocabulary().get(name).kind != "anatomy" for name, _ in texts.keys])
    abnormal = shown[:, findings]
    normal = np.where((abnormal == TRUE).any(1), FALSE, np.where((abnormal == FALSE).all(1), TRUE, OPEN))
    denied = np.where(shown == OPEN, OPEN, 1 - shown)
    return np.concatenate([shown, denied, normal[:, None]], axis=1).astype(np.int8)


def _shown(scene: Scene, regions: Boxes, key: Key) -> NDArray[np.int64]:
    name, side = key
    lost = scene.is_lost(key)
    marked = [
        (other_side, as_boxes(boxes))
        for source in (scene.present, scene.anatomy)
        for (other, other_side), boxes in source.items()
        if other == name and (side is None or other_side in (side, None, Side.BILATERAL))
    ]
    if not marked:
        known = name in scene.absent or any(other == name for other, _ in scene.present)
        known |= scene.kind is not None and name in kind_of(scene.kind).structures
        return np.full(len(regions), FALSE if known and not lost else OPEN)
    boxes = np.concatenate([rows for _, rows in marked])
    overlap = iou(regions, boxes).max(axis=1)
    common = intersections(regions, boxes) / np.minimum(areas(regions)[:, None], areas(boxes)[None])
    elsewhere = OPEN if lost else FALSE
    found = np.where(overlap >= SHOWS, TRUE, np.where(common.max(axis=1) <= TOUCHES, elsewhere, OPEN))
    # of what is marked without a side one does not know on which it is
    unsure = side is not None and all(other_side is None for other_side, _ in marked)
    return np.where(found == TRUE, OPEN, found) if unsure and vocabulary().get(name).laterality == "paired" else found
