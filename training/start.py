"""What the supervised stages begin with: flags, the policy to go on from, the dense head and the stream."""

from __future__ import annotations

import argparse
import math
import zlib
from abc import abstractmethod
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import AutoModelForImageTextToText

from ssg.cli.files import file_path
from ssg.errors import BadInput
from ssg.grounding.checkpoints import Source, quieten, require_whole
from ssg.grounding.processor import GroundingProcessor
from ssg.phantoms import all_findings, all_structures
from training.dense import DenseHead, dense_classes
from training.dense_truth import TRUTH, at_tokens
from training.flags import counted, duration, positive
from training.lists import real_rows
from training.loop import Training
from training.meant_for_gpu import add_on_cpu
from training.model import build_policy, require_shape
from training.pixels import Patcher
from training.prior import LocationPrior
from training.room import require_room
from training.rows import Row
from training.runs import STATE, RunFolder, read_preset
from training.speed import speed_up
from training.stream import SampleStream, StreamConfig

DENSE = "dense.pt"
"""The dense head beside a checkpoint's weights; it is not part of the policy."""

UNREADABLE = (OSError, ValueError, KeyError, RuntimeError, SafetensorError)
"""What transformers, safetensors and JSON raise for a checkpoint that is cut off, damaged or of another kind."""


def add_stage_arguments(parser: argparse.ArgumentParser, run: Path) -> None:
    """Flags that the supervised stages share."""
    parser.add_argument("--preset", default="tiny-cpu", help="name of a preset, or the path of a TOML file")
    parser.add_argument("--run", type=file_path, default=run, help="run folder; an existing run is continued")
    parser.add_argument(
        "--real", type=file_path, nargs="*", default=[], help="annotation lists to mix in (annotations.json)"
    )
    add_schedule_arguments(parser)
    add_on_cpu(parser)
    parser.add_argument("--start", type=file_path, help="checkpoint folder to start from (weights only)")
    parser.add_argument("--threads", type=positive, help="CPU threads")
    parser.add_argument(
        "--write-only", action="store_true", help="write RUN/checkpoint from the last saved state, without training"
    )
    parser.add_argument(
        "--half", action="store_true", help="write the checkpoint in half precision, in files of at most 15 MB"
    )
    parser.add_argument("--save-every", type=positive, default=200, help="steps between saved states")


def add_schedule_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags in place of the preset's, for :func:`plan_of`."""
    parser.add_argument("--steps", type=positive, help="number of steps, in place of the preset's")
    parser.add_argument(
        "--seconds", type=duration, help="end the schedule after so long, on a machine lent for a while"
    )
    parser.add_argument("--workers", type=counted, help="processes that draw batches, in place of the preset's")


def plan_of(arguments: argparse.Namespace, table: dict[str, Any]) -> dict[str, Any]:
    """A stage's ``table`` of the preset with what its flags say in place of it."""
    given = {name: getattr(arguments, name) for name in ("steps", "seconds", "workers")}
    return table | {name: value for name, value in given.items() if value is not None}


def starting_policy(shape: dict[str, Any], start: Path | None) -> tuple[Any, GroundingProcessor]:
    """A new policy, or that of a checkpoint folder (a quantised one is brought back to full precision)."""
    if start is None:
        return build_policy(shape)
    if not (start / "config.json").is_file():
        raise BadInput(f"{start} cannot be started from: give a folder that a training stage wrote.")
    quieten()
    try:
        loaded: Any = AutoModelForImageTextToText.from_pretrained(
            start, dtype=torch.float32, use_safetensors=True, output_loading_info=True
        )
        model, report = loaded
        if getattr(model, "is_quantized", False):
            model = model.dequantize()
        model, processor = model.float(), GroundingProcessor.load(start)
        require_whole(model, report, checkpoint_source(start))
    except UNREADABLE as error:
        raise BadInput(read_failure(start, error, "started from")) from None
    require_shape(model, processor, shape, start)
    LocationPrior.beside(start)  # what comes of it keeps its prior
    return model, processor


def checkpoint_source(folder: Path) -> Source:
    """How a checkpoint folder of a stage's flag is spoken of."""
    return Source("checkpoint", str(folder), "the flag", folder)


def read_failure(folder: Path, error: Exception, wanted: str) -> str:
    """What to say of a checkpoint that cannot be ``wanted``, "started from", because it cannot be read."""
    why = str(error).strip().split("\n")[0][:200]
    return f"{folder} cannot be {wanted} ({why}): give a folder that a training stage wrote to its end."


