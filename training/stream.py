"""The endless stream of batches: scene → questions → packed tokens, patches and what lies where.

Sample number ``i`` of a run depends on the run's seed and ``i`` alone, so a run can be repeated and resumed. Drawing a
phantom costs as much as learning from it, so each is seen several times, cropped, graded and asked about differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from PIL import Image
from torch import Tensor

from training.dense import dense_truth
from training.packing import Packed, Packer, collate
from training.scenes import Row, cropped, load_scene, phantom_scene, random_window, regraded, resized
from training.tasks import Key, Scene, draw_tasks

LARGER = 1.5
"""Images are kept at most this much larger than the policy sees them."""

DRAWN_AT = (1.0, 1.0, 1.5, 2.0)
"""Phantoms are drawn at these multiples of what the policy sees: noise and edges differ between them."""


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """How samples are drawn.

    ``size`` is the side in pixels of a square image as the policy sees it; phantom seeds are [first, last); ``reuse``
    how often each phantom is seen, ``pool`` phantoms apart. ``brief`` is the share of questions that are answered
    without a chain.
    """

    size: int
    questions: int
    seeds: tuple[int, int]
    real_share: float = 0.0
    seed: int = 0
    reuse: int = 3
    pool: int = 600


class SceneStream:
    """Scenes by number; real rows may be none."""

    def __init__(self, config: StreamConfig, rows: Sequence[Row] = ()) -> None:
        self._config, self._rows = config, list(rows)
        largest = round(config.size * LARGER)
        self._phantom = lru_cache(config.pool + 1)(lambda seed, size: _at_most(phantom_scene(seed, size), largest))
        self._real = lru_cache(4000)(lambda number: _at_most(load_scene(self._rows[number]), largest))

    def scene(self, number: int, shape: tuple[int, int]) -> Scene:
        """Sample number ``number``: a phantom or a real image, cropped to ``shape`` (width, height) and regraded."""
        rng = np.random.default_rng([self._config.seed, number])
        if self._rows and rng.random() < self._config.real_share:
            scene = regraded(self._real(int(rng.integers(len(self._rows)))), rng)
            return _viewed(scene, rng, shape, crop_chance=0.8)
        drawn = self._drawn(number)
        scene = self._phantom(*drawn)
        if rng.random() < 0.5:
            scene = regraded(scene, rng)
        return _viewed(scene, rng, shape, crop_chance=0.3)

    def _drawn(self, number: int) -> tuple[int, int]:
        """Seed and size of the phantom of sample ``number``: each comes back ``reuse`` times, a pool later."""
        pool, reuse = self._config.pool, self._config.reuse
        rng = np.random.default_rng([self._config.seed, number // (pool * reuse), number % pool, 3])
        size = round(self._config.size * DRAWN_AT[int(rng.integers(len(DRAWN_AT)))])
        return int(rng.integers(*self._config.seeds)), size


class SampleStream(SceneStream):
    """Batches by number. ``classes`` are the (finding, side) pairs of the dense head."""

    def __init__(self, processor: Any, config: StreamConfig, classes: Sequence[Key], rows: Sequence[Row] = ()) -> None:
        super().__init__(config, rows)
        self._processor, self._packer = processor, Packer(processor)
        self._index = {key: number for number, key in enumerate(classes)}
        self._tokens = processor.tokenizer

    def batch(self, step: int, size: int, brief: float = 0.0) -> dict[str, Tensor]:
        """Batch number ``step`` of ``size`` images of one shape, as tensors for the model and the losses.

        ``brief`` is the share of questions answered without a chain.
        """
        scenes = self._scenes(step, size)
        seen = self._seen(scenes)
        return seen | self._asked(scenes, seen["image_grid_thw"].tolist(), step, brief)

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
        images = self._processor.image_processor(
            images=[Image.fromarray(s.pixels) for s in scenes], return_tensors="pt"
        )
        grids = images["image_grid_thw"].tolist()
        truths = [dense_truth(s, grid[1], grid[2], self._index) for s, grid in zip(scenes, grids, strict=True)]
        dense = {name: torch.from_numpy(np.concatenate([truth[name] for truth in truths])) for name in truths[0]}
        return {"pixel_values": images["pixel_values"], "image_grid_thw": images["image_grid_thw"], **dense}

    def _asked(
        self, scenes: Sequence[Scene], grids: Sequence[Sequence[int]], step: int, brief: float
    ) -> dict[str, Tensor]:
        packed: list[Packed] = []
        for index, (scene, (_, rows, columns)) in enumerate(zip(scenes, grids, strict=True)):
            rng = np.random.default_rng([self._config.seed, step, index, 1])
            tasks = draw_tasks(scene, self._config.questions, rng, brief)
            packed.append(self._packer.pack((rows, columns), [(t.prompt, t.given, t.answer) for t in tasks]))
        return collate(packed, self._tokens.pad_token_id, self._processor.image_token_id)


def _viewed(scene: Scene, rng: Generator, shape: tuple[int, int], crop_chance: float) -> Scene:
    least = 0.75 if rng.random() < crop_chance else 1.0
    return resized(cropped(scene, random_window(scene, rng, shape[0] / shape[1], least)), shape)


def _at_most(scene: Scene, largest: int) -> Scene:
    height, width = scene.pixels.shape
    share = largest / max(height, width)
    return scene if share >= 1 else resized(scene, (round(width * share), round(height * share)))
