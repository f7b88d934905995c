"""Masks as numbers: of PNG and DICOM files, of NIfTI volumes slice by slice; and what hangs together in them."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ssg.casebook.imports.fitting import GridOf
from ssg.casebook.imports.marks import Corners
from ssg.casebook.imports.picture_files import LARGEST_MB, MASKS
from ssg.casebook.imports.values import files_below
from ssg.counting import counted, some_of
from ssg.errors import BadInput
from ssg.imaging import LEAST_PIXELS, Belonging, DisplayImage, Grid, PictureMark, boxes_of_pieces, decode_all

Values = NDArray[np.uint8] | NDArray[np.uint16]

MOST_VALUES = 256
"""Kinds of things on one slice: more are no mask but a picture."""

MOST_BYTES = 256 * 2**20
"""Of all values of a mask, one or two for each: a CT from head to feet has 1,000 slices of 512 × 512. To see what hangs
together takes up to six times as many."""

SALT = b"masks"

LEAST = 10
"""Voxels of the smallest piece of a volume that is a thing of its own, unless nothing is larger: a nodule of 3 mm, the
smallest that readers of lung CT are asked to outline, has 10 of 0.7 × 0.7 × 3 mm; what is smaller is a speck. On each
slice what :func:`ssg.imaging.boxes_of_pieces` leaves out is one too."""

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
    grid, slices = GridOf(path), _Slices()

    def keep(image: DisplayImage, belonging: Belonging) -> None:
        grid.add(image, belonging)
        if image.samples is not None:
            slices.add(image.samples, belonging.frames)

    def mark(marks: list[PictureMark]) -> None:
        raise NoMask("it is a DICOM segmentation: import it together with its pictures")

    decode_all(path, str(path), SALT, keep, mark, largest_mb=LARGEST_MB, labels=True)
    return Mask(slices.all(), grid.made())


class _Slices:
    """The slices of a mask in one array, of bytes as long as no value needs two; never of more than MOST_BYTES."""

    def __init__(self) -> None:
        self._values: Values = np.empty((0, 0, 0), np.uint8)
        self._count = 0

    def add(self, samples: NDArray[np.uint16], expected: int) -> None:
        """Take the next slice (height, width) of those that are ``expected``."""
        if not self._count:
            self._values = self._room((max(expected, 1), *samples.shape), np.uint8)
        elif samples.shape != self._values.shape[1:]:
            raise NoMask("its slices are of several sizes")
        if self._count == len(self._values):
            raise NoMask("it holds more slices than it says")
        if self._values.dtype == np.uint8 and samples.max(initial=0) > 255:
            wider = self._room(self._values.shape, np.uint16)
            wider[: self._count] = self._values[: self._count]
            self._values = wider
        self._values[self._count] = samples
        self._count += 1

    @staticmethod
    def _room(shape: tuple[int, ...], kind: type[Any]) -> Values:
        if int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize > MOST_BYTES:
            raise NoMask(f"its values take more than {MOST_BYTES >> 20} MB: export a part of its slices")
        return np.empty(shape, kind)

    def all(self) -> Values:
        """All slices (slices, height, width)."""
        if not self._count:
            raise NoMask("it holds no picture")
        return self._values[: self._count]


def things_of(mask: Mask, whole: Container[int] = ()) -> tuple[list[Thing], int]:
    """What is marked in a mask, and how many specks are left out. Raises NoMask where there are too many values.

    On a single slice all pieces of a value are one thing, with a box each. In a volume the pieces that hang together
    over the slices are things of their own, but for values that are ``whole``: one thing each, wherever it is drawn.
    """
    if max(len(np.unique(one)) for one in mask.values) > MOST_VALUES:
        raise NoMask("it has as many grey levels as a picture")
    found, specks = [], 0
    for value, part, start in _parts(mask.values):
        pieces: list[Part] = [(part, start)]
        if len(mask.values) > 1 and value not in whole:
            pieces, left_out = _apart(part, start)
            specks += left_out
        for piece in pieces:
            boxes, left_out = _boxes(*piece)
            found.append(Thing(value, boxes))
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


def _boxes(piece: NDArray[np.bool_], start: Start) -> tuple[tuple[tuple[int, Corners], ...], int]:
    """A box around each part of a piece on each slice, and how many parts are specks there."""
    first, top, left = start
    found, specks = [], 0
    for number, one in enumerate(piece):
        boxes = boxes_of_pieces(one, least=1)
        if len(boxes) > 1:  # which is rare, so that few slices are looked at twice
            there, boxes = len(boxes), boxes_of_pieces(one)
            specks += there - len(boxes)
        found += [(first + number, (x0 + left, y0 + top, x1 + left, y1 + top)) for x0, y0, x1, y1 in boxes]
    return tuple(found), specks


def notes_on_specks(specks: Mapping[str, int]) -> list[str]:
    """What is left out of masks, ``specks`` by their files, since somebody may miss it."""
    if not specks:
        return []
    first = some_of(list(specks), most=1)
    return [
        f"{counted(sum(specks.values()), 'speck')} left out of {counted(len(specks), 'mask')} ({first}): pieces of "
        f"fewer than {LEAST} voxels of a volume, or {LEAST_PIXELS} pixels of a picture or slice, beside larger ones."
    ]


def mask_files(files: list[Path]) -> list[tuple[Path, Path]]:
    """Mask files, each with the folder that was given; raises BadInput where there are none."""
    found: list[tuple[Path, Path]] = []
    for path in files:
        if path.is_dir():
            found += [(one, path) for one in files_below(path, *MASKS) if not one.name.startswith(".")]
        else:
            found.append((path, path.parent))
    if not found:
        raise BadInput(f"{files[0]} holds no masks: give PNG, DICOM or NIfTI files, or their folder.")
    return found


def may_be_mask(path: Path) -> bool:
    """Whether a file has the name of a mask."""
    return path.is_file() and path.name.lower().endswith(MASKS) and not path.name.startswith(".")
