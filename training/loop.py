"""The loop that every supervised stage shares: schedule, optimiser, log, saved states, and going on after a kill."""

from __future__ import annotations

import math
import pickle
import signal
import sys
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from ssg.errors import BadInput, SSGError
from training.optimiser import MATRIX_PACE, MuonAdamW, is_matrix
from training.preset_values import require_entries
from training.runs import BEGINS_ANEW, STATE, RunFolder

REPORT_EVERY = 20
"""Steps that a reported loss is the mean of."""


class Training(ABC):
    """A stage's modules and plan; a stage adds :meth:`batch` and :meth:`losses`.

    ``plan`` needs ``steps``, ``learning_rate``, ``warmup``, ``weight_decay`` and ``clip``; ``slow`` names modules that
    learn at a share of the learning rate; ``workers`` is how many processes draw batches. With ``seconds`` the schedule
    of rates follows the clock where that is ahead of the steps, for a machine that is lent for a while.
    """

    clock: Callable[[], float] = staticmethod(time.time)
    """Counts ``seconds``. ``time.process_time`` compares recipes on a machine that has other work too."""

    def __init__(self, plan: dict[str, Any], run: RunFolder, modules: Mapping[str, nn.Module]) -> None:
        require_entries(plan)
        if strange := [name for name in plan.get("slow", {}) if name not in modules]:
            known = ", ".join(modules)
            raise BadInput(f"slow names '{strange[0]:.40}', which this stage does not train: choose of {known}.")
        self.plan, self.run, self.modules = plan, run, dict(modules)
        self.step, self.spent = 0, 0.0
        self.optimiser = self._optimiser()

    @abstractmethod
    def batch(self, step: int) -> dict[str, Tensor]:
        """The batch of one step; called in a process of its own, ahead of time."""

    @abstractmethod
    def losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The losses of a batch; "loss" is the one that is lowered."""

    @property
    def progress(self) -> float:
        """How much of the schedule is done, 0 to 1: by steps, or by the clock where that is further."""
        return max(self.progress_at(self.step), min(1.0, self.spent / self.plan.get("seconds", math.inf)))

    def progress_at(self, step: int) -> float:
        """How much of the schedule is done before ``step``."""
        return step / max(1, self.plan["steps"])

    def train(self, save_every: int) -> None:
        """Run the schedule from the last saved state; Ctrl-C or a polite kill saves and leaves."""
        self.resume()
        with StopFlag() as stop:
            self._train(save_every, stop)
        if stop.asked:
            print(f"\nStopped at step {self.step}; the same command goes on from here.")
            sys.exit(130)

    def _train(self, save_every: int, stop: StopFlag) -> None:
        begin, first, before = self.clock(), self.step, self.spent
        recent: list[dict[str, float]] = []
        waited, ready = 0.0, self.clock()
        for module in self.modules.values():
            module.train()
        if self.progress >= 1:  # by the clock: it is over, though steps are left
            return
        for batch in self._batches():
            if isinstance(batch, Failed):
                if self.step > first:
                    self._save()  # what was learned is not the image's fault
                raise batch.error
            waited += self.clock() - ready
            recent.append(self._one_step(batch))
            self.step += 1
            self.spent = before + self.clock() - begin
            done = self.progress >= 1
            if self.step % REPORT_EVERY == 0 or done:
                pace = (self.clock() - begin) / (self.step - first)
                means = {name: round(sum(one[name] for one in recent) / len(recent), 4) for name in recent[0]}
                recent.clear()
                share = round(waited / max(self.spent - before, 1e-9), 3)
                self.run.log(step=self.step, seconds_a_step=round(pace, 3), waiting_share=share, **means)
                self._report(pace, means)
            if self.step % save_every == 0:
                self._save()
            ready = self.clock()
            if stop.asked or done:
                break
        self._save()

    def _report(self, pace: float, losses: dict[str, float]) -> None:
        left = pace * (self.plan["steps"] - self.step)
        if "seconds" in self.plan:
            left = min(left, self.plan["seconds"] - self.spent)
        clock = time.strftime("%H:%M:%S", time.gmtime(max(0.0, left)))
        shown = "  ".join(f"{name} {value:.3f}" for name, value in losses.items())
        print(f"step {self.step}/{self.plan['steps']}  {pace:.2f} s a step  {clock} left  {shown}", flush=True)

    def _batches(self) -> Iterable[dict[str, Tensor] | Failed]:
        """The batches of the steps that are left, drawn ahead by processes of their own."""
        return DataLoader(
            _Steps(self.batch),
            batch_size=None,
            sampler=range(self.step, self.plan["steps"]),
            num_workers=(workers := self.plan.get("workers", 1)),
            prefetch_factor=4 if workers else None,
            worker_init_fn=_ignore_ctrl_c,
        )

    def _one_step(self, batch: dict[str, Tensor]) -> dict[str, float]:
        for group in self.optimiser.param_groups:
            pace = self._pace() * group["share"] * (MATRIX_PACE if group["matrix"] else 1.0)
            group["lr"] = self.plan["learning_rate"] * pace
        losses = self.losses(batch)
        self.optimiser.zero_grad(set_to_none=True)
        losses["loss"].backward()
        parameters = [parameter for group in self.optimiser.param_groups for parameter in group["params"]]
        norm = nn.utils.clip_grad_norm_(parameters, self.plan["clip"])
        figures = {name: float(value.detach()) for name, value in losses.items()} | {"norm": float(norm)}
        if not (math.isfinite(figures["loss"]) and math.isfinite(figures["norm"])):
            raise BadInput(
                f"Training left all bounds at step {self.step + 1} (loss {figures['loss']:.3g}, norm of the gradient "
                f"{figures['norm']:.3g}): lower learning_rate in a copy of the preset, for a --run folder of its own."
            )
        self.optimiser.step()
        return figures

    def _pace(self) -> float:
        """Linear warm-up, then a cosine down to a fiftieth."""
        warm = min(1.0, (self.step + 1) / max(1, self.plan["warmup"]))
        return warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * self.progress)))

    def _optimiser(self) -> torch.optim.Optimizer:
        named = [
            (parameter, is_matrix(name, parameter), self.plan.get("slow", {}).get(module, 1.0))
            for module, part in self.modules.items()
            for name, parameter in part.named_parameters()
            if parameter.requires_grad
        ]
        groups: dict[tuple[bool, float], dict[str, Any]] = {}
        for parameter, matrix, share in named:
            group = groups.setdefault((matrix, share), {"params": [], "share": share, "matrix": matrix})
            group["params"].append(parameter)
        return MuonAdamW(list(groups.values()), self.plan["learning_rate"], self.plan["weight_decay"])

    def _save(self) -> None:
        states = {name: module.state_dict() for name, module in self.modules.items()}
        self.run.save(
            {"step": self.step, "spent": self.spent, "optimiser": self.optimiser.state_dict(), "modules": states}
        )

    def resume(self) -> None:
        """Go on from the last saved state, if there is one."""
        state = self.run.load()
        if state is None:
            return
        try:
            for name, module in self.modules.items():
                module.load_state_dict(state["modules"][name])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, self.spent = max(0, int(state["step"])), float(state["spent"])
            self.run.forget_after(self.step)
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError):
            raise BadInput(f"{self.run.path / STATE} is not the state of such a training: {BEGINS_ANEW}.") from None
        print(f"Going on from step {self.step}.")


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a batch could not be drawn."""

    error: Exception


