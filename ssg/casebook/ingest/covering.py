"""Text that is burned into pictures, covered: on all frames of its series, since it stands on more than one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ssg.boxes import Box
from ssg.casebook.files import read_bytes
from ssg.casebook.ingest.studies import Study, StudySeries
from ssg.casebook.ingest.text import covered
from ssg.casebook.types import CaseImage, Series
from ssg.imaging import png_bytes
from ssg.whole import write_whole

MARGIN = 2.0
"""Pixels around the box of a text that are covered too."""


def covered_studies(studies: Sequence[Study], folder: Path) -> tuple[Study, ...]:
    """The same studies with all text covered that was found; pictures without cover are removed from ``folder``."""
    made = []
    for study in studies:
        series = [_covered(one, folder) if one.texts else one for one in study.series]
        made.append(replace(study, series=tuple(series)))
    kept = {frame.file for study in made for one in study.series for frame in one.series.frames}
    for study in studies:
        for one in study.series:
            for frame in one.series.frames:
                if frame.file not in kept:
                    (folder / frame.file).unlink(missing_ok=True)
    return tuple(made)


def _covered(one: StudySeries, folder: Path) -> StudySeries:
    return replace(one, series=covered_series(one.series, [text.box for text in one.texts], folder), texts=())


def covered_series(series: Series, boxes: Iterable[Box], folder: Path) -> Series:
    """A series with boxes covered on all of its frames, written into ``folder`` beside what was there."""
    wide = [Box(box.x0 - MARGIN, box.y0 - MARGIN, box.x1 + MARGIN, box.y1 + MARGIN) for box in boxes]
    frames = []
    for frame in series.frames:
        with Image.open(folder / frame.file) as picture:
            numbers = np.asarray(picture)
        deep = numbers.dtype != np.uint8
        made = covered(numbers, wide, series.inverted)
        data = png_bytes(made.astype(np.uint16) if deep else made.astype(np.uint8))
        image = CaseImage.of_png(data, frame.spacing_mm)
        if not (folder / image.file).is_file() or read_bytes(folder / image.file) != data:
            write_whole(folder / image.file, data)
        frames.append(image)
    return replace(series, frames=tuple(frames))
