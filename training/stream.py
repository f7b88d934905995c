"""The endless stream of batches: scene → questions → packed tokens, patches and what covers each patch.

Sample number ``i`` of a run depends on the run's seed and ``i`` alone, so a run can be repeated and resumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ssg.vocabulary import Side
from training.packing import Packed, Packer, collate
from training.scenes import Row, cropped, load_scene, phantom_scene, random_window, regraded
from training.tasks import Key, Scene, draw_tasks


@dataclass(frozen=True, slots=True)
class StreamConfig:
    """How samples are drawn. ``size`` is the side of a phantom in pixels; seeds are [first, last)."""

    size: int
    questions: int
    seeds: tuple[int, int]
    real_share: float = 0.0
    seed: int = 0


class SampleStream:
    """Batches by number. ``classes`` are the (finding, side) pairs of the dense head; real rows may be none."""

    def __init__(self, processor: Any, config: StreamConfig, classes: Sequence[Key], rows: Sequence[Row] = ()) -> None:
        self._processor, self._packer = processor, Packer(processor)
        self._config, self._rows = config, list(rows)
        self._class_of = {key: index for index, key in enumerate(classes)}
        self._tokens = processor.tokenizer

    def batch(self, step: int, size: int) -> dict[str, Tensor]:
        """Batch number ``step`` of ``size`` images, as tensors for the model and the losses."""
        return self.assemble([self.scene(step * size + index) for index in range(size)], step)

    def scene(self, number: int) -> Scene:
        """Sample number ``number``: a phantom or a real image, cropped and regraded."""
        rng = np.random.default_rng([self._config.seed, number])
        if self._rows and rng.random() < self._config.real_share:
            scene = load_scene(self._rows[int(rng.integers(len(self._rows)))])
            return self._viewed(regraded(scene, rng), rng, crop_chance=0.8)
        seed = int(rng.integers(*self._config.seeds))
        scene = phantom_scene(seed, self._config.size)
        return self._viewed(scene, rng, crop_chance=0.3)

    def _viewed(self, scene: Scene, rng: Generator, crop_chance: float) -> Scene:
        if rng.random() < crop_chance:
            scene = cropped(scene, random_window(scene, rng))
        return scene

    def assemble(self, scenes: Sequence[Scene], number: int) -> dict[str, Tensor]:
        """Tensors of a batch from its scenes; ``number`` seeds the choice of questions."""
        images = self._processor.image_processor(
            images=[Image.fromarray(s.pixels) for s in scenes], return_tensors="pt"
        )
        packed: list[Packed] = []
        covers: list[NDArray[np.float32]] = []
        known: list[NDArray[np.bool_]] = []
        for index, (scene, grid) in enumerate(zip(scenes, images["image_grid_thw"].tolist(), strict=True)):
            rng = np.random.default_rng([self._config.seed, number, index, 1])
            tasks = draw_tasks(scene, self._config.questions, rng)
            packed.append(self._packer.pack((grid[1], grid[2]), [(t.prompt, t.given, t.answer) for t in tasks]))
            cover = self._cover(scene, grid[1], grid[2])
            covers.append(cover)
            known.append(np.full(len(cover), bool(scene.masks)))
        batch = collate(packed, self._tokens.pad_token_id, self._processor.image_token_id)
        batch |= {"pixel_values": images["pixel_values"], "image_grid_thw": images["image_grid_thw"]}
        batch["cover"] = torch.from_numpy(np.concatenate(covers))
        batch["known"] = torch.from_numpy(np.concatenate(known))
        return batch

    def _cover(self, scene: Scene, rows: int, columns: int) -> NDArray[np.float32]:
        """Share of each patch that each class covers, (patches, classes), in the vision tower's order of patches."""
        cover = np.zeros((rows, columns, len(self._class_of)), dtype=np.float32)
        patch = self._processor.image_processor.patch_size
        for key, mask in scene.masks.items():
            index = self._class_of.get(key)
            if index is None or not mask.any():
                continue
            fine = Image.fromarray(mask.astype(np.uint8) * 255).resize(
                (columns * patch, rows * patch), Image.Resampling.BOX
            )
            cover[:, :, index] = np.asarray(fine).reshape(rows, patch, columns, patch).mean(axis=(1, 3)) / 255
        merged = cover.reshape(rows // 2, 2, columns // 2, 2, -1).transpose(0, 2, 1, 3, 4)
        return merged.reshape(rows * columns, -1)


def dense_classes(names: Sequence[str], paired: Sequence[str]) -> list[Key]:
    """The dense head's classes: each name, on both sides where it is paired."""
    keys: list[Key] = []
    for name in names:
        keys += [(name, Side.RIGHT), (name, Side.LEFT)] if name in paired else [(name, None)]
    return keys
