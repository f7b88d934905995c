"""Choose from which probability of a box a finding is called present.

    python -m training threshold --checkpoint ssg/grounding/embedded --data annotations.json

Questions in training are balanced, those of a case are not, and a policy learns some findings less well than others, so
the likelier token is no good judge. On images that neither train nor evaluate, every box is asked for. Each finding
gets the lowest threshold that still rejects ``--reject`` of what is absent, since a lower one finds more; one that
those images lack fewer than 50 times gets the one of all findings together. They are written into the checkpoint's
``grounding.json``.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import as_boxes
from ssg.cli.files import file_path
from ssg.errors import BadInput
from ssg.grounding.grounder import Grounder
from ssg.grounding.manifest import FILE_NAME, Manifest, read_manifest
from ssg.reward.pairing import matched_iou
from training.asking import asking_for_all, boxes_in_any_case, chance_of
from training.evaluate import loaded, progress
from training.flags import share
from training.lists import read_rows
from training.pictures import load_scene
from training.rows import Row, part_of
from training.writing import require_file, write_figures

STEPS = np.linspace(0.05, 0.98, 94)
"""Not lower: what a policy gives one chance in twenty is not there, however well it separates phantoms."""

LEAST_ABSENT = 50
"""Images without a finding from which it gets a threshold of its own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One finding on one image: is it there, how probable was a box, and how good."""

    finding: str
    present: bool
    probability: float
    iou: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument(
        "--checkpoint", type=file_path, required=True, help="checkpoint folder; its manifest is changed"
    )
    parser.add_argument(
        "--adapter", type=file_path, help="adapter folder of the checkpoint; its manifest is changed instead"
    )
    parser.add_argument(
        "--data", type=file_path, nargs="+", required=True, help="annotation lists that nothing else uses"
    )
    parser.add_argument("--part", choices=("all", "training", "held-out"), default="all", help="which patients")
    parser.add_argument("--figures", type=file_path, help="also write the figures to this file, as JSON")
    parser.add_argument("--reject", type=share, default=0.9, help="least share of absences to reject, of each finding")


def main(arguments: argparse.Namespace) -> None:
    """Ask for every box, choose, write, and say what it gives."""
    if not (arguments.checkpoint / FILE_NAME).is_file():
        raise BadInput(f"{arguments.checkpoint} is no checkpoint folder: give --checkpoint one that quantise wrote.")
    require_file(arguments.figures, arguments.data)
    changed = arguments.adapter or arguments.checkpoint
    policy, adapter = loaded(arguments.checkpoint, arguments.adapter)
    grounder, manifest = Grounder(asking_for_all(policy)), read_manifest(changed)
    rows = part_of([row for path in arguments.data for row in read_rows(path)], arguments.part)
    asked = [one for row in progress(rows) for one in _asked(grounder, manifest, row, adapter)]
    if len({one.present for one in asked}) < 2:
        named = ", ".join(map(str, arguments.data))
        raise BadInput(f"{named} must mark some findings and exclude others to choose a threshold by.")
    chosen, of = thresholds(asked, arguments.reject)
    replace(manifest, present_from=chosen, present_from_of=of).write(changed)
    for name in sorted({one.finding for one in asked}):
        own = [one for one in asked if one.finding == name]
        print(f"{name:28s} from {of.get(name, chosen):.2f}  {_in_words(figures(own, of, chosen))}")
    found = figures(asked, of, chosen)
    print(f"{'all':28s}            {_in_words(found)}, on {len(rows)} images")
    if arguments.figures:
        write_figures(arguments.figures, {"present_from": chosen, **found, "images": len(rows), "present_from_of": of})


def thresholds(asked: Sequence[Asked], reject: float) -> tuple[float, dict[str, float]]:
    """The threshold of all findings together, and that of each that is often enough absent."""
    absent: dict[str, list[float]] = {}
    for one in asked:
        if not one.present:
            absent.setdefault(one.finding, []).append(one.probability)
    everything = [chance for chances in absent.values() for chance in chances]
    enough = {name: chances for name, chances in sorted(absent.items()) if len(chances) >= LEAST_ABSENT}
    return (
        lowest_threshold(np.array(everything), reject),
        {name: lowest_threshold(np.array(chances), reject) for name, chances in enough.items()},
    )


def lowest_threshold(absent: NDArray[np.float64], reject: float) -> float:
    """The threshold among ``STEPS`` by the probabilities of a box for ``absent`` findings.

    Where none rejects as many as wanted, the lowest that rejects most.
    """
    rejected = [float((absent < step).mean()) for step in STEPS]
    allowed = next((index for index, share in enumerate(rejected) if share >= reject), int(np.argmax(rejected)))
    return round(float(STEPS[allowed]), 2)


def figures(asked: Sequence[Asked], of: Mapping[str, float], otherwise: float) -> dict[str, float | None]:
    """mIoU over present findings and share of absent ones rejected at these thresholds; None of what was not asked."""
    called = [one.probability >= of.get(one.finding, otherwise) for one in asked]
    found = [one.iou if yes else 0.0 for one, yes in zip(asked, called, strict=True) if one.present]
    denied = [not yes for one, yes in zip(asked, called, strict=True) if not one.present]
    means: dict[str, Sequence[float]] = {"miou": found, "absent_rejected": denied}
    return {name: round(sum(values) / len(values), 4) if values else None for name, values in means.items()}


def _in_words(found: Mapping[str, float | None]) -> str:
    miou, rejected = ("–" if value is None else f"{value:.3f}" for value in found.values())
    return f"mIoU {miou}  absent rejected {rejected}"


def _asked(grounder: Grounder, manifest: Manifest, row: Row, adapter: str) -> list[Asked]:
    """Every finding of one image that the policy was trained on, with the probability of a box.

    Others are asked as their kinds, each of which has its own threshold.
    """
    marked = row.boxes_by_name()
    names = [name for name in dict.fromkeys([*marked, *row.absent]) if manifest.knows(name)]
    answers = boxes_in_any_case(grounder, load_scene(row).pixels, [(name, None) for name in names], adapter)
    asked = []
    for name in names:
        boxes = as_boxes([region.box for region in answers[name, None].regions])
        iou = matched_iou(boxes, marked[name]) if name in marked else 0.0
        asked.append(Asked(name, name in marked, chance_of(answers[name, None]), iou))
    return asked
