"""What each part of the supervised recipe is worth: recipes that differ in one part, taught from nothing, equally long.

    python -m benchmarks.remedies --seconds 600 --run runs/remedies [--real LIST.json ...]

Each recipe gets the same time of the processor on the same threads, and is asked afterwards, as the app asks, about
phantoms of sites that nothing is trained on and, where lists are given, about their patients that are kept apart. A
recipe that is done is not done again; one that was cut off goes on. Prints a table. After so short a time most of what
is there is called absent, so the box that is given in any case is measured too, and how well what is there is told from
what is not.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ssg.boxes import as_boxes
from ssg.grounding.coordinates import Convention
from ssg.grounding.grounder import Grounder
from ssg.grounding.manifest import Manifest
from ssg.grounding.policy import Policy, PolicyInfo
from ssg.phantoms import kind_of
from training.acceptance_metrics import auc
from training.lists import read_rows, real_rows
from training.metrics import Item, summary
from training.pictures import load_scene
from training.rows import Row, part_of
from training.runs import RunFolder, read_preset
from training.scene import Scene
from training.sft import Sft
from training.vision import Vision
from training.watch import held_out_items, held_out_scenes

KIND = "chest-xray"
VISION_SHARE = 0.3
"""Of the time, for the vision tower alone."""


@dataclass(frozen=True)
class Recipe:
    """One recipe: what it is called, and what it changes of the preset's ``[sft]`` table."""

    title: str
    changes: dict[str, Any] = field(default_factory=dict)
    vision_first: bool = True
    needs_real: bool = False


RECIPES = {
    "all": Recipe("the recipe"),
    "no-vision": Recipe("no vision tower first", vision_first=False),
    "no-dense": Recipe("no dense head beside the words", {"dense": 0.0}),
    "nothing-dense": Recipe("neither", {"dense": 0.0}, vision_first=False),
    "hard": Recipe("coordinates as a thousand classes", {"sigma_start": 0.3, "sigma_end": 0.3, "expected_l1": 0.0}),
    "no-l1": Recipe("soft coordinates without the L1", {"expected_l1": 0.0}),
    "one-question": Recipe("one question an image", {"questions": 1}),
    "chains": Recipe("a chain of boxes in every answer", {"brief": 0.0}),
    "real": Recipe("real images alone", {"real_share": 1.0}, needs_real=True),
}


def taught(recipe: Recipe, preset: dict[str, Any], folder: Path, seconds: float, rows: list[Row]) -> Sft:
    """A policy taught from nothing by one recipe."""
    common: dict[str, Any] = {"kinds": {KIND: 1.0}, "workers": 0, "steps": 10**6, "seed": 0}
    if not recipe.needs_real:
        common["real_share"] = preset["sft"]["real_share"] if rows else 0.0
    start = None
    words = seconds
    if recipe.vision_first:
        words = seconds * (1 - VISION_SHARE)
        plan = preset["vision"] | common | {"seconds": seconds * VISION_SHARE}
        plan |= {name: value for name, value in recipe.changes.items() if name == "real_share"}
        run = RunFolder(folder / "vision", {"vision": plan, "model": preset["model"]})
        start = folder / "vision" / "checkpoint"
        if not (start / "config.json").exists():
            stage = Vision(preset["model"], plan, rows, run, None)
            stage.clock = time.process_time
            stage.train(save_every=100)
            stage.write(start)
    plan = preset["sft"] | common | recipe.changes | {"seconds": words}
    sft = Sft(preset["model"], plan, rows, RunFolder(folder / "sft", {"sft": plan, "model": preset["model"]}), start)
    sft.clock = time.process_time
    sft.train(save_every=100)
    return sft


