"""Masks, one file for each picture or each thing on it: PNG, DICOM or NIfTI, 0 where nothing is.

What a value means stands in ``labels.json`` beside the masks or above them, as ``{"1": "liver"}`` or ``{"liver": 1}``.
Without it the name of the thing is the part of the file's name after ``__`` (``case7__left_lung.png``), or the folder
below the one that is given (``masks/nodule/case7.png``), or else the value itself, which ``--labels`` can give a
meaning. The picture is the one that is called as the mask, without ``_mask``, ``_labels``, ``_seg`` and the like.

In a volume the pieces of a value are lesions of their own, one for each that hangs together over the slices.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ssg.casebook.imports.json_rows import json_file
from ssg.casebook.imports.labels import Labels
from ssg.casebook.imports.marks import Mark, Origin, Reading
from ssg.casebook.imports.mask_values import (
    Mask,
    NoMask,
    Thing,
    mask_files,
    masks_of,
    may_be_mask,
    notes_on_specks,
    things_of,
)
from ssg.casebook.imports.picture_files import stem_of
from ssg.casebook.imports.values import whole
from ssg.errors import BadInput, ImageRefused
from ssg.vocabulary import vocabulary

ORIGIN = Origin(name="masks", kind="", modality="OT")
READER = "masks"
LABELS = "labels.json"
FOLDERS = ("mask", "masks", "labelstr", "segmentations")
ENDINGS = re.compile(r"[_-](mask|masks|label|labels|seg|segmentation|gt|annotation)s?$", re.IGNORECASE)


def read(files: Sequence[Path]) -> Reading:
    """A mark around each piece of each value of each mask; a mask without any says nothing of its picture."""
    reading = Reading(ORIGIN)
    names: dict[Path, Mapping[int, str]] = {}
    specks: Counter[str] = Counter()
    for path, folder in mask_files(list(files)):
        if folder not in names:
            names[folder] = _labels(folder)
        shown = path.relative_to(folder).as_posix()
        try:
            mask = masks_of(path)
            called = _called(mask, _thing(path, folder), names[folder])
            things, left_out = things_of(mask, _drawn_whole(called))
        except NoMask as error:
            reading.refuse(str(error), shown)
            continue
        except ImageRefused as error:
            reading.refuse(error.reason, shown)
            continue
        if not things:
            reading.refuse("nothing is marked on it, and it does not say what was looked for", shown)
            continue
        specks.update({shown: left_out} if left_out else {})
        picture = reading.picture(_picture(path, folder))
        picture.marks += _marks(mask, things, called, len(picture.marks), shown)
        reading.keep("masks")
    reading.notes += notes_on_specks(specks)
    return reading


def _called(mask: Mask, thing: str, names: Mapping[int, str]) -> dict[int, str]:
    """What each value of a mask is of."""
    values = np.unique(mask.values).tolist()
    return {value: names.get(value) or thing or str(value) for value in values if value}


def _drawn_whole(called: Mapping[int, str]) -> frozenset[int]:
    """Values that are one thing each, in however many pieces.

    Several values of one name are things that somebody told apart, and so is what bears a number ("nodule 2"). A
    structure of the body is one, and what lies beside it is of the outline.
    """
    times = Counter(called.values())
    return frozenset(
        value
        for value, name in called.items()
        if times[name] > 1 or (name[-1:].isdigit() and not name.isdigit()) or _is_anatomy(name)
    )


def _is_anatomy(name: str) -> bool:
    found = Labels("").meaning(name).finding
    return bool(found) and vocabulary().get(found).kind == "anatomy"


def _marks(mask: Mask, things: Sequence[Thing], called: Mapping[int, str], before: int, where: str) -> list[Mark]:
    """The marks of things; ``before`` is how many marks their picture has, so that no two things share a name."""
    return [
        Mark(
            called[thing.value],
            box,
            READER,
            frame=number,
            lesion=f"lesion-{before + place}" if len(mask.values) > 1 else "",
            where=where,
            grid=mask.grid,
        )
        for place, thing in enumerate(things, start=1)
        for number, box in thing.boxes
    ]


def _thing(path: Path, folder: Path) -> str:
    """What a mask is of, by its name or its folder; "" where neither tells."""
    _, apart, after = stem_of(path.name).partition("__")
    below = path.parent.relative_to(folder).as_posix()
    return (after if apart else below if below != "." else "").replace("_", " ").replace("-", " ").strip()


def _picture(path: Path, folder: Path) -> str:
    return ENDINGS.sub("", stem_of(path.name).partition("__")[0])


def _labels(folder: Path) -> Mapping[int, str]:
    """The meaning of values, from the folder of the masks or the one above it; empty where none is told."""
    for place in (folder, folder.parent):
        path = place / LABELS
        if path.is_file():
            return _read_labels(path)
    return {}


def _read_labels(path: Path) -> Mapping[int, str]:
    told = json_file(path)
    if not isinstance(told, dict | list):
        raise BadInput(f'{path} must say what values mean, as {{"1": "liver"}}: it is neither an object nor a list.')
    rows: Iterable[tuple[Any, Any]] = told.items() if isinstance(told, dict) else enumerate(told)
    found: dict[int, str] = {}
    for one, other in rows:
        number, name = (one, other) if whole(str(one)) is not None else (other, one)
        value = whole(str(number))
        if value is None or not isinstance(name, str):
            raise BadInput(f'{path} must say what values mean, as {{"1": "liver"}}: {str(one)[:40]!r} does not.')
        found[value] = name.strip()
    return found


def recognises(path: Path) -> bool:
    """Whether a folder looks like one of masks."""
    return path.is_dir() and path.name.lower() in FOLDERS and any(map(may_be_mask, path.rglob("*")))
