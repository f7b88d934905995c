"""The layout that Hugging Face ``datasets`` reads by itself: pictures with ``metadata.jsonl`` (imagefolder).

``datasets.load_dataset("imagefolder", data_dir=...)`` gives a row for each picture with its regions as ``objects``:
bbox [x, y, width, height], category, reader. The manifest stands beside, so the folder is a case set as well.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ssg.casebook.types import Case, CaseSet
from ssg.casebook.writing import write_case_set
from ssg.whole import write_text

METADATA = "metadata.jsonl"


def write(case_set: CaseSet, out: Path) -> None:
    """Write the set and, beside its pictures, what is said of each."""
    write_case_set(case_set, out)
    lines = [json.dumps(row, ensure_ascii=False) for case in case_set.cases for row in rows_of(case)]
    write_text(out / "images" / METADATA, "".join(f"{line}\n" for line in lines))


def rows_of(case: Case) -> list[dict[str, Any]]:
    """A row for each picture of a case."""
    rows = []
    for number, image in enumerate(case.pictures):
        series, frame = case.place_of(number)
        marked = [(reader, region) for reader in case.readers for region in reader.regions if region.picture == number]
        rows.append(
            {
                "file_name": Path(image.file).name,
                "case": case.id,
                "series": series.id,
                "frame": frame,
                "modality": series.modality or case.modality,
                "title": case.title,
                "history": case.history,
                "width": image.width,
                "height": image.height,
                "objects": {
                    "bbox": [[one.box.x0, one.box.y0, one.box.width, one.box.height] for _, one in marked],
                    "category": [one.finding for _, one in marked],
                    "side": [one.side.value if one.side else "" for _, one in marked],
                    "reader": [reader.id for reader, _ in marked],
                },
                "absent": sorted({name for reader in case.readers for name in reader.absent}),
            }
        )
    return rows
