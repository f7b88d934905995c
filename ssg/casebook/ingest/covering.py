"""Text that is burned into pictures, covered: on all frames of its series, since it stands on more than one of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ssg.boxes import Box
from ssg.casebook.files import read_bytes
from ssg.casebook.ingest.levels import Scale, common_scale, rescaled_to
from ssg.casebook.ingest.own import OwnPictures
from ssg.casebook.ingest.studies import Study, StudySeries
from ssg.casebook.types import CaseImage, Series
from ssg.imaging import png_bytes
from ssg.whole import write_whole

MARGIN = 2.0
"""Pixels around the box of a text that are covered too."""


def covered_studies(studies: Sequence[Study], own: OwnPictures) -> tuple[Study, ...]:
    """The same studies with all text covered that was found; pictures that none of them has any more are removed.

    For a block of :func:`ssg.casebook.ingest.ingesting`, whose notes say which pictures are its own.
    """
    made = []
    for study in studies:
        series = [_covered(one, own) if one.texts else one for one in study.series]
        made.append(replace(study, series=tuple(series)))
    own.remove_all_but(frame.file for study in made for one in study.series for frame in one.series.frames)
    return tuple(made)


def _covered(one: StudySeries, own: OwnPictures) -> StudySeries:
    boxes = [text.box for text in one.texts]
    return replace(one, series=covered_series(one.series, boxes, own.folder, own.write), texts=())


def covered_series(
    series: Series, boxes: Iterable[Box], folder: Path, write: Callable[[str, bytes], None] | None = None
) -> Series:
    """A series with boxes covered on all of its frames, written into ``folder`` beside what was there.

    ``write`` takes the name of a picture in ``folder`` and its bytes where writing them is not all that is to be done.

    What is covered is black as it is shown. Where all numbers of the series are brighter than that by its window,
    they are stored on a scale that goes down to it.
    """
    wide = [Box(box.x0 - MARGIN, box.y0 - MARGIN, box.x1 + MARGIN, box.y1 + MARGIN) for box in boxes]
    scales = _scales(series, folder)
    frames = []
    for frame in series.frames:
        numbers = _numbers(folder / frame.file)
        if numbers.dtype == np.uint8:
            fill = 255 if series.inverted else 0
        elif scales is None:  # shown by the range of what is on it
            fill = int(numbers.max() if series.inverted != (series.values[1] < 0) else numbers.min())
        else:
            numbers = rescaled_to(scales[1], scales[0], numbers)
            fill = scales[1].highest if series.inverted else 0
        data = png_bytes(covered(numbers, wide, fill))
        image = CaseImage.of_png(data, frame.spacing_mm)
        if write is not None:
            write(image.file, data)
        elif not (folder / image.file).is_file() or read_bytes(folder / image.file) != data:
            write_whole(folder / image.file, data)
        frames.append(image)
    return replace(
        series, frames=tuple(frames), values=(scales[1].offset, scales[1].slope) if scales else series.values
    )


def _scales(series: Series, folder: Path) -> tuple[Scale, Scale] | None:
    """The scale of the numbers of a series, and the one that has black too, at its darker end.

    They are the same but where nothing on the series is black. None without a window, and for a scale that falls,
    which is none of ours.
    """
    (offset, slope), window = series.values, series.window
    if window is None or slope <= 0:
        return None
    width, level = window
    deep = (numbers for frame in series.frames if (numbers := _numbers(folder / frame.file)).dtype != np.uint8)
    highest = max((int(numbers.max()) for numbers in deep), default=0)
    edge = (level + (width if series.inverted else -width) / 2 - offset) / slope
    # Whole steps beyond the edge of the window, so that the scale stays exact where 16 bits hold it.
    black = max(math.ceil(edge), highest) if series.inverted else min(math.floor(edge), 0)
    before = Scale(offset, slope, highest)
    return before, common_scale([before, Scale(offset + slope * black, slope, 0)])


def _numbers(path: Path) -> NDArray[Any]:
    """What a PNG stores: grey of uint8, or of uint16 where it is deeper."""
    with Image.open(path) as picture:
        deep = picture.mode.startswith("I")
        return np.asarray(picture).astype(np.uint16) if deep else np.asarray(picture.convert("L"))


def covered(numbers: NDArray[Any], boxes: Iterable[Box], fill: int) -> NDArray[Any]:
    """A picture (height, width) whose boxes all hold the number ``fill``; the one that is given stays."""
    made = numbers.copy()
    for box in boxes:
        x0, y0, x1, y1 = (round(edge) for edge in box)
        made[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = fill
    return made
