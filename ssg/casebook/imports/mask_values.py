"""Masks as numbers: of PNG and DICOM files, of NIfTI volumes slice by slice, in the order and way they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ssg.casebook.imports.marks import Corners
from ssg.errors import BadInput
from ssg.imaging import Belonging, DisplayImage, PictureMark, boxes_of_pieces, decode_all

Values = NDArray[np.int64]

MOST_VALUES = 256
"""Kinds of things on one slice: more are no mask but a picture."""

LARGEST_MB = 400.0
SALT = b"masks"


class NoMask(Exception):
    """A file that is no mask; its text says why."""


def masks_of(path: Path) -> tuple[list[Values], tuple[int, int]]:
    """The values of a mask (height, width), frame by frame, and its (width, height). Raises NoMask and ImageRefused."""
    frames: list[Values] = []

    def keep(image: DisplayImage, belonging: Belonging) -> None:
        numbers = image.pixels if image.samples is None else image.samples
        offset, slope = (0.0, 1.0) if image.samples is None else (image.samples_offset, image.samples_slope)
        values = offset + slope * numbers.astype(np.float64)
        if np.abs(values - np.rint(values)).max() > 1e-6:
            raise NoMask("its values are no whole numbers")
        frames.append(np.rint(values).astype(np.int64))

    def mark(marks: list[PictureMark]) -> None:
        raise NoMask("it is a DICOM segmentation: import it together with its pictures")

    decode_all(path, str(path), SALT, keep, mark, largest_mb=LARGEST_MB)
    if not frames:
        raise NoMask("it holds no picture")
    return frames, (frames[0].shape[1], frames[0].shape[0])


def boxes_of_values(mask: Values) -> Iterator[tuple[int, Corners]]:
    """Each value of a mask above 0 with the boxes of its pieces. Raises NoMask where there are too many values."""
    values = np.unique(mask)
    if len(values) > MOST_VALUES:
        raise NoMask("it has as many grey levels as a picture")
    for value in values[values > 0]:
        for box in boxes_of_pieces(mask == value):
            yield int(value), box


def mask_files(files: list[Path]) -> list[tuple[Path, Path]]:
    """Mask files, each with the folder that was given; raises BadInput where there are none."""
    found: list[tuple[Path, Path]] = []
    for path in files:
        if path.is_dir():
            found += [(one, path) for one in sorted(path.rglob("*")) if may_be_mask(one)]
        else:
            found.append((path, path.parent))
    if not found:
        raise BadInput(f"{files[0]} holds no masks: give PNG, DICOM or NIfTI files, or their folder.")
    return found


def may_be_mask(path: Path) -> bool:
    """Whether a file has the name of a mask."""
    name = path.name.lower()
    return path.is_file() and name.endswith((".png", ".nii", ".nii.gz", ".dcm")) and not name.startswith(".")
