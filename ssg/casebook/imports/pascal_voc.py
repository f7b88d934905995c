"""Pascal VOC's annotations: an XML file for each picture (Everingham et al. 2010, "The PASCAL visual object classes
challenge", International Journal of Computer Vision 88(2); host.robots.ox.ac.uk/pascal/VOC, as LabelImg writes them).

``annotation`` has ``filename``, ``size`` (width, height) and ``object`` (name, ``bndbox``). Corners are pixels counted
from 1, the last one included: a box over a whole picture is 1, 1, width, height. Here xmin and ymin become 1 less, and
xmax and ymax stay, so that this box is 0, 0, width, height. Tools that count from 0 are then off by one pixel at the
left and the top. Objects said to be ``difficult`` or ``truncated`` are kept as others are; difficult ones are counted
apart. A file without objects says nothing.

Files with a DOCTYPE or entities are refused, before a parser sees them.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path

from ssg.casebook.imports.csv_rows import number
from ssg.casebook.imports.marks import Corners, Mark, Reading
from ssg.casebook.imports.taking import NORMAL, any_origin, look_for, take, told_by
from ssg.casebook.imports.values import file_of, files_below, plain, size_of, text_or_none
from ssg.errors import BadInput

READER, LARGEST = "annotator", 16 * 2**20
CORNERS = ("xmin", "ymin", "xmax", "ymax")


def read(files: Sequence[Path]) -> Reading:
    """Every object of the files, and of the XML files below folders."""
    reading = Reading(any_origin(files[0], "Pascal VOC"))
    labels: dict[str, None] = {}
    found = [(path, where) for given in files for path, where in _xml_files(given)]
    if not found:
        raise BadInput(f"{files[0]} holds no .xml files: give the folder of the annotations.")
    for path, where in found:
        root = _root(path)
        if isinstance(root, str):
            reading.refuse(root, where)
        else:
            _picture(root, path, where, reading, labels)
    look_for(reading, labels)
    return reading


def _xml_files(given: Path) -> Iterator[tuple[Path, str]]:
    if not given.is_dir():
        yield given, given.name
        return
    for path in files_below(given, ".xml"):
        yield path, path.relative_to(given).as_posix()


def _root(path: Path) -> ET.Element | str:
    """The annotation of a file; in its place why there is none."""
    try:
        if path.stat().st_size > LARGEST:
            return f"the file is larger than {LARGEST >> 20} MiB"
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or error}): give an XML file or a folder.") from None
    text = text_or_none(path)
    if re.search("<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        return "the file has a DOCTYPE or entities, which annotations do not need"
    try:
        root = ET.fromstring(text)  # noqa: S314 (what makes XML dangerous is refused above)
    except (ET.ParseError, ValueError, RecursionError):
        return "the file is no XML"
    return root if root.tag == "annotation" else "the file is no annotation"


def _picture(root: ET.Element, path: Path, where: str, reading: Reading, labels: dict[str, None]) -> None:
    name = file_of(root.findtext("filename")) or path.stem
    size = size_of([root.findtext(f"size/{side}", "").strip() for side in ("width", "height")])
    objects = root.findall("object")
    if not objects:
        reading.refuse("it has no objects, so nothing is known", where)
    for count, entry in enumerate(objects, start=1):
        place, label, box = f"{where}, object {count}", plain(entry.findtext("name")), _box(entry)
        for _ in entry.findall("part"):
            reading.refuse("parts of objects are not kept", place)
        if not label:
            reading.refuse("the object has no name", place)
        elif isinstance(size, str):
            reading.refuse(size, place)
        elif box is None and told_by(label) != NORMAL:
            reading.refuse("the box is not four numbers", place)
        else:
            labels[label] = None
            difficult = entry.findtext("difficult", "").strip() == "1"
            kept = "boxes said to be difficult" if difficult else "boxes"
            take(reading, name, Mark(label, box, READER, where=place), kept, size)


def _box(entry: ET.Element) -> Corners | None:
    found = [number(entry.findtext(f"bndbox/{corner}", "").strip()) for corner in CORNERS]
    if any(value is None for value in found):
        return None
    left, top, right, bottom = (value for value in found if value is not None)
    return left - 1, top - 1, right, bottom


def recognises(path: Path) -> bool:
    """Whether a file is such an annotation, or a folder or its Annotations/ holds them."""
    try:
        if path.is_dir():
            inside = (file for place in (path, path / "Annotations") for file in place.glob("*.xml"))
            path = next(inside, path)
        return path.suffix.lower() == ".xml" and "<annotation" in text_or_none(path)[:4_000]
    except OSError:
        return False
