"""All stages in order, by one command, going on where a kill left it.

    python -m training run --preset smoke --run runs/smoke [--real annotations.json ...]

The preset's ``[run]`` table names the stages, and for how many ``seconds`` those may go on that can end by the clock;
``run_steps.py`` says what each is given. Each works in a folder of its own below RUN, leaves its figures, curves of its
metrics and, where it makes a policy or an adapter, samples of its answers; what is done is not done again. The last
lines are every stage's figures, which also stand in ``RUN/summary.json``.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch

from ssg.cli.files import file_path, read_json
from ssg.errors import BadInput
from ssg.grounding.grounder import Grounder
from ssg.whole import write_json, write_text
from training.curves import write_curves
from training.evaluate import loaded
from training.flags import positive
from training.meant_for_gpu import add_on_cpu, require_gpu_for
from training.metrics_file import is_number, read_metrics
from training.run_steps import TABLES, Step, figures_of, require_tables, steps
from training.runs import CONFIG, RunFolder, read_kept, read_preset
from training.samples import write_samples

SAMPLES = 6
DONE = "done"
"""The folder of what is done: a file for each step."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("--preset", required=True, help="name of a preset, or the path of a TOML file")
    parser.add_argument("--run", type=file_path, help="run folder (runs/PRESET); an existing run is continued")
    parser.add_argument("--real", type=file_path, nargs="*", default=[], help="annotation lists to mix in")
    parser.add_argument("--threads", type=positive, help="CPU threads")
    add_on_cpu(parser)
    parser.add_argument("--json", action="store_true", help="print the summary as JSON, last")


def main(arguments: argparse.Namespace) -> None:
    """Run what is not done yet, and print every stage's figures."""
    preset = read_preset(arguments.preset)
    if "run" not in preset:
        raise BadInput(f"{arguments.preset} has no table [run] that names its stages: give a preset that has one.")
    require_gpu_for(arguments.preset, arguments.on_cpu)
    folder = arguments.run or Path("runs") / Path(arguments.preset).stem
    planned = steps(preset["run"], arguments, folder)
    require_tables(preset)
    config = {"preset": preset, "real": [str(path) for path in arguments.real]}
    RunFolder(folder, config, fixed=not _only_later_tables(folder, preset, planned))
    if arguments.threads:
        torch.set_num_threads(arguments.threads)  # of the stages that have no such flag, too
    begin = time.time()
    for step in planned:
        mark = folder / DONE / step.name
        if mark.exists():
            print(f"== {step.name}: done before")
            continue
        print(f"== {step.name}", flush=True)
        started = time.time()
        try:
            step.work()
            _look(step)
        except BadInput as error:
            raise BadInput(
                f"{error} (That was the stage {step.name}. To do one again whose files are damaged, delete its folder "
                f"in {folder} and its mark in {folder / DONE}.)"
            ) from None
        mark.parent.mkdir(exist_ok=True)
        write_text(mark, f"{time.time() - started:.1f} seconds\n")
    summary = summarised(folder, [step.name for step in planned])
    write_json(folder / "summary.json", summary)
    print(f"All stages of {folder} are done; this call took {(time.time() - begin) / 60:.1f} minutes.")
    print(json.dumps(summary, indent=2) if arguments.json else in_words(summary))


def _only_later_tables(folder: Path, preset: dict[str, Any], planned: list[Step]) -> bool:
    """Whether the preset differs from that of a run that is there only in tables of stages that have not begun.

    So a slip in the table of a late stage is corrected without losing what the stages before it have made.
    """
    kept = folder / CONFIG
    if not kept.exists():
        return False
    before = read_kept(kept).get("preset")
    begun = [step.name.partition("-")[0] for step in planned if step.folder.exists()]
    used = {"run"} | {table for stage in begun for table in TABLES.get(stage, ())}
    now = json.loads(json.dumps(preset))
    return isinstance(before, dict) and all(before.get(table) == now.get(table) for table in used)


def _look(step: Step) -> None:
    """Curves of what a stage logged, and samples of what the policy answers now."""
    write_curves(step.folder)
    if shown := step.shown:
        policy, adapter = loaded(shown.checkpoint, shown.adapter)
        write_samples(Grounder(policy), shown.place, shown.kinds, SAMPLES, shown.size, adapter)


def summarised(folder: Path, names: Collection[str] | None = None) -> dict[str, Any]:
    """The last figures of every stage (of ``names``), and how long it took."""
    found: dict[str, Any] = {}
    for mark in sorted((folder / DONE).glob("[!.]*"), key=lambda path: path.stat().st_mtime):
        if names is not None and mark.name not in names:
            continue
        found[mark.name] = {
            "took": mark.read_text(encoding="utf-8", errors="replace").strip(),
            **_last(folder / mark.name),
        }
    return found


def _last(folder: Path) -> dict[str, Any]:
    figures = figures_of(folder)
    if figures.is_file():
        read = read_json(figures)
        if not isinstance(read, dict):
            raise BadInput(f"{figures} holds no figures: delete {folder.parent / DONE / folder.name} and start again.")
        return {name: value for name, value in read.items() if _is_figure(value)}
    kept: dict[str, Any] = {}
    for row in read_metrics(folder):
        kept |= {name: value for name, value in row.items() if _is_figure(value) and name != "time"}
        held_out = row.get("held_out")
        kept |= held_out if isinstance(held_out, dict) else {}
    return kept


def _is_figure(value: Any) -> bool:
    """Whether it is a number that JSON can hold."""
    return is_number(value) and math.isfinite(value)


def in_words(summary: dict[str, Any]) -> str:
    """The summary as lines; parts of figures, which TRL writes with a slash, stand in the file alone."""
    lines = []
    for name, figures in summary.items():
        shown = [f"{key} {value:.4g}" for key, value in figures.items() if key != "took" and "/" not in key]
        lines.append(f"{name:22}{figures['took']:>16}  {'  '.join(shown)}"[:400])
    return "\n".join(lines)
