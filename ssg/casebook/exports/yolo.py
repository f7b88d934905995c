"""YOLO's format (Ultralytics): ``data.yaml``, ``images/`` and ``labels/`` with a text file for each picture.

A line is a class and the middle, width and height of a box as shares of the picture. ``labels/`` has the first reader
of each case, as a detector is trained on; the others' are in ``labels_of/READER/`` in the same form. ``numbers.json``
has the number of each line's region.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import yaml

from ssg.casebook.exports.pictures import copy_pictures, pictures_in
from ssg.casebook.exports.rest import Corners, Found, numbered, put_together, write_rest
from ssg.casebook.files import read_size
from ssg.casebook.types import CaseSet
from ssg.errors import BadInput
from ssg.whole import write_text

NAMES, NUMBERS = "data.yaml", "numbers.json"
DIGITS = 8
"""Of a share: a hundredth of a pixel in the largest picture."""


def write(case_set: CaseSet, out: Path) -> None:
    """Write the whole set."""
    copy_pictures(case_set, out / "images")
    names = sorted({region.finding for _, _, _, region in numbered(case_set)})
    lines: dict[str, list[str]] = defaultdict(list)
    numbers: dict[str, list[int]] = defaultdict(list)
    for case in case_set.cases:
        for image in case.pictures:
            lines[f"labels/{Path(image.file).stem}.txt"] = []
    for number, case, reader, region in numbered(case_set):
        image, box = case.pictures[region.picture], region.box
        folder = "labels" if reader is case.readers[0] else f"labels_of/{reader.id}"
        shares = (
            (box.x0 + box.x1) / 2 / image.width,
            (box.y0 + box.y1) / 2 / image.height,
            box.width / image.width,
            box.height / image.height,
        )
        file = f"{folder}/{Path(image.file).stem}.txt"
        lines[file].append(" ".join([str(names.index(region.finding)), *(f"{share:.{DIGITS}f}" for share in shares)]))
        numbers[file].append(number)
    for file, rows in lines.items():
        path = out / file
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, "".join(f"{row}\n" for row in rows))
    known = {"path": ".", "train": "images", "val": "images", "names": dict(enumerate(names))}
    write_text(out / NAMES, yaml.safe_dump(known, sort_keys=False, allow_unicode=True))
    write_text(out / NUMBERS, json.dumps(numbers, indent=0) + "\n")
    write_rest(case_set, out)


def read_back(folder: Path, out: Path) -> CaseSet:
    """The set of an export, with its boxes as they are now; raises BadInput where it is not one any more.

    A file of labels that has other lines than it was written with cannot be told line by line: its lines are taken for
    drawn since, by the first reader, and the regions of before for deleted.
    """
    boxes: dict[int, Corners] = {}
    added: list[tuple[str, str, Corners]] = []
    try:
        names = {
            int(number): str(name) for number, name in yaml.safe_load((folder / NAMES).read_text())["names"].items()
        }
        numbers = json.loads((folder / NUMBERS).read_text(encoding="utf-8"))
        pictures = pictures_in(folder / "images")
        sizes = {Path(name).stem: read_size(path) for name, path in pictures.items()}
        for path in sorted([*folder.glob("labels/*.txt"), *folder.glob("labels_of/*/*.txt")]):
            rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
            ours = numbers.get(path.relative_to(folder).as_posix(), [])
            for place, row in enumerate(rows):
                corners = _corners(row[1:5], sizes[path.stem])
                if len(rows) == len(ours):
                    boxes[int(ours[place])] = corners
                else:
                    added.append((f"images/{path.stem}.png", names[int(row[0])], corners))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, yaml.YAMLError) as error:
        raise BadInput(f"{folder} is no YOLO folder as it was exported ({error!r}): export the set again.") from None
    return put_together(folder, Found(boxes, added), pictures, out)


def _corners(shares: list[str], size: tuple[int, int]) -> Corners:
    across, down, width, height = map(float, shares)
    return (
        (across - width / 2) * size[0],
        (down - height / 2) * size[1],
        (across + width / 2) * size[0],
        (down + height / 2) * size[1],
    )
