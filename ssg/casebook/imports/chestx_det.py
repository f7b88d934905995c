"""ChestX-Det: ``ChestX_Det_train.json`` and ``ChestX_Det_test.json``, boxes and outlines on 3,578 NIH radiographs.

Lian et al. 2021, "A structure-aware relation network for thoracic diseases detection and segmentation", IEEE
Transactions on Medical Imaging 40(8); github.com/Deepwise-AILab/ChestX-Det-Dataset. A list of pictures, each with
``syms`` (its findings, one for each place), ``boxes`` ([left, top, right, bottom] in pixels of the published pictures
of 1024 × 1024) and ``polygons``, which are not kept: the boxes are drawn around them. Three radiologists annotated;
they are not told apart. A picture without findings has none of the 13. Its forerunner ChestX-Det10 has no polygons,
and ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ssg.casebook.imports.json_rows import json_list
from ssg.casebook.imports.marks import Mark, Origin, Reading
from ssg.casebook.imports.taking import FINDING, take, told_by
from ssg.casebook.imports.values import file_of, numbers_of, plain, text_that_begins

TEN = (
    "Atelectasis", "Calcification", "Consolidation", "Effusion", "Emphysema", "Fibrosis", "Fracture", "Mass", "Nodule",
    "Pneumothorax",
)  # fmt: skip
LICENCE = "Annotations: no licence is told; NIH Clinical Center: name the provider and cite the paper"
ORIGIN = Origin(
    name="ChestX-Det, Deepwise AI Lab, on NIH ChestX-ray14 (https://github.com/Deepwise-AILab/ChestX-Det-Dataset)",
    licence=LICENCE,
    citation=(
        "Lian J, Liu J, Zhang S, et al. A structure-aware relation network for thoracic diseases detection and "
        "segmentation. IEEE Transactions on Medical Imaging 40(8), 2042-2052 (2021)."
    ),
    looked_for=(*TEN, "Cardiomegaly", "Diffuse Nodule", "Pleural Thickening"),
    body_part="CHEST",
    specialty="chest",
)
FORERUNNER = Origin(
    name="ChestX-Det10, Deepwise AI Lab, on NIH ChestX-ray14 (https://github.com/Deepwise-AILab/ChestX-Det10-Dataset)",
    licence=LICENCE,
    citation="Liu J, Lian J, Yu Y. ChestX-Det10: Chest X-ray dataset on detection of thoracic abnormalities. 2020.",
    looked_for=TEN,
    body_part="CHEST",
    specialty="chest",
)
READER, SIZE = "ChestX-Det readers", (1024.0, 1024.0)


def read(files: Sequence[Path]) -> Reading:
    """Every box of the lists, and the pictures without any."""
    rows = [
        (row, f"{path.name}, picture {n}") for path in files for n, row in enumerate(json_list(path, "pictures"), 1)
    ]
    outlined = any(isinstance(row, dict) and "polygons" in row for row, _ in rows)
    reading = Reading(ORIGIN if outlined else FORERUNNER)
    for row, where in rows:
        _picture(row, where, reading)
    return reading


def _picture(row: Any, where: str, reading: Reading) -> None:
    name = file_of(row.get("file_name")) if isinstance(row, dict) else ""
    if not name:
        reading.refuse("it is no object that names its file", where)
        return
    labels, boxes = row.get("syms"), row.get("boxes")
    if not isinstance(labels, list) or not isinstance(boxes, list) or len(labels) != len(boxes):
        reading.refuse("syms and boxes are no lists of one length", where)
        return
    if not labels:
        picture = reading.picture(name)
        picture.size = SIZE
        picture.normal.append(READER)
        reading.keep("nothing there")
    for count, (label, box) in enumerate(zip(labels, boxes, strict=True), start=1):
        place, corners = f"{where}, box {count}", numbers_of(box, 4)
        if corners is None:
            reading.refuse("the box is not four numbers", place)
        elif told_by(plain(label)) != FINDING:
            reading.refuse("its label names no finding", place)
        else:
            at = (corners[0], corners[1], corners[2], corners[3])
            take(reading, name, Mark(plain(label), at, READER, where=place), "boxes", SIZE)


def recognises(path: Path) -> bool:
    """Whether a file looks like such a list."""
    text = text_that_begins(path, "[")
    return bool(text) and all(f'"{name}"' in text for name in ("file_name", "syms", "boxes"))
