"""What a case set stores of a picture: a PNG of 16 bits where the file has more than 8, and how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ssg.casebook.imports.fitting import file_kind
from ssg.casebook.ingest import Limits, ingest
from ssg.casebook.types import SINGLE, CaseImage, Series
from ssg.errors import BadInput
from ssg.imaging import DisplayImage, Grid, is_shown_by_its_window, png_bytes, windowed


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture, or the slices of a volume, that are stored; and what the header said of the kind of image.

    ``grid`` is that of its pixels before they were made smaller, None where nobody asked; ``notes`` say what is odd.
    """

    series: Series
    modality: str = ""
    view: str = ""
    body_part: str = ""
    grid: Grid | None = None
    notes: tuple[str, ...] = ()

    @property
    def files(self) -> list[str]:
        """The files of its pictures."""
        return [frame.file for frame in self.series.frames]

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "files": self.files,
            "series": asdict(self.series),
            "terms": [self.modality, self.view, self.body_part],
            "grid": asdict(self.grid) if self.grid else None,
            "notes": self.notes,
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Stored:
        """What :meth:`to_json` gave."""
        told = dict(row["series"])
        for name in ("spacing_mm", "orientation", "window", "values"):
            if told.get(name) is not None:
                told[name] = tuple(told[name])
        frames = []
        for frame in told.pop("frames"):
            spacing = frame.pop("spacing_mm")
            frames.append(CaseImage(**frame, spacing_mm=tuple(spacing) if spacing else None))
        grid = row.get("grid")
        modality, view, body_part = row["terms"]
        series = Series(frames=tuple(frames), **told)
        return cls(series, modality, view, body_part, Grid.from_json(grid) if grid else None, tuple(row["notes"]))


def stored(shown: DisplayImage, longest: int | None = None, eight_bit: bool = False) -> tuple[Stored, dict[str, bytes]]:
    """What is stored of an opened file, and its PNG by the name that it gets.

    With ``longest`` a picture whose longest side has more pixels is made smaller (area average); with ``eight_bit`` it
    is stored as it is shown.
    """
    deep = not eight_bit and is_shown_by_its_window(shown)
    pixels = shown.samples if deep and shown.samples is not None else shown.pixels
    image, data = _written(pixels, shown.spacing_mm, longest)
    terms = shown.kept_tags
    series = Series(
        SINGLE,
        (image,),
        orientation=shown.orientation,
        window=shown.window if deep else None,
        values=(shown.samples_offset, shown.samples_slope) if deep else (0.0, 1.0),
        inverted=shown.inverted if deep else False,
    )
    return Stored(series, shown.modality, terms.get("ViewPosition", ""), shown.body_part), {image.file: data}


def stored_volume(path: Path, work: Path, longest: int | None, eight_bit: bool) -> tuple[Stored, dict[str, bytes]]:
    """The slices of a NIfTI volume or of a multi-frame file, in order and upright; ``work`` is a folder to work in.

    Raises ImageRefused where the file is, and BadInput for one that holds several series.
    """
    found = ingest([path], work, Limits(look_for_text=False))
    series = [one for study in found.studies for one in study.series]
    if len(series) != 1:
        raise BadInput(f"{path} holds {len(series)} series: give each a file of its own.")
    (one,) = series
    files: dict[str, bytes] = {}
    frames = []
    for frame in one.series.frames:
        with Image.open(work / frame.file) as picture:
            numbers = np.asarray(picture)
        deep = numbers.dtype != np.uint8
        numbers = numbers.astype(np.uint16) if deep else numbers
        if deep and eight_bit:
            numbers = windowed(numbers, *one.series.values, one.series.window, one.series.inverted)
        image, data = _written(numbers, frame.spacing_mm, longest)
        frames.append(image)
        files[image.file] = data
    made = replace(one.series, id="volume", frames=tuple(frames), modality="", title="")
    if eight_bit:
        made = replace(made, window=None, values=(0.0, 1.0), inverted=False)
    is_nifti = file_kind(path) == "nifti"  # whose slices are sorted and turned in any case
    as_stored = not is_nifti and one.turn.is_none and _in_order_of_file(one.frames_of)
    grid = Grid(
        size=one.stored_size[::-1] if one.turn.transposed else one.stored_size,
        slices=len(frames),
        quads=one.quads,
        as_stored=as_stored,
        told=not (as_stored or is_nifti),
    )
    return Stored(made, one.modality, one.view, one.body_part, grid, one.notes), files


def _in_order_of_file(frames_of: Sequence[tuple[str, int]]) -> bool:
    """Whether frames come as their file has them: a stack that says where it lies is sorted from the head."""
    return [number for _, number in frames_of] == list(range(len(frames_of)))


def _written(
    pixels: np.ndarray[Any, Any], spacing: tuple[float, float] | None, longest: int | None
) -> tuple[CaseImage, bytes]:
    height, width = pixels.shape
    if longest and max(pixels.shape) > longest:
        factor = longest / max(pixels.shape)
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        if spacing:
            spacing = (spacing[0] * height / size[1], spacing[1] * width / size[0])
        pixels = _smaller(pixels, size)
    data = png_bytes(pixels)
    return CaseImage.of_png(data, spacing and (round(spacing[0], 5), round(spacing[1], 5))), data


def _smaller(pixels: np.ndarray[Any, Any], size: tuple[int, int]) -> np.ndarray[Any, Any]:
    """A picture of ``size`` (width, height), each pixel the mean of what it covers; 16 bits stay 16 bits."""
    mean = Image.fromarray(pixels.astype(np.float32)).resize(size, Image.Resampling.BOX)
    made: np.ndarray[Any, Any] = np.rint(np.asarray(mean)).astype(pixels.dtype)
    return made
