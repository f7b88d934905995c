"""What each part of the reward is worth: the same policy taught by each objective for the same number of steps.

    python -m training ablate --preset tiny-gpu --start runs/sft/checkpoint --run runs/ablation --data LIST.json ...

Rows: the start itself; SFT gone on with for as long as the whole reward took; a reward of 0 or 1 at an IoU of 0.5 on
the first box, as published code has it; place alone; one component more in each row; and the whole reward added up the
other way. Every objective is run with every seed, one seed after the other, and measured on the same images. Intervals
are 95 %, Student's t over seeds. What is done is not done again.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import t as student

from ssg.cli.files import file_path, read_json
from ssg.errors import BadInput
from training.flags import counted, positive
from training.longer import step_seconds, teach_longer
from training.meant_for_gpu import add_on_cpu, require_gpu_for
from training.objectives import HALF
from training.runs import CHECKPOINT, RunFolder, read_preset
from training.stages import run_stage

START, LONGER, NORMALISED = "start", "longer", "full-normalised"
ROWS = {
    START: "SFT only",
    LONGER: "SFT only, for as long again",
    HALF: "GRPO, 0/1 at IoU 0.5 on the first box",
    "iou": "GRPO, place",
    "semantic": "GRPO, place + names",
    "clinical": "GRPO, place + names + acceptance",
    "full": "GRPO, place + names + acceptance + coherence (the reward)",
    NORMALISED: "GRPO, the reward, each component normalised before they are added",
}
"""Rows and what they are called in the table."""

FIGURES = ("miou", "acc50", "absent_rejected", "pointing", "semantic", "total")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("--preset", default="tiny-cpu", help="name of a preset, or the path of a TOML file")
    parser.add_argument("--start", type=file_path, required=True, help="checkpoint folder that every row starts from")
    parser.add_argument(
        "--run", type=file_path, default=Path("runs/ablation"), help="run folder; an existing one goes on"
    )
    parser.add_argument(
        "--data", type=file_path, nargs="+", required=True, help="annotation lists that rows are measured on"
    )
    parser.add_argument("--objectives", nargs="+", choices=list(ROWS), default=list(ROWS), help="rows of the table")
    parser.add_argument("--seeds", type=counted, nargs="+", default=[0, 1, 2], help="seeds of questions and sampling")
    parser.add_argument("--steps", type=positive, help="GRPO steps of each run, in place of the preset's")
    parser.add_argument("--threads", type=positive, help="CPU threads")
    add_on_cpu(parser)


def main(arguments: argparse.Namespace) -> None:
    """Run and measure what is missing, and print the table."""
    require_gpu_for(arguments.preset, arguments.on_cpu)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    if len(set(arguments.seeds)) < len(arguments.seeds):
        raise BadInput(f"--seeds must differ, got {' '.join(map(str, arguments.seeds))}.")
    if LONGER in arguments.objectives and "full" not in arguments.objectives:
        raise BadInput("The row 'longer' takes as long as the row 'full' took: give --objectives both.")
    preset = read_preset(arguments.preset)
    config = {"start": str(arguments.start), "data": [str(path) for path in arguments.data], "steps": arguments.steps}
    RunFolder(arguments.run, config | {name: preset[name] for name in ("model", "sft", "grpo")}, fixed=True)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in arguments.objectives}
    # SFT goes on for as long as GRPO took, which is known when that is done.
    rows = sorted(arguments.objectives, key=lambda name: name == LONGER)
    for number, seed in enumerate(arguments.seeds):
        for objective in [name for name in rows if name != START or not number]:
            found[objective].append(_measured(objective, seed, arguments))
    text = table({name: found[name] for name in ROWS if name in found})
    (arguments.run / "ablation.md").write_text(text + "\n", encoding="utf-8")
    print(text)


def _measured(objective: str, seed: int, arguments: argparse.Namespace) -> dict[str, float]:
    """Figures of one run, which is trained and measured if it is not yet."""
    folder = arguments.run / (START if objective == START else f"{objective}-{seed}")
    out = folder / "figures.json"
    threads = ["--threads", str(arguments.threads)] if arguments.threads else []
    if not out.exists():
        checkpoint = arguments.start
        if objective == LONGER:
            seconds = step_seconds(arguments.run / f"full-{seed}")
            teach_longer(arguments.preset, arguments.start, folder, seconds, seed)
            checkpoint = folder / CHECKPOINT
        elif objective != START:
            given = ["--preset", arguments.preset, "--start", str(arguments.start), "--run", str(folder), *threads]
            given += ["--rewards", "full" if objective == NORMALISED else objective, "--seed", str(seed)]
            given += ["--watch-every", "0"]  # all are measured alike when they are done
            given += ["--aggregation", "normalize_then_sum"] if objective == NORMALISED else []
            given += ["--on-cpu"] if arguments.on_cpu else []
            run_stage("grpo", given + (["--steps", str(arguments.steps)] if arguments.steps else []))
            checkpoint = folder / CHECKPOINT
        lists = ["--data", *map(str, arguments.data)]
        run_stage("evaluate", ["--checkpoint", str(checkpoint), *lists, "--out", str(out), *threads])
    read: dict[str, Any] = read_json(out)
    return {name: float(read[name]) for name in FIGURES if read.get(name) is not None}


def table(found: dict[str, list[dict[str, float]]]) -> str:
    """Rows as Markdown: mean over seeds and half the width of the interval."""
    named = {"miou": "mIoU", "acc50": "Acc@0.5", "absent_rejected": "absent rejected", "total": "reward"}
    lines = [
        "| taught by | runs | " + " | ".join(named.get(name, name) for name in FIGURES) + " |",
        "| --- | --- |" + " --- |" * len(FIGURES),
    ]
    for objective, runs in found.items():
        cells = [_cell([run[name] for run in runs if name in run]) for name in FIGURES]
        lines.append(f"| {ROWS[objective]} | {len(runs)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(values: list[float]) -> str:
    if not values:
        return "–"
    mean = float(np.mean(values))
    if len(values) < 2:
        return f"{mean:.3f}"
    half = float(student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return f"{mean:.3f} ± {half:.3f}"
