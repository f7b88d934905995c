"""What the vision tower is taught directly: at each place of the image, what is there and where its box lies.

The head reads the merged visual tokens, those that the language model sees, so that whatever it learns to tell apart is
there for the words to use. It is dropped after training. Where a class is unknown nothing is taught.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ssg.vocabulary import Side, vocabulary
from training.scene import Key
from training.tensors import read_tensors


def dense_classes(names: Sequence[str]) -> list[Key]:
    """The head's classes: each name, on both sides where it has sides, and without one where it may have none."""
    keys: list[Key] = []
    for name in dict.fromkeys(names):
        laterality = vocabulary().get(name).laterality
        keys += [(name, None)] if laterality != "paired" else []
        keys += [(name, Side.RIGHT), (name, Side.LEFT)] if laterality in ("paired", "any") else []
    return keys


class DenseHead(nn.Module):
    """For each token and class: how much of each of its four patches is covered, and the box of what lies there."""

    def __init__(self, width: int, classes: Sequence[Key]) -> None:
        super().__init__()
        self.classes = tuple(classes)
        self.cover = nn.Linear(width, 4 * len(self.classes))
        self.corners = nn.Linear(width, 4 * len(self.classes))
        nn.init.constant_(self.cover.bias, -4.0)  # most places hold none of it

    def write(self, path: Path) -> None:
        """Keep the head beside a checkpoint's weights, with what its classes are."""
        names = [[name, side.value if side else None] for name, side in self.classes]
        torch.save({"classes": names, "weights": self.state_dict()}, path)

    def take(self, path: Path) -> int:
        """Go on from a head that :meth:`write` kept, class by class; the number of classes that it knew.

        Which classes a head has depends on the lists of its stage: the next one's may be others, in another order.
        """
        kept = read_tensors(path, "delete it, and the head is taught anew")
        weights = kept["weights"]
        if weights["cover.weight"].shape[1] != self.cover.in_features:
            return 0
        before = {(name, Side(side) if side else None): number for number, (name, side) in enumerate(kept["classes"])}
        pairs = [(mine, before[key]) for mine, key in enumerate(self.classes) if key in before]
        if pairs:
            mine, theirs = torch.tensor(pairs).T
            with torch.no_grad():
                for name in ("weight", "bias"):
                    cover, other = getattr(self.cover, name), weights[f"cover.{name}"]
                    cover.view(4, len(self.classes), -1)[:, mine] = other.view(4, len(before), -1)[:, theirs]
                    corners, other = getattr(self.corners, name), weights[f"corners.{name}"]
                    corners.view(len(self.classes), 4, -1)[mine] = other.view(len(before), 4, -1)[theirs]
        return len(pairs)

    def losses(self, tokens: Tensor, truth: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """``tokens`` (n, width) and the batch's truth at each token (``dense_truth.at_tokens``)."""
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
