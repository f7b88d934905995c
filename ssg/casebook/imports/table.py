"""Any CSV table whose columns have usual names, a row for each box or statement.

Upper case, spaces, hyphens and underscores make no difference. A row names its picture and a label, and has a box: two
corners, or the upper left one with width and height (in one column ``bbox`` too), in pixels of the picture (or, where
no number of a table is above 1, in shares of it). Without a box, a column ``present`` or ``absent`` says whether the
label is there. A row without either says that it is there, where the table has neither boxes nor such a column; else it
is refused. A label that says that nothing is there, such as "No finding", excludes all labels of the tables; where they
have no other, it is kept in words. Frames are counted from 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ssg.casebook.imports.csv_rows import CsvRow, columns_of, csv_rows, first_rows, mixes_encodings, number
from ssg.casebook.imports.marks import Corners, Mark, Reading, Size
from ssg.casebook.imports.taking import NORMAL, any_origin, look_for, take, told_by
from ssg.casebook.imports.values import file_of, plain, size_of, word_of
from ssg.counting import counted, some_of
from ssg.errors import BadInput

NAMES = {
    "image": (
        "path", "image_path", "file_path", "file", "filename", "file_name", "image", "image_file", "image_name",
        "image_filename", "image_id", "imageid", "picture",
    ),
    "label": ("label", "class", "finding", "category", "class_name", "category_name", "label_name", "finding_name"),
    "reader": ("reader", "annotator", "rad_id", "reader_id", "annotator_id", "radiologist", "rater"),
    "side": ("side", "laterality"),
    "confidence": ("confidence", "score"),
    "present": ("present", "presence"),
    "absent": ("absent",),
    "phrase": ("phrase", "text", "sentence", "label_text"),
    "frame": ("frame", "slice", "frame_index", "slice_index"),
    "lesion": ("lesion", "lesion_id"),
}  # fmt: skip
CORNERS = (
    ("xmin", "ymin", "xmax", "ymax"), ("x_min", "y_min", "x_max", "y_max"), ("x0", "y0", "x1", "y1"),
    ("x1", "y1", "x2", "y2"), ("left", "top", "right", "bottom"),
)  # fmt: skip
CORNER_AND_SIDES = (
    ("x", "y", "w", "h"), ("x", "y", "width", "height"), ("left", "top", "width", "height"),
    ("bbox_x", "bbox_y", "bbox_w", "bbox_h"), ("bbox_x", "bbox_y", "bbox_width", "bbox_height"),
)  # fmt: skip
IN_ONE = ("bbox", "bounding_box", "box")
"""A column of four numbers, "[x, y, width, height]" as COCO has them."""

SIZES = (("image_width", "image_height"), ("img_width", "img_height"), ("width", "height"))
OTHERS = ({"image_id", "class_name", "rad_id"}, {"dicom_id", "category_name", "label_text"})
"""Columns of tables that have an importer of their own."""

YES, NO = (
    ("1", "1.0", "true", "yes", "y", "present", "positive"),
    ("0", "0.0", "false", "no", "n", "absent", "negative"),
)
UNTOLD = ("", "na", "n/a", "nan", "none", "null", "-", "unknown")
SIDES = {"l": "left", "r": "right", "both": "bilateral", "b": "bilateral"}
SIDES |= {name: name for name in ("left", "right", "bilateral", "midline")}
READER = "annotator"

Columns = dict[str, tuple[str, ...]]
"""Columns of a table by what they say: "box" and "size" have several, others one; "sides" is there where a box has."""


class _Refused(Exception):
    """Why a row is refused."""


def read(files: Sequence[Path]) -> Reading:
    """Every row of the tables."""
    reading = Reading(any_origin(files[0], "table"))
    labels: dict[str, None] = {}
    unsure: list[str] = []
    for path in files:
        columns = _needed(path)
        shares = _in_shares(path, columns)
        if len(columns.get("box", ())) == 1:
            reading.notes.append(f"{path.name}: {columns['box'][0]} is taken as [x, y, width, height].")
        if mixes_encodings(path):
            reading.notes.append(f"{path.name}: some lines are UTF-8, some Windows-1252: each is read as what it is.")
        if shares:
            reading.notes.append(f"{path.name}: no number of a box is above 1: they are taken as shares of pictures.")
        for row in csv_rows(path, ()):
            try:
                name, size, mark = _row(row, columns, unsure)
            except _Refused as why:
                reading.refuse(str(why), row.where)
                continue
            labels[mark.label] = None
            kept = "boxes" if mark.box else "absent" if mark.absent else "findings without a place"
            take(reading, name, mark, kept, None if shares else size, shares)
    if unsure:
        reading.notes.append(
            f"In {counted(len(unsure), 'row')} ({some_of(unsure)}) the confidence is no number from 0 to 1, nor a "
            "percentage: it is left out, and the row kept."
        )
    look_for(reading, labels)
    return reading


def _row(row: CsvRow, columns: Columns, unsure: list[str]) -> tuple[str, Size | None, Mark]:
    """The picture that a row speaks of, its size, and what the row says; ``unsure`` takes where no confidence is."""

    def cell(name: str) -> str:
        return row.text(columns[name][0]) if name in columns else ""

    name, label, box = file_of(cell("image")), plain(cell("label")), _box(row, columns)
    if not name or not label:
        raise _Refused("no picture or no label is named")
    size = size_of([row.text(column) for column in columns.get("size", ())])
    if isinstance(size, str):
        raise _Refused(size)
    normal, there = told_by(label) == NORMAL, _there(cell("present"), cell("absent"))
    if there is False and (box or normal):
        raise _Refused("it is said not to be there, and has a box" if box else "it is said that something is there")
    if box is None and there is None and not normal and columns.keys() & {"box", "present", "absent"}:
        raise _Refused("there is neither a box nor a word whether it is there")
    sure = _sure(cell("confidence"))
    mark = Mark(
        label, box, plain(cell("reader")) or READER, there is False, _side(cell("side")), sure,
        plain(cell("phrase")), _frame(cell("frame")), word_of(cell("lesion")), row.where,
    )  # fmt: skip
    if sure is None and cell("confidence").lower() not in UNTOLD:
        unsure.append(row.where)
    return name, size, mark


def _box(row: CsvRow, columns: Columns) -> Corners | None:
    names = columns.get("box", ())
    if not any(row.text(name) for name in names):
        return None
    found = _numbers(row, names)
    if found is None:
        raise _Refused("the box is not four numbers")
    left, top, right, bottom = found
    return (left, top, left + right, top + bottom) if "sides" in columns else (left, top, right, bottom)


def _numbers(row: CsvRow, names: Sequence[str]) -> Corners | None:
    """The four numbers of a box, each in a column or all in one; None where they are not four."""
    if len(names) > 1:
        given = row.numbers(names)
        return None if given is None else (given[0], given[1], given[2], given[3])
    parts = [number(part) for part in re.split(r"[,;\s]+", row.text(names[0]).strip(" []()"))]
    found = [part for part in parts if part is not None]
    return (found[0], found[1], found[2], found[3]) if len(found) == len(parts) == 4 else None


def _there(present: str, absent: str) -> bool | None:
    said = {not _yes(absent) if column else _yes(present) for column, text in enumerate((present, absent)) if text}
    if len(said) > 1:
        raise _Refused("it is said to be both present and absent, or neither")
    return said.pop() if said else None


def _yes(text: str) -> bool:
    if text.lower() not in YES + NO:
        raise _Refused("present or absent is neither yes nor no")
    return text.lower() in YES


def _side(text: str) -> str:
    if text.lower() not in (*SIDES, *UNTOLD):
        raise _Refused("the side is none of left, right, bilateral, midline")
    return SIDES.get(text.lower(), "")


def _sure(text: str) -> float | None:
    """A number from 0 to 1, or a percentage; None for anything else."""
    found = number(text.removesuffix("%").strip())
    if found is not None and text.endswith("%"):
        found /= 100
    return found if found is not None and 0 <= found <= 1 else None


def _frame(text: str) -> int:
    if text.lower() in UNTOLD:
        return 0
    if not re.fullmatch(r"[0-9]{1,6}(\.0+)?", text):
        raise _Refused("the frame is no whole number from 0 on")
    return int(text.partition(".")[0])


def _in_shares(path: Path, columns: Columns) -> bool:
    """Whether no number of a box is above 1: a table of boxes of less than a pixel makes no sense."""
    least, most = 0.0, 0.0
    for row in csv_rows(path, ()) if "box" in columns else ():
        found = _numbers(row, columns["box"]) or (0.0,)
        least, most = min(least, *found), max(most, *found)
    return 0 < most <= 1 and least >= 0


def _columns(path: Path) -> tuple[Columns, list[str]]:
    """What the columns of a table say, and their names as they are written."""
    given = columns_of(path)
    known = {re.sub(r"[\s_-]+", "_", name.lower()).strip("_"): name for name in reversed(given)}
    found: Columns = {
        what: (known[name],) for what, names in NAMES.items() if (name := next(filter(known.get, names), ""))
    }
    boxes = [names for names in (*CORNERS, *CORNER_AND_SIDES) if known.keys() >= set(names)]
    if boxes:
        found["box"] = tuple(known[name] for name in boxes[0])
        if boxes[0] in CORNER_AND_SIDES:
            found["sides"] = ()
    elif one := next(filter(known.get, IN_ONE), ""):
        found["box"], found["sides"] = (known[one],), ()
    sizes = [names for names in SIZES if known.keys() >= set(names) and not (boxes and set(names) & set(boxes[0]))]
    if sizes:
        found["size"] = tuple(known[name] for name in sizes[0])
    return found, given


def _needed(path: Path) -> Columns:
    """The columns of a table that has a picture and a label; raises BadInput for another."""
    found, given = _columns(path)
    if missing := [what for what in ("image", "label") if what not in found]:
        boxes = "; ".join(",".join(names) for names in (*CORNERS, *CORNER_AND_SIDES, *((one,) for one in IN_ONE)))
        raise BadInput(
            f"{path} has no column that is known to name the {' or the '.join(missing)}: it has "
            f"{', '.join(filter(None, given))[:300] or 'none'}. Understood are "
            + ", ".join(f"for the {what} {', '.join(names)}" for what, names in NAMES.items())
            + f"; for the box {boxes}. Give its columns such names."
        )
    return found


def lacks(path: Path) -> str:
    """What a CSV table lacks to be read, as a sentence; "" for one that lacks nothing, and for what is none."""
    if path.suffix.lower() not in (".csv", ".tsv"):
        return ""
    found, given = _columns(path)
    missing = [what for what in ("image", "label") if what not in found]
    missing += [] if found.keys() & {"box", "present", "absent"} else ["box (or whether it is there)"]
    if not missing:
        return ""
    known = {**NAMES, missing[-1]: ("xmin,ymin,xmax,ymax", "x,y,width,height", *IN_ONE, "present")}
    wanted = "; ".join(f"for the {what} one of {', '.join(known[what][:8])}" for what in missing)
    has = ", ".join(filter(None, given))[:200] or "none"
    whole = "" if {"image", "label"} - found.keys() else " Labels of whole pictures are taken by --format table."
    return (
        f"{path} has the columns {has}, and none that is known to hold the {' or the '.join(missing)}: name {wanted}."
        f"{whole}"
    )


def _is_of_normal_ones(path: Path, label: str) -> bool:
    """Whether the first rows of a table, of which there is one, all say that nothing is there."""
    said = [told_by(text) for row in first_rows(path) if (text := row.text(label))]
    return bool(said) and set(said) == {NORMAL}


def recognises(path: Path) -> bool:
    """Whether a file looks like a table of boxes or statements that has no importer of its own."""
    try:
        found, given = _columns(path)
    except BadInput:
        return False
    told = {"image", "label"} <= found.keys() and (
        found.keys() & {"box", "present", "absent"} or _is_of_normal_ones(path, found["label"][0])
    )
    return bool(told) and not any(names <= {name.lower() for name in given} for names in OTHERS)
