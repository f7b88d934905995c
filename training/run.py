"""All stages in order, by one command, going on where a kill left it.

    python -m training run --preset smoke --run runs/smoke [--real annotations.json ...]

The preset's ``[run]`` table names the stages, and for how many ``seconds`` those may go on that can end by the clock.
Each works in a folder of its own below RUN, leaves curves of its metrics and, where it makes a policy, samples of its
answers; what is done is not done again. The last lines are every stage's figures, which also stand in
``RUN/summary.json``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssg.errors import BadInput
from ssg.grounding.grounder import Grounder
from ssg.grounding.policy import load_policy
from ssg.phantoms import KINDS, kind_of, write_phantoms
from training.adapt import rows_of_specialty
from training.curves import write_curves
from training.meant_for_gpu import add_on_cpu, require_gpu_for
from training.metrics_file import read_metrics
from training.phantom_readers import write_readers
from training.runs import RunFolder, read_preset
from training.samples import write_samples
from training.stages import run_stage

THRESHOLD_SEED, EVALUATION_SEED = 700_000, 5_000
SAMPLES = 6
POLICIES = ("sft", "grpo", "quantise")
"""Stages after which the policy is asked and its answers are drawn."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a run: its name, the folder that it works in, and what does it."""

    name: str
    folder: Path
    work: Callable[[], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("--preset", required=True, help="name of a preset, or the path of a TOML file")
    parser.add_argument("--run", type=Path, help="run folder (runs/PRESET); an existing run is continued")
    parser.add_argument("--real", type=Path, nargs="*", default=[], help="annotation lists to mix in")
    parser.add_argument("--threads", type=int, help="CPU threads")
    add_on_cpu(parser)
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def main(arguments: argparse.Namespace) -> None:
    """Run what is not done yet, and print every stage's figures."""
    preset = read_preset(arguments.preset)
    if "run" not in preset:
        raise BadInput(f"{arguments.preset} has no table [run] that names its stages: give a preset that has one.")
    require_gpu_for(arguments.preset, arguments.on_cpu)
    folder = arguments.run or Path("runs") / Path(arguments.preset).stem
    RunFolder(folder, {"preset": preset, "real": [str(path) for path in arguments.real]}, fixed=True)
    begin = time.time()
    for step in steps(preset["run"], arguments, folder):
        mark = folder / "done" / step.name
        if mark.exists():
            print(f"== {step.name}: done before")
            continue
        print(f"== {step.name}", flush=True)
        started = time.time()
        step.work()
        _look(step, preset, folder)
        mark.parent.mkdir(exist_ok=True)
        mark.write_text(f"{time.time() - started:.1f} seconds\n")
    summary = summarised(folder)
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(summary, indent=2) if arguments.json else in_words(summary))
    print(f"All stages of {folder} are done; this call took {(time.time() - begin) / 60:.1f} minutes.")


def steps(table: dict[str, Any], arguments: argparse.Namespace, folder: Path) -> list[Step]:
    """The steps of a run, in order."""
    common = ["--preset", arguments.preset]
    common += ["--threads", str(arguments.threads)] if arguments.threads else []
    common += ["--on-cpu"] if arguments.on_cpu else []
    real = ["--real", *map(str, arguments.real)] if arguments.real else []
    best = "grpo" if "grpo" in table["stages"] else "sft"
    packed = folder / "policy"

    def stage(name: str, *given: str) -> Step:
        return Step(name, folder / name, lambda: run_stage(name, [*given, *_seconds(table, name)]))

    made = {
        "pretrain": [stage("pretrain", *common, "--run", str(folder / "pretrain"), *real)],
        "reward-model": [_reward_model(table, folder / "reward-model")],
        "vision": [stage("vision", *common, "--run", str(folder / "vision"), *real)],
        "sft": [stage("sft", *common, "--run", str(folder / "sft"), *_start(folder / "vision"), *real)],
        "grpo": [stage("grpo", *common, "--run", str(folder / "grpo"), *_start(folder / "sft"), *real)],
        "adapt": [
            _adaptation(kind, [*common, *_start(folder / best), *_seconds(table, "adapt")], arguments.real, folder)
            for kind in table.get("adapt", KINDS)
        ],
        "quantise": [stage("quantise", "--checkpoint", str(folder / best / "checkpoint"), "--out", str(packed))],
        "threshold": [_threshold(table, folder, packed)],
        "evaluate": [_evaluation(table, folder, packed)],
        "export": [
            stage("export", "--checkpoint", str(packed), "--out", str(folder / "export"),
                  "--evaluation", f"held-out phantoms={folder / 'evaluate' / 'figures.json'}",
                  "--run", *[str(folder / name) for name in ("vision", "sft", "grpo") if name in table["stages"]])
        ],
    }  # fmt: skip
    if strange := [name for name in table["stages"] if name not in made]:
        raise BadInput(f"[run] names a stage '{strange[0]}' that does not exist: choose among {', '.join(made)}.")
    return [step for name in table["stages"] for step in made[name]]


