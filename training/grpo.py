"""Third stage: GRPO on question clusters with the reward that judges students.

    python -m training grpo --preset tiny-cpu --run runs/grpo --start runs/sft/checkpoint [--real annotations.json ...]

TRL's ``GRPOTrainer`` (Shao et al. 2024, "DeepSeekMath", and what TRL has added since) with one reward function for each
component; what the image shows is heard with ``--encoder``. Beside the reward stand figures that are no part of it,
measured on held-out images as the run goes on: they tell grounding from pleasing the reward. The same command goes on
after a kill.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from ssg.cli.files import file_path
from ssg.errors import BadInput
from ssg.grounding.manifest import read_manifest
from training.flags import counted, positive
from training.judges import add_judges, judges_of
from training.lists import real_rows
from training.meant_for_gpu import add_on_cpu, require_gpu_for
from training.preset_values import AGGREGATIONS
from training.room import require_room
from training.runs import STATES, RunFolder, read_preset
from training.start import starting_policy, stream_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("--preset", default="tiny-cpu", help="name of a preset, or the path of a TOML file")
    parser.add_argument(
        "--run", type=file_path, default=Path("runs/grpo"), help="run folder; an existing run is continued"
    )
    parser.add_argument("--start", type=file_path, required=True, help="checkpoint folder of the stage before (sft)")
    parser.add_argument("--real", type=file_path, nargs="*", default=[], help="annotation lists to mix in")
    parser.add_argument("--rewards", help="what is rewarded, in place of the preset's: see training/objectives.py")
    parser.add_argument(
        "--aggregation", choices=AGGREGATIONS, help="how rewards are added up, in place of the preset's"
    )
    add_judges(parser)
    parser.add_argument("--steps", type=positive, help="number of steps, in place of the preset's")
    parser.add_argument("--watch-every", type=counted, help="steps between held-out measurements (0: none)")
    parser.add_argument("--seed", type=counted, help="seed of questions and sampling, in place of the preset's")
    parser.add_argument("--threads", type=positive, help="CPU threads")
    add_on_cpu(parser)
    parser.add_argument("--save-every", type=positive, default=50, help="steps between saved states")


def main(arguments: argparse.Namespace) -> None:
    """Train until the last step, then write ``RUN/checkpoint``."""
    require_gpu_for(arguments.preset, arguments.on_cpu)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    try:
        import trl  # noqa: F401
    except ImportError:
        raise BadInput("GRPO needs TRL, which is not installed: pip install -e '.[train]' in the clone.") from None
    from training.grpo_run import train
    from training.trainer_runs import last_state

    preset = read_preset(arguments.preset)
    given = {name: getattr(arguments, name) for name in ("steps", "rewards", "aggregation", "watch_every", "seed")}
    plan = preset["grpo"] | {name: value for name, value in given.items() if value is not None}
    require_room("grpo", preset, plan, arguments.run, arguments.save_every)
    lists = [str(path) for path in arguments.real]
    heard = {"encoder": arguments.encoder, "acceptability": arguments.acceptability and str(arguments.acceptability)}
    config = {"grpo": plan, "real": lists, "start": str(arguments.start), **heard}
    judges = judges_of(arguments.encoder, arguments.acceptability)
    model, processor = starting_policy(preset["model"], arguments.start)
    manifest = read_manifest(arguments.start)
    begun = last_state(arguments.run / STATES) is not None
    run = RunFolder(arguments.run, config, fixed=begun)
    rows = real_rows(arguments.real)
    stream = stream_config(preset["model"], plan, rows, "grpo")
    train(model, processor, manifest, plan, stream, rows, run, arguments.start, judges, arguments.save_every)
