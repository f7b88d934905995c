"""``python -m ssg score``: judge an answer against a reference, or many from JSON lines."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ssg.cli.files import file_path, parse_json, read_json, read_text
from ssg.cli.words import printable
from ssg.errors import BadInput
from ssg.reward import Answer, Breakdown, Reference, Rubric, score
from ssg.reward.rubric import DEFAULT_RUBRIC


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this command."""
    parser.add_argument("--reference", type=file_path, help="what the readers saw (JSON)")
    parser.add_argument("--answer", type=file_path, help="what is judged (JSON)")
    parser.add_argument("--image", type=file_path, help="the image; checked against the reference's width and height")
    parser.add_argument("--rubric", type=file_path, help="other weights (JSON)")
    parser.add_argument("--batch", type=file_path, help='JSON lines of {"reference": ..., "answer": ...}')
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(arguments: argparse.Namespace) -> None:
    """Print one breakdown, or one line for each line of the batch."""
    rubric = DEFAULT_RUBRIC
    if arguments.rubric:
        weights = read_json(arguments.rubric)
        with _naming(str(arguments.rubric)):
            rubric = Rubric.from_json(weights)
    if arguments.batch:
        if arguments.reference or arguments.answer or arguments.image:
            raise BadInput(
                "--batch brings its own references and answers: leave out --reference, --answer and --image."
            )
        _batch(arguments.batch, rubric)
        return
    if not arguments.reference or not arguments.answer:
        raise BadInput("give --reference and --answer, or --batch.")
    found, judged = read_json(arguments.reference), read_json(arguments.answer)
    with _naming(str(arguments.reference)):
        reference = Reference.from_json(found)
    with _naming(str(arguments.answer)):
        answer = Answer.from_json(judged, reference.width, reference.height)
    if arguments.image:
        _require_same_size(arguments.image, reference)
    breakdown = score(reference, answer, rubric)
    print(json.dumps(breakdown.to_json(), indent=2) if arguments.json else in_words(breakdown))


def _batch(path: Path, rubric: Rubric) -> None:
    """Every line is read before any is judged: a bad line 900 must not leave 899 results that look complete."""
    pairs = []
    # Not splitlines: JSON text may hold separators such as U+2028, which are no ends of a line.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            pairs.append(_pair(parse_json(line, f"{path}, line {number}"), f"{path}, line {number}"))
    if not pairs:
        raise BadInput(f'{path} holds no line to score: write {{"reference": ..., "answer": ...}} on each.')
    for reference, answer in pairs:
        sys.stdout.write(json.dumps(score(reference, answer, rubric).to_json()) + "\n")


def _pair(row: Any, where: str) -> tuple[Reference, Answer]:
    if not isinstance(row, dict) or not {"reference", "answer"} <= set(row):
        raise BadInput(f'{where} must be {{"reference": ..., "answer": ...}}.')
    with _naming(where):
        reference = Reference.from_json(row["reference"])
        return reference, Answer.from_json(row["answer"], reference.width, reference.height)


@contextmanager
def _naming(where: str) -> Iterator[None]:
    """Errors say where the thing stands."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from None


def _require_same_size(path: Path, reference: Reference) -> None:
    from ssg.imaging import open_image

    image = open_image(path)
    if (image.width, image.height) != (reference.width, reference.height):
        raise BadInput(
            f"{path} has {image.width} × {image.height} pixels, the reference says {reference.width:g} × "
            f"{reference.height:g}: boxes are in pixels of the displayed image."
        )


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
    return "\n".join(map(printable, lines))
