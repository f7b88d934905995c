"""``python -m ssg score``: judge an answer against a reference, or many from JSON lines."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssg.cli.files import file_path, json_lines, naming, read_json
from ssg.cli.words import printable
from ssg.errors import BadInput
from ssg.reward import Answer, Breakdown, Reference, Rubric, score
from ssg.reward.answers import as_mapping
from ssg.reward.rubric import DEFAULT_RUBRIC
from ssg.settings import NO_ENCODER, Settings

if TYPE_CHECKING:
    from ssg.grounding.region_text import RegionText
    from ssg.imaging import DisplayImage

SWITCHED_OFF = "SSG_ENCODER=none: names are judged by themselves."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    parser.add_argument("--reference", type=file_path, help="what the readers saw (JSON)")
    parser.add_argument("--answer", type=file_path, help="what is judged (JSON; - for standard input)")
    parser.add_argument(
        "--image", type=file_path, help="the image, of the reference's size: names are then held against what it shows"
    )
    parser.add_argument(
        "--encoder",
        type=_named,
        help="image-text encoder for --image, in place of SSG_ENCODER: folder, Hub name or none",
    )
    parser.add_argument("--rubric", type=file_path, help="other weights (JSON)")
    parser.add_argument(
        "--batch",
        type=file_path,
        help='JSON lines of {"reference": ..., "answer": ...} and, where wanted, "image": PATH, from there',
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _named(text: str) -> str:
    """A name that is not empty: a variable that is not set must not mean the embedded encoder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def main(arguments: argparse.Namespace) -> None:
    """Print one breakdown, or one line for each line of the batch."""
    rubric = DEFAULT_RUBRIC
    if arguments.rubric:
        weights = read_json(arguments.rubric)
        with naming(str(arguments.rubric)):
            rubric = Rubric.from_json(weights)
    if arguments.batch:
        if arguments.reference or arguments.answer or arguments.image:
            raise BadInput(
                "--batch brings its own references and answers: leave out --reference, --answer and --image."
            )
        _batch(arguments.batch, rubric, arguments.encoder)
        return
    if not arguments.reference or not arguments.answer:
        raise BadInput("give --reference and --answer, or --batch.")
    found, judged = read_json(arguments.reference, True), read_json(arguments.answer, True)
    with naming(str(arguments.reference)):
        reference = Reference.from_json(found)
    with naming(str(arguments.answer)):
        answer = Answer.from_json(judged, reference.width, reference.height)
    if arguments.encoder and not arguments.image:
        raise BadInput("--encoder compares names with an image: give --image too.")
    breakdown = Images(arguments.encoder).score(reference, answer, rubric, arguments.image)
    print(json.dumps(breakdown.to_json(), indent=2) if arguments.json else in_words(breakdown))


def _batch(path: Path, rubric: Rubric, encoder: str | None) -> None:
    """Every line is read before any is judged: a bad line 900 must not leave 899 results that look complete."""
    rows = [(*_row(line, where, path.parent), where) for where, line in json_lines(path, not_finite=True)]
    if not rows:
        raise BadInput(f'{path} holds no line to score: write {{"reference": ..., "answer": ...}} on each.')
    if encoder and not any(image for _, _, image, _ in rows):
        raise BadInput(f'--encoder compares names with images, and no line of {path} has an "image".')
    images = Images(encoder)
    for reference, _, image, where in rows:
        if image:
            with naming(where):
                images.opened(image, reference)
    if any(image for _, _, image, _ in rows):
        _ = images.encoder  # an encoder that cannot be loaded is found out before anything is printed, too
    for reference, answer, image, where in rows:
        with naming(where):
            sys.stdout.write(json.dumps(images.score(reference, answer, rubric, image).to_json()) + "\n")


def _row(row: Any, where: str, folder: Path) -> tuple[Reference, Answer, Path | None]:
    if not isinstance(row, dict) or not {"reference", "answer"} <= set(row):
        raise BadInput(f'{where} must be {{"reference": ..., "answer": ...}}.')
    with naming(where):
        row = as_mapping(row, "A line", ("reference", "answer", "image"))
    image = row.get("image")
    if image is not None and (not isinstance(image, str) or not image.strip()):
        raise BadInput(f'{where}: "image" is the path of an image, relative to {folder}, got {image!r:.60}.')
    with naming(where):
        reference = Reference.from_json(row["reference"])
        answer = Answer.from_json(row["answer"], reference.width, reference.height)
        return reference, answer, folder / image if image else None


class Images:
    """Images, and what the image-text encoder sees in them: that of ``--encoder``, of SSG_ENCODER, or the embedded one.

    It is loaded when first asked.
    """

    def __init__(self, encoder: str | None) -> None:
        self._encoder = encoder
        self._kept: dict[Path, DisplayImage] = {}

    def opened(self, path: Path, reference: Reference) -> DisplayImage:
        """An image of the reference's size; the last one is kept, because a batch has several answers on each."""
        from ssg.imaging import open_image

        if path not in self._kept:
            self._kept = {path: open_image(path)}
        image = self._kept[path]
        if (image.width, image.height) != (reference.width, reference.height):
            raise BadInput(
                f"{path} has {image.width} × {image.height} pixels, the reference says {reference.width:g} × "
                f"{reference.height:g}: boxes are in pixels of the displayed image."
            )
        return image

    def score(self, reference: Reference, answer: Answer, rubric: Rubric, path: Path | None) -> Breakdown:
        """Judge an answer, with its image where it has one."""
        if path is None:
            return score(reference, answer, rubric)
        image = self.opened(path, reference)
        if self.encoder is None:
            return replace(score(reference, answer, rubric), encoder_note=SWITCHED_OFF)
        sight, note = self.encoder.look(image.pixels, image.modality, image.notes, body_part=image.body_part)
        breakdown = score(reference, answer, rubric, sight)
        return replace(breakdown, encoder_note=note) if note else breakdown

    @cached_property
    def encoder(self) -> RegionText | None:
        """The encoder; None where none is wanted."""
        from ssg.grounding.region_text import RegionText

        settings = Settings.load()
        name = settings.encoder if self._encoder is None else self._encoder
        if name == NO_ENCODER:
            return None
        return RegionText.load(name, settings.device, None if self._encoder else settings.encoder_revision or None)


def in_words(breakdown: Breakdown) -> str:
    """A breakdown as a person reads it in a terminal."""
    if breakdown.total is None:
        return breakdown.note
    lines = [f"total     {breakdown.total:.3f}   {breakdown.note}"]
    for name, part in breakdown.components.items():
        if part is not None:
            lines.append(f"{name:10}{part.score:.3f}   weight {part.weight:.2f}   {part.why}")
        else:
            lines.append(f"{name:10}absent  {(breakdown.absent_components or {}).get(name, '')}")
    lines += [f"  {match.words}" for match in breakdown.matches]
    lines += [f"  {region.words}" for region in breakdown.missed]
    lines += [f"  {region.words}" for region in breakdown.extra]
    if breakdown.percentile_note:
        lines.append(f"  {breakdown.percentile_note}")
    if breakdown.encoder:
        lines.append(f"  What the image shows was asked of {breakdown.encoder}.")
    if breakdown.encoder_note:
        lines.append(f"  {breakdown.encoder_note}")
    return "\n".join(map(printable, lines))
