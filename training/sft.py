"""Supervised first stage: a policy that looks.

    python -m training sft --preset tiny-cpu --run runs/sft [--real DIR/annotations.json ...]

Phantoms in quantity, several questions on each image, soft ordinal coordinates, and a patch-wise head that tells the
vision tower what is where. Killed or stopped with Ctrl-C, the same command goes on from the last saved state.
"""

from __future__ import annotations

import argparse
import math
import signal
import sys
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForImageTextToText

from ssg import phantoms
from ssg.errors import BadInput
from ssg.grounding.coordinates import Convention
from ssg.grounding.manifest import Manifest
from ssg.grounding.processor import GroundingProcessor
from ssg.grounding.tokenizer import coordinate_tokens
from ssg.vocabulary import vocabulary
from training.losses import AnswerLoss, dense_loss
from training.model import build_policy
from training.prior import LocationPrior, phantom_boxes, relative_boxes
from training.runs import RunFolder, device_in_words, read_preset
from training.scenes import Row, part_of, read_annotations, with_mined_absences
from training.stream import SampleStream, StreamConfig, dense_classes

REPORT_EVERY = 20
"""Steps that a reported loss is the mean of."""

PRIOR_PHANTOMS = 2000
"""Training phantoms that the location prior is fitted on."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("--preset", default="tiny-cpu", help="name of a preset, or the path of a TOML file")
    parser.add_argument("--run", type=Path, default=Path("runs/sft"), help="run folder; an existing run is continued")
    parser.add_argument(
        "--real", type=Path, nargs="*", default=[], help="annotation lists to mix in (annotations.json)"
    )
    parser.add_argument("--steps", type=int, help="number of steps, in place of the preset's")
    parser.add_argument("--start", type=Path, help="checkpoint folder to start from (weights only)")
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument(
        "--write-only", action="store_true", help="write RUN/checkpoint from the last saved state, without training"
    )
    parser.add_argument("--save-every", type=int, default=200, help="steps between saved states")


def main(arguments: argparse.Namespace) -> None:
    """Train until the last step of the schedule, then write the checkpoint folder ``RUN/checkpoint``."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    preset = read_preset(arguments.preset)
    plan = preset["sft"] | ({"steps": arguments.steps} if arguments.steps else {})
    run = RunFolder(
        arguments.run,
        {
            "model": preset["model"],
            "sft": plan,
            "real": [str(p) for p in arguments.real],
            "start": str(arguments.start),
        },
    )
    rows = real_rows(arguments.real)
    trainer = SftTrainer(preset["model"], plan, rows, run, arguments.start)
    if arguments.write_only:
        trainer.resume()
    else:
        trainer.train(arguments.save_every)
    trainer.write_checkpoint(arguments.run / "checkpoint", arguments.preset)


def real_rows(lists: list[Path]) -> list[Row]:
    """Training rows of the given lists: without the held-out patients, with absences mined from reports."""
    rows = [with_mined_absences(row) for path in lists for row in part_of(read_annotations(path), "training")]
    return [row for row in rows if row.present or row.absent]