def measured(sft: Sft, phantoms: list[Scene], real: list[Scene]) -> dict[str, float]:
    """Held-out figures: findings of phantoms, where their structures lie, findings of real images."""
    model = sft.model.eval()
    manifest = Manifest(
        "remedy", Convention.RELATIVE_1000, kind_of(KIND).findings, kind_of(KIND).structures, chain=True
    )
    stop = (int(sft.processor.tokenizer.eos_token_id),)
    policy = Policy(model, sft.processor, manifest, PolicyInfo("remedy", "none", 0, sft.device), stop)
    grounder = Grounder(policy)
    items = held_out_items(policy, phantoms)
    figures = {name: float(value) for name, value in summary(items).items() if name in ("miou", "absent_rejected")}
    figures |= {"boxes": _in_any_case(items), "told_apart": _told_apart(items), "anatomy": _anatomy(grounder, phantoms)}
    if real:
        figures |= {"real_boxes": _in_any_case(held_out_items(policy, real))}
    return figures | {"steps": sft.step}


def _in_any_case(items: list[Item]) -> float:
    """mIoU of the boxes of what is there, whether or not the policy would say that it is."""
    given = [replace(item, predicted=as_boxes([box for _, box in item.candidates or ()])) for item in items]
    return float(summary([item for item in given if item.present])["miou"])


def _told_apart(items: list[Item]) -> float:
    """Area under the ROC curve of how sure the policy is, of what is there against what is not."""
    sure = [(item.present, max((chance for chance, _ in item.candidates or ()), default=0.0)) for item in items]
    there, absent = (np.array([chance for present, chance in sure if present == wanted]) for wanted in (True, False))
    return auc(there, absent)


def _anatomy(grounder: Grounder, scenes: list[Scene]) -> float:
    items = []
    for number, scene in enumerate(scenes):
        keys = list(scene.anatomy)
        answers, _ = grounder.answer(scene.pixels, keys)
        for key in keys:
            predicted = as_boxes([region.box for region in answers[key].regions])
            items.append(Item(str(number), key[0], as_boxes(scene.anatomy[key]), predicted, float(scene.pixels.size)))
    return float(summary(items)["miou"])


COLUMNS = {
    "anatomy": "structures, mIoU",
    "boxes": "findings, mIoU of the box in any case",
    "told_apart": "there or not, AUC",
    "miou": "findings, mIoU as answered",
    "absent_rejected": "absent rejected",
    "real_boxes": "real findings, mIoU of the box in any case",
    "steps": "steps with words",
}


def main() -> None:
    """Teach and measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="tiny-cpu")
    parser.add_argument("--run", type=Path, default=Path("runs/remedies"))
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--recipes", nargs="+", choices=list(RECIPES), default=list(RECIPES))
    parser.add_argument("--real", type=Path, nargs="*", default=[], help="annotation lists to mix in")
    parser.add_argument("--images", type=int, default=80, help="held-out phantoms")
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    preset, rows = read_preset(arguments.preset), real_rows(arguments.real)
    size = round(preset["model"]["image_pixels"] ** 0.5)
    phantoms = held_out_scenes((KIND,), arguments.images, size)
    kept = [row for path in arguments.real for row in part_of(read_rows(path), "held-out") if row.present]
    real = [load_scene(row) for row in kept]
    lines = []
    for name in arguments.recipes:
        recipe, out = RECIPES[name], arguments.run / f"{name}.json"
        if recipe.needs_real and not rows:
            print(f"{recipe.title}: left out, it needs --real", file=sys.stderr)
            continue
        if not out.exists():
            figures = measured(taught(recipe, preset, arguments.run / name, arguments.seconds, rows), phantoms, real)
            out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        figures = json.loads(out.read_text(encoding="utf-8"))
        cells = [_cell(figures.get(column)) for column in COLUMNS]
        lines.append(f"| {recipe.title} | {' | '.join(cells)} |")
    print(f"| taught for {arguments.seconds:.0f} s | {' | '.join(COLUMNS.values())} |")
    print("| --- |" + " --- |" * len(COLUMNS))
    print("\n".join(lines))


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
