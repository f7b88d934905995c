"""COCO's detection format (Lin et al. 2014, "Microsoft COCO: Common objects in context", ECCV; cocodataset.org).

One JSON of ``images`` (id, file_name, width, height), ``categories`` (id, name) and ``annotations`` (image_id,
category_id, bbox). ``bbox`` is [x, y, width, height] in pixels from the top left corner; where there is none, the box
is drawn around ``segmentation``: polygons, or a mask as run lengths. ``iscrowd`` 1 is a box around a group. An
annotation without a place says that its category is somewhere on the picture; an image without annotations says
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ssg.casebook.imports.json_rows import json_object
from ssg.casebook.imports.marks import Corners, Mark, Reading
from ssg.casebook.imports.runs import around_runs
from ssg.casebook.imports.taking import any_origin, look_for, take
from ssg.casebook.imports.values import around, file_of, id_of, numbers_of, plain, size_of, text_that_begins
from ssg.errors import BadInput

READER = "annotator"
KEYS = ("images", "annotations", "categories")


def read(files: Sequence[Path]) -> Reading:
    """Every annotation of the files."""
    reading = Reading(any_origin(files[0], "COCO"))
    labels: dict[str, None] = {}
    for path in files:
        labels |= dict.fromkeys(annotations_of(path, reading, READER))
    look_for(reading, labels)
    return reading


def annotations_of(
    path: Path, reading: Reading, reader: str, names: Sequence[str] = ("file_name",), phrase: str = ""
) -> list[str]:
    """Read the annotations of a file, and return the names of its categories.

    ``names`` are keys of an image that name its file, ``phrase`` is the key of an annotation's words.
    """
    data = json_object(path, KEYS)
    if not all(isinstance(data[name], list) for name in KEYS) or not (data["images"] or data["annotations"]):
        raise BadInput(f"{path} has no lists of images, annotations and categories: give the file as it was published.")
    images = _by_id(data["images"], "image", names, reading)
    categories = _by_id(data["categories"], "category", ("name",), reading)
    spoken_of = set()
    for count, row in enumerate(data["annotations"], start=1):
        where = f"annotation {count}"
        if not isinstance(row, dict):
            reading.refuse("it is no object", where)
            continue
        image, category = images.get(id_of(row.get("image_id"))), categories.get(id_of(row.get("category_id")))
        spoken_of.add(id_of(row.get("image_id")))
        if image is None or category is None:
            reading.refuse(f"its {'category_id' if image else 'image_id'} names none of the file, or several", where)
            continue
        size, box = size_of((image.get("width"), image.get("height"))), _box(row)
        if isinstance(size, str) or isinstance(box, str):
            reading.refuse(str(size if isinstance(size, str) else box), where)
            continue
        words = plain(row.get(phrase)) if phrase else ""
        mark = Mark(plain(category["name"]), box, reader, phrase=words, where=where)
        crowd = row.get("iscrowd") in (1, True)
        kept = "boxes around groups" if crowd and box else "boxes" if box else "findings without a place"
        take(reading, _named(image, names), mark, kept, size)
    for name in images:
        if name not in spoken_of:
            reading.refuse("no annotation is of it, so nothing is known", f"image {name}")
    return [plain(row["name"]) for row in categories.values() if row]


def _by_id(rows: list[Any], what: str, names: Sequence[str], reading: Reading) -> dict[str, dict[str, Any] | None]:
    """Entries of a list by their ids; None where several that differ have one id. Those without an id are refused."""
    found: dict[str, dict[str, Any] | None] = {}
    for count, row in enumerate(rows, start=1):
        name, where = id_of(row.get("id")) if isinstance(row, dict) else "", f"{what} {count} of the list"
        if not name or not _named(row, names):
            reading.refuse(f"it is no {what} with an id and {names[-1]}", where)
        elif name in found and found[name] != row:
            reading.refuse(f"its id is that of another {what}", where)
            found[name] = None
        else:
            found[name] = row
    return found


def _named(row: dict[str, Any], names: Sequence[str]) -> str:
    return next((file for file in map(file_of, map(row.get, names)) if file), "")


def _box(row: dict[str, Any]) -> Corners | str | None:
    """The corners of an annotation, None where it says no place; in their place why there are none."""
    if row.get("bbox") not in (None, []):
        found = numbers_of(row["bbox"], 4)
        if found is None:
            return "the box is not four numbers"
        return found[0], found[1], found[0] + found[2], found[1] + found[3]
    shape = row.get("segmentation")
    if shape in (None, [], {}):
        return None
    if isinstance(shape, dict):
        return around_runs(shape) or "the run lengths make no mask of their size"
    polygons = [
        numbers_of(one) for one in (shape if isinstance(shape, list) and isinstance(shape[0], list) else [shape])
    ]
    if any(one is None or len(one) < 6 or len(one) % 2 for one in polygons):
        return "the polygons are no lists of x, y, x, y, ..."
    return around([value for one in polygons if one for value in one])


def recognises(path: Path) -> bool:
    """Whether a file looks like one; not those of MS-CXR, which have a phrase for each box."""
    text = text_that_begins(path, "{")
    return bool(text) and all(f'"{name}"' in text for name in KEYS) and '"label_text"' not in text
