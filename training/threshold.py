"""Choose from which probability of a box a finding is called present.

    python -m training threshold --checkpoint ssg/grounding/embedded --data annotations.json

Questions in training are balanced, those of a case are not, so the likelier token is no good judge. On images that
neither train nor evaluate every box is asked for. The lowest threshold that still rejects ``--reject`` of what is
absent is taken, since a lower one finds more; it is written into the checkpoint's ``grounding.json``.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ssg.errors import BadInput
from ssg.grounding.grounder import Grounder
from ssg.grounding.manifest import read_manifest
from ssg.grounding.policy import load_policy
from training.evaluate import ask, progress
from training.scenes import Row, part_of, read_annotations

STEPS = np.linspace(0.02, 0.98, 97)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("--checkpoint", type=Path, required=True, help="checkpoint folder; its manifest is changed")
    parser.add_argument("--data", type=Path, required=True, help="annotation list that nothing else uses")
    parser.add_argument("--part", choices=("all", "training", "held-out"), default="all", help="which patients")
    parser.add_argument("--reject", type=float, default=0.95, help="least share of absent findings to reject")


def main(arguments: argparse.Namespace) -> None:
    """Ask for every box, choose, write, and say what it gives."""
    manifest = read_manifest(arguments.checkpoint)
    policy = load_policy(arguments.checkpoint)
    grounder = Grounder(replace(policy, manifest=replace(manifest, present_from=0.0)))
    rows = part_of(read_annotations(arguments.data), arguments.part)
    asked = np.array([one for row in progress(rows) for one in _asked(grounder, row)]).reshape(-1, 3)
    present, absent = asked[asked[:, 0] == 1, 1:], asked[asked[:, 0] == 0, 1]
    if not len(present) or not len(absent):
        raise BadInput(f"{arguments.data} must mark some findings and exclude others to choose a threshold by.")
    chosen = lowest_threshold(absent, arguments.reject)
    replace(manifest, present_from=chosen).write(arguments.checkpoint)
    found, rejected = _figures(chosen, present[:, 0], present[:, 1], absent)
    print(f"present from {chosen:.2f}: mIoU {found:.3f}, absent rejected {rejected:.3f}, on {len(rows)} images")


def lowest_threshold(absent: NDArray[np.float64], reject: float) -> float:
    """The threshold among ``STEPS`` by the probabilities of a box for ``absent`` findings.

    Where none rejects as many as wanted, the lowest that rejects most.
    """
    rejected = [float((absent < step).mean()) for step in STEPS]
    allowed = next((index for index, share in enumerate(rejected) if share >= reject), int(np.argmax(rejected)))
    return round(float(STEPS[allowed]), 2)


def _figures(
    threshold: float, probability: NDArray[np.float64], overlap: NDArray[np.float64], absent: NDArray[np.float64]
) -> tuple[float, float]:
    """mIoU over present findings and share of absent ones rejected, at one threshold."""
    return float(np.where(probability >= threshold, overlap, 0.0).mean()), float((absent < threshold).mean())


def _asked(grounder: Grounder, row: Row) -> list[tuple[float, float, float]]:
    """(whether it is there, probability of a box, IoU) of every known finding of one image."""
    return [
        (float(item.present), (answer.confidence or 0.0) if len(item.predicted) else 0.0, item.iou)
        for answer, item in ask(grounder, row)
    ]
