"""Supervised learning of a large policy's adapter: questions and answers of ``training.tasks``, packed for each image.

The image goes through the model once for all its questions (``training.packing``), in the checkpoint's own chat form,
with places written as the checkpoint writes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments

from ssg.grounding.processor import GroundingProcessor
from training.frames import Frames
from training.packing import Packed, Packer, collate
from training.rows import Row
from training.stream import SceneStream, StreamConfig
from training.tasks import draw_tasks

NOT_LEARNED = -100

Example = tuple[Packed, Tensor, Tensor]
"""One image's packed questions, its patches (n, values) and its grid (1, 3)."""


class PackedScenes(Dataset[Example]):
    """Scenes with their questions by number, ``length`` of them; number ``i`` depends on the seed and ``i`` alone.

    ``brief`` is the share of questions answered without a chain of boxes.
    """

    def __init__(
        self,
        processor: GroundingProcessor,
        frames: Frames,
        config: StreamConfig,
        rows: Sequence[Row],
        length: int,
        brief: float,
    ) -> None:
        self._images, self._packer = processor.image_processor, Packer(processor)
        self._frames, self._config, self._length, self._brief = frames, config, length, brief
        self._stream = SceneStream(config, rows)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, number: int) -> Example:
        if not 0 <= number < self._length:
            raise IndexError(number)
        scene = self._stream.scene(number, (self._config.size, self._config.size))
        scene = replace(scene, frames=self._frames)
        rng = np.random.default_rng([self._config.seed, number, 1])
        tasks = draw_tasks(scene, self._config.questions, rng, self._brief)
        seen = self._images(images=[Image.fromarray(scene.pixels)], return_tensors="pt")
        grid = seen["image_grid_thw"]
        packed = self._packer.pack((int(grid[0, 1]), int(grid[0, 2])), [(t.prompt, t.given, t.answer) for t in tasks])
        return packed, seen["pixel_values"], grid


class Collator:
    """Examples as one batch. Logits are taken only where some row's next token is taught."""

    def __init__(self, processor: GroundingProcessor) -> None:
        self._pad, self._image = processor.tokenizer.pad_token_id, processor.image_token_id

    def __call__(self, examples: Sequence[Example]) -> dict[str, Tensor]:
        """What the model takes, and ``shift_labels`` (rows, kept): the next token of each kept place."""
        batch = collate([packed for packed, _, _ in examples], self._pad, self._image)
        learn = batch.pop("learn")
        del batch["decides"]  # of the small policies' loss
        following = torch.where(learn, batch["input_ids"], NOT_LEARNED)[:, 1:]
        kept = (following != NOT_LEARNED).any(dim=0).nonzero()[:, 0]
        batch["logits_to_keep"] = kept
        batch["labels"] = batch["shift_labels"] = following[:, kept].contiguous()
        batch["pixel_values"] = torch.cat([patches for _, patches, _ in examples])
        batch["image_grid_thw"] = torch.cat([grid for _, _, grid in examples])
        return batch


def sft_trainer(
    model: Any, processor: GroundingProcessor, data: PackedScenes, settings: TrainingArguments, callbacks: list[Any]
) -> Trainer:
    """A plain ``transformers.Trainer``: the loss is the model's own, over what is taught."""
    return Trainer(
        model=model,
        args=settings,
        train_dataset=data,
        data_collator=Collator(processor),
        processing_class=processor,
        callbacks=callbacks,
    )


def sft_settings(plan: dict[str, Any], shared: dict[str, Any]) -> TrainingArguments:
    """Settings of the trainer; ``plan`` is the ``[sft]`` table, ``shared`` what both stages have."""
    settings = TrainingArguments(
        **shared,
        per_device_train_batch_size=plan["batch"],
        gradient_accumulation_steps=plan["accumulate"],
        # in the order of the stream, in which a phantom comes back while it is still kept
        train_sampling_strategy="sequential",
        dataloader_num_workers=plan.get("workers", 0),
        # the tower stays as it is and every adapted layer takes part in every step
        ddp_find_unused_parameters=False,
        label_names=["labels"],
    )
    plugin = settings.deepspeed_plugin
    if plugin is not None and plugin.zero_stage == 3 and plan["checkpointing"]:
        # a layer that is computed again must have been gathered again: only the older way does that (TRL does the same)
        settings.gradient_checkpointing_kwargs = {"use_reentrant": True}
    return settings
