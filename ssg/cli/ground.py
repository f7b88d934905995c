"""``python -m ssg ground``: type a finding, get regions of an image."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ssg.cli.files import file_path, unwritable, writable
from ssg.errors import BadInput
from ssg.grounding.confidences import in_percent
from ssg.grounding.types import Grounding
from ssg.settings import Settings

COLOURS = ("#ffb454", "#5ccfe6", "#bae67e", "#f28779", "#d4bfff", "#ffd580")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    parser.add_argument("--image", type=file_path, required=True, help="PNG, JPEG or DICOM")
    parser.add_argument("--text", action="append", required=True, help="what to look for; may be given several times")
    parser.add_argument("--overlay", type=file_path, help="write the image with the regions drawn on it (PNG)")
    parser.add_argument("--policy", help="checkpoint folder or Hub name, in place of SSG_POLICY")
    parser.add_argument(
        "--adapter", help="specialty that answers: an adapter of SSG_ADAPTERS, or base; chosen by the image without it"
    )
    parser.add_argument("--json", action="store_true", help="print JSON: an object for one --text, a list for several")


def main(arguments: argparse.Namespace) -> None:
    """Ground every text on the image with one encoding and print the answers."""
    from ssg.imaging import open_image

    for text in arguments.text:
        if not text.strip():
            raise BadInput("--text is empty: name a finding, for example --text 'pleural effusion on the left'.")
    if arguments.overlay:
        _require_overlay(arguments.overlay, arguments.image)
    image = open_image(arguments.image)

    from ssg.grounding.grounder import Grounder
    from ssg.grounding.image_kinds import title_of
    from ssg.grounding.policy import load_policy
    from ssg.grounding.specialties import BASE
    from ssg.grounding.unlike import unlike

    settings = Settings.load()
    pinned = None if arguments.policy else settings.policy_revision or None
    policy = load_policy(
        arguments.policy or settings.policy, settings.device, pinned, adapters=settings.wanted_adapters
    )
    asked = "" if arguments.adapter == BASE else arguments.adapter
    used = policy.chosen_adapter(asked, image.modality, image.body_part)
    for problem in policy.problems:
        print(problem, file=sys.stderr)
    answers = Grounder(policy).ground(image.pixels, arguments.text, image.modality, image.body_part, used)
    shown = policy.manifest_of(used).shown
    notice = unlike(image.pixels, shown, image.modality, image.body_part, image.notes, title_of(used)) if shown else ""
    if arguments.overlay:
        _write_overlay(arguments.overlay, image.pixels, answers)
    if arguments.json:
        rows = [answer.to_json() | ({"notice": notice} if notice else {}) for answer in answers]
        print(json.dumps(rows[0] if len(rows) == 1 else rows, indent=2, ensure_ascii=False))
    else:
        answered_by = f"Answered with the specialty {title_of(used)}." if used else ""
        print("\n".join([*(in_words(answer) for answer in answers), *filter(None, (answered_by, notice))]))


def _require_overlay(path: Path, image: Path) -> None:
    """Said before a policy is loaded: where the drawing cannot go."""
    if path.suffix.lower() != ".png":
        raise BadInput(f"--overlay writes PNG, and {path} is not called so: give a name that ends in .png.")
    if writable(path).exists() and image.exists() and path.samefile(image):
        raise BadInput(f"--overlay {path} is the image itself: give another name, so that the image is kept.")


def _write_overlay(path: Path, pixels: NDArray[np.uint8], answers: list[Grounding]) -> None:
    from ssg.imaging import draw_regions

    drawn = [
        (region.box, f"{region.called} {in_percent(region.confidence or 0)}", COLOURS[index % len(COLOURS)])
        for answer in answers
        for index, finding in enumerate(answer.findings)
        for region in finding.regions
    ]
    try:
        draw_regions(pixels, drawn).save(path, format="PNG")
    except OSError as error:
        raise unwritable(path, error) from None


def in_words(answer: Grounding) -> str:
    """A grounding as a person reads it in a terminal."""
    lines = [f"“{answer.text}”: {answer.message or answer.status.value.replace('_', ' ')}"]
    for finding in answer.findings:
        if finding.present is None:
            lines.append(f"  {finding.called}: {finding.note}")
        elif not finding.present:
            lines.append(
                f"  {finding.called}: not seen ({in_percent(finding.confidence or 0)}) {finding.note}".rstrip()
            )
        for region in finding.regions:
            corners = ", ".join(f"{value:g}" for value in region.box.rounded(0))
            lines.append(
                f"  {region.called}: [{corners}] ({in_percent(region.confidence or 0)}) {finding.note}".rstrip()
            )
    lines += [
        f"  “{one.text}” was read as {one.finding}; it may also mean {', '.join(one.others)}."
        for one in answer.alternatives
    ]
    for words, candidates in answer.unclear:
        lines.append(f"  “{words}”: did you mean {', '.join(candidates) or 'something else'}?")
    return "\n".join(lines)
