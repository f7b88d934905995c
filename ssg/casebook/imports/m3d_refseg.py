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

from ssg.casebook.imports.csv_rows import columns_of, csv_rows
from ssg.casebook.imports.json_rows import json_file
from ssg.casebook.imports.marks import Corners, Mark, Origin, Reading
from ssg.casebook.imports.mask_values import ALL, NoMask, masks_of, notes_on_specks, things_of
from ssg.casebook.imports.picture_files import PACKED, stem_of
from ssg.casebook.imports.values import files_below, plain, whole
from ssg.counting import counted, some_of
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
    cases: dict[Path, _Mask] = {}
    for path in files:
        if path.is_dir():
            _folder(path, reading, cases)
        else:
            _table(path, reading, cases)
    reading.notes += notes_on_specks({place.parent.name: one.specks for place, one in cases.items() if one.specks})
    return reading


class _Mask:
    """One mask, read once: its boxes by their values, and its words."""

    def __init__(self, path: Path) -> None:
        text = path.with_name(TEXT)  # which is of MASK, and not of other masks beside it
        words = json_file(text) if path.name == MASK and text.is_file() else {}
        rows = words.items() if isinstance(words, dict) else ()
        self.words: Mapping[str, str] = {str(number): plain(text) for number, text in rows}
        self.name = stem_of(path.name)
        self.taken: set[int] = set()
        self.why = ""
        self.boxes: dict[int, tuple[tuple[int, Corners], ...]] = {}
        self.grid: Grid | None = None
        self.specks = 0
        try:
            found = masks_of(path)
            self.grid = found.grid
            # Each value is a region that somebody wrote of, in however many pieces.
            things, self.specks = things_of(found, whole=ALL)
            self.boxes = {thing.value: thing.boxes for thing in things}
        except NoMask as error:
            self.why = f"the mask is none: {error}"
        except ImageRefused as error:
            self.why = f"the mask is refused: {error.reason}"


def _table(path: Path, reading: Reading, cases: dict[Path, _Mask]) -> None:
    for row in csv_rows(path, COLUMNS):
        image, mask = PurePosixPath(row.text("Image")), PurePosixPath(row.text("Mask"))
        if not image.name:
            reading.refuse("it names no picture", row.where)
            continue
        if any(".." in one.parts or one.is_absolute() for one in (image, mask)):
            reading.refuse("its path leads out of the data set", row.where)
            continue
        number = row.number("Mask_ID")
        if number is None or number % 1 or number < 1:
            reading.refuse("its Mask_ID is no number", row.where)
            continue
        place = path.parent.joinpath(*(mask if mask.name else image.with_name(MASK)).parts)
        case = _mask_at(place, cases)
        words = case.words.get(str(int(number))) or plain(row.text("Text"))
        _region(reading, case, image.as_posix(), int(number), words, row.where)


def _folder(path: Path, reading: Reading, cases: dict[Path, _Mask]) -> None:
    there = files_below(path, PACKED)
    found = [one for one in there if one.name == MASK]
    if not found:
        raise BadInput(f"{path} holds no {MASK}: give the folder of the cases, or the table beside it.")
    if others := [one for one in there if one.name.startswith("mask") and one.name != MASK]:
        first = some_of([str(others[0].relative_to(path))], most=1, of=len(others))
        count = counted(len(others), "other mask")
        reading.notes.append(f"{count} ({first}) not read: give the table that names them.")
    for place in found:
        case = _mask_at(place, cases)
        name = place.with_name(PICTURE).relative_to(path).as_posix()
        if case.why:
            reading.refuse(case.why, name)
            continue
        for key in case.words:
            if whole(key) is None:
                reading.refuse(f"a key of {TEXT} is no number", f"{name}, {key[:40]!r}")
        told = {number for number in map(whole, case.words) if number is not None}
        for number in sorted({*case.boxes, *told}):
            _region(reading, case, name, number, case.words.get(str(number), ""), f"{name}, mask {number}")


def _mask_at(place: Path, cases: dict[Path, _Mask]) -> _Mask:
    if place not in cases:
        cases[place] = _Mask(place)
    return cases[place]


def _region(reading: Reading, case: _Mask, name: str, number: int, words: str, where: str) -> None:
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
    label, side = named_first(words)
    picture.marks += [
        Mark(
            label,
            box,
            READER,
            side=side,
            phrase=words,
            frame=frame,
            lesion=f"{case.name}-{number}",
            where=where,
            grid=case.grid,
        )
        for frame, box in case.boxes[number]
    ]
    reading.keep("regions")


def named_first(words: str) -> tuple[str, str]:
    """The finding that a description names first, and its side; the words themselves where no finding is known."""
    for statement in vocabulary_read(words).statements:
        if statement.presence is not Presence.ABSENT:
            return statement.finding, statement.side.value if statement.side else ""
    return words[:120] or "no words", ""


def recognises(path: Path) -> bool:
    """Whether a file is one of the tables, or a folder holds such cases."""
    if path.is_dir():
        return any((one / MASK).is_file() and (one / TEXT).is_file() for one in path.iterdir())
    return "Mask_ID" in columns_of(path)
