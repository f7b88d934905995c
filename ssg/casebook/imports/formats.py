"""The formats that can be imported, by name; and which of them a file is of."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from ssg.casebook.imports.marks import Reading
from ssg.errors import BadInput

FORMATS = {
    "annotations": "SSG's own annotations.json",
    "chestxray8": "ChestX-ray8, BBox_List_2017.csv (and Data_Entry_2017*.csv)",
    "vindr": "VinDr-CXR, train.csv of the Kaggle competition",
    "rsna": "RSNA Pneumonia Detection Challenge, stage_2_train_labels.csv",
    "siim": "SIIM-ACR Pneumothorax Segmentation, train-rle.csv",
}
"""Name and what it is; each is a module of this folder."""

AUTOMATIC = "auto"


class Importer(Protocol):
    """What the module of a format has."""

    def read(self, files: Sequence[Path]) -> Reading:
        """Read the files of a source; raises BadInput for those that are not of the format."""

    def recognises(self, path: Path) -> bool:
        """Whether a file looks like one of the format."""


def importer_of(name: str, files: Sequence[Path]) -> Importer:
    """The importer of a format, or (``auto``) of the one that the first file is of."""
    if name != AUTOMATIC:
        return cast(Importer, importlib.import_module(f"ssg.casebook.imports.{name}"))
    for known in FORMATS:
        importer = importer_of(known, files)
        if importer.recognises(files[0]):
            return importer
    raise BadInput(f"{files[0]} is of no format that is known by its look: give --format, one of {', '.join(FORMATS)}.")
