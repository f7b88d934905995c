"""A preset that is meant for a GPU is refused on a machine that has none, unless that is wanted (``--on-cpu``)."""

from __future__ import annotations

import argparse

import torch

from ssg.errors import Unavailable
from training.runs import read_preset


def add_on_cpu(parser: argparse.ArgumentParser) -> None:
    """The flag of every stage that takes a preset and teaches a small model."""
    parser.add_argument("--on-cpu", action="store_true", help="use a preset that is meant for a GPU without one")


def require_gpu_for(preset: str, on_cpu: bool) -> None:
    """Raise Unavailable where ``[run]`` of the preset says ``gpu = true``, there is none, and not ``on_cpu``."""
    if on_cpu or torch.cuda.is_available() or not dict(read_preset(preset)).get("run", {}).get("gpu", False):
        return
    raise Unavailable(
        f"Preset '{preset}' is meant for a GPU and none is usable here: run this where there is one, take 'tiny-cpu', "
        "which is the same recipe for CPU cores, or add --on-cpu (a step then takes minutes and its schedule weeks)."
    )
