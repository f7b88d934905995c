"""A word to whoever starts a preset that is meant for a GPU on a machine that has none."""

from __future__ import annotations

import sys

import torch

from training.runs import read_preset


def told_without_gpu(preset: str) -> None:
    """One line on stderr where ``[run]`` of the preset says ``gpu = true`` and there is none; the stage goes on."""
    if torch.cuda.is_available() or not dict(read_preset(preset)).get("run", {}).get("gpu", False):
        return
    print(
        f"Preset '{preset}' is meant for a GPU and none is here: on CPU cores a step takes minutes, its schedule weeks "
        "(the time left is shown every 20 steps); 'tiny-cpu' is the same recipe, smaller, for CPU cores.",
        file=sys.stderr,
        flush=True,
    )