class SftTrainer:
    """One policy, its optimiser and its stream. ``plan`` is the preset's ``[sft]`` table."""

    def __init__(
        self, shape: dict[str, Any], plan: dict[str, Any], rows: list[Row], run: RunFolder, start: Path | None
    ):
        self.plan, self.run, self.rows = plan, run, rows
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model, self.processor = _loaded(start) if start else build_policy(shape)
        self.model.to(self.device)
        names = [*phantoms.FINDINGS, *phantoms.STRUCTURES]
        self.classes = dense_classes(names, [name for name in names if vocabulary().get(name).laterality != "midline"])
        self.dense = nn.Linear(shape["vision_hidden"], len(self.classes)).to(self.device)
        nn.init.constant_(self.dense.bias, -3.0)  # most patches hold none of it
        config = StreamConfig(
            size=round(math.sqrt(shape["image_pixels"])),
            questions=plan["questions"],
            seeds=(plan["train_seeds"][0], plan["train_seeds"][1]),
            real_share=plan["real_share"] if rows else 0.0,
            seed=plan.get("seed", 0),
        )
        self.stream = SampleStream(self.processor, config, self.classes, rows)
        numbers = coordinate_tokens(self.processor.tokenizer)
        if numbers is None:
            raise BadInput("The tokenizer does not write 0 … 1000 as single tokens: this stage trains small policies.")
        width = self.model.get_input_embeddings().weight.shape[0]
        self.answer_loss = AnswerLoss(numbers, width, plan["expected_l1"])
        self.optimiser = self._optimiser()
        self.step = 0

    def train(self, save_every: int) -> None:
        """Run the schedule from the last saved state; Ctrl-C saves and leaves."""
        self.resume()
        stop = _StopFlag()
        begin, first = time.time(), self.step
        recent: list[dict[str, float]] = []
        self.model.train()
        while self.step < self.plan["steps"] and not stop.asked:
            recent.append(self._one_step())
            self.step += 1
            if self.step % REPORT_EVERY == 0 or self.step == self.plan["steps"]:
                pace = (time.time() - begin) / (self.step - first)
                losses = {name: round(sum(one[name] for one in recent) / len(recent), 4) for name in recent[0]}
                recent.clear()
                self.run.log(step=self.step, seconds_a_step=round(pace, 3), **losses)
                _report(self.step, self.plan["steps"], pace, losses)
            if self.step % save_every == 0:
                self._save()
        self._save()
        if stop.asked:
            print(f"\nStopped at step {self.step}; the same command goes on from here.")
            sys.exit(130)

    def _one_step(self) -> dict[str, float]:
        batch = self.stream.batch(self.step, self.plan["batch"])
        batch = {name: value.to(self.device) for name, value in batch.items()}
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan["learning_rate"] * self._pace()
        losses = self._losses(batch)
        self.optimiser.zero_grad(set_to_none=True)
        losses["loss"].backward()
        norm = nn.utils.clip_grad_norm_([*self.model.parameters(), *self.dense.parameters()], self.plan["clip"])
        self.optimiser.step()
        return {name: round(float(value.detach()), 4) for name, value in losses.items()} | {
            "norm": round(float(norm), 2)
        }

    def _losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        cover, known, learn = batch.pop("cover"), batch.pop("known"), batch.pop("learn")
        targets = batch["input_ids"][:, 1:]
        on_gpu = self.device == "cuda"
        with torch.autocast(self.device, torch.bfloat16, enabled=on_gpu):
            output = self.model.model(**batch, use_cache=False)
            wanted = learn[:, 1:]
            logits = self.model.lm_head(output.last_hidden_state[:, :-1][wanted])
            patches = self.dense(output.image_outputs.last_hidden_state)
        losses = self.answer_loss(logits.float(), targets[wanted], self._sigma())
        losses["dense"] = dense_loss(patches.float(), cover, known)
        losses["loss"] = losses["loss"] + self.plan["dense"] * losses["dense"]
        return losses

    def _progress(self) -> float:
        return self.step / max(1, self.plan["steps"])

    def _pace(self) -> float:
        """Linear warm-up, then a cosine down to a twentieth."""
        warm = min(1.0, (self.step + 1) / self.plan["warmup"])
        return warm * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * self._progress())))

    def _sigma(self) -> float:
        """The bell of the coordinates narrows geometrically."""
        start, end = self.plan["sigma_start"], self.plan["sigma_end"]
        return float(start * (end / start) ** self._progress())

    def _optimiser(self) -> torch.optim.Optimizer:
        parameters = [*self.model.named_parameters(), *self.dense.named_parameters()]
        decayed = [p for name, p in parameters if p.ndim >= 2 and "embed" not in name]
        plain = [p for name, p in parameters if p.ndim < 2 or "embed" in name]
        groups = [
            {"params": decayed, "weight_decay": self.plan["weight_decay"]},
            {"params": plain, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=self.plan["learning_rate"], betas=(0.9, 0.98), foreach=True)

    def _save(self) -> None:
        self.run.save(
            {
                "step": self.step,
                "model": self.model.state_dict(),
                "dense": self.dense.state_dict(),
                "optimiser": self.optimiser.state_dict(),
            }
        )

    def resume(self) -> None:
        """Go on from the last saved state, if there is one."""
        state = self.run.load()
        if state is None:
            return
        self.model.load_state_dict(state["model"])
        self.dense.load_state_dict(state["dense"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]
        print(f"Going on from step {self.step}.")

    def write_checkpoint(self, folder: Path, preset: str) -> None:
        """Write weights, processor, ``grounding.json`` and how it was made."""
        real = sorted({name for row in self.rows for name, _ in row.present})
        findings = tuple(dict.fromkeys([*phantoms.FINDINGS, *real]))
        seen = "phantom chest radiographs" + (" and chest radiographs with radiologists' boxes" if self.rows else "")
        manifest = Manifest(
            f"ssg-{preset}",
            Convention.RELATIVE_1000,
            findings,
            tuple(phantoms.STRUCTURES),
            chain=True,
            seen=seen,
        )
        self.model.save_pretrained(folder)
        self.processor.save_pretrained(folder)
        manifest.write(folder)
        first = self.plan["train_seeds"][0]
        LocationPrior.fit([*phantom_boxes(first, PRIOR_PHANTOMS), *relative_boxes(self.rows)]).write(folder)
        self.run.log(step=self.step, checkpoint=str(folder), device=device_in_words())
        print(f"Checkpoint: {folder}")


def _loaded(folder: Path) -> tuple[Any, GroundingProcessor]:
    """The policy of a checkpoint folder in full precision, to go on from."""
    try:
        model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
        return model, GroundingProcessor.load(folder)
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(
            f"{folder} cannot be started from ({error}): give a folder that a training stage wrote."
        ) from None


class _StopFlag:
    """Ctrl-C and a polite kill end the loop after the step in hand."""

    def __init__(self) -> None:
        self.asked = False
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._ask)

    def _ask(self, *_: Any) -> None:
        self.asked = True


def _report(step: int, steps: int, pace: float, losses: dict[str, float]) -> None:
    left = time.strftime("%H:%M:%S", time.gmtime(pace * (steps - step)))
    shown = "  ".join(f"{name} {value:.3f}" for name, value in losses.items())
    print(f"step {step}/{steps}  {pace:.2f} s a step  {left} left  {shown}", flush=True)
