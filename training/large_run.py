"""What both stages of a large policy share: settings of their trainers, the log, going on after a kill, writing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, TrainerCallback, TrainerControl, TrainerState
from transformers.integrations import is_deepspeed_zero3_enabled

from ssg import phantoms
from ssg.errors import Unavailable
from ssg.grounding.adapters import write_adapter
from ssg.grounding.coordinates import Convention
from ssg.grounding.manifest import Manifest
from training.large_base import Base
from training.runs import RunFolder, device_in_words
from training.scenes import Row
from training.sft import modalities_shown, seen_in_words
from training.writing import GOES_ON, in_one_piece, writing

STATES = "states"

LAST_WRITTEN = "trainer_state.json"
"""What transformers writes last of a state; one without it was cut off."""

EVERYTHING = "radiology"
"""The specialty of an adapter that was taught on several kinds of images."""


def settings_of(plan: dict[str, Any], run: RunFolder, save_every: int) -> dict[str, Any]:
    """Settings of ``transformers.TrainingArguments`` that both stages have; ``plan`` is the stage's table."""
    gpu = torch.cuda.is_available()
    return {
        "output_dir": str(run.path / STATES),
        "max_steps": plan["steps"],
        "learning_rate": plan["learning_rate"],
        "lr_scheduler_type": "cosine",
        "warmup_steps": plan["warmup"],
        "weight_decay": plan["weight_decay"],
        "max_grad_norm": plan["clip"],
        "seed": plan.get("seed", 0),
        "data_seed": plan.get("seed", 0),
        "bf16": gpu,
        "use_cpu": not gpu,
        "gradient_checkpointing": plan["checkpointing"],
        # the other way of checkpointing loses the gradients of an adapter whose inputs have none
        "gradient_checkpointing_kwargs": {"use_reentrant": False},
        "remove_unused_columns": False,
        "save_strategy": "steps",
        "save_steps": save_every,
        "save_total_limit": 2,
        "logging_steps": 1,
        "report_to": [],
        "disable_tqdm": True,
    }


def processes() -> int:
    """GPUs that train together: as many processes as ``accelerate launch`` started."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first() -> bool:
    """Whether this process writes what is written once."""
    return os.environ.get("RANK", "0") == "0"


def last_state(states: Path) -> Path | None:
    """The folder of the last state that was saved to its end; None where there is none."""
    found = [path for path in states.glob("checkpoint-*") if (path / LAST_WRITTEN).is_file()]
    return max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def resumed(trainer: Any, run: RunFolder) -> None:
    """Train from the last saved state to the end of the schedule; a full disk or GPU is one line."""
    states = run.path / STATES
    trainer.remove_callback(PrinterCallback)  # Lines says it
    last = last_state(states)
    try:
        with writing(states, GOES_ON):
            trainer.train(resume_from_checkpoint=str(last) if last else None)
    except KeyboardInterrupt:
        step = trainer.state.global_step
        print(f"\nStopped at step {step}; the same command goes on from the last state that was saved.", flush=True)
        sys.exit(130)
    except torch.cuda.OutOfMemoryError:
        raise Unavailable(
            f"The GPU's memory was full at step {trainer.state.global_step + 1}: lower batch, generations or "
            "image_pixels in a copy of the preset; the same command goes on from the last state that was saved."
        ) from None


def write_checkpoint(base: Base, name: str, plan: dict[str, Any], rows: Sequence[Row], run: RunFolder) -> Path:
    """Write ``RUN/checkpoint``: the adapter in PEFT's files and ``grounding.json``; returns the folder.

    ``name`` is the base's, by which the app tells whether the adapter belongs to the policy that is loaded.
    """
    kinds = tuple(plan["kinds"])
    real = sorted({name for row in rows for name, _ in row.present})
    folder = run.path / "checkpoint"
    manifest = Manifest(
        name,
        Convention(base.frames.convention),
        tuple(dict.fromkeys([*phantoms.all_findings(kinds), *real])),
        phantoms.all_structures(kinds),
        chain=True,
        seen=seen_in_words(kinds, rows),
        specialty=kinds[0] if len(kinds) == 1 else EVERYTHING,
        modalities=modalities_shown(kinds, rows),
    )
    with _gathered(base.model):
        if is_first():
            with in_one_piece(folder, GOES_ON) as part:
                write_adapter(base.plain, base.config, part)
                manifest.write(part)
            run.log(checkpoint=str(folder), device=device_in_words())
            print(f"Adapter: {folder}", flush=True)
    return folder


@contextmanager
def _gathered(model: Any) -> Iterator[None]:
    """The adapter's weights in one piece, which ZeRO 3 divides among GPUs."""
    if not is_deepspeed_zero3_enabled():
        yield
        return
    from deepspeed.zero import GatheredParameters

    with GatheredParameters([parameter for parameter in model.parameters() if parameter.requires_grad]):
        yield


class Lines(TrainerCallback):
    """Every logged step as a line of ``metrics.jsonl``, and now and then one on the screen, of the first process."""

    NAMES = ("loss", "reward", "reward_std", "kl", "entropy", "grad_norm", "completions/mean_length", "step_time")

    def __init__(self, run: RunFolder, steps: int, every: int = 10) -> None:
        self._run, self._steps, self._every = run, steps, every

    def on_log(
        self, args: Any, state: TrainerState, control: TrainerControl, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """The trainer's figures of one step."""
        if not logs or "loss" not in logs or not state.is_world_process_zero:
            return
        kept = {name: round(float(value), 6) for name, value in logs.items() if isinstance(value, (int, float))}
        self._run.log(**(kept | {"step": state.global_step}))
        if state.global_step % self._every == 0 or state.global_step == self._steps:
            shown = [f"{name} {kept[name]:.4f}" for name in self.NAMES if name in kept]
            if "step_time" in kept:
                shown.insert(0, f"{(self._steps - state.global_step) * kept['step_time'] / 60:.0f} min left")
            print(f"step {state.global_step}/{self._steps}  {'  '.join(shown)}", flush=True)
