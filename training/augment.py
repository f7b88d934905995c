"""Other views of a scene that keep its truth true: crops, sizes, the mirror image, other grey levels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator
from PIL import Image

from ssg.boxes import Box, as_boxes, clipped, mirrored, rescaled
from ssg.phantoms.canvas import white_noise
from ssg.reward.wording import OTHER
from training.scene import Key, Mask, Scene

LEAST_SHARE = 0.4
"""A finding that keeps less of its area in a crop is no longer asked about."""


def cropped(scene: Scene, window: tuple[int, int, int, int]) -> Scene:
    """The part of a scene inside ``window`` (x0, y0, x1, y1): boxes are cut, what leaves it becomes unknown.

    What leaves on one side only stays known on the other.
    """
    x0, y0, x1, y1 = window
    inside = (slice(y0, y1), slice(x0, x1))
    present, findings = _moved(scene.present, window)
    anatomy, structures = _moved(scene.anatomy, window)
    masks = {key: _part(mask, window, scene.pixels.shape) for key, mask in scene.masks.items()}
    lost = scene.lost | findings | structures
    return replace(scene, pixels=scene.pixels[inside], present=present, anatomy=anatomy, masks=masks, lost=lost)


def _part(mask: Mask, window: tuple[int, int, int, int], shape: tuple[int, ...]) -> Mask:
    """The same part of a mask, which may have another resolution than the image of ``shape``."""
    down, across = mask.shape[0] / shape[0], mask.shape[1] / shape[1]
    x0, y0, x1, y1 = window
    left, top = min(round(x0 * across), mask.shape[1] - 1), min(round(y0 * down), mask.shape[0] - 1)
    return mask[top : max(top + 1, round(y1 * down)), left : max(left + 1, round(x1 * across))]


def _moved(
    found: dict[Key, tuple[Box, ...]], window: tuple[int, int, int, int]
) -> tuple[dict[Key, tuple[Box, ...]], set[Key]]:
    """What stays, in the window's pixels, and what does not: all boxes of one name and side together."""
    x0, y0, x1, y1 = window
    kept: dict[Key, tuple[Box, ...]] = {}
    lost: set[Key] = set()
    for key, boxes in found.items():
        moved = as_boxes(boxes) - np.array([x0, y0, x0, y0])
        inside = clipped(moved, x1 - x0, y1 - y0, LEAST_SHARE)
        if len(inside) == len(moved):
            kept[key] = tuple(Box.of(box.tolist()) for box in inside)
        else:
            lost.add(key)
    # what is marked without a side answers a question about either: it stays or goes with all that is so called
    whole = {name for name, _ in lost if any(other == name and side not in OTHER for other, side in found)}
    lost |= {key for key in kept if key[0] in whole}
    return {key: boxes for key, boxes in kept.items() if key not in lost}, lost


def resized(scene: Scene, size: tuple[int, int]) -> Scene:
    """The scene at (width, height) pixels."""
    height, width = scene.pixels.shape
    if (width, height) == size:
        return scene
    picture = Image.fromarray(scene.pixels).resize(size, Image.Resampling.BILINEAR)

    def grow(found: dict[Key, tuple[Box, ...]]) -> dict[Key, tuple[Box, ...]]:
        return {
            # rounding must not carry an edge over the border, which is where many boxes of a crop end
            key: tuple(
                Box.of(np.clip(box, 0, [*size, *size]).tolist())
                for box in rescaled(as_boxes(boxes), (width, height), size)
            )
            for key, boxes in found.items()
        }

    # masks stay as they are: what is taught from them are shares of patches, at any resolution
    return replace(
        scene,
        pixels=np.asarray(picture),
        present=grow(scene.present),
        anatomy=grow(scene.anatomy),
    )


def random_window(
    scene: Scene, rng: Generator, aspect: float | None = None, least: float = 0.75
) -> tuple[int, int, int, int]:
    """A crop window of a width-to-height ratio ``aspect`` (None: the scene's own).

    It keeps at least ``least`` of each side of the largest such window.
    """
    height, width = scene.pixels.shape
    aspect = aspect or width / height
    scale = rng.uniform(least, 1.0)
    w = max(1, round(scale * min(width, height * aspect)))
    h = max(1, min(height, round(w / aspect)))
    x0, y0 = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
    return x0, y0, x0 + w, y0 + h


def regraded(scene: Scene, rng: Generator) -> Scene:
    """Other grey levels: gamma, contrast and noise, as another machine would give; truth is untouched."""
    height, width = scene.pixels.shape
    levels = np.linspace(0, 1, 256, dtype=np.float32) ** np.float32(np.exp(rng.normal(0, 0.25)))
    levels = (levels - 0.5) * rng.uniform(0.8, 1.2) + 0.5 + rng.normal(0, 0.05)
    grey = np.asarray(levels * 255, np.float32)[scene.pixels]
    noise = white_noise(max(height, width), rng)[:height, :width]
    grey += noise * np.float32(255 * rng.uniform(0, 0.02))
    return replace(scene, pixels=np.clip(grey, 0, 255, out=grey).astype(np.uint8))


def blurred(scene: Scene, rng: Generator) -> Scene:
    """Less sharp, as an image that was stored smaller."""
    height, width = scene.pixels.shape
    share = rng.uniform(0.45, 0.85)
    small = Image.fromarray(scene.pixels).resize(
        (max(1, round(width * share)), max(1, round(height * share))), Image.Resampling.BILINEAR
    )
    return replace(scene, pixels=np.asarray(small.resize((width, height), Image.Resampling.BICUBIC)))


def mirror_image(scene: Scene) -> Scene:
    """The scene as in a mirror: what was on the patient's left is on the right, in boxes and in words."""
    width = scene.pixels.shape[1]

    def other(key: Key) -> Key:
        name, side = key
        return name, OTHER.get(side, side) if side else None

    def swap(found: dict[Key, tuple[Box, ...]]) -> dict[Key, tuple[Box, ...]]:
        return {
            other(key): tuple(Box.of(box.tolist()) for box in mirrored(as_boxes(boxes), width))
            for key, boxes in found.items()
        }

    return replace(
        scene,
        pixels=np.ascontiguousarray(scene.pixels[:, ::-1]),
        present=swap(scene.present),
        anatomy=swap(scene.anatomy),
        masks={other(key): mask[:, ::-1] for key, mask in scene.masks.items()},
        lost=frozenset(map(other, scene.lost)),
    )
