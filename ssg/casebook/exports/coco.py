"""COCO's detection format (Lin et al. 2014, "Microsoft COCO"): ``annotations.json`` beside ``images/``.

One image for each picture, one annotation for each region of each reader; ``bbox`` is [x, y, width, height]. Under
the key ``ssg`` an annotation has its number and its reader, which other tools pass over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ssg.casebook.exports.pictures import copy_pictures, pictures_in
from ssg.casebook.exports.rest import NUMBER, Corners, Found, numbered, put_together, write_rest
from ssg.casebook.types import CaseSet
from ssg.errors import BadInput
from ssg.vocabulary import vocabulary
from ssg.whole import write_text

FILE = "annotations.json"


def write(case_set: CaseSet, out: Path) -> None:
    """Write the whole set."""
    copy_pictures(case_set, out / "images")
    pictures = {image.file: image for case in case_set.cases for image in case.pictures}
    ids = {file: number for number, file in enumerate(pictures, start=1)}
    names = sorted({region.finding for _, _, _, region in numbered(case_set)})
    categories = {name: number for number, name in enumerate(names, start=1)}
    rows = []
    for number, case, reader, region in numbered(case_set):
        box = region.box
        rows.append(
            {
                "id": number + 1,
                "image_id": ids[case.pictures[region.picture].file],
                "category_id": categories[region.finding],
                "bbox": [round(value, 3) for value in (box.x0, box.y0, box.width, box.height)],
                "area": round(box.area, 3),
                "iscrowd": 0,
                "segmentation": [],
                "ssg": {NUMBER: number, "case": case.id, "reader": reader.id},
            }
        )
    data = {
        "info": {"description": case_set.title, "version": case_set.version, "contributor": case_set.provenance},
        "licenses": [{"id": 1, "name": case_set.licence, "url": ""}],
        "images": [
            {"id": ids[file], "file_name": Path(file).name, "width": image.width, "height": image.height, "license": 1}
            for file, image in pictures.items()
        ],
        "categories": [
            {"id": number, "name": name, "supercategory": vocabulary().get(name).group}
            for name, number in categories.items()
        ],
        "annotations": rows,
    }
    write_text(out / FILE, json.dumps(data, ensure_ascii=False) + "\n")
    write_rest(case_set, out)


def read_back(folder: Path, out: Path) -> CaseSet:
    """The set of an export, with its boxes as they are now; raises BadInput where it is not one any more."""
    path = folder / FILE
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found = _found(data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path} is no COCO file as it was exported ({error!r}): export the set again.") from None
    return put_together(folder, found, pictures_in(folder / "images"), out)


def _found(data: dict[str, Any]) -> Found:
    files = {row["id"]: f"images/{Path(row['file_name']).name}" for row in data["images"]}
    names = {row["id"]: str(row["name"]) for row in data["categories"]}
    boxes = {int(row["ssg"][NUMBER]): _corners(row["bbox"]) for row in data["annotations"] if "ssg" in row}
    return Found(boxes, list(_added(data["annotations"], files, names)))


def _added(rows: list[Any], files: dict[Any, str], names: dict[Any, str]) -> Iterator[tuple[str, str, Corners]]:
    for row in rows:
        if "ssg" not in row:
            yield files[row["image_id"]], names[row["category_id"]], _corners(row["bbox"])


def _corners(box: list[float]) -> Corners:
    left, top, width, height = map(float, box)
    return left, top, left + width, top + height
