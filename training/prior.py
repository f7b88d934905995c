"""The location prior: the least that a policy must beat. It never looks at the image.

For each finding the one training box, relative to the image, that has the greatest mean IoU with the training items of
that finding, apart for phantoms and for real images, whose framing differs. Fitted on training data only; a checkpoint
carries the priors of what it was trained on.

    python -m training prior --checkpoint DIR [--kinds chest-xray ...] [--real annotations.json ...]
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from ssg import phantoms
from ssg.boxes import Boxes, as_boxes, iou
from ssg.cli.files import file_path
from ssg.errors import BadInput
from ssg.grounding.manifest import FILE_NAME as MANIFEST
from ssg.whole import write_json
from training.flags import counted
from training.lists import real_rows
from training.preset_values import FIRST_TRAINED
from training.rows import Row, origin_of
from training.scenes import training_site
from training.writing import writing

FILE_NAME = "location_prior.json"
MOST_BOXES = 3000
"""Boxes of one finding that take part; more change nothing and cost their square."""
PHANTOM_SIZE = 128


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of this stage."""
    parser.add_argument(
        "--checkpoint", type=file_path, required=True, help="checkpoint folder that the prior is written to"
    )
    parser.add_argument("--kinds", nargs="+", default=list(phantoms.KINDS), help="kinds of phantoms")
    parser.add_argument("--phantoms", type=counted, default=2000, help="phantoms of each kind")
    parser.add_argument("--real", type=file_path, nargs="*", default=[], help="annotation lists that were trained on")


def main(arguments: argparse.Namespace) -> None:
    """Fit and write."""
    if not arguments.checkpoint.is_dir():
        raise BadInput(f"{arguments.checkpoint} is no checkpoint folder: give one that a training stage wrote.")
    if not (arguments.checkpoint / MANIFEST).is_file():
        raise BadInput(
            f"{arguments.checkpoint} holds no {MANIFEST}, so it is no checkpoint: give the one within a run."
        )
    rows = real_rows(arguments.real)
    if not (arguments.phantoms or rows):
        raise BadInput("A prior of nothing says nothing: give --phantoms at least 1, or lists with --real.")
    write_prior(arguments.checkpoint, arguments.kinds, arguments.phantoms, rows)
    print(f"{arguments.checkpoint / FILE_NAME} is written.")


def write_prior(folder: Path, kinds: Sequence[str], count: int, rows: Sequence[Row]) -> None:
    """Fit the prior on ``count`` training phantoms of each kind and on real ``rows``, and write it to ``folder``."""
    LocationPrior.fit([*phantom_boxes(FIRST_TRAINED, count, kinds), *relative_boxes(rows)]).write(folder)


class LocationPrior:
    """One relative box (x0, y0, x1, y1 in 0–1) for each finding of each source ("phantom", "real MR", ...)."""

    def __init__(self, boxes: Mapping[str, Mapping[str, list[float]]]) -> None:
        self.boxes = {source: dict(rows) for source, rows in boxes.items()}

    @classmethod
    def fit(cls, examples: Iterable[tuple[str, str, Boxes]]) -> LocationPrior:
        """``examples`` are (source, finding, relative boxes (n, 4) of one image)."""
        grouped: dict[str, dict[str, list[Boxes]]] = {}
        for source, finding, boxes in examples:
            grouped.setdefault(source, {}).setdefault(finding, []).append(boxes)
        return cls(
            {
                source: {finding: _best(np.concatenate(rows)[:MOST_BOXES]) for finding, rows in findings.items()}
                for source, findings in grouped.items()
            }
        )

    def predict(self, source: str, finding: str, width: float, height: float) -> Boxes:
        """The prior's box in pixels, (1, 4); (0, 4) for a finding that it never saw.

        A finding that was never seen in this source takes the box of another one.
        """
        found = [self.boxes.get(source, {}), *(rows for name, rows in self.boxes.items() if name != source)]
        box = next((rows[finding] for rows in found if finding in rows), None)
        if box is None:
            return np.zeros((0, 4))
        return np.array([box]) * np.array([width, height, width, height])

    def write(self, folder: Path) -> None:
        """Write beside a checkpoint's weights."""
        rounded = {
            source: {name: [round(value, 4) for value in box] for name, box in sorted(rows.items())}
            for source, rows in sorted(self.boxes.items())
        }
        path = folder / FILE_NAME
        with writing(path):
            write_json(path, rounded, indent=1)

    def added_to(self, folder: Path) -> None:
        """Write this prior into that of a folder, which keeps what this one does not know."""
        beside = LocationPrior.beside(folder)
        kept = beside.boxes if beside else {}
        sources = dict.fromkeys([*kept, *self.boxes])
        LocationPrior({one: {**kept.get(one, {}), **self.boxes.get(one, {})} for one in sources}).write(folder)

    @classmethod
    def read(cls, folder: Path) -> LocationPrior:
        """Read the prior of a checkpoint folder."""
        try:
            read = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
            boxes = [box for rows in read.values() for box in rows.values()]
            if any(len(box) != 4 or not all(0 <= corner <= 1 for corner in box) for box in boxes):
                raise ValueError("a box is four numbers from 0 to 1")
            return cls(read)
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise BadInput(
                f"{folder} holds no readable {FILE_NAME} ({error}): fit it again by the stage prior (evaluate can "
                "fit one by --prior-data)."
            ) from None

    @classmethod
    def beside(cls, folder: Path) -> LocationPrior | None:
        """The prior of a checkpoint folder, None where it has none; raises BadInput for one that cannot be read."""
        return cls.read(folder) if (folder / FILE_NAME).exists() else None


def copy_prior(start: Path, folder: Path) -> None:
    """The prior of the checkpoint that a run started from stays with what came of it."""
    if (start / FILE_NAME).exists():
        with writing(folder):
            shutil.copy(start / FILE_NAME, folder)


def relative_boxes(rows: Iterable[Row]) -> Iterator[tuple[str, str, Boxes]]:
    """(source, finding, relative boxes) of every finding that rows mark."""
    for row in rows:
        width, height = row.size
        for finding, boxes in row.boxes_by_name().items():
            yield row.origin, finding, boxes / [width, height, width, height]


def phantom_boxes(
    first_seed: int, count: int, kinds: Sequence[str] = ("chest-xray",)
) -> Iterator[tuple[str, str, Boxes]]:
    """The same of ``count`` phantoms of each kind, of sites that are trained on.

    Small ones, because a phantom has the same boxes at every size.
    """
    for kind in kinds:
        for seed in range(first_seed, first_seed + count):
            drawn = phantoms.draw(kind, seed, size=PHANTOM_SIZE, site=training_site(seed, kind))
            for name in dict.fromkeys(finding.finding for finding in drawn.findings):
                boxes = [box for finding in drawn.findings if finding.finding == name for box in finding.boxes]
                yield origin_of(True, drawn.modality), name, as_boxes(boxes) / PHANTOM_SIZE


def _best(boxes: Boxes) -> list[float]:
    return [float(value) for value in boxes[iou(boxes, boxes).mean(axis=1).argmax()]]
