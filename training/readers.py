"""Images that several readers annotated: where the reward learns how far experts agree.

The source is the annotation table of VinDr-CXR (Nguyen et al. 2022, "VinDr-CXR: An open dataset of chest X-rays with
radiologist's annotations", Scientific Data 9:429; three of 17 radiologists for each training image). It ships inside
the PyPI package torchxrayvision and is named ``vindr``; a CSV file of the same columns is read as well.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from ssg.boxes import Box, Boxes
from ssg.casebook.imports.csv_rows import CsvRow, csv_rows
from ssg.casebook.imports.vindr import BOX, COLUMNS
from ssg.errors import BadInput, InvalidBox, UnknownFinding
from ssg.vocabulary import dataset_label

VINDR = "vindr"
TABLE = Path("data", "vinbigdata-train.csv.gz")
SOURCE = "VinDr-CXR training annotations (Nguyen et al. 2022), 15,000 images, 17 radiologists"


@dataclass(frozen=True, slots=True)
class MultiRead:
    """One image: for each of its readers the boxes (n, 4) of every finding that the reader marks."""

    image: str
    readers: dict[str, dict[str, Boxes]]

    def pairs(self) -> Iterator[tuple[str, Boxes, Boxes]]:
        """(finding, boxes, boxes) of every two readers who both mark a finding."""
        for first, second in combinations(self.readers.values(), 2):
            for finding in first.keys() & second.keys():
                yield finding, first[finding], second[finding]


def read_table(name: str) -> list[MultiRead]:
    """The images of a table, ``vindr`` or a CSV file; raises BadInput with the remedy."""
    path = _path(name)
    images: dict[str, dict[str, dict[str, list[np.ndarray]]]] = {}
    names: dict[str, str | None] = {}
    for row in csv_rows(path, COLUMNS):
        image, label, reader = (_named(row, column, path) for column in ("image_id", "class_name", "rad_id"))
        readers = images.setdefault(image, {}).setdefault(reader, {})
        if label not in names:
            names[label] = _finding(label, path)
        finding = names[label]
        if finding is not None:
            readers.setdefault(finding, []).append(_box(row, image, path))
    return [
        MultiRead(image, {r: {name: np.array(rows) for name, rows in found.items()} for r, found in readers.items()})
        for image, readers in images.items()
    ]


def require_table(name: str) -> None:
    """Raise BadInput where the table ``name`` is not there or has other columns, before hours of other work."""
    next(csv_rows(_path(name), COLUMNS), None)


def _named(row: CsvRow, column: str, path: Path) -> str:
    text = row.text(column)
    if not text:
        raise BadInput(f"{path}, {row.where}: {column} is empty.")
    return text


def _finding(label: str, path: Path) -> str | None:
    try:
        found = dataset_label(label)
    except UnknownFinding as error:
        raise BadInput(f"{path}: {error}") from None
    return found.name if found else None


def _box(row: CsvRow, image: str, path: Path) -> np.ndarray:
    try:
        return np.array(tuple(Box.of(row.numbers(BOX) or (math.nan,) * 4)))
    except InvalidBox as error:
        raise BadInput(f"{path}, image {image}: {error}") from None


def _path(name: str) -> Path:
    return _packaged() if name == VINDR else Path(name)


def _packaged() -> Path:
    """The table inside of torchxrayvision, found without importing it (which would load torchvision and more)."""
    found = importlib.util.find_spec("torchxrayvision")
    for folder in found.submodule_search_locations or () if found else ():
        if (path := Path(folder, TABLE)).is_file():
            return path
    raise BadInput(
        "The VinDr-CXR table is in the package torchxrayvision, which is not installed: "
        "pip install --no-deps torchxrayvision, or give the path of a CSV file of the same form."
    )