def stream_config(shape: dict[str, Any], plan: dict[str, Any], rows: list[Row], stage: str) -> StreamConfig:
    """How a ``stage`` with this ``plan`` draws its samples.

    Stages of one seed draw different ones: the next stage would otherwise begin on what the one before has learned.
    """
    return StreamConfig(
        size=round(math.sqrt(shape["image_pixels"])),
        questions=plan.get("questions", 0),
        seeds=(plan["train_seeds"][0], plan["train_seeds"][1]),
        real_share=plan["real_share"] if rows else 0.0,
        seed=zlib.crc32(f"{stage} {plan.get('seed', 0)}".encode()),
        reuse=plan.get("reuse", 3),
        pool=plan.get("pool", 600),
        kinds=plan.get("kinds", {"chest-xray": 1.0}),
    )


def dense_parts(
    processor: GroundingProcessor,
    shape: dict[str, Any],
    plan: dict[str, Any],
    rows: list[Row],
    start: Path | None,
    stage: str,
) -> tuple[DenseHead, SampleStream]:
    """The dense head (going on from that of ``start``) and the stream of a ``stage`` with this ``plan``."""
    real = sorted({name for row in rows for name, _ in row.present})
    names = tuple(plan.get("kinds", {"chest-xray": 1.0}))
    classes = dense_classes([*all_findings(names), *all_structures(names), *real])
    head = DenseHead(shape["text_hidden"], classes)
    if start and (start / DENSE).exists():
        head.take(start / DENSE)
    config = stream_config(shape, plan, rows, stage)
    return head, SampleStream(processor, config, classes, rows)


class SupervisedStage(Training):
    """The policy, the dense head and the stream that both supervised stages have; a stage names what it trains.

    ``half`` writes checkpoints in half precision.
    """

    half = False

    def __init__(
        self, shape: dict[str, Any], plan: dict[str, Any], rows: list[Row], run: RunFolder, start: Path | None
    ) -> None:
        self.rows = rows
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(plan.get("seed", 0))  # of what a stage adds to the policy, its head or an adapter
        self.model, self.processor = starting_policy(shape, start)
        self.model.to(self.device)
        speed_up(self.model)
        self.patches = Patcher(self.processor)
        self.head, self.stream = dense_parts(self.processor, shape, plan, rows, start, type(self).__name__)
        self.head.to(self.device)
        super().__init__(plan, run, self.parts())

    def on_device(self, batch: dict[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """A batch where the model is: what the model takes, with patches in place of images; and the dense truth."""
        moved = {name: value.to(self.device, non_blocking=True) for name, value in batch.items()}
        images, truth = moved.pop("images"), {name: moved.pop(name) for name in TRUTH}
        moved |= {"pixel_values": self.patches(images), "image_grid_thw": self.patches.grid(images)}
        return moved, at_tokens(truth)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of phantoms that are trained on."""
        return tuple(self.plan.get("kinds", {"chest-xray": 1.0}))

    def write_policy(self, folder: Path) -> None:
        """Write weights and processor, and the dense head beside them."""
        if self.half:
            self.model.half().save_pretrained(folder, max_shard_size="15MB")
        else:
            self.model.save_pretrained(folder)
        self.processor.save_pretrained(folder)
        self.head.write(folder / DENSE)

    @abstractmethod
    def parts(self) -> dict[str, nn.Module]:
        """The modules that are trained, by the names that ``slow`` may use."""


Stage = TypeVar("Stage", bound=SupervisedStage)


def run_folder(arguments: argparse.Namespace, config: dict[str, Any]) -> RunFolder:
    """The folder of ``--run``; with ``--write-only`` it must hold a state, or untrained weights would be written."""
    if arguments.write_only and not (arguments.run / STATE).is_file():
        raise BadInput(
            f"{arguments.run} holds no saved state that --write-only could write: give the --run folder of the "
            "training, or leave --write-only out."
        )
    return RunFolder(arguments.run, config, trains=not arguments.write_only)


def trained(arguments: argparse.Namespace, table: str, stage: type[Stage]) -> Stage:
    """A stage by its flags and its ``table`` of the preset, trained to the end of its schedule."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    preset = read_preset(arguments.preset)
    plan = plan_of(arguments, preset[table])
    if not arguments.write_only:
        require_room(table, preset, plan, arguments.run, arguments.save_every, arguments.half)
    config = {
        "model": preset["model"],
        table: plan,
        "real": [str(path) for path in arguments.real],
        "start": str(arguments.start),
    }
    run, rows = run_folder(arguments, config), real_rows(arguments.real)
    made = stage(preset["model"], plan, rows, run, arguments.start)
    made.half = arguments.half
    if arguments.write_only:
        made.resume()
    else:
        made.train(arguments.save_every)
    return made
