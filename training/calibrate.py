"""Derive how far radiologists agree with one another, finding by finding: the curve that scores are placed on.

    python -m training calibrate --annotations vindr --out ssg/reward/agreement.json

For every image and every two readers who both mark a finding, the spatial score of the one's boxes against the other's
(``ssg.reward.pairing``; it is the same both ways). The quantiles of these scores are what ships: no box, no image.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ssg.boxes import Boxes
from ssg.cli.files import file_path
from ssg.errors import BadInput
from ssg.reward.pairing import BoxSets, matched_iou, pair
from ssg.whole import write_json
from training.readers import SOURCE, VINDR, MultiRead, read_table
from training.writing import require_file, writing

LEAST_PAIRS = 50
"""Pairs of readers from which a finding gets a curve of its own."""

SHARES = np.arange(101)
"""Per cent at which quantiles are kept."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument("--annotations", default=VINDR, help="vindr, or a CSV file of the same columns")
    parser.add_argument("--out", type=file_path, required=True, help="JSON file to write")
    parser.add_argument("--json", action="store_true", help="print how far readers agree on each finding as JSON")


def main(arguments: argparse.Namespace) -> None:
    """Measure, write, and say what was measured."""
    require_file(arguments.out, [Path(arguments.annotations)])
    images = read_table(arguments.annotations)
    curves = agreement(images)
    if not curves["pooled"]["pairs"]:
        raise BadInput(f"{arguments.annotations} holds no finding that two readers mark on one image.")
    curves["source"] = SOURCE if arguments.annotations == VINDR else Path(arguments.annotations).name
    curves["date"] = date.today().isoformat()
    with writing(arguments.out):
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        write_json(arguments.out, curves, indent=1)
    rows = overlap_agreement(images)
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'finding':28}{'pairs of readers':>17}{'mean IoU':>10}{'IoU >= 0.5':>12}")
    for name, row in rows.items():
        print(f"{name:28}{row['pairs']:>17,}{row['mean_iou']:>10.3f}{row['share_of_half']:>12.3f}")


def agreement(images: list[MultiRead]) -> dict[str, Any]:
    """Quantiles of the spatial score between two readers, of each finding and of all together."""
    scores: dict[str, list[float]] = {}
    for image in images:
        for finding, one, other in image.pairs():
            scores.setdefault(finding, []).append(spatial_score(one, other))
    everything = np.array([score for found in scores.values() for score in found])
    return {
        "measure": "spatial score of one finding between two radiologists who both mark it",
        "pooled": _curve(everything),
        "findings": {
            name: _curve(np.array(found)) for name, found in sorted(scores.items()) if len(found) >= LEAST_PAIRS
        },
    }


def spatial_score(one: Boxes, other: Boxes) -> float:
    """Sum of the qualities over the best pairs, divided by the larger number of boxes."""
    return float(pair(BoxSets.padded([one]), BoxSets.padded([other])).score[0])


def overlap_agreement(images: list[MultiRead]) -> dict[str, dict[str, float]]:
    """IoU between two readers, boxes matched one to one and those without a counterpart counting 0, by finding."""
    found: dict[str, list[float]] = {}
    for image in images:
        for finding, one, other in image.pairs():
            found.setdefault(finding, []).append(matched_iou(one, other))
    everything = [value for values in found.values() for value in values]
    ordered = sorted(found.items(), key=lambda entry: -float(np.mean(entry[1])))
    return {
        name: {
            "pairs": len(values),
            "mean_iou": round(float(np.mean(values)), 4),
            "share_of_half": round(float(np.mean(np.array(values) >= 0.5)), 4),
        }
        for name, values in [*ordered, ("all", everything)]
        if values
    }


def _curve(scores: np.ndarray) -> dict[str, Any]:
    quantiles = np.percentile(scores, SHARES) if len(scores) else np.zeros(len(SHARES))
    return {"pairs": len(scores), "quantiles": [round(float(value), 4) for value in quantiles]}
