"""Cases of studies: nobody has read them yet, so they ask nothing; somebody draws and writes the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ssg.casebook.imports.image_kinds import kind_of, known_modality, title_of
from ssg.casebook.imports.labels import Labels
from ssg.casebook.imports.marks import Mark, Origin, Picture, Reading
from ssg.casebook.imports.people import UNTOLD
from ssg.casebook.imports.readers import Gathering
from ssg.casebook.imports.report import Report
from ssg.casebook.ingest.assembling import MOST_SERIES
from ssg.casebook.ingest.studies import Study, StudySeries
from ssg.casebook.kinds import UNKNOWN_MODALITY
from ssg.casebook.types import SINGLE, Case, Reader, Series, stated_by
from ssg.errors import BadInput

BY = ("study", "series", "patient")
"""What a case is made of: one examination, one series of it, or all that there is of a patient, to follow it up."""


def cases_of(
    studies: Sequence[Study], by: str = "study", source: str = "", meanings: Mapping[str, str] | None = None
) -> tuple[list[Case], Report]:
    """A case for each study, series or patient, and what became of the marks of segmentations and reports.

    ``source`` is not shown to learners; ``meanings`` says what labels mean that the vocabulary does not know. Raises
    BadInput for another way than :data:`BY`.
    """
    if by not in BY:
        raise BadInput(f"Cases are made by {', '.join(BY)}, not by '{by[:40]}'.")
    report = Report(Reading(Origin("segmentations and reports", kind="", modality="OT")), Labels("", meanings))
    grouped = enumerate(_grouped(studies, by), start=1)
    return [_case(f"case-{number}", rows, source, report, meanings) for number, rows in grouped], report


def files_of_cases(studies: Sequence[Study], by: str = "study") -> list[tuple[tuple[str, ...], ...]]:
    """The names of the files that each series of each case of :func:`cases_of` is made of, for whoever brought them.

    They are kept nowhere.
    """
    return [tuple(tuple(dict.fromkeys(one.sources)) for _, one in rows) for rows in _grouped(studies, by)]


Row = tuple[int, StudySeries]
"""Days from the examination that is asked about, and a series."""


def _grouped(studies: Sequence[Study], by: str) -> Iterable[list[Row]]:
    if by == "series":
        return [[(0, one)] for study in studies for one in study.series]
    if by == "study":
        return [[(0, one) for one in study.series] for study in studies]
    patients: dict[int, list[Row]] = defaultdict(list)
    for study in sorted(studies, key=lambda study: -(study.days or 0)):  # the one that is asked about comes first
        patients[study.patient] += [(study.days or 0, one) for one in study.series]
    return [rows[at : at + MOST_SERIES] for rows in patients.values() for at in range(0, len(rows), MOST_SERIES)]


def _case(name: str, rows: Sequence[Row], source: str, report: Report, meanings: Mapping[str, str] | None) -> Case:
    series = tuple(_renamed(number, days, one) for number, (days, one) in enumerate(rows, start=1))
    known = [one for _, one in rows]
    modality = next((one.modality for one in known if one.modality), "")
    body_part = next((one.body_part for one in known if one.body_part), "")
    readers = _readers(known, Labels(kind_of(modality, body_part), meanings), report)
    return Case(
        id=name,
        title=title_of(modality, body_part),
        history=UNTOLD,
        modality=known_modality(modality) or UNKNOWN_MODALITY,
        difficulty=3,
        series=series if len(series) > 1 or len(series[0].frames) > 1 else (_single(series[0]),),
        readers=readers,
        question=stated_by(readers),
        view=next((one.view for one in known if one.view), ""),
        body_part=body_part,
        source=source,
    )


def _readers(known: Sequence[StudySeries], labels: Labels, report: Report) -> tuple[Reader, ...]:
    """A reader for each segmentation and report that marks anything here, in any series: a set counts by case."""
    marks: list[Mark] = []
    sizes: list[tuple[int, int]] = []
    for one in known:
        marks += [
            Mark(
                mark.label,
                mark.box.corners,
                mark.reader,
                frame=len(sizes) + mark.frame,
                lesion=mark.lesion,
                where=mark.reader,
            )
            for mark in one.marks
        ]
        sizes += [(one.series.frames[0].width, one.series.frames[0].height)] * len(one.series.frames)
    found = Gathering(report.reading.origin, labels, report).readers(Picture("", marks=marks), sizes)
    report.labels.counts = {
        name: report.labels.counts.get(name, 0) + labels.counts.get(name, 0)
        for name in {**report.labels.counts, **labels.counts}
    }
    report.labels.meanings |= labels.meanings
    return found


def _renamed(number: int, days: int, one: StudySeries) -> Series:
    return replace(one.series, id=f"series-{number}", days=days, modality=known_modality(one.modality))


def _single(series: Series) -> Series:
    """The one picture of a case, which says of itself only how it is shown."""
    return replace(series, id=SINGLE, title="", modality="", days=0, slice_mm=None)
