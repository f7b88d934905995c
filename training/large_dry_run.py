"""A dry run of a large policy's stages on a CPU: every step with a miniature of the very architecture.

It shows that what the full one will do can be done: chat form, coordinates, four-bit base, adapter, both trainers, what
is written and how the app reads it. What a miniature answers means nothing.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from ssg.errors import Unavailable
from ssg.grounding.checkpoints import quieten
from ssg.grounding.coordinates import Convention, CoordinateFrame
from ssg.grounding.grounder import Grounder
from ssg.grounding.policy import load_policy
from training.architectures import GRID, miniature
from training.frames import Frames
from training.large import teach
from training.memory import needed
from training.questions import reference_of
from training.rewards import reward_functions
from training.rows import Row
from training.runs import RunFolder
from training.scene import Scene
from training.scenes import phantom_scene
from training.tasks import make_task

GPUS = "CUDA_VISIBLE_DEVICES"
STEPS = 2
SMALLER: dict[str, dict[str, Any]] = {
    "sft": {
        "steps": STEPS,
        "warmup": 0,
        "batch": 2,
        "accumulate": 1,
        "questions": 3,
        "workers": 0,
        "pool": 8,
        "reuse": 1,
        "prior_phantoms": 8,
    },
    "grpo": {
        "seed": 3,  # asks about something that is not there, which random answers get right now and then
        "steps": STEPS,
        "warmup": 0,
        "images": 2,
        "generations": 8,
        "batch": 8,
        "completion_length": 200,
        "watch_every": STEPS,
        "watch_images": 1,
        "pool": 8,
        "prior_phantoms": 8,
    },
}
"""What a dry run changes in the stages' tables: fewer of everything."""

RIGHT = 0.9
"""The least that right answers earn of the reward, 0 to 1; what they lack is rounding to whole coordinates."""


def dry_run(preset: dict[str, Any], what: str, rows: list[Row]) -> None:
    """Print the memory arithmetic, then do every step of ``what`` (grpo: after sft) on a miniature; nothing is kept."""
    quieten()
    for line in memory_lines(preset):
        print(line)
    with tempfile.TemporaryDirectory(prefix="ssg-dry-run-") as kept, _quietly():
        rehearse(preset, what, rows, Path(kept))


def memory_lines(preset: dict[str, Any]) -> list[str]:
    """What the full model of a preset takes of a GPU, by stage and by what generates."""
    cases = [("sft", "off", None), ("sft", "off", False), ("grpo", "off", None), ("grpo", "colocate", None)]
    lines = [f"{preset['base']['name']} on one GPU, by arithmetic:"]
    for stage, vllm, checkpointing in cases:
        said = "without checkpointing" if checkpointing is False else f"vLLM {vllm}" if vllm != "off" else "as it is"
        lines.append(f"  {stage}, {said}: {needed(preset, stage, vllm, checkpointing).in_words()}")
    return lines


def rehearse(preset: dict[str, Any], what: str, rows: list[Row], kept: Path) -> Path:
    """The steps, each with the seconds it took; ``kept`` is a folder to write to. Returns the last adapter's folder."""
    convention = Convention(preset["base"]["convention"])
    small = {**preset, **{stage: preset[stage] | smaller for stage, smaller in SMALLER.items()}}
    with _step("miniature"):
        model, processor = miniature(preset["base"])
        pixels = (GRID * processor.image_processor.patch_size) ** 2
        small["lora"] = preset["lora"] | {"rank": 4, "alpha": 8}
        folder = kept / "base"
        small["base"] = preset["base"] | {"image_pixels": pixels, "name": str(folder)}
        model.save_pretrained(folder)
        processor.save_pretrained(folder)
        frames = Frames.of(convention, processor.image_processor)
    with _step("right answers earn the reward, places in another convention do not"):
        _check_rewards(frames)
    adapter: Path | None = None
    for stage in ("sft", "grpo")[: ("sft", "grpo").index(what) + 1]:
        with _step(f"{stage}: NF4 base, LoRA, {STEPS} steps, adapter written"):
            given = argparse.Namespace(start=adapter, save_every=STEPS, encoder=None, acceptability=None, vllm="off")
            adapter = teach(small, stage, rows, RunFolder(kept / stage, {}), given)
    assert adapter is not None
    with _step("base and adapter read as the app does, one question asked"):
        _ask(folder, adapter, convention)
    return adapter


@contextmanager
def _quietly() -> Iterator[None]:
    """One thread, since small products are too small to divide, no GPU, and no hints on what libraries will rename."""
    threads, gpus = torch.get_num_threads(), os.environ.get(GPUS)
    torch.set_num_threads(1)
    os.environ[GPUS] = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            os.environ.pop(GPUS)
            os.environ.update({GPUS: gpus} if gpus is not None else {})


@contextmanager
def _step(said: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    print(f"{time.perf_counter() - begin:5.1f} s  {said}", flush=True)


def _check_rewards(frames: Frames) -> None:
    """What is taught, written and rewarded must mean the same places."""
    right, wrong = right_rewards(frames, frames), right_rewards(frames, _otherwise(frames))
    if right < RIGHT or wrong > right - 0.2:
        raise Unavailable(
            f"Right answers earn {right:.2f} of the reward and misread ones {wrong:.2f}: the coordinates of training "
            "and reward differ. Please report this."
        )


def right_rewards(written: Frames, read: Frames, seeds: range = range(3, 9)) -> float:
    """The mean total, 0 to 1, of right answers ``written`` by one policy's frames and ``read`` by those of another."""
    earned = []
    for seed in seeds:
        scene = replace(phantom_scene(seed, 128), frames=written)
        if not scene.present:
            continue
        keys = list(scene.present)[:2]
        task = make_task(scene, keys, np.random.default_rng(seed))
        reference = reference_of(scene, keys).to_json()
        parts = [function([task.given + task.answer], [reference])[0] for function in reward_functions(frames=read)]
        earned.append(sum(part for part in parts if part is not None))
    return float(np.mean(earned))


def _otherwise(frames: Frames) -> Frames:
    """The other convention, of a policy that resizes alike."""
    other = next(one for one in Convention if one is not frames.convention)
    return replace(frames, convention=other)


def _ask(folder: Path, adapter: Path, convention: Convention) -> None:
    policy = load_policy(folder, "cpu", adapters=[str(adapter)])
    if policy.problems or not policy.adapters:
        raise Unavailable(" ".join(policy.problems) or "The adapter was not read.")
    (name, manifest), *_ = policy.adapters.items()
    assert manifest.convention is convention
    scene: Scene = phantom_scene(3, 128)
    (answer,) = Grounder(policy).ground(scene.pixels, ["pleural effusion on the left"], "DX", adapter=name)
    boxes = [region.box for finding in answer.findings for region in finding.regions]
    print(f"         asked: {answer.text!r}, answered: {answer.status.value}, {len(boxes)} boxes")


def seen_frame(processor: Any, convention: Convention, pixels: np.ndarray) -> CoordinateFrame:
    """The frame of an image as the processor really resizes it, which :class:`Frames` must foresee."""
    grid = processor.image_processor(images=[Image.fromarray(pixels)], return_tensors="pt")["image_grid_thw"][0]
    patch = processor.image_processor.patch_size
    height, width = pixels.shape
    return CoordinateFrame(convention, (width, height), (int(grid[2]) * patch, int(grid[1]) * patch))
