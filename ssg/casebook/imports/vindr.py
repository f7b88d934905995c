"""VinDr-CXR: ``train.csv`` of the Kaggle competition, the boxes of three of 17 radiologists for each picture.

Nguyen et al. 2022, "VinDr-CXR: An open dataset of chest X-rays with radiologist's annotations", Scientific Data
9:429. A row is one box of one reader, corners in pixels of the DICOM picture; "No finding" says that a reader saw
none of the 14.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ssg.casebook.imports.csv_rows import columns_of, csv_rows
from ssg.casebook.imports.marks import Mark, Origin, Reading

ORIGIN = Origin(
    name="VinDr-CXR, VinBigData (https://physionet.org/content/vindr-cxr)",
    licence="PhysioNet Credentialed Health Data License 1.5.0; the pictures must not be shared",
    citation=(
        "Nguyen HQ, Lam K, Le LT, et al. VinDr-CXR: An open dataset of chest X-rays with radiologist's annotations. "
        "Scientific Data 9, 429 (2022)."
    ),
    looked_for=(
        "Aortic enlargement", "Atelectasis", "Calcification", "Cardiomegaly", "Consolidation", "ILD", "Infiltration",
        "Lung Opacity", "Nodule/Mass", "Other lesion", "Pleural effusion", "Pleural thickening", "Pneumothorax",
        "Pulmonary fibrosis",
    ),
    body_part="CHEST",
    specialty="chest",
)  # fmt: skip
BOX = ("x_min", "y_min", "x_max", "y_max")
COLUMNS = ("image_id", "class_name", "rad_id", *BOX)
NOTHING = "No finding"


def read(files: Sequence[Path]) -> Reading:
    """Every row of the tables: a box, or a reader who saw nothing."""
    reading = Reading(ORIGIN)
    for path in files:
        for row in csv_rows(path, COLUMNS):
            picture, label, reader = reading.picture(row.text("image_id")), row.text("class_name"), row.text("rad_id")
            if label == NOTHING:
                picture.normal.append(reader)
                reading.keep("nothing there")
                continue
            box = row.numbers(BOX)
            if box is None:
                reading.refuse("the box is not four numbers", row.where)
                continue
            picture.marks.append(Mark(label, (box[0], box[1], box[2], box[3]), reader, where=row.where))
            reading.keep("boxes")
    return reading


def recognises(path: Path) -> bool:
    """Whether a file looks like the table."""
    return {"image_id", "class_name", "rad_id"} <= set(columns_of(path))
