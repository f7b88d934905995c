"""How a policy was made, read from the run folders of its stages: schedule, data, device and time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssg.cli.files import read_json
from ssg.errors import BadInput
from training.metrics_file import is_number, read_metrics
from training.preset_values import require_entries
from training.runs import CONFIG, ENVIRONMENT

TOLD = ("steps", "batch", "images", "accumulate", "learning_rate", "real_share", "reuse", "kinds", "train_seeds")
"""What the card tells of a plan, beside the whole of it."""

REMEDY = "give --run a folder that a training stage wrote"
DEFAULT_KINDS = {"chest-xray": 1.0}
"""What a plan without ``kinds`` draws (see ``training/start.py``)."""


@dataclass(frozen=True, slots=True)
class Run:
    """One stage's run. ``steps`` is how many were made, None where no metrics say so; ``hours`` alike.

    ``start`` names what it started from, "" for random weights; ``lists`` are the annotation lists as they were given.
    """

    name: str
    stage: str
    plan: Mapping[str, Any]
    steps: int | None
    hours: float | None
    start: str
    lists: tuple[Path, ...]
    device: str
    environment: Mapping[str, Any]

    @property
    def images_a_step(self) -> int | None:
        """How many images one step looks at; None where the plan does not say."""
        number = self.plan.get("images", self.plan.get("batch"))
        return number * int(self.plan.get("accumulate", 1)) if isinstance(number, int) else None

    @property
    def images(self) -> int | None:
        """How many images were looked at, each as often as it was drawn."""
        return None if self.steps is None or self.images_a_step is None else self.steps * self.images_a_step

    @property
    def real_share(self) -> float:
        """The share of real images; 0 where no list was given."""
        return float(self.plan.get("real_share", 0.0)) if self.lists else 0.0

    @property
    def kinds(self) -> dict[str, float]:
        """The share of each kind among the phantoms; together 1."""
        given = self.plan.get("kinds", DEFAULT_KINDS)
        return {name: share / sum(given.values()) for name, share in given.items() if share}


def read_run(folder: Path) -> Run:
    """Read a run folder; raises BadInput for what is none."""
    if not (folder / CONFIG).is_file():
        raise BadInput(f"{folder} is no run folder: give --run folders that a training stage wrote ({CONFIG} in them).")
    config = _mapping(read_json(folder / CONFIG), folder / CONFIG)
    if "preset" in config:
        parts = [path.parent.name for path in sorted(folder.glob(f"*/{CONFIG}"))]
        raise BadInput(
            f"{folder} holds a run of all stages: give --run the folders of the stages in it ({', '.join(parts)})."
        )
    stage = next((name for name, plan in config.items() if isinstance(plan, dict) and "steps" in plan), None)
    if stage is None:
        raise BadInput(
            f"{folder / CONFIG} names no stage with its steps: give --run folders that a training stage wrote."
        )
    _require_told(config[stage], folder / CONFIG)
    lists = config.get("real") or []
    if not isinstance(lists, list):
        raise BadInput(f"{folder / CONFIG} names no lists of real images where it should: {REMEDY}.")
    lines = read_metrics(folder)
    environment = (
        _mapping(read_json(folder / ENVIRONMENT), folder / ENVIRONMENT) if (folder / ENVIRONMENT).is_file() else {}
    )
    done = [line["step"] for line in lines if isinstance(line.get("step"), int)]
    said = [str(line["device"]) for line in lines if line.get("device")]
    return Run(
        folder.name,
        stage,
        config[stage],
        max(done) if done else None,
        _hours(lines),
        _start(config.get("start")),
        tuple(Path(str(path)) for path in lists),
        said[-1] if said else _device(environment),
        environment,
    )


def recipe_table(runs: Sequence[Run]) -> str:
    """The stages as a Markdown table, in order."""
    head = "| run | stage | started from | steps | images a step | learning rate | real images | device | hours |"
    rows = [head, "|" + " --- |" * 9]
    for run in runs:
        planned = run.plan["steps"]
        steps = f"{planned:,} planned" if run.steps is None else f"{run.steps:,}"
        if run.steps is not None and run.steps < planned:
            steps += f" of {planned:,}"
        cells = [
            f"`{run.name}`",
            f"`{run.stage}`",
            f"`{run.start}`" if run.start else "random weights",
            steps,
            _or_dash(run.images_a_step),
            _or_dash(run.plan.get("learning_rate")),
            percent(run.real_share),
            run.device or "–",
            "–" if run.hours is None else f"{run.hours:.2f}",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def percent(share: float) -> str:
    """ "15 %"."""
    return f"{100 * share:.3g} %"


def plans_in_full(runs: Sequence[Run]) -> str:
    """Every setting of every stage, to be unfolded."""
    texts = [
        f"{run.name} ({run.stage}) = {json.dumps(run.plan, indent=2, sort_keys=True, default=str)}" for run in runs
    ]
    return "\n".join(["<details><summary>All settings</summary>", "", "```", *texts, "```", "", "</details>"])


def environments(runs: Sequence[Run]) -> list[str]:
    """Each environment that runs were made in, once, in words."""
    return list(dict.fromkeys(words for run in runs if (words := _environment(run))))


def _environment(run: Run) -> str:
    known = run.environment
    if not known:
        return ""
    versions = ", ".join(f"{name} {known[name]}" for name in ("python", "torch", "transformers") if known.get(name))
    return f"{run.device or _device(known)} ({known.get('processor') or 'processor not known'}), {versions}"


def _device(environment: Mapping[str, Any]) -> str:
    if environment.get("gpu"):
        return f"one {environment['gpu']}"
    return f"{environment['threads']} CPU threads" if environment.get("threads") else ""


def _start(given: Any) -> str:
    """The name of what a run started from: of "runs/sft/checkpoint" "sft"."""
    if given in (None, "", "None"):
        return ""
    path = Path(str(given))
    return path.parent.name if path.name == "checkpoint" else path.name


def _hours(lines: Sequence[Mapping[str, Any]]) -> float | None:
    """By the pace that was logged: a run that was interrupted waited, and waiting is no training."""
    paced = [line for line in lines if is_number(line.get("seconds_a_step")) and is_number(line.get("step"))]
    if paced:
        return float(paced[-1]["seconds_a_step"]) * float(paced[-1]["step"]) / 3600
    timed = [float(line["step_time"]) for line in lines if is_number(line.get("step_time"))]
    return sum(timed) / 3600 if timed else None


def _mapping(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput(f"{path} is not what a training stage writes: {REMEDY}.")
    return value


def _require_told(plan: Mapping[str, Any], path: Path) -> None:
    """Raise BadInput where what the card tells of a plan could be in no plan."""
    try:
        require_entries({name: plan[name] for name in TOLD if name in plan})
        if not isinstance(plan.get("kinds", {}), Mapping):
            raise BadInput("kinds must be a table")
    except BadInput as error:
        said = str(error).partition(": ")[0]
        raise BadInput(f"{path} is not what a training stage writes ({said}): {REMEDY}.") from None


def _or_dash(value: Any) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
