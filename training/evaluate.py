"""Measure a policy on an annotation list, beside the location prior.

    python -m training evaluate --data annotations.json [--checkpoint DIR] [--json]
    python -m training evaluate --predictions FILE [--json]

Every finding that a row marks and every finding that it excludes is asked about; a finding that is neither is unknown
and is not asked. Without ``--checkpoint`` the shipped policy is measured, in 4 bit as the app runs it. Predictions made
elsewhere are scored by the same figures (see ``training/predictions.py``).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from ssg.cli.files import file_path
from ssg.errors import BadInput
from ssg.grounding.grounder import Grounder
from ssg.grounding.manifest import Manifest
from ssg.grounding.policy import EMBEDDED, Policy, load_policy
from training.asking import Asked, ask_about, asking_for_all
from training.flags import positive
from training.judges import encoder_of
from training.lists import read_rows
from training.metrics import FIGURES, Item, summary
from training.pictures import load_scene, require_images
from training.predictions import read_predictions
from training.prior import FILE_NAME as PRIOR
from training.prior import LocationPrior, relative_boxes
from training.provenance import origin
from training.rewarded import rewarded
from training.rows import Row, part_of
from training.writing import require_file, write_figures

PRIOR_FIGURES = ("miou", "acc50", "pointing", "ci95", "by_finding", "by_size", "by_site", "by_modality")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--data", type=file_path, nargs="+", help="annotation lists (annotations.json)")
    given.add_argument("--predictions", type=file_path, help="predictions made elsewhere, as JSON lines")
    parser.add_argument("--checkpoint", type=file_path, help="checkpoint folder; the shipped policy without it")
    parser.add_argument("--adapter", type=file_path, help="answer with this adapter of the checkpoint (a folder)")
    parser.add_argument(
        "--encoder", help="image-text encoder that the semantic score hears (a folder or Hub name; 'embedded')"
    )
    parser.add_argument(
        "--prior-data", type=file_path, nargs="*", default=[], help="training lists to fit the prior on"
    )
    parser.add_argument("--limit", type=int, help="only the first images")
    parser.add_argument("--part", choices=("all", "training", "held-out"), default="all", help="which patients")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--out", type=file_path, help="also write the JSON object to this file")
    parser.add_argument("--threads", type=positive, help="CPU threads")


def main(arguments: argparse.Namespace) -> None:
    """Print the figures of the policy and of the location prior."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    if arguments.limit is not None and arguments.limit < 1:
        raise BadInput(f"--limit must be at least 1, got {arguments.limit}.")
    require_file(arguments.out, arguments.data or [arguments.predictions])
    if arguments.predictions:
        _require_alone(arguments)
        result = summary(read_predictions(arguments.predictions))
        _told(result | origin(arguments, None), arguments)
        return
    if len({path.resolve() for path in arguments.data}) < len(arguments.data):
        raise BadInput("--data names a list twice: its images would count double.")
    listed = [row for path in arguments.data for row in read_rows(path)]
    rows = part_of(listed, arguments.part)[: arguments.limit]
    require_images(rows)
    folder = arguments.checkpoint or EMBEDDED
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder: give --checkpoint one that a training stage wrote.")
    prior = _prior(arguments, folder)
    policy, adapter = loaded(arguments.checkpoint, arguments.adapter)
    grounder, manifest = Grounder(asking_for_all(policy)), policy.manifest_of(adapter)
    asked = [(row, ask(grounder, manifest, row, adapter)) for row in progress(rows)]
    items = [item for _, found in asked for _, item in found]
    if not items:
        named = ", ".join(map(str, arguments.data))
        raise BadInput(f"{named} marks and excludes nothing: there is nothing to ask about.")
    result = summary(items)
    answers = [(row, [answer for answer, _ in found]) for row, found in asked]
    result |= rewarded(answers, encoder_of(arguments.encoder))
    result["prior"] = prior_figures(prior, rows)
    result["policy"] = policy.info.to_json()
    _told(result | origin(arguments, folder, arguments.adapter), arguments)


def _require_alone(arguments: argparse.Namespace) -> None:
    """Refuse flags that predictions made elsewhere leave no room for."""
    asks = ("checkpoint", "adapter", "encoder", "prior_data", "limit")
    if given := next((name for name in asks if getattr(arguments, name)), "part" * (arguments.part != "all")):
        raise BadInput(
            f"--predictions are scored as they stand: leave --{given.replace('_', '-')} out, which asks a policy."
        )


def _prior(arguments: argparse.Namespace, folder: Path) -> LocationPrior:
    """The prior of the lists that are given, else of what the adapter, else the checkpoint was taught on."""
    if arguments.prior_data:
        return fitted_prior(arguments.prior_data, arguments.part)
    own = arguments.adapter and (arguments.adapter / PRIOR).is_file()
    return LocationPrior.read(arguments.adapter if own else folder)


