"""What lies where, for the dense head: drawn from masks or boxes on the CPU, spread over the tokens on the device.

What travels between the two is small: for each class that an image shows its cover of each patch, a byte each, and its
boxes. Truth comes from masks (phantoms) or boxes (annotated images).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ssg.boxes import as_boxes
from ssg.phantoms import kind_of
from training.scene import Key, Scene

LEAST_COVER = 0.02
"""Relative cover from which a box is taught at a token; less of a patch than this counts as this much."""

NO_BOX = -9.0
"""Fills up the boxes of classes that have fewer than others: farther than any place of an image."""

TRUTH = ("seen_image", "seen_class", "seen_cover", "seen_boxes", "known")
"""What :func:`described` gives."""


def described(scenes: Sequence[Scene], rows: int, columns: int, index: Mapping[Key, int]) -> dict[str, Tensor]:
    """What a batch of images shows, of ``rows`` × ``columns`` patches each, n classes shown in all.

    ``seen_image`` (n,) and ``seen_class`` (n,) say what of which image; ``seen_cover`` (n, rows, columns) uint8 is the
    share of each patch that it covers; ``seen_boxes`` (n, k, 4) its boxes relative to the image, filled up with
    ``NO_BOX``. ``known`` (images, classes) says of which classes it is known whether they are there.
    """
    images: list[int] = []
    classes: list[int] = []
    covers: list[NDArray[np.uint8]] = []
    boxes: list[NDArray[np.float64]] = []
    for number, scene in enumerate(scenes):
        height, width = scene.pixels.shape
        for key, found in (scene.present | scene.anatomy).items():
            if key in index:
                images.append(number)
                classes.append(index[key])
                covers.append(_covered(scene, key, rows, columns))
                boxes.append(as_boxes(found) / [width, height, width, height])
    filled = np.full((len(boxes), max((len(some) for some in boxes), default=1), 4), NO_BOX, np.float32)
    for row, some in enumerate(boxes):
        filled[row, : len(some)] = some
    return {
        "seen_image": torch.tensor(images, dtype=torch.long),
        "seen_class": torch.tensor(classes, dtype=torch.long),
        "seen_cover": torch.from_numpy(np.stack(covers) if covers else np.zeros((0, rows, columns), np.uint8)),
        "seen_boxes": torch.from_numpy(filled),
        "known": torch.from_numpy(np.stack([_known(scene, index) for scene in scenes])),
    }


def at_tokens(seen: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same at every merged token, in the vision tower's order, all images after one another.

    ``cover`` (tokens, 4, classes): shares of each patch, relative to the class's most covered patch. ``known`` (tokens,
    classes). ``boxes`` (tokens, classes, 4): the box whose edge is nearest to the token, relative to the image.
    ``weight`` (tokens, classes): positive where a box is taught, adding up to one for each class that an image shows.
    """
    images, classes = seen["known"].shape
    count, rows, columns = seen["seen_cover"].shape
    where = (seen["seen_image"], slice(None), seen["seen_class"])
    tokens = rows // 2 * (columns // 2)
    merged = seen["seen_cover"].float().view(count, rows // 2, 2, columns // 2, 2)
    merged = merged.permute(0, 1, 3, 2, 4).reshape(count, tokens, 4) / 255
    # A line or a small nodule covers little of any patch: what counts is where most of it lies.
    merged = merged / merged.amax((1, 2), keepdim=True).clamp_min(LEAST_COVER)
    most = merged.amax(2)
    inside = most > (0.5 * most.amax(1, keepdim=True)).clamp_max(LEAST_COVER)
    cover = merged.new_zeros(images, tokens, classes, 4)
    cover[where] = merged
    weight = merged.new_zeros(images, tokens, classes)
    weight[where] = inside / inside.sum(1, keepdim=True).clamp_min(1)
    boxes = merged.new_zeros(images, tokens, classes, 4)
    boxes[where] = _nearest(seen["seen_boxes"], rows // 2, columns // 2)
    known = seen["known"][:, None].expand(images, tokens, classes)
    return {
        "cover": cover.flatten(0, 1).transpose(1, 2),
        "known": known.flatten(0, 1),
        "boxes": boxes.flatten(0, 1),
        "weight": weight.flatten(0, 1),
    }


def _nearest(boxes: Tensor, rows: int, columns: int) -> Tensor:
    """For each token the box whose edge is nearest to the token's centre, (n, tokens, 4)."""
    if boxes.shape[1] == 1:
        return boxes.expand(-1, rows * columns, -1)
    place = torch.arange(rows * columns, device=boxes.device)
    x, y = (place % columns + 0.5) / columns, (place // columns + 0.5) / rows
    centre = torch.stack([x, y], dim=1)[None, :, None]
    corners = boxes[:, None]
    outside = torch.maximum(corners[..., :2] - centre, centre - corners[..., 2:]).amax(3)
    chosen = outside.argmin(2)[..., None].expand(-1, -1, 4)
    return boxes.gather(1, chosen)


def _known(scene: Scene, index: Mapping[Key, int]) -> NDArray[np.bool_]:
    """Whether each class is known here. On a phantom what is marked on one side is known on the other too, unless a
    crop lost it there."""
    names = {name for name, _ in scene.present} if scene.anatomy else set()
    structures = set(kind_of(scene.kind).structures) if scene.anatomy and scene.kind else set()
    sure = names | structures | set(scene.absent)
    shown = scene.present.keys() | scene.anatomy.keys()
    return np.array([key in shown or (key[0] in sure and not scene.is_lost(key)) for key in index])


def _covered(scene: Scene, key: Key, rows: int, columns: int) -> NDArray[np.uint8]:
    mask = scene.masks.get(key)
    if mask is None:
        mask = np.zeros(scene.pixels.shape, bool)
        for x0, y0, x1, y1 in as_boxes((scene.present | scene.anatomy)[key]).round().astype(int):
            mask[y0:y1, x0:x1] = True
    fine = Image.fromarray(np.ascontiguousarray(mask).view(np.uint8) * np.uint8(255))
    coarse: NDArray[np.uint8] = np.asarray(fine.resize((columns, rows), Image.Resampling.BOX))
    return coarse
