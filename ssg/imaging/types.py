"""What an opened file is to everyone else: pixels as displayed, full-depth samples, geometry, notes for the user."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ssg.imaging.stacks import Place

Pixels = NDArray[np.uint8]
Samples = NDArray[np.uint16]

RADIOGRAPHS = ("CR", "DX")
"""DICOM's modalities of plain radiographs."""

REDUCED = "bits were reduced to 8 for display."
"""How a note ends that is true of ``pixels`` only: ``samples`` keep all bits."""

LARGEST_PIXELS = 25_000_000
"""Pixels of the largest image that is shown; a mammogram has 14 million, a large chest radiograph 12 million."""


@dataclass(frozen=True, eq=False)
class DisplayImage:
    """One image. Arrays are read-only; boxes are in pixels of ``pixels``, as stored, square or not.

    ``pixels``          uint8 (height, width), grey as displayed: rescaled, windowed, MONOCHROME1 already inverted.
    ``samples``         uint16 (height, width), what true window and level work on; None where the file has 8 bits.
                        Real value (Hounsfield units in CT) = ``samples_offset`` + ``samples_slope`` × sample.
    ``window``          (width, level) in real values that ``pixels`` are shown with; None where that is all there is.
    ``inverted``        whether low real values are shown white; ``samples`` themselves are not inverted.
    ``spacing_mm``      (between rows, between columns), None where unknown; ``notes`` say if the detector's.
    ``modality``        "CR", "DX", "CT", "MR", ...; "" where unknown.
    ``orientation``     letters at the (left, right, top, bottom) edge, such as ("R", "L", "H", "F"), or None.
    ``kept_tags``       the few header values that are kept, by DICOM keyword; none of them can name a patient.
    ``notes``           sentences for the user: what was reduced, guessed or ignored.
    """

    pixels: Pixels
    samples: Samples | None = None
    samples_offset: float = 0.0
    samples_slope: float = 1.0
    window: tuple[float, float] | None = None
    inverted: bool = False
    spacing_mm: tuple[float, float] | None = None
    modality: str = ""
    orientation: tuple[str, str, str, str] | None = None
    kept_tags: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 2 or not self.pixels.size:
            raise TypeError(f"pixels must be uint8 (height, width), got {self.pixels.dtype} {self.pixels.shape}")
        if self.samples is not None and (self.samples.dtype != np.uint16 or self.samples.shape != self.pixels.shape):
            raise TypeError(f"samples must be uint16 {self.pixels.shape}, got {self.samples.dtype}")
        for array in (self.pixels, self.samples):
            if array is not None:
                array.flags.writeable = False

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def body_part(self) -> str:
        """DICOM's term for the part of the body ("CHEST"); "" where unknown."""
        return self.kept_tags.get("BodyPartExamined", "")

    @cached_property
    def digest(self) -> str:
        """sha256 of the shape and the displayed pixels, as hex: the same picture has the same digest."""
        known = hashlib.sha256(f"{self.height}x{self.width}:".encode())
        known.update(np.ascontiguousarray(self.pixels).data)
        return known.hexdigest()


@dataclass(frozen=True, slots=True)
class Belonging:
    """Where a frame belongs among the frames of one upload; nothing of this is kept once they are put together.

    ``instance``, ``series``, ``study`` and ``patient`` are keyed digests, "" where the file says none; ``day`` counts
    days from a day long ago. ``moments`` tell frames at one place apart, the most telling number first. ``frames`` is
    how many there are in the file.
    """

    place: Place | None = None
    number: int = 0
    moments: tuple[float, ...] = ()
    instance: str = ""
    series: str = ""
    study: str = ""
    patient: str = ""
    day: int | None = None
    frames: int = 1


@dataclass(frozen=True, slots=True)
class PictureMark:
    """Something that a segmentation or a report marks on a picture of the same upload.

    ``instance`` is the picture's digest (:class:`Belonging`), ``frame`` counts from 0 in its file. ``label`` is free
    text; ``meaning`` is a code and, free text too, what its file says that it means ("SCT:27925004 Nodule"). ``box``
    is (left, top, right, bottom) in pixels of the stored picture, which must be of ``size`` (width, height), where
    that is known.
    """

    instance: str
    frame: int
    label: str
    meaning: str
    box: tuple[float, float, float, float]
    lesion: str = ""
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """What of a file is not kept: how often each kind of element held something. Names of the standard, no values."""

    elements: Mapping[str, int] = field(default_factory=dict)
