"""What both stages of a large policy share: settings of their trainers, and what is written at their end."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers.integrations import is_deepspeed_zero3_enabled

from ssg import phantoms
from ssg.grounding.adapters import write_adapter
from ssg.grounding.coordinates import Convention
from ssg.grounding.grounder import Grounder
from ssg.grounding.manifest import Manifest, read_manifest
from ssg.grounding.policy import Policy, PolicyInfo
from training.curves import write_curves
from training.large_base import Base
from training.prior import FILE_NAME as PRIOR
from training.prior import LocationPrior, copy_prior, relative_boxes, write_prior
from training.rows import Row
from training.runs import CHECKPOINT, STATES, RunFolder, device_in_words
from training.samples import write_samples
from training.sft import PRIOR_PHANTOMS, modalities_shown, seen_in_words
from training.trainer_runs import is_first
from training.writing import GOES_ON, in_one_piece

EVERYTHING = "radiology"
"""The specialty of an adapter that was taught on several kinds of images."""

SAMPLES = 6
"""Held-out phantoms that answers are drawn on at the end."""


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


def write_checkpoint(
    base: Base, name: str, plan: dict[str, Any], rows: Sequence[Row], run: RunFolder, start: Path | None
) -> Path:
    """Write ``RUN/checkpoint``: the adapter in PEFT's files, ``grounding.json`` and the location prior of what it was
    taught on, with that of the adapter ``start``; returns the folder.

    ``name`` is the base's, by which the app tells whether the adapter belongs to the policy that is loaded.
    """
    kinds = tuple(plan["kinds"])
    real = sorted({name for row in rows for name, _ in row.present})
    folder = run.path / CHECKPOINT
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
    if is_first():
        _write_prior(folder, plan, rows, start)
    return folder


def _write_prior(folder: Path, plan: dict[str, Any], rows: Sequence[Row], start: Path | None) -> None:
    if start is None or not (start / PRIOR).is_file():
        write_prior(folder, tuple(plan["kinds"]), plan.get("prior_phantoms", PRIOR_PHANTOMS), rows)
        return
    copy_prior(start, folder)
    if rows:
        LocationPrior.fit(relative_boxes(rows)).added_to(folder)


def look(base: Base, checkpoint: Path, run: RunFolder, kinds: Sequence[str], size: int) -> None:
    """Curves of what was logged, and answers of the policy as it is now, drawn on phantoms of ``size`` pixels.

    Where several GPUs train together nothing is drawn: the others would wait, or have a part of the weights.
    """
    if is_first():
        write_curves(run.path)
    if processes() > 1:
        return
    manifest, model = read_manifest(checkpoint), base.plain.eval()
    info = PolicyInfo(manifest.name, "none", 0, str(model.device))
    stop = (int(base.processor.tokenizer.eos_token_id),)
    policy = Policy(model, base.processor, manifest, info, stop)
    write_samples(Grounder(policy), run.path / "samples", kinds, SAMPLES, size)


@contextmanager
def _gathered(model: Any) -> Iterator[None]:
    """The adapter's weights in one piece, which ZeRO 3 divides among GPUs."""
    if not is_deepspeed_zero3_enabled():
        yield
        return
    from deepspeed.zero import GatheredParameters

    with GatheredParameters([parameter for parameter in model.parameters() if parameter.requires_grad]):
        yield
