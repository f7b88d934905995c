"""Teach a large policy: a LoRA adapter on a Qwen-VL checkpoint of the Hub whose base is quantised to four bits (QLoRA).

    python -m training large sft  --preset qwen3-vl-4b-qlora --run runs/large-sft [--real LIST.json ...]
    python -m training large grpo --preset qwen3-vl-4b-qlora --run runs/large-grpo --start runs/large-sft/checkpoint ...

``--dry-run`` does all of it on a CPU, in less than a minute, with a miniature of the very architecture, and prints what
memory the full one takes. Several GPUs: ``accelerate launch --config_file training/presets/accelerate/NAME.yaml -m
training large ...``. Killed or stopped, the same command goes on from the last saved state.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ssg.cli.files import file_path
from ssg.errors import BadInput
from ssg.grounding.manifest import Manifest
from training.flags import positive
from training.judges import add_judges, judges_of
from training.large_base import (
    Base,
    folder_of,
    frames_of,
    load_base,
    read_large_preset,
    require_family,
    require_libraries,
)
from training.large_grpo import grpo_settings, grpo_trainer, real_names, require_vllm
from training.large_run import look, processes, settings_of, write_checkpoint
from training.large_sft import PackedScenes, sft_settings, sft_trainer
from training.lists import real_rows
from training.memory import require_gpu
from training.questions import ClusterQuestions
from training.room import require_disk_for_adapter
from training.rows import Row
from training.runs import RunFolder
from training.start import stream_config
from training.stream import StreamConfig
from training.trainer_runs import Lines, is_first, resumed
from training.watch import Watch

STAGES = ("sft", "grpo")
VLLM = ("off", "colocate", "server")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("what", choices=STAGES, help="supervised, or by the reward")
    parser.add_argument("--preset", default="qwen3-vl-4b-qlora", help="name of a preset, or the path of a TOML file")
    parser.add_argument(
        "--run", type=file_path, help="run folder (runs/large-sft, runs/large-grpo); an existing one goes on"
    )
    parser.add_argument("--start", type=file_path, help="adapter to start from: RUN/checkpoint of the stage before")
    parser.add_argument("--real", type=file_path, nargs="*", default=[], help="annotation lists to mix in")
    parser.add_argument("--steps", type=positive, help="number of steps, in place of the preset's")
    parser.add_argument("--seed", type=int, help="seed of scenes, questions and sampling (0)")
    add_judges(parser, "grpo: ")
    parser.add_argument(
        "--vllm", choices=VLLM, default="off", help="grpo: what generates; the base is then not quantised"
    )
    parser.add_argument("--save-every", type=positive, default=100, help="steps between saved states")
    parser.add_argument("--dry-run", action="store_true", help="every step on a miniature, on a CPU; nothing is kept")


def main(arguments: argparse.Namespace) -> None:
    """Teach the adapter to the end of its schedule and write ``RUN/checkpoint``."""
    require_libraries()
    preset = read_large_preset(arguments.preset)
    given = {name: getattr(arguments, name) for name in ("steps", "seed")}
    plan = preset[arguments.what] | {name: value for name, value in given.items() if value is not None}
    preset |= {arguments.what: plan}
    rows = real_rows(arguments.real)
    if arguments.dry_run:
        from training.large_dry_run import dry_run

        dry_run(preset, arguments.what, rows)
        return
    if arguments.what == "sft" and arguments.vllm != "off":
        raise BadInput("--vllm generates completions, which sft has none of: leave it out.")
    require_vllm(arguments.vllm)
    fits = require_gpu(preset, arguments.what, arguments.vllm)
    if is_first():
        print(fits, flush=True)
    require_family(preset["base"], preset["base"]["name"])  # before gigabytes of it are fetched
    folder = arguments.run or Path(f"runs/large-{arguments.what}")
    require_disk_for_adapter(preset, plan, folder, arguments.save_every)
    run = RunFolder(folder, _kept(arguments, preset), fixed=True)
    teach(preset, arguments.what, rows, run, arguments)


def _kept(arguments: argparse.Namespace, preset: dict[str, Any]) -> dict[str, Any]:
    """What a run is gone on with only if it is the same."""
    tables = {name: preset[name] for name in ("base", "quantisation", "lora", arguments.what)}
    paths = {"real": [str(path) for path in arguments.real], "start": str(arguments.start)}
    accepted = arguments.acceptability and str(arguments.acceptability)
    return {**tables, **paths, "encoder": arguments.encoder, "acceptability": accepted, "vllm": arguments.vllm}


def teach(preset: dict[str, Any], what: str, rows: list[Row], run: RunFolder, arguments: argparse.Namespace) -> Path:
    """Run one stage from its last saved state and write the adapter; returns its folder."""
    plan, name = preset[what], preset["base"]["name"]
    shared = settings_of(plan, run, arguments.save_every)
    stream = stream_config(preset["base"], plan, rows, f"large {what}")
    lines = Lines(run, plan["steps"])
    if what == "sft":
        settings = sft_settings(plan, shared)  # before the base: DeepSpeed decides how that is loaded
        base = load_base(preset, folder_of(name), arguments.start)
        length = plan["steps"] * plan["batch"] * plan["accumulate"] * settings.world_size
        data = PackedScenes(base.processor, base.frames, stream, rows, length, plan["brief"])
        resumed(sft_trainer(base.model, base.processor, data, settings, [lines]), run)
    else:
        base = _by_reward(preset, plan, rows, run, arguments, shared, stream, lines)
    folder = write_checkpoint(base, name, plan, rows, run, arguments.start)
    look(base, folder, run, tuple(plan["kinds"]), stream.size)
    return folder


def _by_reward(
    preset: dict[str, Any],
    plan: dict[str, Any],
    rows: list[Row],
    run: RunFolder,
    arguments: argparse.Namespace,
    shared: dict[str, Any],
    stream: StreamConfig,
    lines: Lines,
) -> Base:
    judges = judges_of(arguments.encoder, arguments.acceptability)
    name = preset["base"]["name"]
    settings = grpo_settings(plan, shared, frames_of(preset["base"]), arguments.vllm, real_names(rows))
    base = load_base(preset, folder_of(name), arguments.start, arguments.vllm != "off")
    questions = ClusterQuestions(stream, plan["steps"] * plan["images"] * settings.world_size, rows)
    manifest = Manifest(name, base.frames.convention)
    every = plan["watch_every"] if processes() == 1 else 0  # others would wait for the one that measures
    watch = Watch(base.plain, base.processor, manifest, run, every, plan["watch_images"], stream, judges=judges)
    resumed(grpo_trainer(base, plan, settings, questions, judges, [watch, lines]), run)
    return base
