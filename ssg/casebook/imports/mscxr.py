"""MS-CXR: ``MS_CXR_Local_Alignment_v*.json`` or ``.csv``, boxes for phrases of radiology reports on MIMIC-CXR.

Boecking et al. 2022, "Making the most of text semantics to improve biomedical vision-language processing", ECCV;
PhysioNet, "ms-cxr". The JSON is COCO's with the ``path`` of an image in MIMIC-CXR-JPG and the phrase, ``label_text``,
in an annotation; the table has a row for each box: x, y, width and height in pixels of the DICOM picture. Each phrase
was chosen with its finding and then marked: nobody looked for all eight, so nothing is said to be absent. The readers
are not told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ssg.casebook.imports.coco import KEYS, annotations_of
from ssg.casebook.imports.csv_rows import columns_of, csv_rows
from ssg.casebook.imports.marks import Mark, Origin, Reading
from ssg.casebook.imports.taking import take
from ssg.casebook.imports.values import plain, size_of, text_that_begins
from ssg.errors import BadInput

ORIGIN = Origin(
    name="MS-CXR, Microsoft, on MIMIC-CXR (https://physionet.org/content/ms-cxr)",
    licence="PhysioNet Credentialed Health Data License 1.5.0; the pictures must not be shared",
    citation=(
        "Boecking B, Usuyama N, Bannur S, et al. Making the most of text semantics to improve biomedical "
        "vision-language processing. ECCV 2022, 1-21."
    ),
    body_part="CHEST",
    specialty="chest",
)
READER = "MS-CXR readers"
COLUMNS, BOX = ("dicom_id", "category_name", "label_text"), ("x", "y", "w", "h")


def read(files: Sequence[Path]) -> Reading:
    """Every box of the files, of either form."""
    reading = Reading(ORIGIN)
    for path in files:
        if text_that_begins(path, "{"):
            annotations_of(path, reading, READER, ("path", "file_name"), "label_text")
        else:
            _table(path, reading)
    return reading


def _table(path: Path, reading: Reading) -> None:
    for row in csv_rows(path, (*COLUMNS, *BOX)):
        name, label = row.text("path") or row.text("dicom_id"), plain(row.text("category_name"))
        box, size = row.numbers(BOX), size_of((row.text("image_width"), row.text("image_height")))
        if not name or not label:
            reading.refuse("no picture or no finding is named", row.where)
        elif box is None:
            reading.refuse("the box is not four numbers", row.where)
        elif isinstance(size, str):
            reading.refuse(size, row.where)
        else:
            corners = (box[0], box[1], box[0] + box[2], box[1] + box[3])
            mark = Mark(label, corners, READER, phrase=plain(row.text("label_text")), where=row.where)
            take(reading, name, mark, "boxes", size)


def recognises(path: Path) -> bool:
    """Whether a file looks like one of the two forms."""
    if text := text_that_begins(path, "{"):
        return all(f'"{name}"' in text for name in (*KEYS, "label_text"))
    try:
        return {*COLUMNS, *BOX} <= set(columns_of(path))
    except BadInput:
        return False
