"""First stage: the vision tower learns what is where, before any words.

    python -m training vision --preset tiny-cpu --run runs/vision [--real DIR/annotations.json ...]

Each merged visual token is taught what covers it and the box of what lies there (``dense``). An image costs a fraction
of what it costs with questions, and every image teaches all findings and structures at once. The checkpoint that it
writes has an untaught language model: ``sft --start`` goes on from it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor, nn

from training.curves import write_curves
from training.meant_for_gpu import require_gpu_for
from training.runs import CHECKPOINT
from training.speed import mixed_precision
from training.start import SupervisedStage, add_stage_arguments, trained
from training.writing import GOES_ON, in_one_piece


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    add_stage_arguments(parser, Path("runs/vision"))


def main(arguments: argparse.Namespace) -> None:
    """Train until the last step of the schedule, then write ``RUN/checkpoint``."""
    require_gpu_for(arguments.preset, arguments.on_cpu or arguments.write_only)
    trained(arguments, "vision", Vision).write(arguments.run / CHECKPOINT)
    write_curves(arguments.run)


class Vision(SupervisedStage):
    """The vision tower with the dense head. ``plan`` is the preset's ``[vision]`` table."""

    def parts(self) -> dict[str, nn.Module]:
        """The tower and the head; the language model waits."""
        return {"tower": self.model.model.visual, "head": self.head}

    def batch(self, step: int) -> dict[str, Tensor]:
        """Images and what lies where."""
        return self.stream.looked_at(step, self.plan["batch"])

    def losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Cover and corners of one batch."""
        given, truth = self.on_device(batch)
        with torch.autocast(self.device, torch.bfloat16, enabled=mixed_precision(self.device)):
            seen = self.model.model.visual(given["pixel_values"], grid_thw=given["image_grid_thw"])
            losses = self.head.losses(seen.pooler_output, truth)
        return {"loss": losses["cover"] + losses["corners"], **losses}

    def write(self, folder: Path) -> None:
        """Write the whole policy, its language model untaught, and the head beside it."""
        with in_one_piece(folder, GOES_ON) as part:
            self.write_policy(part)
        print(f"Checkpoint: {folder}")
