"""The endless stream of batches: scene → questions → packed tokens, images and what lies where.

Sample number ``i`` of a run depends on the run's seed and ``i`` alone, so a run can be repeated and resumed. Drawing a
phantom costs as much as learning from it, so each is seen several times, cropped, graded and asked about differently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from training.augment import blurred, cropped, mirror_image, random_window, regraded, resized
from training.dense_truth import described
from training.packing import Packed, Packer, collate
from training.pictures import load_scene
from training.rows import Row
from training.scene import Key, Scene
from training.scenes import phantom_scene, with_parents
from training.tasks import draw_tasks

LARGER = 1.5
"""Images are kept at most this much larger than the policy sees them."""

DRAWN_AT = (1.0, 1.0, 1.0, 1.5)
"""Phantoms are drawn at these multiples of what the policy sees: noise and edges differ between them."""

MIRRORED = {"brain": 0.5, "chest": 0.1}
"""Share of images that are mirrored, by the part of the body: hearts on the right are rare, brains are alike."""

BLURRED = 0.15


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """How samples are drawn.

    ``size`` is the side in pixels of a square image as the policy sees it; phantom seeds are [first, last); ``reuse``
    how often each phantom is seen, ``pool`` phantoms apart: where several processes draw batches in turn, a pool of a
    multiple of all their batches lets each meet its own again. ``kinds`` are the shares of the kinds of phantoms; real
    images are drawn equally often of each part of the body.
    """

    size: int
    questions: int
    seeds: tuple[int, int]
    real_share: float = 0.0
    seed: int = 0
    reuse: int = 3
    pool: int = 600
    kinds: Mapping[str, float] = field(default_factory=lambda: {"chest-xray": 1.0})


class SceneStream:
    """Scenes by number; real rows may be none."""

    def __init__(self, config: StreamConfig, rows: Sequence[Row] = ()) -> None:
        self._config, self._rows = config, list(rows)
        self._kinds = list(config.kinds)
        self._shares = np.cumsum(list(config.kinds.values())) / sum(config.kinds.values())
        kept = config.pool + 1 if config.reuse > 1 else 1  # what does not come back is not kept: with masks it is 5 MB
        self._phantom = lru_cache(kept)(lambda *which: with_parents(phantom_scene(*which)))
        for kind in self._kinds:
            phantom_scene(0, config.size, kind)  # compiled and built once, for the processes that follow
        self._bodies: dict[str, list[int]] = {}
        for number, row in enumerate(self._rows):
            self._bodies.setdefault(row.body, []).append(number)
        largest = round(config.size * LARGER)
        self._real = lru_cache(4000)(lambda number: with_parents(_at_most(load_scene(self._rows[number]), largest)))

    def scene(self, number: int, shape: tuple[int, int]) -> Scene:
        """Sample number ``number``: a phantom or a real image, cropped to ``shape`` (width, height) and regraded."""
        rng = np.random.default_rng([self._config.seed, number])
        if self._rows and rng.random() < self._config.real_share:
            body = list(self._bodies)[int(rng.integers(len(self._bodies)))]
            chosen = self._bodies[body][int(rng.integers(len(self._bodies[body])))]
            scene = _viewed(self._real(chosen), rng, shape, crop_chance=0.8)
            return regraded(_turned(scene, body, rng), rng)
        scene = _viewed(self._phantom(*self._drawn(number)), rng, shape, crop_chance=0.3)
        scene = _turned(scene, str(scene.kind).partition("-")[0], rng)
        return regraded(scene, rng) if rng.random() < 0.5 else scene

    def _drawn(self, number: int) -> tuple[int, int, str]:
        """Seed, size and kind of the phantom of sample ``number``: each comes back ``reuse`` times, a pool later."""
        pool, reuse = self._config.pool, self._config.reuse
        rng = np.random.default_rng([self._config.seed, number // (pool * reuse), number % pool, 3])
        size = round(self._config.size * DRAWN_AT[int(rng.integers(len(DRAWN_AT)))])
        kind = self._kinds[int(np.searchsorted(self._shares, rng.random(), side="right"))]
        return int(rng.integers(*self._config.seeds)), size, kind


class SampleStream(SceneStream):
    """Batches by number. ``classes`` are the (finding, side) pairs of the dense head."""

    def __init__(self, processor: Any, config: StreamConfig, classes: Sequence[Key], rows: Sequence[Row] = ()) -> None:
        super().__init__(config, rows)
        self._processor, self._packer = processor, Packer(processor)
        self._index = {key: number for number, key in enumerate(classes)}
        self._tokens = processor.tokenizer
        self._patch = processor.image_processor.patch_size

    def batch(self, step: int, size: int, brief: float = 0.0) -> dict[str, Tensor]:
        """Batch number ``step`` of ``size`` images of one shape, as tensors for the model and the losses.

        ``brief`` is the share of questions answered without a chain.
        """
        scenes = self._scenes(step, size)
        return self._seen(scenes) | self._asked(scenes, step, brief)

    def looked_at(self, step: int, size: int) -> dict[str, Tensor]:
        """The same batch without questions."""
        return self._seen(self._scenes(step, size))

    def _scenes(self, step: int, size: int) -> list[Scene]:
        """The scenes of batch number ``step``, all of one shape."""
        shape = self._shape(np.random.default_rng([self._config.seed, step, 2]))
        return [self.scene(step * size + index, shape) for index in range(size)]

    def _shape(self, rng: Generator) -> tuple[int, int]:
        """Width and height of a batch: square half of the time, else up to two steps of 32 pixels longer one way."""
        side = self._config.size
        if rng.random() < 0.5:
            return side, side
        step = 32
        others = [(side - step, side), (side, side - step), (side - step, side + step), (side + step, side - step)]
        return others[int(rng.integers(len(others)))]

    def _seen(self, scenes: Sequence[Scene]) -> dict[str, Tensor]:
        images = torch.from_numpy(np.stack([scene.pixels for scene in scenes]))
        rows, columns = self._grid(scenes[0])
        return {"images": images, **described(scenes, rows, columns, self._index)}

    def _grid(self, scene: Scene) -> tuple[int, int]:
        height, width = scene.pixels.shape
        return height // self._patch, width // self._patch

    def _asked(self, scenes: Sequence[Scene], step: int, brief: float) -> dict[str, Tensor]:
        packed: list[Packed] = []
        for index, scene in enumerate(scenes):
            rng = np.random.default_rng([self._config.seed, step, index, 1])
            tasks = draw_tasks(scene, self._config.questions, rng, brief)
            packed.append(self._packer.pack(self._grid(scene), [(t.prompt, t.given, t.answer) for t in tasks]))
        return collate(packed, self._tokens.pad_token_id, self._processor.image_token_id)


def _viewed(scene: Scene, rng: Generator, shape: tuple[int, int], crop_chance: float) -> Scene:
    least = 0.75 if rng.random() < crop_chance else 1.0
    return resized(cropped(scene, random_window(scene, rng, shape[0] / shape[1], least)), shape)


def _turned(scene: Scene, body: str, rng: Generator) -> Scene:
    """Mirrored or blurred now and then."""
    if rng.random() < MIRRORED.get(body, 0.0):
        scene = mirror_image(scene)
    return blurred(scene, rng) if rng.random() < BLURRED else scene


def _at_most(scene: Scene, largest: int) -> Scene:
    height, width = scene.pixels.shape
    share = largest / max(height, width)
    return scene if share >= 1 else resized(scene, (round(width * share), round(height * share)))