class _Steps(Dataset[dict[str, Tensor] | Failed]):
    """Batches by number, for the loader.

    What goes wrong comes as a value: an exception that the loader carries over arrives as the text of a traceback, and
    keeps the loader's processes alive, for which Python then waits at its end.
    """

    def __init__(self, batch: Callable[[int], dict[str, Tensor]]) -> None:
        self._batch = batch

    def __getitem__(self, step: int) -> dict[str, Tensor] | Failed:
        try:
            return self._batch(step)
        except Exception as error:  # noqa: BLE001 - raised again by the trainer
            return Failed(_portable(error))


def _portable(error: Exception) -> Exception:
    """The same, if it can travel between processes, with where it came from; else its words."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - its own
    except Exception:  # noqa: BLE001 - whatever an exception's own class does not like
        return RuntimeError(f"{type(error).__name__}: {error}")
    if not isinstance(error, SSGError):
        error.add_note("".join(traceback.format_exception(error)))
    return error


def _ignore_ctrl_c(_: int) -> None:
    """The trainer answers to Ctrl-C; its drawing process ends with it."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)


class StopFlag:
    """Ctrl-C and a polite kill end the loop after the step in hand, and mean what they meant before when it is over.

    As a context, or until :meth:`restore`: whoever works on after the loop does not read the flag.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before = {name: signal.signal(name, self._ask) for name in (signal.SIGINT, signal.SIGTERM)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()

    def restore(self) -> None:
        """Put the former handlers back; a second time does nothing."""
        while self._before:
            name, handler = self._before.popitem()
            signal.signal(name, signal.SIG_DFL if handler is None else handler)  # None: not of Python's making

    def _ask(self, *_: Any) -> None:
        self.asked = True
