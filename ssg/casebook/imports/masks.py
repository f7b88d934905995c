"""Masks, one file for each picture or each thing on it: PNG, DICOM or NIfTI, 0 where nothing is.

What a value means stands in ``labels.json`` beside the masks or above them, as ``{"1": "liver"}`` or ``{"liver": 1}``.
Without it the name of the thing is the part of the file's name after ``__`` (``case7__left_lung.png``), or the folder
below the one that is given (``masks/nodule/case7.png``), or else the value itself, which ``--labels`` can give a
meaning. The picture is the one that is called as the mask, without ``_mask``, ``_labels``, ``_seg`` and the like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ssg.casebook.imports.json_rows import json_file
from ssg.casebook.imports.marks import Mark, Origin, Reading
from ssg.casebook.imports.mask_values import NoMask, Values, boxes_of_values, mask_files, masks_of, may_be_mask
from ssg.errors import BadInput, ImageRefused

ORIGIN = Origin(name="masks", kind="", modality="OT")
READER = "masks"
LABELS = "labels.json"
FOLDERS = ("mask", "masks", "labelstr", "segmentations")
ENDINGS = re.compile(r"[_-](mask|masks|label|labels|seg|segmentation|gt|annotation)s?$", re.IGNORECASE)


def read(files: Sequence[Path]) -> Reading:
    """A mark around each piece of each value of each mask; a mask without any says nothing of its picture."""
    reading = Reading(ORIGIN)
    names: dict[Path, Mapping[int, str]] = {}
    for path, folder in mask_files(list(files)):
        if folder not in names:
            names[folder] = _labels(folder)
        shown = path.relative_to(folder).as_posix()
        try:
            frames, size = masks_of(path)
            marks = list(_marks(frames, _thing(path, folder), names[folder], shown))
        except NoMask as error:
            reading.refuse(str(error), shown)
            continue
        except ImageRefused as error:
            reading.refuse(error.reason, shown)
            continue
        if not marks:
            reading.refuse("nothing is marked on it, and it does not say what was looked for", shown)
            continue
        picture = reading.picture(_picture(path, folder))
        picture.size = (float(size[0]), float(size[1]))
        picture.marks += marks
        reading.keep("masks")
    return reading


def _marks(frames: Sequence[Values], thing: str, names: Mapping[int, str], where: str) -> list[Mark]:
    found = []
    for number, mask in enumerate(frames):
        for value, box in boxes_of_values(mask):
            label = names.get(value) or thing or str(value)
            lesion = f"value-{value}" if len(frames) > 1 else ""
            found.append(Mark(label, box, READER, frame=number, lesion=lesion, where=where))
    return found


def _stem(path: Path) -> str:
    name = path.name
    for ending in (".nii.gz", ".nii", ".png", ".dcm"):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def _thing(path: Path, folder: Path) -> str:
    """What a mask is of, by its name or its folder; "" where neither tells."""
    _, apart, after = _stem(path).partition("__")
    below = path.parent.relative_to(folder).as_posix()
    return (after if apart else below if below != "." else "").replace("_", " ").replace("-", " ").strip()


def _picture(path: Path, folder: Path) -> str:
    return ENDINGS.sub("", _stem(path).partition("__")[0])


def _labels(folder: Path) -> Mapping[int, str]:
    """The meaning of values, from the folder of the masks or the one above it; empty where none is told."""
    for place in (folder, folder.parent):
        path = place / LABELS
        if path.is_file():
            return _read_labels(path)
    return {}


def _read_labels(path: Path) -> Mapping[int, str]:
    value = json_file(path)
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = {}
    for one, other in rows:
        number, name = (one, other) if str(one).isdigit() else (other, one)
        if not str(number).isdigit() or not isinstance(name, str):
            raise BadInput(f'{path} must say what values mean, as {{"1": "liver"}}: {str(one)[:40]!r} does not.')
        found[int(number)] = name.strip()
    return found


def recognises(path: Path) -> bool:
    """Whether a folder looks like one of masks."""
    return path.is_dir() and path.name.lower() in FOLDERS and any(map(may_be_mask, path.rglob("*")))
