"""What the supervised stages begin with: flags, the policy to go on from, the dense head and the stream."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForImageTextToText

from ssg import phantoms
from ssg.errors import BadInput
from ssg.grounding.processor import GroundingProcessor
from training.dense import DenseHead, dense_classes
from training.model import build_policy
from training.scenes import Row
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
        model = AutoModelForImageTextToText.from_pretrained(start, dtype=torch.float32)
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
