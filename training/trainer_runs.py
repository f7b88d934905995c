"""Runs of transformers' and TRL's trainers: going on after a kill, leaving when asked to, the log of their steps."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import torch
from safetensors import SafetensorError, safe_open
from torch import distributed
from transformers import PrinterCallback, TrainerCallback, TrainerControl, TrainerState

from ssg.cli.files import read_json
from ssg.errors import BadInput
from training.loop import StopFlag
from training.runs import STATES, RunFolder
from training.writing import GOES_ON, writing

LAST_WRITTEN = "trainer_state.json"
"""What transformers writes last of a state; one without it was cut off."""


WEIGHTS = "*.safetensors"
PARTS = (WEIGHTS, "*.json", "optimizer.pt", "scheduler.pt", "rng_state*.pth")
"""What a state is made of."""


def is_first() -> bool:
    """Whether this process writes what is written once; the others train beside it on GPUs of their own."""
    return os.environ.get("RANK", "0") == "0"


def last_state(states: Path) -> Path | None:
    """The folder of the last state that was saved to its end; None where there is none."""
    found = {path.name.removeprefix("checkpoint-"): path for path in states.glob("checkpoint-*")}
    whole = [step for step, path in found.items() if step.isdecimal() and _is_whole(path / LAST_WRITTEN)]
    return found[max(whole, key=int)] if whole else None


def _is_whole(path: Path) -> bool:
    """Whether it is JSON to its end: a kill or a full disk may have cut it."""
    try:
        read_json(path, not_finite=True)  # a loss may have been none
    except BadInput:
        return False
    return True


def require_state(state: Path) -> None:
    """Raise BadInput for a state that lacks a part, or holds one that is cut or damaged.

    transformers goes on without an optimiser that is missing, as if nothing had been learned, and says nothing.
    """
    parts = {name: sorted(state.glob(name)) for name in PARTS}
    sharded = (state / "latest").is_file()  # DeepSpeed's own files, which it checks itself
    missing = [name for name, found in parts.items() if not found and not (sharded and name != WEIGHTS)]
    damaged = [path for found in parts.values() for path in found if not _is_sound(path)]
    step = read_json(state / LAST_WRITTEN, not_finite=True)
    if not isinstance(step, dict) or f"checkpoint-{step.get('global_step')}" != state.name:
        damaged.append(state / LAST_WRITTEN)
    if missing or damaged:
        why = f"it lacks {missing[0]}" if missing else f"{damaged[0].name} is cut or damaged"
        raise BadInput(
            f"{state} is no whole state ({why}): delete that folder and start the same command again, which goes on "
            "from the state before, or begins anew where there is none."
        )


def _is_sound(path: Path) -> bool:
    """Whether a file of a state can be read to its end."""
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, "pt") as file:
                return bool(file.keys())
        if path.suffix == ".json":
            return _is_whole(path)
        with ZipFile(path) as file:  # what torch.save writes
            return file.testzip() is None
    except (OSError, BadZipFile, SafetensorError):
        return False


def resumed(trainer: Any, run: RunFolder) -> None:
    """Train from the last saved state to the end of the schedule; a full disk is one line.

    Ctrl-C and a polite kill save after the step in hand and leave with exit code 130.
    """
    states = run.path / STATES
    trainer.remove_callback(PrinterCallback)  # Lines says it
    last = last_state(states)
    if last:
        require_state(last)
        if is_first():
            run.forget_after(int(last.name.removeprefix("checkpoint-")))
    with StopFlag() as flag:
        stop = Stop(flag)
        trainer.add_callback(stop)
        with writing(states, GOES_ON):
            trainer.train(resume_from_checkpoint=str(last) if last else None)
        leave = stop.asked(trainer.args.device)
    if leave:
        if is_first():
            print(f"\nStopped at step {trainer.state.global_step}; the same command goes on from here.", flush=True)
        sys.exit(130)


class Stop(TrainerCallback):
    """Ends a run after the step in hand, with its state saved, once that was asked of any of its processes."""

    def __init__(self, flag: StopFlag) -> None:
        self._flag = flag

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Save and leave, if that was asked for."""
        if self.asked(args.device):
            control.should_save = control.should_training_stop = True

    def asked(self, device: torch.device) -> bool:
        """Whether to leave. Processes that train together agree on it, or those that go on would wait for ever."""
        if not distributed.is_initialized():
            return self._flag.asked
        asked = torch.tensor(float(self._flag.asked), device=device)
        distributed.all_reduce(asked, distributed.ReduceOp.MAX)
        return bool(asked)


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
