"""What the vision tower is taught directly: at each place of the image, what is there and where its box lies.

The head reads the merged visual tokens, those that the language model sees, so that whatever it learns to tell apart is
there for the words to use. It is dropped after training. Truth comes from masks (phantoms) or boxes (annotated images);
where a class is unknown nothing is taught.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from ssg.boxes import as_boxes
from ssg.phantoms import STRUCTURES
from ssg.vocabulary import Side, vocabulary
from training.tasks import Key, Scene

LEAST_COVER = 0.02
"""Relative cover from which a box is taught at a token; less of a patch than this counts as this much."""


def dense_classes(names: Sequence[str]) -> list[Key]:
    """The head's classes: each name, on both sides where it has sides."""
    keys: list[Key] = []
    for name in dict.fromkeys(names):
        midline = vocabulary().get(name).laterality == "midline"
        keys += [(name, None)] if midline else [(name, Side.RIGHT), (name, Side.LEFT)]
    return keys


class DenseHead(nn.Module):
    """For each token and class: how much of each of its four patches is covered, and the box of what lies there."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.cover = nn.Linear(width, 4 * classes)
        self.corners = nn.Linear(width, 4 * classes)
        nn.init.constant_(self.cover.bias, -4.0)  # most places hold none of it

    def losses(self, tokens: Tensor, truth: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """``tokens`` (n, width) and the batch's truth of :func:`dense_truth`, concatenated over images."""
        count, classes = truth["known"].shape
        cover = self.cover(tokens).float().view(count, 4, classes)
        corners = self.corners(tokens).float().view(count, classes, 4).sigmoid()
        return {
            "cover": _cover_loss(cover, truth["cover"], truth["known"]),
            "corners": _corner_loss(corners, truth["boxes"], truth["weight"]),
        }


def _cover_loss(logits: Tensor, cover: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy with the covered share. Rare classes count more: by the root of their rarity, at most 8."""
    wanted = known[:, None].expand_as(cover)
    share = (cover * wanted).sum((0, 1)) / wanted.sum((0, 1)).clamp_min(1)
    weight = 1 + cover * (share.clamp_min(1e-4).rsqrt().clamp(1, 8) - 1)
    each = functional.binary_cross_entropy_with_logits(logits, cover, weight=weight, reduction="none")
    return (each * wanted).sum() / wanted.sum().clamp_min(1) * 10


def _corner_loss(corners: Tensor, boxes: Tensor, weight: Tensor) -> Tensor:
    """L1 and generalised IoU (Rezatofighi et al. 2019) where something lies; each thing counts once in all."""
    there = weight > 0
    if not bool(there.any()):
        return corners.sum() * 0
    found, wanted, weight = corners[there], boxes[there], weight[there]
    distance = (found - wanted).abs().mean(1)
    return ((5 * distance + 1 - giou(found, wanted)) * weight).sum() / weight.sum()


def giou(a: Tensor, b: Tensor) -> Tensor:
    """Generalised IoU of boxes (n, 4), row by row, in [−1, 1]; inverted boxes count as empty."""
    overlap = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp_min(0).prod(1)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).clamp_min(1e-6).prod(1)
    union = (a[:, 2:] - a[:, :2]).clamp_min(0).prod(1) + (b[:, 2:] - b[:, :2]).clamp_min(0).prod(1) - overlap
    return overlap / union.clamp_min(1e-6) - (hull - union) / hull


def dense_truth(scene: Scene, rows: int, columns: int, index: Mapping[Key, int]) -> dict[str, NDArray[np.generic]]:
    """Truth of one image for ``rows`` × ``columns`` patches, in the vision tower's order of tokens.

    ``cover`` (tokens, 4, classes): shares of each patch, relative to the class's most covered patch.
    ``known`` (tokens, classes). ``boxes`` (tokens, classes, 4): relative to the image.
    ``weight`` (tokens, classes): positive where a box is taught, adding up to one for each class present.
    """
    cover: NDArray[np.float32] = np.zeros((rows, columns, len(index)), np.float32)
    boxes = np.zeros((rows // 2 * (columns // 2), len(index), 4), np.float32)
    whole = {key: found for key, found in (scene.present | scene.anatomy).items() if key in index}
    for key, found in whole.items():
        cover[:, :, index[key]] = _covered(scene, key, rows, columns)
        boxes[:, index[key]] = _nearest(scene, as_boxes(found), rows // 2, columns // 2)
    merged = cover.reshape(rows // 2, 2, columns // 2, 2, -1).transpose(0, 2, 1, 3, 4).reshape(len(boxes), 4, -1)
    # A line or a small nodule covers little of any patch: what counts is where most of it lies.
    merged = merged / np.maximum(merged.max(axis=(0, 1)), LEAST_COVER)
    most = merged.max(axis=1)
    inside = most > np.minimum(LEAST_COVER, 0.5 * most.max(axis=0))
    weight = inside / np.maximum(inside.sum(axis=0), 1)
    known = np.broadcast_to(_known(scene, index), (len(boxes), len(index)))
    return {"cover": merged, "known": known, "boxes": boxes, "weight": weight.astype(np.float32)}


def _known(scene: Scene, index: Mapping[Key, int]) -> NDArray[np.bool_]:
    """Whether each class is known here. On a phantom what is marked on one side is known on the other too."""
    names = {name for name, _ in scene.present} if scene.anatomy else set()
    structures = set(STRUCTURES) if scene.anatomy else set()
    return np.array(
        [key in scene.present or key[0] in names or key[0] in scene.absent or key[0] in structures for key in index]
    )


def _covered(scene: Scene, key: Key, rows: int, columns: int) -> NDArray[np.float32]:
    mask = scene.masks.get(key)
    if mask is None:
        mask = np.zeros(scene.pixels.shape, bool)
        for x0, y0, x1, y1 in as_boxes((scene.present | scene.anatomy)[key]).round().astype(int):
            mask[y0:y1, x0:x1] = True
    fine = Image.fromarray(mask.view(np.uint8) * np.uint8(255))
    coarse: NDArray[np.float32] = np.asarray(fine.resize((columns, rows), Image.Resampling.BOX), np.float32)
    return coarse / np.float32(255)


def _nearest(scene: Scene, boxes: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float32]:
    """For each token the box whose edge is nearest to the token's centre, relative to the image."""
    height, width = scene.pixels.shape
    relative = boxes / [width, height, width, height]
    if len(relative) == 1:
        return relative.astype(np.float32)
    y, x = np.divmod(np.arange(rows * columns), columns)
    centre = np.stack([(x + 0.5) / columns, (y + 0.5) / rows], axis=1)[:, None]
    outside = np.maximum(relative[:, :2] - centre, centre - relative[:, 2:]).max(axis=2)
    nearest: NDArray[np.float32] = relative[outside.argmin(axis=1)].astype(np.float32)
    return nearest
