"""What DICOM segmentations and reports mark, brought to the frames of the series that their pictures became."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ssg.boxes import Box
from ssg.casebook.imports.image_kinds import ANY_KIND
from ssg.casebook.imports.labels import Labels
from ssg.casebook.imports.marks import LeftOut
from ssg.casebook.ingest.studies import SeriesMark, Study, StudySeries
from ssg.errors import BadInput, UnknownFinding
from ssg.imaging import PictureMark
from ssg.vocabulary import dataset_label

NO_AREA = "it is a point or a line, or its box lies outside of the picture"
Told = tuple[str, Sequence[PictureMark]]
"""The name of a file, and what it marks."""

Where = tuple[int, int, int]
"""Study, series and frame."""


def marked(studies: Sequence[Study], told: Iterable[Told], left_out: LeftOut) -> list[Study]:
    """The studies with the marks that lie on their pictures; all others are counted in ``left_out`` with the reason.

    Each file is a reader of its own. Its marks are :func:`without_free_text`.
    """
    frames: dict[tuple[str, int], Where] = {
        key: (number, place, frame)
        for number, study in enumerate(studies)
        for place, series in enumerate(study.series)
        for frame, key in enumerate(series.frames_of)
    }
    found: dict[tuple[int, int], list[SeriesMark]] = {}
    for number, (name, marks) in enumerate(told, start=1):
        for mark in marks:
            where = frames.get((mark.instance, mark.frame))
            if not mark.instance:
                left_out.add("it does not say which picture it lies on", name)
                continue
            if where is None:
                left_out.add("its picture is not among those that were given", name)
                continue
            series = studies[where[0]].series[where[1]]
            if mark.size not in (None, series.stored_size):
                left_out.add("it was drawn on pixels of another size than its picture has", name)
                continue
            box = _box(mark, series)
            if not mark.label or box is None:
                left_out.add("it has no code that says what it is" if not mark.label else NO_AREA, name)
                continue
            made = SeriesMark(where[2], mark.label, box, f"annotation {number}", mark.lesion)
            found.setdefault(where[:2], []).append(made)
    return [
        replace(
            study,
            series=tuple(
                replace(series, marks=tuple(found.get((number, place), ())))
                for place, series in enumerate(study.series)
            ),
        )
        for number, study in enumerate(studies)
    ]


def without_free_text(mark: PictureMark, meanings: Mapping[str, str]) -> PictureMark:
    """The mark whose label is one that the vocabulary or ``meanings`` know, else a code; without any other words.

    What a code means stands in its file as free text too: it may be a name.
    """
    code, _, words = mark.meaning.partition(" ")
    label = _known(mark.label, meanings) or _known(words, meanings) or code.strip("-")
    return replace(mark, label=label, meaning="")


def _known(words: str, meanings: Mapping[str, str]) -> str:
    """Words that ``meanings`` have, or that the vocabulary knows; "" for all others."""
    words = words.strip()
    return words if words.lower() in {name.strip().lower() for name in meanings} else _of_the_vocabulary(words)


@functools.lru_cache(maxsize=20_000)
def _of_the_vocabulary(words: str) -> str:
    """Words that the vocabulary knows on some kind of image, numbers that it does not know left away; "" for others.

    Letters that are not of its alphabet it passes over, and they may be a name.
    """
    plain = " ".join(word for word in re.split(r"[\s_-]+", words) if not word.isdigit())
    for kind in ANY_KIND if words.isascii() else ():
        try:
            if dataset_label(words, kind) is not None:
                return words
        except UnknownFinding:
            if Labels(kind).meaning(plain).finding:
                return plain
    return ""


def _box(mark: PictureMark, series: StudySeries) -> Box | None:
    """The box on the frame as it was turned, cut at its edges."""
    width, height = series.stored_size
    left, top, right, bottom = mark.box
    cut = (max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height)))
    try:
        return series.turn.box(Box.of([round(value, 2) for value in cut]), width, height)
    except BadInput:
        return None
