"""CSV: ``regions.csv``, a row for each thing that a reader says, ``cases.csv`` with the texts, and the pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from ssg.casebook.exports.pictures import copy_pictures
from ssg.casebook.types import Case, CaseSet, Reader
from ssg.whole import write_text

COLUMNS = (
    "image", "image_width", "image_height", "case", "series", "frame", "reader", "finding", "side", "presence", "x0",
    "y0", "x1", "y1", "confidence", "lesion", "phrase",
)  # fmt: skip
TEXTS = (
    "id", "title", "history", "modality", "body_part", "view", "specialty", "difficulty", "findings", "diagnosis",
    "differential", "discussion", "report", "tags", "source",
)  # fmt: skip
REGIONS, CASES = "regions.csv", "cases.csv"
FORMULA = "=+-@\t\r\x00"
"""What a spreadsheet takes for a formula at the beginning of a cell: a quote before it says that it is text."""


def write(case_set: CaseSet, out: Path) -> None:
    """Write both tables and the pictures."""
    copy_pictures(case_set, out / "images")
    write_text(out / REGIONS, _table(COLUMNS, (row for case in case_set.cases for row in _rows(case))))
    write_text(out / CASES, _table(TEXTS, (_texts(case) for case in case_set.cases)))


def _rows(case: Case) -> Iterator[Sequence[object]]:
    for reader in case.readers:
        yield from _regions(case, reader)
        start = (case.image.file, case.image.width, case.image.height, case.id, "", "", reader.id)
        for presence, names in (("absent", reader.absent), ("unknown", reader.unknown)):
            for name in names:
                yield (*start, name, "", presence, *[""] * 7)
        for other in reader.other:
            box = [""] * 4 if other.box is None else [*other.box]
            yield (*start, other.label, "", "absent" if other.absent else "present", *box, "", "", "")


def _regions(case: Case, reader: Reader) -> Iterator[Sequence[object]]:
    for region in reader.regions:
        image, (series, frame) = case.pictures[region.picture], case.place_of(region.picture)
        confidence = "" if region.confidence is None else region.confidence
        yield (
            image.file, image.width, image.height, case.id, series.id, frame, reader.id, region.finding, region.side
            or "", "present", *region.box, confidence, region.lesion, region.phrase,
        )  # fmt: skip


def _texts(case: Case) -> Sequence[object]:
    found = (getattr(case, name) for name in TEXTS)
    return ["; ".join(value) if isinstance(value, tuple) else value for value in found]


def _table(columns: Sequence[str], rows: Iterator[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] and value[0] in FORMULA else value
