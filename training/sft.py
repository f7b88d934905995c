"""Second stage, supervised: the policy learns to answer in words and boxes.

    python -m training sft --preset tiny-cpu --run runs/sft --start runs/vision/checkpoint [--real annotations.json ...]

Phantoms in quantity, several questions on each image, soft ordinal coordinates, and the dense head that goes on telling
the vision tower what is where. Many questions are answered without a chain of boxes (``brief``), so that more fit into
the same time. Killed or stopped with Ctrl-C, the same command goes on from the last saved state.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ssg import phantoms
from ssg.errors import BadInput
from ssg.grounding.coordinates import Convention
from ssg.grounding.image_kinds import modalities_of
from ssg.grounding.manifest import Manifest
from ssg.grounding.tokenizer import coordinate_tokens
from ssg.imaging import RADIOGRAPHS
from training.curves import write_curves
from training.flags import counted
from training.losses import AnswerLoss
from training.meant_for_gpu import require_gpu_for
from training.prior import write_prior
from training.rows import Row
from training.runs import CHECKPOINT, RunFolder, device_in_words
from training.speed import mixed_precision
from training.start import SupervisedStage, add_stage_arguments, trained
from training.writing import GOES_ON, in_one_piece

PRIOR_PHANTOMS = 2000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    add_stage_arguments(parser, Path("runs/sft"))
    parser.add_argument(
        "--prior-phantoms",
        type=counted,
        help="phantoms of each kind that the location prior is fitted on (2000; 0: later, with the stage prior)",
    )


def main(arguments: argparse.Namespace) -> None:
    """Train until the last step of the schedule, then write the checkpoint folder ``RUN/checkpoint``."""
    require_gpu_for(arguments.preset, arguments.on_cpu or arguments.write_only)
    made = trained(arguments, "sft", Sft)
    made.write(arguments.run / CHECKPOINT, arguments.preset)
    asked = arguments.prior_phantoms
    count = made.plan.get("prior_phantoms", PRIOR_PHANTOMS) if asked is None else asked
    if count:
        write_prior(arguments.run / CHECKPOINT, made.kinds, count, made.rows)
    write_curves(arguments.run)


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
        self.model.model.visual.register_forward_hook(self._keep_tokens)
        self.answer_loss = AnswerLoss(numbers, width, plan["expected_l1"], plan["presence"])

    def parts(self) -> dict[str, nn.Module]:
        """The whole policy; the tower apart, because it may learn at another pace than what reads it."""
        return {"tower": self.model.model.visual, "language": self.model.model.language_model, "head": self.head}

    def batch(self, step: int) -> dict[str, Tensor]:
        """Images, what lies where, and questions with answers."""
        early = self.progress_at(step) < self.plan.get("brief_until", 1.0)
        return self.stream.batch(step, self.plan["batch"], self.plan["brief"] * (1.0 if early else 0.5))

    def losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The answers' losses and the dense head's, of one batch."""
        batch, truth = self.on_device(batch)
        wanted = batch.pop("learn")[:, 1:]
        decides = batch.pop("decides")[:, 1:][wanted]
        targets = batch["input_ids"][:, 1:][wanted]
        with torch.autocast(self.device, torch.bfloat16, enabled=mixed_precision(self.device)):
            output = self.model.model(**batch, use_cache=False)
            logits = self.model.lm_head(output.last_hidden_state[:, :-1][wanted])
            dense = self.head.losses(self._tokens, truth)
        losses = self.answer_loss(logits.float(), targets, decides, self._sigma())
        losses["loss"] = losses["loss"] + self.plan["dense"] * (dense["cover"] + dense["corners"])
        return losses | {name: value.detach() for name, value in dense.items()}

    def _keep_tokens(self, tower: nn.Module, given: Any, seen: Any) -> None:
        """What the language model was given of the images, for the dense head."""
        self._tokens: Tensor = seen.pooler_output

    def _sigma(self) -> float:
        """The bell of the coordinates narrows geometrically."""
        start, end = self.plan["sigma_start"], self.plan["sigma_end"]
        return float(start * (end / start) ** self.progress)

    def write(self, folder: Path, preset: str) -> None:
        """Write weights, processor, ``grounding.json``, the dense head and the location prior."""
        real = sorted({name for row in self.rows for name, _ in row.present})
        kinds = self.kinds
        findings = tuple(dict.fromkeys([*phantoms.all_findings(kinds), *real]))
        manifest = Manifest(
            f"ssg-{Path(preset).stem}",
            Convention.RELATIVE_1000,
            findings,
            phantoms.all_structures(kinds),
            chain=True,
            seen=seen_in_words(kinds, self.rows),
            modalities=modalities_shown(kinds, self.rows),
        )
        with in_one_piece(folder, GOES_ON) as part:
            self.write_policy(part)
            manifest.write(part)
        self.run.log(step=self.step, checkpoint=str(folder), device=device_in_words())
        print(f"Checkpoint: {folder}")


def seen_in_words(kinds: Sequence[str], rows: Sequence[Row]) -> str:
    """What a policy has seen, for its manifest: "phantom chest radiographs and chest CT, and real images of ..."."""
    names = {"chest-xray": "chest radiographs", "chest-ct": "chest CT slices", "brain-mr": "brain MR slices"}
    drawn = [names[kind] for kind in kinds]
    words = "phantom " + ", ".join(drawn[:-1]) + (" and " if drawn[:-1] else "") + drawn[-1]
    real = {"chest": "chest radiographs", "brain": "brain MR slices"}
    bodies = [real[body] for body in dict.fromkeys(row.body for row in rows) if body in real]
    return f"{words}, and {' and '.join(bodies)} with radiologists' boxes" if bodies else words


def modalities_shown(kinds: Sequence[str], rows: Sequence[Row]) -> tuple[str, ...]:
    """DICOM's codes of what a policy has seen, for its manifest; a real image without one is a radiograph."""
    real = (str(row.source.get("modality") or "DX") for row in rows)
    return tuple(dict.fromkeys([*modalities_of(kinds), *("DX" if code in RADIOGRAPHS else code for code in real)]))