def _start(folder: Path) -> list[str]:
    return ["--start", str(folder / "checkpoint")]


def _seconds(table: dict[str, Any], stage: str) -> list[str]:
    known = table.get("seconds", {})
    return ["--seconds", str(known[stage])] if stage in known else []


def _reward_model(table: dict[str, Any], place: Path) -> Step:
    """On the tables of readers that are named, else on readers who are drawn."""

    def work() -> None:
        tables = table.get("readers") or [write_readers(place / "readers.csv", table["reader_phantoms"])]
        run_stage("reward-model", ["--annotations", *map(str, tables), "--out", str(place / "acceptability.npz")])

    return Step("reward-model", place, work)


def _adaptation(kind: str, flags: list[str], real: list[Path], folder: Path) -> Step:
    """With those of the lists that show the specialty; phantoms alone where none does."""
    place = folder / f"adapt-{kind}"

    def work() -> None:
        lists = rows_of_specialty(real, kind)
        if real and not lists:
            print(f"None of the real images is of {kind}: its adapter learns from phantoms alone.", flush=True)
        given = ["--real", *map(str, lists)] if lists else []
        run_stage("adapt", [*flags, "--specialty", kind, "--run", str(place), *given])

    return Step(place.name, place, work)


def _threshold(table: dict[str, Any], folder: Path, packed: Path) -> Step:
    def work() -> None:
        listed = _lists(table, folder / "threshold", THRESHOLD_SEED, table["threshold_phantoms"], held_out=False)
        run_stage("threshold", ["--checkpoint", str(packed), "--data", *map(str, listed)])

    return Step("threshold", folder / "threshold", work)


def _evaluation(table: dict[str, Any], folder: Path, packed: Path) -> Step:
    def work() -> None:
        place = folder / "evaluate"
        listed = _lists(table, place, EVALUATION_SEED, table["evaluate_phantoms"], held_out=True)
        out = place / "figures.json"
        run_stage("evaluate", ["--checkpoint", str(packed), "--data", *map(str, listed), "--out", str(out)])

    return Step("evaluate", folder / "evaluate", work)


def _lists(table: dict[str, Any], folder: Path, seed: int, count: int, held_out: bool) -> list[Path]:
    """Annotation lists of ``count`` phantoms of each kind, of sites that are trained on or of those that are not."""
    lists = []
    for name in table["kinds"]:
        kind = kind_of(name)
        sites = kind.held_out_sites if held_out else kind.training_sites
        write_phantoms(seed, count, table["size"], folder / name, name, sites)
        lists.append(folder / name / "annotations.json")
    return lists


def _look(step: Step, preset: dict[str, Any], folder: Path) -> None:
    """Curves of what a stage logged, and samples of what the policy answers now."""
    write_curves(step.folder)
    if step.name in POLICIES:
        checkpoint = folder / "policy" if step.name == "quantise" else step.folder / "checkpoint"
        table = preset["run"]
        place = (folder if step.name == "quantise" else step.folder) / "samples"
        write_samples(Grounder(load_policy(checkpoint)), place, table["kinds"], SAMPLES, table["size"])


def summarised(folder: Path) -> dict[str, Any]:
    """The last figures of every stage, and how long it took."""
    found: dict[str, Any] = {}
    for mark in sorted((folder / "done").glob("*"), key=lambda path: path.stat().st_mtime):
        found[mark.name] = {"took": mark.read_text().strip(), **_last(folder / mark.name)}
    return found


def _last(folder: Path) -> dict[str, Any]:
    figures = folder / "figures.json"
    if figures.is_file():
        read = json.loads(figures.read_text(encoding="utf-8"))
        return {name: value for name, value in read.items() if isinstance(value, (int, float))}
    kept: dict[str, Any] = {}
    for row in read_metrics(folder):
        kept |= {name: value for name, value in row.items() if isinstance(value, (int, float)) and name != "time"}
        kept |= row.get("held_out", {})
    return kept


def in_words(summary: dict[str, Any]) -> str:
    """The summary as lines."""
    lines = []
    for name, figures in summary.items():
        shown = "  ".join(f"{key} {value:.4g}" for key, value in figures.items() if isinstance(value, (int, float)))
        lines.append(f"{name:18}{figures['took']:>16}  {shown}"[:400])
    return "\n".join(lines)
