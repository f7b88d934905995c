"""ChestX-ray8: ``BBox_List_2017.csv``, one radiologist's boxes on NIH radiographs; ``Data_Entry_2017*.csv`` beside it.

Wang et al. 2017, "ChestX-ray8: Hospital-scale chest X-ray database and benchmarks", CVPR. Boxes are x, y, width and
height in pixels of the published pictures of 1024 × 1024. The second table tells view, age, sex and spacing; its
labels were mined from reports and are no reader's, so none of them becomes a mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ssg.casebook.imports.csv_rows import CsvRow, csv_rows, start_of
from ssg.casebook.imports.marks import Mark, Origin, Reading
from ssg.casebook.imports.people import person

ORIGIN = Origin(
    name="ChestX-ray8, NIH Clinical Center (https://nihcc.app.box.com/v/ChestXray-NIHCC)",
    licence="NIH Clinical Center: no restrictions on use; name the provider, link the site, cite the paper",
    citation=(
        "Wang X, Peng Y, Lu L, Lu Z, Bagheri M, Summers RM. ChestX-ray8: Hospital-scale chest X-ray database and "
        "benchmarks on weakly-supervised classification and localization of common thorax diseases. CVPR 2017."
    ),
    body_part="CHEST",
    specialty="chest",
)
SIDE = 1024.0
BOX = ("Bbox [x", "y", "w", "h]")
DETAILS = ("Patient Age", "Patient Gender", "View Position")
WIDTH = "OriginalImage[Width"
READER = "radiologist"


def read(files: Sequence[Path]) -> Reading:
    """The boxes of the first file; what other files tell of the same pictures."""
    reading = Reading(ORIGIN)
    for row in csv_rows(files[0], ("Image Index", "Finding Label", *BOX)):
        corners = row.numbers(BOX)
        if corners is None:
            reading.refuse("the box is not four numbers", row.where)
            continue
        left, top, width, height = corners
        picture = reading.picture(row.text("Image Index"))
        picture.size = (SIDE, SIDE)
        box = (left, top, left + width, top + height)
        picture.marks.append(Mark(row.text("Finding Label"), box, READER, where=row.where))
        reading.keep("boxes")
    for path in files[1:]:
        _details(path, reading)
    return reading


def _details(path: Path, reading: Reading) -> None:
    told = 0
    for row in csv_rows(path, ("Image Index", *DETAILS)):
        picture = reading.pictures.get(row.text("Image Index"))
        if picture is None:
            continue
        told += 1
        picture.view = row.text("View Position")
        picture.history = person(row.text("Patient Age"), row.text("Patient Gender"))
        picture.spacing_mm = _spacing(row)
    reading.notes.append(
        f"{path.name} tells view, age, sex and spacing of {told:,} of {len(reading.pictures):,} pictures."
    )


def _spacing(row: CsvRow) -> tuple[float, float] | None:
    """(row, column) of the published picture, which was made smaller: the table has the detector's."""
    across, down = row.number(WIDTH), row.number("Height]")
    pitch = row.numbers(("OriginalImagePixelSpacing[x", "y]"))
    if across is None or down is None or pitch is None or min(across, down, *pitch) <= 0:
        return None
    return round(pitch[1] * down / SIDE, 4), round(pitch[0] * across / SIDE, 4)


def recognises(path: Path) -> bool:
    """Whether a file looks like the table of boxes."""
    return "Bbox [x,y,w,h]" in start_of(path)[:200]
