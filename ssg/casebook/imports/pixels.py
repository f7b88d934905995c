"""What a case set stores of a picture: a PNG of 16 bits where the file has more than 8, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from ssg.casebook.types import SINGLE, CaseImage, Series
from ssg.imaging import DisplayImage, is_shown_by_its_window, png_bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture that is stored: its file, how it is shown, and what its header said of the kind of image."""

    image: CaseImage
    orientation: tuple[str, str, str, str] | None = None
    window: tuple[float, float] | None = None
    values: tuple[float, float] = (0.0, 1.0)
    inverted: bool = False
    modality: str = ""
    view: str = ""
    body_part: str = ""

    def series(self) -> Series:
        """The series of a case of this one picture."""
        return Series(
            SINGLE,
            (self.image,),
            orientation=self.orientation,
            window=self.window,
            values=self.values,
            inverted=self.inverted,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        image = self.image
        return {
            "files": [image.file],
            "image": [image.file, image.width, image.height, image.sha256, image.spacing_mm],
            "shown": [self.orientation, self.window, self.values, self.inverted],
            "terms": [self.modality, self.view, self.body_part],
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Stored:
        """What :meth:`to_json` gave."""
        file, width, height, digest, spacing = row["image"]
        orientation, window, values, inverted = row["shown"]
        image = CaseImage(file, width, height, digest, tuple(spacing) if spacing else None)
        edges = tuple(orientation) if orientation else None
        return cls(image, edges, tuple(window) if window else None, tuple(values), inverted, *row["terms"])


def stored(shown: DisplayImage, longest: int | None = None, eight_bit: bool = False) -> tuple[Stored, dict[str, bytes]]:
    """What is stored of an opened file, and its PNG by the name that it gets.

    With ``longest`` a picture whose longest side has more pixels is made smaller (area average); with ``eight_bit`` it
    is stored as it is shown.
    """
    deep = not eight_bit and is_shown_by_its_window(shown)
    pixels = shown.samples if deep and shown.samples is not None else shown.pixels
    spacing = shown.spacing_mm
    if longest and max(pixels.shape) > longest:
        factor = longest / max(pixels.shape)
        size = (max(1, round(shown.width * factor)), max(1, round(shown.height * factor)))
        if spacing:
            spacing = (spacing[0] * shown.height / size[1], spacing[1] * shown.width / size[0])
        pixels = _smaller(pixels, size)
    data = png_bytes(pixels)
    image = CaseImage.of_png(data, spacing and (round(spacing[0], 5), round(spacing[1], 5)))
    terms = shown.kept_tags
    made = Stored(
        image,
        shown.orientation,
        shown.window if deep else None,
        (shown.samples_offset, shown.samples_slope) if deep else (0.0, 1.0),
        shown.inverted if deep else False,
        shown.modality,
        terms.get("ViewPosition", ""),
        shown.body_part,
    )
    return made, {image.file: data}


def _smaller(pixels: np.ndarray[Any, Any], size: tuple[int, int]) -> np.ndarray[Any, Any]:
    """A picture of ``size`` (width, height), each pixel the mean of what it covers; 16 bits stay 16 bits."""
    mean = Image.fromarray(pixels.astype(np.float32)).resize(size, Image.Resampling.BOX)
    made: np.ndarray[Any, Any] = np.rint(np.asarray(mean)).astype(pixels.dtype)
    return made
