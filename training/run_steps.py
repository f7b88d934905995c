"""The steps of a run of all stages: which flags each stage is given, and what it goes on from.

What a stage before made is used: the vision tower and the policy, the reward's image-text encoder and its model of what
experts accept; and an adapter gets thresholds, figures and an export of its own, on images of its specialty.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssg.errors import BadInput
from ssg.phantoms import KINDS, kind_of, write_phantoms
from training.adapt import rows_of_specialty
from training.phantom_readers import write_readers
from training.preset_entries import require_needed
from training.readers import require_table
from training.runs import CHECKPOINT
from training.stages import run_stage

THRESHOLD_SEED, EVALUATION_SEED = 700_000, 5_000
TAUGHT = ("vision", "sft", "grpo")
"""Stages that a policy goes through, in order."""

OF_POLICY, OF_PACKED = ("adapt", "quantise"), ("threshold", "evaluate", "export")
"""Stages that work on the policy that was taught, and on its quantised form."""

TABLES = {
    "pretrain": ("pretrain", "region_text"),
    **{stage: ("model", stage) for stage in (*TAUGHT, "adapt")},
}
"""The tables of the preset that a stage needs."""

PACKAGES = {"grpo": "trl", "adapt": "peft"}
"""What stages need that others do without."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is asked and drawn when a step is done: a checkpoint, perhaps with an adapter, on phantoms of ``kinds``."""

    checkpoint: Path
    place: Path
    kinds: Sequence[str]
    size: int
    adapter: Path | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a run: its name, the folder that it works in, what does it, and what is to be seen then."""

    name: str
    folder: Path
    work: Callable[[], None]
    shown: Shown | None = None


def figures_of(folder: Path) -> Path:
    """Where the figures of a step lie that works in ``folder``; beside an export, which holds the model alone."""
    return folder.with_name(f"{folder.name}.json") if folder.name.startswith("export") else folder / "figures.json"


def steps(table: dict[str, Any], arguments: argparse.Namespace, folder: Path) -> list[Step]:
    """The steps of a run with this ``[run]`` table, in order."""
    run = _Run(table, arguments, folder)
    if strange := [name for name in run.stages if name not in run.made]:
        raise BadInput(f"[run] names a stage '{strange[0]}' that does not exist: choose among {', '.join(run.made)}.")
    _require_order(run.stages)
    return [step for name in run.stages for step in run.made[name]()]


def require_tables(preset: dict[str, Any]) -> None:
    """Raise BadInput for a table, or an entry of one, that a stage of the preset needs and it does not have."""
    for stage in preset["run"]["stages"]:
        require_needed(preset, TABLES.get(stage, ()))
        package = PACKAGES.get(stage)
        if package and importlib.util.find_spec(package) is None:
            raise BadInput(f"{stage} needs {package}, which is not installed: pip install -e '.[train]' in the clone.")


def _require_order(stages: Sequence[str]) -> None:
    """Raise BadInput for a stage that is named twice, or before (or without) what it works on."""
    policy = "grpo" if "grpo" in stages else "sft"
    needs = {"grpo": "sft", **dict.fromkeys(OF_POLICY, policy), **dict.fromkeys(OF_PACKED, "quantise")}
    for number, stage in enumerate(stages):
        before = stages[:number]
        if stage in before:
            raise BadInput(f"[run] names the stage '{stage}' twice: name it once.")
        if stage in needs and needs[stage] not in before:
            raise BadInput(
                f"[run] names '{stage}' with no '{needs[stage]}' before it, whose policy it works on: add it."
            )
        if stage == "vision" and "sft" in before:
            raise BadInput("[run] names 'vision' after 'sft', which goes on from it: name it before, or leave it out.")


class _Run:
    """The flags of every stage, by what the others make."""

    def __init__(self, table: dict[str, Any], arguments: argparse.Namespace, folder: Path) -> None:
        self.table, self.folder, self.lists = table, folder, arguments.real
        self.stages: list[str] = table["stages"]
        self.taught = [name for name in TAUGHT if name in self.stages]
        self.best = folder / ("grpo" if "grpo" in self.stages else "sft") / CHECKPOINT
        self.packed = folder / "policy"
        self.common = ["--preset", arguments.preset]
        self.common += ["--threads", str(arguments.threads)] if arguments.threads else []
        self.common += ["--on-cpu"] if arguments.on_cpu else []
        self.real = ["--real", *map(str, arguments.real)] if arguments.real else []
        self.made: dict[str, Callable[[], list[Step]]] = {
            "pretrain": lambda: [self._taught("pretrain")],
            "reward-model": lambda: [self._reward_model()],
            "vision": lambda: [self._taught("vision")],
            "sft": lambda: [self._taught("sft", *self._seeing(), drawn=True)],
            "grpo": lambda: [self._taught("grpo", *_start(folder / "sft"), *self._judges(), drawn=True)],
            "adapt": lambda: [self._adaptation(kind) for kind in self._specialties],
            "quantise": lambda: [self._quantisation()],
            "threshold": lambda: [self._threshold(kind) for kind in ("", *self._adapters("threshold"))],
            "evaluate": lambda: [self._evaluation(kind) for kind in ("", *self._adapters("evaluate"))],
            "export": lambda: [self._export(kind) for kind in ("", *self._adapters("export"))],
        }

    @property
    def _specialties(self) -> Sequence[str]:
        return self.table.get("adapt", KINDS)

    def _before(self, stage: str) -> list[str]:
        return self.stages[: self.stages.index(stage)]

    def _adapters(self, stage: str) -> Sequence[str]:
        """The adapters that are there when ``stage`` is."""
        return self._specialties if "adapt" in self._before(stage) else ()

    def _seeing(self) -> list[str]:
        """The vision tower that is there before SFT; without one it begins with nothing taught."""
        return _start(self.folder / "vision") if "vision" in self._before("sft") else []

    def _judges(self) -> list[str]:
        """The models of the reward that are there before GRPO.

        Without its own it is rewarded by the shipped model of what experts accept, and by names alone."""
        before, place = self._before("grpo"), self.folder
        encoder = ["--encoder", str(place / "pretrain" / CHECKPOINT)] if "pretrain" in before else []
        accepted = ["--acceptability", str(self._accepted)] if "reward-model" in before else []
        return [*encoder, *accepted]

    @property
    def _accepted(self) -> Path:
        return self.folder / "reward-model" / "acceptability.npz"

    def _taught(self, name: str, *given: str, drawn: bool = False) -> Step:
        place = self.folder / name
        flags = [*self.common, "--run", str(place), *given, *self.real, *self._seconds(name)]
        shown = self._shown(place / CHECKPOINT, place) if drawn else None
        return Step(name, place, lambda: run_stage(name, flags), shown)

    def _shown(self, checkpoint: Path, place: Path, kind: str = "") -> Shown:
        """A policy on all kinds, or with its adapter for one."""
        kinds, adapter = ([kind], self._adapter(kind)) if kind else (self.table["kinds"], None)
        return Shown(checkpoint, place / "samples", kinds, self.table["size"], adapter)

    def _seconds(self, stage: str) -> list[str]:
        known = self.table.get("seconds", {})
        return ["--seconds", str(known[stage])] if stage in known else []

    def _reward_model(self) -> Step:
        """On the tables of readers that are named, else on readers who are drawn."""
        place, named = self._accepted.parent, self.table.get("readers")
        phantoms = 0 if named else self.table["reader_phantoms"]
        for name in named or ():
            require_table(name)

        def work() -> None:
            tables = named or [write_readers(place / "readers.csv", phantoms)]
            flags = ["--annotations", *map(str, tables), "--out", str(self._accepted)]
            run_stage("reward-model", [*flags, "--figures", str(figures_of(place))])

        return Step("reward-model", place, work)

    def _adaptation(self, kind: str) -> Step:
        """With those of the lists that show the specialty; phantoms alone where none does."""
        place = self._adapter(kind).parent

        def work() -> None:
            lists = rows_of_specialty(self.lists, kind)
            if self.lists and not lists:
                print(f"None of the real images is of {kind}: its adapter learns from phantoms alone.", flush=True)
            real = ["--real", *map(str, lists)] if lists else []
            flags = [*self.common, "--start", str(self.best), *self._seconds("adapt")]
            run_stage("adapt", [*flags, "--specialty", kind, "--run", str(place), *real])

        return Step(place.name, place, work, self._shown(self.best, place, kind))

    def _adapter(self, kind: str) -> Path:
        return self.folder / f"adapt-{kind}" / CHECKPOINT

    def _quantisation(self) -> Step:
        place = self.folder / "quantise"
        flags = ["--checkpoint", str(self.best), "--out", str(self.packed), "--figures", str(figures_of(place))]
        shown = self._shown(self.packed, self.folder)
        return Step("quantise", place, lambda: run_stage("quantise", flags), shown)

    def _threshold(self, kind: str) -> Step:
        return self._asked("threshold", kind, THRESHOLD_SEED, "--figures", held_out=False)

    def _evaluation(self, kind: str) -> Step:
        return self._asked("evaluate", kind, EVALUATION_SEED, "--out", held_out=True)

    def _asked(self, stage: str, kind: str, seed: int, out: str, held_out: bool) -> Step:
        """A stage that asks the policy, or its adapter for ``kind``, about phantoms."""
        place, kinds = self._place(stage, kind), [kind] if kind else self.table["kinds"]
        count, size = self.table[f"{stage}_phantoms"], self.table["size"]

        def work() -> None:
            lists = phantom_lists(kinds, self.folder / stage, seed, count, size, held_out)
            place.mkdir(parents=True, exist_ok=True)
            adapter = ["--adapter", str(self._adapter(kind))] if kind else []
            flags = ["--checkpoint", str(self.packed), *adapter, "--data", *map(str, lists)]
            run_stage(stage, [*flags, out, str(figures_of(place))])

        return Step(place.name, place, work)

    def _export(self, kind: str) -> Step:
        """A model folder with its card; that of an adapter names the policy's, which lies beside it, as its base."""
        place = self._place("export", kind)
        checkpoint = ["--checkpoint", str(self._adapter(kind) if kind else self.packed), "--out", str(place)]
        base = ["--base", str(self._place("export", ""))] if kind else []
        runs = [self.folder / name for name in self.taught] + ([self._adapter(kind).parent] if kind else [])
        title = f"held-out phantoms{f', {kind}' if kind else ''}"
        measured = figures_of(self._place("evaluate", kind))
        figures = ["--evaluation", f"{title}={measured}"] if "evaluate" in self._before("export") else []
        flags = [*checkpoint, *base, *figures, "--run", *map(str, runs), "--figures", str(figures_of(place))]
        return Step(place.name, place, lambda: run_stage("export", flags))

    def _place(self, stage: str, kind: str) -> Path:
        return self.folder / (f"{stage}-{kind}" if kind else stage)


def _start(folder: Path) -> list[str]:
    return ["--start", str(folder / CHECKPOINT)]


def phantom_lists(kinds: Sequence[str], folder: Path, seed: int, count: int, size: int, held_out: bool) -> list[Path]:
    """Annotation lists of ``count`` phantoms of each kind, of sites that are trained on or of those that are not.

    A list that is there is whole, and drawn no second time.
    """
    lists = [folder / name / "annotations.json" for name in kinds]
    for name, path in zip(kinds, lists, strict=True):
        if not path.exists():
            sites = kind_of(name).held_out_sites if held_out else kind_of(name).training_sites
            write_phantoms(seed, count, size, path.parent, name, sites)
    return lists
