"""RSNA Pneumonia Detection Challenge 2018: ``stage_2_train_labels.csv``, boxes of opacities that suggest pneumonia.

Shih et al. 2019, "Augmenting the National Institutes of Health chest radiograph dataset with expert annotations of
possible pneumonia", Radiology: Artificial Intelligence 1(1). A row is x, y, width and height in pixels of the DICOM
picture of 1024 × 1024 with ``Target`` 1, or no box with ``Target`` 0. The readers are not told apart in the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ssg.casebook.imports.csv_rows import columns_of, csv_rows
from ssg.casebook.imports.marks import Mark, Origin, Reading

ORIGIN = Origin(
    name="RSNA Pneumonia Detection Challenge 2018, from NIH ChestX-ray14",
    licence="RSNA's terms of use: research and education; NIH Clinical Center: name the provider and cite the paper",
    citation=(
        "Shih G, Wu CC, Halabi SS, et al. Augmenting the National Institutes of Health chest radiograph dataset with "
        "expert annotations of possible pneumonia. Radiology: Artificial Intelligence 1(1), e180041 (2019)."
    ),
    looked_for=("Lung Opacity",),
    body_part="CHEST",
    specialty="chest",
)
BOX = ("x", "y", "width", "height")
READER, SIDE = "RSNA readers", 1024.0


def read(files: Sequence[Path]) -> Reading:
    """Every row of the tables: a box, or a picture in which no such opacity was seen."""
    reading = Reading(ORIGIN)
    for path in files:
        for row in csv_rows(path, ("patientId", "Target", *BOX)):
            picture = reading.picture(row.text("patientId"))
            picture.size = (SIDE, SIDE)
            target, box = row.text("Target"), row.numbers(BOX)
            if target in ("0", "0.0") and not any(row.text(name) for name in BOX):
                picture.normal.append(READER)
                reading.keep("nothing there")
            elif target in ("1", "1.0") and box is not None:
                corners = (box[0], box[1], box[0] + box[2], box[1] + box[3])
                picture.marks.append(Mark("Lung Opacity", corners, READER, where=row.where))
                reading.keep("boxes")
            else:
                reading.refuse("Target and box do not fit: 1 has a box of four numbers, 0 has none", row.where)
    return reading


def recognises(path: Path) -> bool:
    """Whether a file looks like the table."""
    return {"patientId", "Target", *BOX} <= set(columns_of(path))
