"""SFT gone on with for as long as GRPO took: what GRPO must be better than to be worth its time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ssg.grounding.manifest import read_manifest
from training.metrics_file import read_metrics
from training.prior import copy_prior
from training.runs import CHECKPOINT, RunFolder, read_preset
from training.sft import Sft
from training.writing import GOES_ON, in_one_piece


def step_seconds(run: Path) -> float:
    """How long the steps of a finished GRPO run took together, without its measurements on held-out images."""
    took: dict[int, float] = {}  # a step that was repeated after a kill counts once
    for row in read_metrics(run):
        if "step_time" in row:
            took[int(row["step"])] = float(row["step_time"])
    return sum(took.values())


def teach_longer(preset: str, start: Path, folder: Path, seconds: float, seed: int) -> None:
    """Go on with SFT from ``start`` for ``seconds``, and write ``folder/checkpoint``; killed, it goes on.

    Phantoms only, as many images a step and the same learning rate as GRPO has, and the coordinates' bell as narrow as
    SFT had left it.
    """
    read = read_preset(preset)
    plan: dict[str, Any] = read["sft"] | {name: read["grpo"][name] for name in ("learning_rate", "warmup", "kinds")
                                          if name in read["grpo"]}  # fmt: skip
    plan |= {"batch": read["grpo"]["images"], "sigma_start": plan["sigma_end"], "workers": 0, "pool": 600}
    plan |= {"brief": plan["brief"] / 2, "brief_until": 1.0} if "brief_until" in plan else {}  # as SFT ended
    plan |= {"real_share": 0.0, "seconds": seconds, "steps": 10**6, "seed": 1000 + seed}  # no phantom of SFT's again
    run = RunFolder(folder, {"model": read["model"], "sft": plan, "start": str(start)})
    stage = Sft(read["model"], plan, [], run, start)
    stage.train(save_every=50)
    checkpoint = folder / CHECKPOINT
    with in_one_piece(checkpoint, GOES_ON) as part:
        stage.write_policy(part)
        read_manifest(start).write(part)
        copy_prior(start, part)
