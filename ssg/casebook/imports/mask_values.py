"""Masks as numbers: of PNG and DICOM files, of NIfTI volumes slice by slice; and what hangs together in them."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ssg.casebook.imports.fitting import grid_of
from ssg.casebook.imports.marks import Corners
from ssg.errors import BadInput
from ssg.imaging import Belonging, DisplayImage, Grid, PictureMark, boxes_of_pieces, decode_all

Values = NDArray[np.uint16]

MOST_VALUES = 256
"""Kinds of things on one slice: more are no mask but a picture."""

LARGEST_MB = 400.0
SALT = b"masks"

LEAST = 10
"""Voxels of the smallest piece of a volume that is a thing of its own, unless nothing is larger: a nodule of 3 mm, the
smallest that readers of lung CT are asked to outline, has 10 of 0.7 × 0.7 × 3 mm; what is smaller is a speck. On a
single slice those of :func:`ssg.imaging.boxes_of_pieces` are."""

TOUCHING = np.ones((3, 3, 3), dtype=np.int8)
"""Voxels that touch at a corner hang together, as pixels do on a slice."""


ALL = range(1, 65536)
"""All values that mark something."""


class NoMask(Exception):
    """A file that is no mask; its text says why."""


@dataclass(frozen=True, eq=False, slots=True)
class Mask:
    """``values`` (slices, height, width) of a mask, in the order and way round in which its file gives them."""

    values: Values
    grid: Grid


@dataclass(frozen=True, slots=True)
class Thing:
    """What hangs together in a mask: its value, and its (slice, box) pairs."""

    value: int
    boxes: tuple[tuple[int, Corners], ...]


def masks_of(path: Path) -> Mask:
    """The numbers of a mask as they are stored. Raises NoMask and ImageRefused."""
    frames: list[tuple[DisplayImage, Belonging]] = []

    def keep(image: DisplayImage, belonging: Belonging) -> None:
        if frames and (image.width, image.height) != (frames[0][0].width, frames[0][0].height):
            raise NoMask("its slices are of several sizes")
        frames.append((image, belonging))

    def mark(marks: list[PictureMark]) -> None:
        raise NoMask("it is a DICOM segmentation: import it together with its pictures")

    decode_all(path, str(path), SALT, keep, mark, largest_mb=LARGEST_MB, labels=True)
    if not frames:
        raise NoMask("it holds no picture")
    values = np.stack([image.samples for image, _ in frames if image.samples is not None])
    return Mask(values, grid_of(path, frames))


def things_of(mask: Mask, whole: Container[int] = ()) -> tuple[list[Thing], int]:
    """What is marked in a mask, and how many specks are left out. Raises NoMask where there are too many values.

    On a single slice all pieces of a value are one thing, with a box each. In a volume the pieces that hang together
    over the slices are things of their own, but for values that are ``whole``: one thing each, wherever it is drawn.
    """
    if max(len(np.unique(one)) for one in mask.values) > MOST_VALUES:
        raise NoMask("it has as many grey levels as a picture")
    found, specks = [], 0
    for value, part, start in _parts(mask.values):
        if len(mask.values) == 1 or value in whole:
            found.append(Thing(value, tuple(_boxes(part, start))))
            if len(mask.values) == 1:
                specks += ndimage.label(part, structure=TOUCHING)[1] - len(found[-1].boxes)
            continue
        pieces, left_out = _apart(part, start)
        found += [Thing(value, tuple(_boxes(*piece))) for piece in pieces]
        specks += left_out
    return found, specks


Start = tuple[int, int, int]
"""Slice, row and column at which a part begins that is cut out of a mask."""

Part = tuple[NDArray[np.bool_], Start]


def _parts(values: Values) -> Iterator[tuple[int, NDArray[np.bool_], Start]]:
    """Each value above 0, and where it is."""
    for number, cut in enumerate(ndimage.find_objects(values), start=1):
        if cut is not None:
            yield number, values[cut] == number, _start(cut)


def _apart(part: NDArray[np.bool_], start: Start) -> tuple[list[Part], int]:
    """The pieces that do not touch, the largest first, and how many more are specks."""
    numbered, count = ndimage.label(part, structure=TOUCHING)
    sizes = np.bincount(numbered.ravel(), minlength=count + 1)[1:]
    cuts, order = ndimage.find_objects(numbered), np.argsort(-sizes, kind="stable")
    kept = [place for place in order if sizes[place] >= LEAST] or list(order[:1])
    pieces = [(numbered[cuts[place]] == place + 1, _start(cuts[place], start)) for place in kept]
    return pieces, count - len(kept)


def _start(cut: tuple[slice, ...], within: Start = (0, 0, 0)) -> Start:
    first, top, left = (one.start + start for one, start in zip(cut, within, strict=True))
    return first, top, left


def _boxes(piece: NDArray[np.bool_], start: Start) -> Iterator[tuple[int, Corners]]:
    first, top, left = start
    for number, one in enumerate(piece):
        for x0, y0, x1, y1 in boxes_of_pieces(one):
            yield first + number, (x0 + left, y0 + top, x1 + left, y1 + top)


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
