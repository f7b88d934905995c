"""What DICOM segmentations and reports mark, brought to the frames of the series that their pictures became."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ssg.boxes import Box
from ssg.casebook.imports.marks import LeftOut
from ssg.casebook.ingest.studies import SeriesMark, Study, StudySeries
from ssg.errors import BadInput, UnknownFinding
from ssg.imaging import PictureMark
from ssg.vocabulary import dataset_label

Told = tuple[str, Sequence[PictureMark]]
"""The name of a file, and what it marks."""

Where = tuple[int, int, int]
"""Study, series and frame."""


def marked(studies: Sequence[Study], told: Iterable[Told], left_out: LeftOut) -> list[Study]:
    """The studies with the marks that lie on their pictures; all others are counted in ``left_out`` with the reason.

    Each file is a reader of its own. Free text names nothing here unless the vocabulary knows it: it may hold a name.
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
            if where is None:
                left_out.add("its picture is not among those that were given", name)
                continue
            series = studies[where[0]].series[where[1]]
            if mark.size not in (None, series.stored_size):
                left_out.add("it was drawn on pixels of another size than its picture has", name)
                continue
            label = _label(mark)
            box = _box(mark, series)
            if not label or box is None:
                left_out.add("it has no code that says what it is" if not label else "its box has no area there", name)
                continue
            made = SeriesMark(where[2], label, box, f"annotation {number}", mark.lesion)
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


def _label(mark: PictureMark) -> str:
    """The label where the vocabulary knows it, else what the code means."""
    return mark.label if _is_known(mark.label) else mark.meaning


def without_free_text(mark: PictureMark) -> PictureMark:
    """The mark without a label that the vocabulary does not know."""
    return mark if _is_known(mark.label) else replace(mark, label="")


def _is_known(words: str) -> bool:
    try:
        return bool(words) and dataset_label(words, "") is not None
    except UnknownFinding:
        return False


def _box(mark: PictureMark, series: StudySeries) -> Box | None:
    """The box on the frame as it was turned, cut at its edges."""
    width, height = series.stored_size
    left, top, right, bottom = mark.box
    cut = (max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height)))
    try:
        return series.turn.box(Box.of([round(value, 2) for value in cut]), width, height)
    except BadInput:
        return None
