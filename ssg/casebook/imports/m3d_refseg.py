"""M3D-RefSeg: 3D masks with what a radiologist writes of each, on CT volumes of TotalSegmentator.

Bai et al. 2024, "M3D: Advancing 3D medical image analysis with multi-modal large language models"; on the Hugging Face
Hub as GoodBaiBai88/M3D-RefSeg. Each case is a folder of ``ct.nii.gz``, ``mask.nii.gz`` and ``text.json``, which says
what the values of the mask are: ``{"1": "a cyst in the right lobe of the liver, ..."}``. ``M3D_RefSeg.csv`` (also
``_train``, ``_test``) asks about them: Image, Mask, Mask_ID, Question_Type, Question, Answer, several rows a region.
Takes the tables, or the folder of the cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from ssg.casebook.imports.csv_rows import csv_rows, table_text
from ssg.casebook.imports.json_rows import json_file
from ssg.casebook.imports.marks import Corners, Mark, Origin, Reading
from ssg.casebook.imports.mask_values import ALL, NoMask, masks_of, things_of
from ssg.casebook.imports.values import plain
from ssg.errors import BadInput, ImageRefused
from ssg.imaging import Grid
from ssg.vocabulary import Presence
from ssg.vocabulary import read as vocabulary_read

ORIGIN = Origin(
    name="M3D-RefSeg (https://huggingface.co/datasets/GoodBaiBai88/M3D-RefSeg), CT of TotalSegmentator",
    kind="",
    modality="CT",
    licence="Apache-2.0 (annotations); CC-BY-4.0 (TotalSegmentator's CT)",
    citation=(
        "Bai F, Du Y, Huang T, Meng MQH, Zhao B. M3D: Advancing 3D medical image analysis with multi-modal large "
        "language models. arXiv:2404.00578 (2024)."
    ),
)
READER = "M3D-RefSeg"
PICTURE, MASK, TEXT = "ct.nii.gz", "mask.nii.gz", "text.json"
COLUMNS = ("Image", "Mask", "Mask_ID")


def read(files: Sequence[Path]) -> Reading:
    """Every region of the tables or folders: a box around each piece on each slice, with its words."""
    reading = Reading(ORIGIN)
    cases: dict[Path, _Case] = {}
    for path in files:
        if path.is_dir():
            _folder(path, reading, cases)
        else:
            _table(path, reading, cases)
    return reading


class _Case:
    """One folder, read once: its words, and the boxes of its mask by their values."""

    def __init__(self, folder: Path, mask: str = MASK) -> None:
        words = json_file(folder / TEXT) if (folder / TEXT).is_file() else {}
        rows = words.items() if isinstance(words, dict) else ()
        self.words: Mapping[str, str] = {str(number): plain(text) for number, text in rows}
        self.taken: set[int] = set()
        self.why = ""
        self.boxes: dict[int, tuple[tuple[int, Corners], ...]] = {}
        self.grid: Grid | None = None
        try:
            found = masks_of(folder / mask)
            self.grid = found.grid
            # Each value is a region that somebody wrote of, in however many pieces.
            things, _ = things_of(found, whole=ALL)
            self.boxes = {thing.value: thing.boxes for thing in things}
        except NoMask as error:
            self.why = f"the mask is none: {error}"
        except ImageRefused as error:
            self.why = f"the mask is refused: {error.reason}"


def _table(path: Path, reading: Reading, cases: dict[Path, _Case]) -> None:
    for row in csv_rows(path, COLUMNS):
        image, mask = PurePosixPath(row.text("Image")), PurePosixPath(row.text("Mask"))
        folder = path.parent.joinpath(*image.parent.parts)
        if ".." in image.parts or image.is_absolute():
            reading.refuse("its path leads out of the data set", row.where)
            continue
        if folder not in cases:
            cases[folder] = _Case(folder, mask.name or MASK)
        number = row.number("Mask_ID")
        if number is None or number % 1 or number < 1:
            reading.refuse("its Mask_ID is no number", row.where)
            continue
        words = cases[folder].words.get(str(int(number))) or plain(row.text("Text"))
        _region(reading, cases[folder], image.as_posix(), int(number), words, row.where)


def _folder(path: Path, reading: Reading, cases: dict[Path, _Case]) -> None:
    found = sorted(one.parent for one in path.rglob(MASK))
    if not found:
        raise BadInput(f"{path} holds no {MASK}: give the folder of the cases, or the table beside it.")
    for folder in found:
        case = cases.setdefault(folder, _Case(folder))
        name = (folder / PICTURE).relative_to(path).as_posix()
        for number in sorted({*case.boxes, *(int(one) for one in case.words if one.isdigit())}):
            _region(reading, case, name, number, case.words.get(str(number), ""), f"{name}, mask {number}")
        if case.why:
            reading.refuse(case.why, name)


def _region(reading: Reading, case: _Case, name: str, number: int, words: str, where: str) -> None:
    """Keep what a row says of one region; of several rows that ask about it the first one."""
    if case.why:
        reading.refuse(case.why, where)
        return
    if number not in case.boxes:
        reading.refuse("the mask has no such value", where)
        return
    if number in case.taken:
        reading.keep("questions about a region that is there already")
        return
    case.taken.add(number)
    picture = reading.picture(name)
    picture.modality = "CT"
    label, side = told_by(words)
    picture.marks += [
        Mark(
            label,
            box,
            READER,
            side=side,
            phrase=words,
            frame=frame,
            lesion=f"mask-{number}",
            where=where,
            grid=case.grid,
        )
        for frame, box in case.boxes[number]
    ]
    reading.keep("regions")


def told_by(words: str) -> tuple[str, str]:
    """The finding that a description names first, and its side; the words themselves where no finding is known."""
    for statement in vocabulary_read(words).statements:
        if statement.presence is not Presence.ABSENT:
            return statement.finding, statement.side.value if statement.side else ""
    return words[:120] or "no words", ""


def recognises(path: Path) -> bool:
    """Whether a file is one of the tables, or a folder holds such cases."""
    if path.is_dir():
        return any((one / MASK).is_file() and (one / TEXT).is_file() for one in path.iterdir())
    return "Mask_ID" in table_text(path).partition("\n")[0]
