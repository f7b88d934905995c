"""First stage: the vision tower learns what is where, before any words.

    python -m training vision --preset tiny-cpu --run runs/vision [--real DIR/annotations.json ...]

Each merged visual token is taught what covers it and the box of what lies there (``dense``). An image costs a fraction
of what it costs with questions, and every image teaches all findings and structures at once. The checkpoint that it
writes has an untaught language model: ``sft --start`` goes on from it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.loop import Training
from training.runs import RunFolder, read_preset
from training.scenes import Row, real_rows
from training.speed import mixed_precision, speed_up
from training.start import add_stage_arguments, dense_parts, starting_policy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    add_stage_arguments(parser, Path("runs/vision"))


def main(arguments: argparse.Namespace) -> None:
    """Train until the last step of the schedule, then write ``RUN/checkpoint``."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    preset = read_preset(arguments.preset)
    plan = preset["vision"] | ({"steps": arguments.steps} if arguments.steps else {})
    rows = real_rows(arguments.real)
    config = {"model": preset["model"], "vision": plan, "real": [str(p) for p in arguments.real]}
    stage = Vision(preset["model"], plan, rows, RunFolder(arguments.run, config), arguments.start)
    stage.resume() if arguments.write_only else stage.train(arguments.save_every)
    stage.write(arguments.run / "checkpoint")


class Vision(Training):
    """The vision tower with the dense head. ``plan`` is the preset's ``[vision]`` table."""

    def __init__(
        self, shape: dict[str, Any], plan: dict[str, Any], rows: list[Row], run: RunFolder, start: Path | None
    ) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model, self.processor = starting_policy(shape, start)
        self.model.to(self.device)
        speed_up(self.model)
        self.head, self.stream = dense_parts(self.processor, shape, plan, rows)
        self.head.to(self.device)
        super().__init__(plan, run, {"tower": self.model.model.visual, "head": self.head})

    def batch(self, step: int) -> dict[str, Tensor]:
        """Images and what lies where."""
        return self.stream.looked_at(step, self.plan["batch"])

    def losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Cover and corners of one batch."""
        batch = {name: value.to(self.device) for name, value in batch.items()}
        with torch.autocast(self.device, torch.bfloat16, enabled=mixed_precision(self.device)):
            seen = self.model.model.visual(batch["pixel_values"], grid_thw=batch["image_grid_thw"])
            losses = self.head.losses(seen.pooler_output, batch)
        return {"loss": losses["cover"] + losses["corners"], **losses}

    def write(self, folder: Path) -> None:
        """Write the whole policy, its language model untaught, and the head beside it."""
        self.model.save_pretrained(folder)
        self.processor.save_pretrained(folder)
        torch.save(self.head.state_dict(), folder / "dense.pt")
        print(f"Checkpoint: {folder}")
