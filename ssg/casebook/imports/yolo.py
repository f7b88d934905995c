"""YOLO's label files (Redmon et al. 2016, "You only look once", CVPR; form of Ultralytics, docs.ultralytics.com).

A text file for each picture, of its name, below ``labels/``; a line for each box: number of the class, middle x and y,
width and height as shares of the picture, perhaps a confidence. Lines of more numbers are outlines, x and y of each
point, and give the box around them; with ``kpt_shape`` in ``data.yaml`` they are a box and its key points. The classes
are named in ``data.yaml`` (``names``: a list, or names by number) or, line by line, in ``classes.txt``.

Give the folder, ``data.yaml`` or ``classes.txt``: label files are looked for below the same folder, never where a
``path`` in ``data.yaml`` points to. Single label files can follow. An empty label file is a picture to train on without
boxes: it says nothing of what is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ssg.casebook.imports.csv_rows import number, table_text
from ssg.casebook.imports.marks import Corners, Mark, Reading
from ssg.casebook.imports.taking import any_origin, look_for, take
from ssg.casebook.imports.values import around, files_below, plain, text_or_none
from ssg.errors import BadInput

YAML, LISTS = (".yaml", ".yml"), ("classes.txt", "obj.names", "predefined_classes.txt")
NO_LABELS = ("train.txt", "val.txt", "valid.txt", "test.txt", "README.txt", "README.roboflow.txt", "README.dataset.txt")
"""Text files of such folders that are no labels: lists of pictures, and what its maker says."""

PICTURES = (".png", ".jpg", ".jpeg", ".dcm", ".PNG", ".JPG", ".JPEG")
READER, SLACK, LARGEST_YAML, MOST_CLASSES = "annotator", 0.01, 2**20, 1_000_000


@dataclass(slots=True)
class _Classes:
    """Names by number; whether lines have key points."""

    names: dict[int, str] = field(default_factory=dict)
    points: bool = False


def read(files: Sequence[Path]) -> Reading:
    """Every line of the label files."""
    reading, classes = Reading(any_origin(files[0], "YOLO")), _Classes()
    found: dict[Path, Path] = {}
    for path in files:
        folder = path if path.is_dir() else path.parent
        if folder is path or path.suffix.lower() in YAML or path.name in LISTS:
            _learn(_file_of_classes(path) if folder is path else path, classes)
            labels = _label_files(folder)
            found |= dict.fromkeys(labels, folder)
            if others := len(files_below(folder, ".txt")) - len(labels):
                reading.notes.append(f"{others} of the text files below {folder} are no label files, and are not read.")
        else:
            found[path] = folder
    if not found:
        raise BadInput(
            f"{files[0]}: no label files (.txt) lie there or below labels/: give the folder that holds them."
        )
    if not classes.names:
        raise BadInput(f"{files[0]} has no names of classes: give the folder with data.yaml or classes.txt.")
    for file, folder in found.items():
        _label_file(file, folder, classes, reading)
    look_for(reading, dict.fromkeys(classes.names.values()))
    return reading


def _label_file(file: Path, folder: Path, classes: _Classes, reading: Reading) -> None:
    where = file.relative_to(folder).as_posix()
    try:
        lines = table_text(file).splitlines()
    except BadInput:
        reading.refuse("the label file cannot be read as text", where)
        return
    if not any(map(str.split, lines)):
        reading.refuse("the label file is empty, which says nothing of the picture", where)
    picture = _picture(file, folder)
    for count, line in enumerate(lines, start=1):
        if line.split():
            _line(line.split(), classes, picture, f"{where}, line {count}", reading)


def _line(words: list[str], classes: _Classes, picture: str, where: str, reading: Reading) -> None:
    values = [number(word) for word in words]
    numbers = [value for value in values if value is not None]
    label = classes.names.get(int(numbers[0]), "") if numbers and numbers[0].is_integer() else ""
    if len(numbers) < len(values) or len(numbers) < 5:
        reading.refuse("the line is not a class and at least four numbers", where)
        return
    if not label:
        reading.refuse("its class has no name", where)
        return
    rest, confidence = numbers[1:], None
    if len(rest) == 5 and not classes.points:
        confidence = rest.pop()
    box = _box(rest[:4] if classes.points else rest)
    if isinstance(box, str):
        reading.refuse(box, where)
    elif confidence is not None and not 0 <= confidence <= 1:
        reading.refuse("its sixth number is no confidence from 0 to 1", where)
    else:
        take(reading, picture, Mark(label, box, READER, confidence=confidence, where=where), "boxes", normalised=True)


def _box(numbers: list[float]) -> Corners | str:
    if min(numbers) < -SLACK or max(numbers) > 1 + SLACK:
        return "its numbers are no shares of the picture, from 0 to 1"
    if len(numbers) == 4:
        x, y, width, height = numbers
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2
    return around(numbers) if len(numbers) % 2 == 0 else "its outline has an x without a y"


def _picture(file: Path, folder: Path) -> str:
    """The picture of a label file: of its name, in images/ for labels/; with its ending, where it lies there."""
    parts = ["images" if part == "labels" else part for part in file.relative_to(folder).with_suffix("").parts]
    inside = "/".join(parts)
    return next((inside + ending for ending in PICTURES if (folder / (inside + ending)).is_file()), inside)


def _label_files(folder: Path) -> list[Path]:
    """Label files below a folder: those below labels/, where there is one; else all that have no other purpose."""
    found = [path for path in files_below(folder, ".txt") if path.name not in (*LISTS, *NO_LABELS)]
    return [path for path in found if "labels" in path.relative_to(folder).parts[:-1]] or found


def _file_of_classes(folder: Path) -> Path:
    found = [path for path in sorted(folder.glob("*.y*ml")) if _is_yaml_of_classes(path)]
    found += [path for place in (folder, folder / "labels") for name in LISTS if (path := place / name).is_file()]
    if not found:
        raise BadInput(f"{folder} has no data.yaml or classes.txt that names its classes: put one there.")
    return found[0]


def _is_yaml_of_classes(path: Path) -> bool:
    return any(line.startswith(("names:", "names :", '"names":')) for line in text_or_none(path).splitlines())


def _learn(path: Path, classes: _Classes) -> None:
    """The names of a file of classes; raises BadInput where it has none."""
    text = table_text(path)
    if path.suffix.lower() not in YAML:
        classes.names |= {count: plain(line) for count, line in enumerate(text.split("\n")) if plain(line)}
        return
    try:
        data = yaml.safe_load(text) if len(text) <= LARGEST_YAML else None
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BadInput(f"{path} is no YAML ({' '.join(str(error).split())[:120]}): correct it.") from None
    names: Any = data.get("names") if isinstance(data, dict) else None
    pairs = list(names.items() if isinstance(names, dict) else enumerate(names) if isinstance(names, list) else ())
    if not pairs or not all(_is_class(count, name) for count, name in pairs):
        raise BadInput(f"{path} has no 'names' that are a list of texts, or texts by number: correct it there.")
    classes.names |= {int(count): plain(str(name)) for count, name in pairs}
    classes.points = isinstance(data, dict) and "kpt_shape" in data


def _is_class(count: Any, name: Any) -> bool:
    """Whether these are a number and a name. A name such as no, without quotes, is none: YAML takes it for a truth."""
    if isinstance(count, str) and count.isascii() and count.isdigit():
        count = int(count[:9])
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count < MOST_CLASSES:
        return False
    if isinstance(name, str):
        return bool(plain(name))
    return not isinstance(name, bool) and isinstance(name, (int, float)) and abs(name) < MOST_CLASSES


def recognises(path: Path) -> bool:
    """Whether a folder has names of classes and label files, or a file is one of names with label files beside it."""
    try:
        if path.is_dir():
            return bool(_file_of_classes(path) and _label_files(path))
        of_classes = path.name in LISTS or (path.suffix.lower() in YAML and _is_yaml_of_classes(path))
        return of_classes and path.is_file() and bool(_label_files(path.parent))
    except (BadInput, OSError):
        return False
