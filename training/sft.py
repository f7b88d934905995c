"""Second stage, supervised: the policy learns to answer in words and boxes.

    python -m training sft --preset tiny-cpu --run runs/sft --start runs/vision/checkpoint [--real annotations.json ...]

Phantoms in quantity, several questions on each image, soft ordinal coordinates, and the dense head that goes on telling
the vision tower what is where. Most questions are at first answered without a chain of boxes, so that more fit into the
same time. Killed or stopped with Ctrl-C, the same command goes on from the last saved state.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ssg import phantoms
from ssg.errors import BadInput
from ssg.grounding.coordinates import Convention
from ssg.grounding.manifest import Manifest
from ssg.grounding.tokenizer import coordinate_tokens
from training.losses import AnswerLoss
from training.prior import LocationPrior, phantom_boxes, relative_boxes
from training.runs import RunFolder, device_in_words
from training.scenes import Row
from training.speed import mixed_precision
from training.start import DENSE, SupervisedStage, add_stage_arguments, trained

PRIOR_PHANTOMS = 2000
"""Training phantoms that the location prior is fitted on."""

NOT_ANSWERS = ("cover", "known", "boxes", "weight")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    add_stage_arguments(parser, Path("runs/sft"))


def main(arguments: argparse.Namespace) -> None:
    """Train until the last step of the schedule, then write the checkpoint folder ``RUN/checkpoint``."""
    trained(arguments, "sft", Sft).write(arguments.run / "checkpoint", arguments.preset)


class Sft(SupervisedStage):
    """The whole policy with the dense head. ``plan`` is the preset's ``[sft]`` table."""

    def __init__(
        self, shape: dict[str, Any], plan: dict[str, Any], rows: list[Row], run: RunFolder, start: Path | None
    ) -> None:
        super().__init__(shape, plan, rows, run, start)
        numbers = coordinate_tokens(self.processor.tokenizer)
        if numbers is None:
            raise BadInput("The tokenizer does not write 0 … 1000 as single tokens: this stage trains small policies.")
        width = self.model.get_input_embeddings().weight.shape[0]
        self.answer_loss = AnswerLoss(numbers, width, plan["expected_l1"], plan["presence"])

    def parts(self) -> dict[str, nn.Module]:
        """The whole policy; the tower apart, because it may learn at another pace than what reads it."""
        return {"tower": self.model.model.visual, "language": self.model.model.language_model, "head": self.head}

    def batch(self, step: int) -> dict[str, Tensor]:
        """Images, what lies where, and questions with answers."""
        early = self.progress_at(step) < self.plan["brief_until"]
        return self.stream.batch(step, self.plan["batch"], self.plan["brief"] * (1.0 if early else 0.5))

    def losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The answers' losses and the dense head's, of one batch."""
        batch = {name: value.to(self.device) for name, value in batch.items()}
        truth = {name: batch.pop(name) for name in NOT_ANSWERS}
        wanted = batch.pop("learn")[:, 1:]
        decides = batch.pop("decides")[:, 1:][wanted]
        targets = batch["input_ids"][:, 1:][wanted]
        with torch.autocast(self.device, torch.bfloat16, enabled=mixed_precision(self.device)):
            output = self.model.model(**batch, use_cache=False)
            logits = self.model.lm_head(output.last_hidden_state[:, :-1][wanted])
            dense = self.head.losses(torch.cat(list(output.image_outputs.pooler_output)), truth)
        losses = self.answer_loss(logits.float(), targets, decides, self._sigma())
        losses["loss"] = losses["loss"] + self.plan["dense"] * (dense["cover"] + dense["corners"])
        return losses | {name: value.detach() for name, value in dense.items()}

    def _sigma(self) -> float:
        """The bell of the coordinates narrows geometrically."""
        start, end = self.plan["sigma_start"], self.plan["sigma_end"]
        return float(start * (end / start) ** self.progress)

    def write(self, folder: Path, preset: str) -> None:
        """Write weights, processor, ``grounding.json``, the dense head and the location prior."""
        real = sorted({name for row in self.rows for name, _ in row.present})
        findings = tuple(dict.fromkeys([*phantoms.FINDINGS, *real]))
        seen = "phantom chest radiographs" + (" and chest radiographs with radiologists' boxes" if self.rows else "")
        manifest = Manifest(
            f"ssg-{Path(preset).stem}",
            Convention.RELATIVE_1000,
            findings,
            tuple(phantoms.STRUCTURES),
            chain=True,
            seen=seen,
        )
        self.model.save_pretrained(folder)
        self.processor.save_pretrained(folder)
        manifest.write(folder)
        torch.save(self.head.state_dict(), folder / DENSE)
        first = self.plan["train_seeds"][0]
        LocationPrior.fit([*phantom_boxes(first, PRIOR_PHANTOMS), *relative_boxes(self.rows)]).write(folder)
        self.run.log(step=self.step, checkpoint=str(folder), device=device_in_words())
        print(f"Checkpoint: {folder}")