def _told(result: dict[str, Any], arguments: argparse.Namespace) -> None:
    print(json.dumps(result, indent=2) if arguments.json else table(result))
    if arguments.out:
        write_figures(arguments.out, result)


def loaded(checkpoint: Path | None, adapter: Path | None) -> tuple[Policy, str]:
    """A checkpoint (None: the shipped one), and the name of its adapter if one is given ("" without)."""
    beside = [str(adapter)] if adapter else None
    policy = load_policy(checkpoint or "", adapters=beside, chose=("--checkpoint", "--adapter"))
    if policy.problems:
        raise BadInput(policy.problems[0])
    return policy, next(iter(policy.adapters), "")


def ask(grounder: Grounder, manifest: Manifest, row: Row, adapter: str = "") -> list[Asked]:
    """Ask about every known finding of one image: what was answered, and that beside the reference."""
    pixels = load_scene(row).pixels
    return ask_about(grounder, manifest, pixels, row.boxes_by_name(), row.absent, str(row.path), adapter, _whence(row))


def _whence(row: Row) -> tuple[str, str]:
    """Site and modality of an image, where its row says them."""
    return str(row.source.get("site") or ""), str(row.source.get("modality") or "")


def prior_figures(prior: LocationPrior, rows: Sequence[Row]) -> dict[str, Any]:
    """The location prior on the same items; it claims every finding everywhere, so it rejects nothing."""
    items = [
        Item(
            str(row.path),
            name,
            boxes,
            prior.predict(row.origin, name, *row.size),
            float(row.size[0] * row.size[1]),
            None,
            *_whence(row),
        )
        for row in rows
        for name, boxes in row.boxes_by_name().items()
    ]
    figures = summary(items) if items else {name: None if name in FIGURES else {} for name in PRIOR_FIGURES}
    return {key: figures[key] for key in PRIOR_FIGURES}


def fitted_prior(lists: Sequence[Path], part: str) -> LocationPrior:
    """A prior fitted on annotation lists; on their training patients where the others are measured."""
    chosen = "training" if part == "held-out" else "all"
    return LocationPrior.fit(relative_boxes(part_of([r for path in lists for r in read_rows(path)], chosen)))


def progress(rows: Sequence[Row]) -> Any:
    """The rows, with the remaining time on stderr where somebody watches."""
    begin = time.time()
    for index, row in enumerate(rows):
        if index and sys.stderr.isatty():
            left = (time.time() - begin) / index * (len(rows) - index)
            print(f"\r{index}/{len(rows)} images, {left:.0f} s left ", end="", file=sys.stderr)
        yield row
    if sys.stderr.isatty():
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr)


def table(result: dict[str, Any]) -> str:
    """The figures as a table for reading."""
    priors = result.get("prior", {})
    rows = [("all", result, priors)]
    for part in ("by_modality", "by_site", "by_size", "by_finding"):
        rows += [(name, found, priors.get(part, {}).get(name, {})) for name, found in result[part].items()]
    lines = [f"{'':28}{'n':>6}{'mIoU':>8}{'Acc@0.5':>9}{'absent':>8}{'pointing':>10}   prior mIoU  Acc@0.5"]
    for name, figures, prior in rows:
        number = figures["n"]["present"] if isinstance(figures["n"], dict) else figures["n"]
        shown = [figures["miou"], figures["acc50"], figures["absent_rejected"], figures["pointing"]]
        m, a, r, p, pm, pa = (
            "–" if value is None else f"{value:.3f}" for value in (*shown, prior.get("miou"), prior.get("acc50"))
        )
        lines.append(f"{name:28}{number:>6}{m:>8}{a:>9}{r:>8}{p:>10}   {pm:>10}  {pa:>7}")
    miou, acc, absent = (
        f"{one[0]:.3f} to {one[1]:.3f}" if one else "–"
        for one in (result["ci95"][key] for key in ("miou", "acc50", "absent_rejected"))
    )
    lines.append(f"95 % intervals: mIoU {miou}, Acc@0.5 {acc}, absent rejected {absent}")
    if found := result.get("froc"):
        rates = ", ".join(f"{share:.3f} at {rate}" for rate, share in found["found_at"].items())
        lines.append(f"FROC: {rates} false alarms an image; mean {found['mean']:.3f}")
    if "semantic" in result:
        parts = ", ".join(f"{name} {result[name]:.3f}" for name in ("total", "spatial", "semantic", "clinical"))
        lines.append(f"as the reward judges it: {parts}")
    return "\n".join(lines)
