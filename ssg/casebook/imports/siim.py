"""SIIM-ACR Pneumothorax Segmentation Challenge 2019: ``train-rle.csv``, masks as run lengths.

A row is one piece of a mask on a DICOM picture of 1024 × 1024, or ``-1`` where there is no pneumothorax. Runs are
pairs of a gap since the end of the run before and a length, counted down the columns from the left (the challenge's
``mask_functions.py``); a box is drawn around each piece of the mask that hangs together.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ssg.casebook.imports.csv_rows import columns_of, csv_rows
from ssg.casebook.imports.marks import Mark, Origin, Reading
from ssg.imaging import boxes_of_pieces

ORIGIN = Origin(
    name="SIIM-ACR Pneumothorax Segmentation Challenge 2019, from NIH ChestX-ray14",
    licence="SIIM's terms of use: research and education; NIH Clinical Center: name the provider and cite the paper",
    citation="SIIM-ACR Pneumothorax Segmentation Challenge (2019), https://siim.org/research-journal/siim-ml-challenges",
    looked_for=("Pneumothorax",),
    body_part="CHEST",
    specialty="chest",
)
SIDE = 1024
READER, NOTHING = "SIIM readers", "-1"


def read(files: Sequence[Path]) -> Reading:
    """Every row of the tables: a piece of a mask, or a picture without pneumothorax."""
    reading = Reading(ORIGIN)
    for path in files:
        for row in csv_rows(path, ("ImageId", "EncodedPixels")):
            runs = row.text("EncodedPixels")
            picture = reading.picture(row.text("ImageId"))
            picture.size = (SIDE, SIDE)
            if runs == NOTHING:
                picture.normal.append(READER)
                reading.keep("nothing there")
                continue
            mask = decoded(runs)
            if mask is None or not mask.any():
                reading.refuse("the run lengths make no mask of 1024 × 1024", row.where)
                continue
            for box in boxes_of_pieces(mask):
                picture.marks.append(Mark("Pneumothorax", box, READER, where=row.where))
            reading.keep("masks")
    return reading


def decoded(runs: str, side: int = SIDE) -> NDArray[np.bool_] | None:
    """The mask (side, side) of relative run lengths; None where they are none or lead out of the picture."""
    try:
        pairs = np.array(runs.split(), dtype=np.int64).reshape(-1, 2)
    except ValueError:
        return None
    if (pairs < 0).any() or pairs.sum() > side * side:
        return None
    flat = np.zeros(side * side, dtype=np.bool_)
    ends = np.cumsum(pairs.ravel())
    for start, end in ends.reshape(-1, 2):
        flat[start:end] = True
    return flat.reshape(side, side).T


def recognises(path: Path) -> bool:
    """Whether a file looks like the table."""
    return "EncodedPixels" in columns_of(path)
