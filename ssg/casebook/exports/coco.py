"""COCO's detection format (Lin et al. 2014, "Microsoft COCO"): ``annotations.json`` beside ``images/``.

One image for each picture, one annotation for each region of each reader; ``bbox`` is [x, y, width, height]. Under
the key ``ssg`` an annotation has its number and its reader, which other tools pass over.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ssg.casebook.exports.back import Drawn, Returned, label_problem, put_together
from ssg.casebook.exports.pictures import copy_pictures, pictures_in
from ssg.casebook.exports.rest import NUMBER, numbered, write_rest
from ssg.casebook.imports.values import numbers_of
from ssg.casebook.problems import Problems, shown
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


def read_back(folder: Path, out: Path) -> Returned:
    """The set of an export, with its boxes and labels as they are now; raises BadInput where it is none any more."""
    path = folder / FILE
    problems = Problems(path)
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        files = {row["id"]: f"images/{Path(row['file_name']).name}" for row in data["images"]}
        names = {row["id"]: str(row["name"]) for row in data["categories"]}
        rows = list(data["annotations"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"{path} is no COCO file as it was exported ({error!r:.120}): export the set again.") from None
    drawn = [_drawn(row, number, path, files, names, problems) for number, row in enumerate(rows)]
    found = [one for one in drawn if one is not None]
    return put_together(folder, found, pictures_in(folder), out, problems)


def _drawn(
    row: Any, count: int, path: Path, files: dict[Any, str], names: dict[Any, str], problems: Problems
) -> Drawn | None:
    """An annotation; None, and a note that names it, for one that cannot be taken."""
    place = f"annotations[{count}]"
    if not isinstance(row, dict):
        problems.add(place, "this is no object in braces: delete it, or write the annotation.")
        return None
    place += f" (id {shown(row['id'])})" if "id" in row else ""
    image, category = row.get("image_id"), row.get("category_id")
    if not isinstance(image, (int, str)) or image not in files:
        problems.add(place, f"its image_id {shown(image)} is that of no image: give one of the list of images.")
    if not isinstance(category, (int, str)) or category not in names:
        problems.add(place, label_problem("category_id", category, names))
    box = numbers_of(row.get("bbox"), 4)
    if box is None:
        problems.add(place, f"its bbox {shown(row.get('bbox'))} is not four numbers: give [x, y, width, height].")
    if box is None or image not in files or category not in names:
        return None
    own = row.get("ssg")
    known = own if isinstance(own, dict) else {}
    number = known.get(NUMBER)
    corners = box[0], box[1], box[0] + box[2], box[1] + box[3]
    return Drawn(
        files[image], names[category], corners, path, place,
        number if isinstance(number, int) and not isinstance(number, bool) else None, str(known.get("reader") or ""),
    )  # fmt: skip
