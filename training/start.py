"""What the supervised stages begin with: flags, the policy to go on from, the dense head and the stream."""

from __future__ import annotations

import argparse
import math
from abc import abstractmethod
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn
from transformers import AutoModelForImageTextToText

from ssg import phantoms
from ssg.errors import BadInput
from ssg.grounding.processor import GroundingProcessor
from training.dense import DenseHead, dense_classes
from training.loop import Training
from training.model import build_policy
from training.runs import RunFolder, read_preset
from training.scenes import Row, real_rows
from training.speed import speed_up
from training.stream import SampleStream, StreamConfig

DENSE = "dense.pt"
"""The dense head beside a checkpoint's weights; it is not part of the policy."""


def add_stage_arguments(parser: argparse.ArgumentParser, run: Path) -> None:
    """Flags that the supervised stages share."""
    parser.add_argument("--preset", default="tiny-cpu", help="name of a preset, or the path of a TOML file")
    parser.add_argument("--run", type=Path, default=run, help="run folder; an existing run is continued")
    parser.add_argument(
        "--real", type=Path, nargs="*", default=[], help="annotation lists to mix in (annotations.json)"
    )
    parser.add_argument("--steps", type=int, help="number of steps, in place of the preset's")
    parser.add_argument("--start", type=Path, help="checkpoint folder to start from (weights only)")
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument(
        "--write-only", action="store_true", help="write RUN/checkpoint from the last saved state, without training"
    )
    parser.add_argument("--save-every", type=int, default=200, help="steps between saved states")


def starting_policy(shape: dict[str, Any], start: Path | None) -> tuple[Any, GroundingProcessor]:
    """A new policy, or that of a checkpoint folder (a quantised one is brought back to full precision)."""
    if start is None:
        return build_policy(shape)
    if not (start / "config.json").is_file():
        raise BadInput(f"{start} cannot be started from: give a folder that a training stage wrote.")
    try:
        model = AutoModelForImageTextToText.from_pretrained(start, dtype=torch.float32, use_safetensors=True)
        if getattr(model, "is_quantized", False):
            model = model.dequantize()
        return model.float(), GroundingProcessor.load(start)
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(
            f"{start} cannot be started from ({error}): give a folder that a training stage wrote."
        ) from None


def dense_parts(
    processor: GroundingProcessor,
    shape: dict[str, Any],
    plan: dict[str, Any],
    rows: list[Row],
    start: Path | None = None,
) -> tuple[DenseHead, SampleStream]:
    """The dense head (that of ``start``, where it fits) and the stream of a stage with this ``plan``."""
    real = sorted({name for row in rows for name, _ in row.present})
    classes = dense_classes([*phantoms.FINDINGS, *phantoms.STRUCTURES, *real])
    head = DenseHead(shape["text_hidden"], len(classes))
    kept = start / DENSE if start else None
    if kept and kept.exists():
        state = torch.load(kept, map_location="cpu", weights_only=True)
        if all(state[name].shape == value.shape for name, value in head.state_dict().items()):
            head.load_state_dict(state)
    config = StreamConfig(
        size=round(math.sqrt(shape["image_pixels"])),
        questions=plan.get("questions", 0),
        seeds=(plan["train_seeds"][0], plan["train_seeds"][1]),
        real_share=plan["real_share"] if rows else 0.0,
        seed=plan.get("seed", 0),
        reuse=plan.get("reuse", 3),
    )
    return head, SampleStream(processor, config, classes, rows)


class SupervisedStage(Training):
    """The policy, the dense head and the stream that both supervised stages have; a stage names what it trains."""

    def __init__(
        self, shape: dict[str, Any], plan: dict[str, Any], rows: list[Row], run: RunFolder, start: Path | None
    ) -> None:
        self.rows = rows
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model, self.processor = starting_policy(shape, start)
        self.model.to(self.device)
        speed_up(self.model)
        self.head, self.stream = dense_parts(self.processor, shape, plan, rows, start)
        self.head.to(self.device)
        super().__init__(plan, run, self.parts())

    @abstractmethod
    def parts(self) -> dict[str, nn.Module]:
        """The modules that are trained, by the names that ``slow`` may use."""


Stage = TypeVar("Stage", bound=SupervisedStage)


def trained(arguments: argparse.Namespace, table: str, stage: type[Stage]) -> Stage:
    """A stage by its flags and its ``table`` of the preset, trained to the end of its schedule."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    preset = read_preset(arguments.preset)
    plan = preset[table] | ({"steps": arguments.steps} if arguments.steps else {})
    config = {
        "model": preset["model"],
        table: plan,
        "real": [str(path) for path in arguments.real],
        "start": str(arguments.start),
    }
    run, rows = RunFolder(arguments.run, config), real_rows(arguments.real)
    made = stage(preset["model"], plan, rows, run, arguments.start)
    if arguments.write_only:
        made.resume()
    else:
        made.train(arguments.save_every)
    return made
