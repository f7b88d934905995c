"""What each part of the supervised recipe is worth: recipes that differ in one part, taught from nothing, equally long.

    python -m benchmarks.remedies --seconds 600 --run runs/remedies [--real LIST.json ...]

Each recipe gets the same time of the processor on the same threads, and is asked afterwards, as the app asks, about
phantoms of sites that nothing is trained on and, where lists are given, about their patients that are kept apart. A
recipe that is done is not done again; one that was cut off goes on. Prints a table.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from ssg.boxes import as_boxes
from ssg.grounding.coordinates import Convention
from ssg.grounding.grounder import Grounder
from ssg.grounding.manifest import Manifest
from ssg.grounding.policy import Policy, PolicyInfo
from ssg.phantoms import kind_of
from training.lists import read_rows, real_rows
from training.metrics import Item, summary
from training.pictures import load_scene
from training.rows import Row, part_of
from training.runs import RunFolder, read_preset
from training.scene import Scene
from training.sft import Sft
from training.vision import Vision
from training.watch import held_out_figures, held_out_scenes

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
    figures = held_out_figures(policy, phantoms) | {"anatomy": _anatomy(grounder, phantoms)}
    if real:
        figures |= {f"real_{name}": value for name, value in held_out_figures(policy, real).items() if name == "miou"}
    return figures | {"steps": sft.step}


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
    "miou": "findings, mIoU",
    "acc50": "Acc@0.5",
    "absent_rejected": "absent rejected",
    "anatomy": "structures, mIoU",
    "real_miou": "real, mIoU",
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
