"""YOLO's format (Ultralytics): ``data.yaml``, ``images/`` and ``labels/`` with a text file for each picture.

A line is a class and the middle, width and height of a box as shares of the picture. ``labels/`` has the first reader
of each case, as a detector is trained on; the others' are in ``labels_of/READER/`` in the same form. ``numbers.json``
has the number of each line's region with the box as it was written.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from ssg.casebook.exports.back import Corners, Drawn, Returned, put_together
from ssg.casebook.exports.lines import Written, read_lines, same_lines
from ssg.casebook.exports.pictures import copy_pictures, pictures_in
from ssg.casebook.exports.rest import FILE, NUMBER, numbered, write_rest
from ssg.casebook.files import read_size
from ssg.casebook.problems import Problems
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
    numbers: dict[str, list[list[Any]]] = defaultdict(list)
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
        numbers[file].append([number, [round(share, DIGITS) for share in shares]])
    for file, rows in lines.items():
        path = out / file
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, "".join(f"{row}\n" for row in rows))
    known = {"path": ".", "train": "images", "val": "images", "names": dict(enumerate(names))}
    write_text(out / NAMES, yaml.safe_dump(known, sort_keys=False, allow_unicode=True))
    write_text(out / NUMBERS, json.dumps(numbers, indent=0) + "\n")
    write_rest(case_set, out)


def read_back(folder: Path, out: Path) -> Returned:
    """The set of an export, with its boxes and classes as they are now; raises BadInput where it is none any more.

    Lines are told by class and box, whatever their order (:mod:`lines`). What is drawn since is its file's reader's.
    """
    problems = Problems(folder)
    try:
        names = _names(yaml.safe_load((folder / NAMES).read_text(encoding="utf-8"))["names"])
        written = json.loads((folder / NUMBERS).read_text(encoding="utf-8"))
        findings = _findings(folder)
        before = {file: [_written(entry, findings) for entry in entries] for file, entries in written.items()}
        pictures = pictures_in(folder)
        sizes = {Path(name).stem: read_size(path) for name, path in pictures.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, yaml.YAMLError) as error:
        raise BadInput(
            f"{folder} is no YOLO folder as it was exported ({error!r:.120}): export the set again."
        ) from None
    if any(written.values()) and not (folder / "labels").is_dir():  # one missing file says that its boxes are deleted
        raise BadInput(f"{folder} has no folder labels/: give the whole folder of the export, best as one zip file.")
    drawn: list[Drawn] = []
    for path in sorted([*folder.glob("labels/*.txt"), *folder.glob("labels_of/*/*.txt")]):
        name = path.relative_to(folder).as_posix()
        lines = read_lines(path, name, names, problems)
        if lines and path.stem not in sizes:
            problems.add(name, f"there is no picture images/{path.stem}.png: put it there, or delete the file.")
            continue
        reader = path.parent.name if path.parent.parent.name == "labels_of" else ""
        for line, number in zip(lines, same_lines(before.get(name, []), lines), strict=True):
            corners = _corners(line.shares, sizes[path.stem])
            picture, place = f"images/{path.stem}.png", f"{name}, line {line.count}"
            drawn.append(Drawn(picture, line.label, corners, folder, place, number, reader))
    return put_together(folder, drawn, pictures, out, problems)


def _names(given: Any) -> dict[int, str]:
    """The classes by number; ``names`` is written as a list too."""
    rows = enumerate(given) if isinstance(given, list) else given.items()
    return {int(number): str(name) for number, name in rows}


def _findings(folder: Path) -> dict[int, str]:
    """The findings of regions by their numbers."""
    rest = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return {
        region[NUMBER]: region["finding"]
        for case in rest["cases"]
        for reader in case["readers"]
        for region in reader["regions"]
    }


def _written(entry: Any, findings: dict[int, str]) -> Written:
    """A line as it was written: [number, shares], or its number alone, as earlier exports have it."""
    number, shares = entry if isinstance(entry, list) else (entry, None)
    return Written(int(number), findings[int(number)], None if shares is None else tuple(map(float, shares)))


def _corners(shares: Sequence[float], size: tuple[int, int]) -> Corners:
    across, down, width, height = shares
    return (
        (across - width / 2) * size[0],
        (down - height / 2) * size[1],
        (across + width / 2) * size[0],
        (down + height / 2) * size[1],
    )
