"""Frames into stacks, stacks into series, series into studies: by where they lie and whose they are, not by file names.

Slices are turned to the radiological convention, which is said; radiographs stay as they are stored.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from ssg.casebook.imports.fitting import corners_of_frame
from ssg.casebook.ingest.levels import Scale, common_scale, is_exact, rescaled_to
from ssg.casebook.ingest.spool import Laid
from ssg.casebook.ingest.studies import Study, StudySeries
from ssg.casebook.ingest.text import Glance, KnownTexts
from ssg.casebook.types import CaseImage, Series
from ssg.imaging import (
    Quad,
    Slice,
    Stack,
    Turn,
    plane_of,
    png_bytes,
    radiological,
    stacks,
    turned_quad,
    windowed,
)
from ssg.imaging.dicom_place import NUMBERED

TOMOGRAPHIC = ("CT", "MR", "PT", "NM")
"""Modalities whose pictures are slices of a body."""

MOST_FRAMES = 4_000
MOST_SERIES = 40
"""Of one case; see the schema."""

Numbers = Callable[[Laid], NDArray[Any]]
Write = Callable[[str, bytes], None]
Repeated = Callable[[Laid], None]


def studies_of(
    laid: Sequence[Laid], numbers: Numbers, write: Write, repeated: Repeated, texts: KnownTexts | None
) -> list[Study]:
    """Put frames together. ``numbers`` gives those of a frame, ``write`` takes a picture under its name.

    ``repeated`` is told of each frame that is left out, since the same picture is at its place already. ``texts`` knows
    what was found before of the texts that are burned in, and is told of the rest; None where none are looked for.

    Raises Unavailable where text is to be looked for and nothing can do so.
    """
    found: list[Study] = []
    by_patient: dict[str, int] = {}
    for frames in _by_study(laid):
        patient = by_patient.setdefault(_patient(frames[0]), len(by_patient) + 1)
        series: list[StudySeries] = []
        by_file = {one.file: one for one in frames}
        for stack in _stacks(frames):
            name = f"series-{len(series) + 1}"
            members = [by_file[str(one.key)] for one in stack.slices]
            series.append(_series(name, stack, members, numbers, write, texts))
            for one in stack.repeats:
                repeated(by_file[str(one.key)])
        days = [one.belonging.day for one in frames if one.belonging.day is not None]
        day = min(days, default=None)
        parts = range(0, len(series), MOST_SERIES)
        found += [Study(patient, tuple(series[start : start + MOST_SERIES]), day) for start in parts]
    return _counted_back(found)


def _by_study(laid: Sequence[Laid]) -> Iterable[list[Laid]]:
    """Frames of one study each; what names no study is one by itself, but for slices that lie in one folder."""
    groups: dict[tuple[str, str], list[Laid]] = defaultdict(list)
    for one in laid:
        known = one.belonging.study or ("" if _is_numbered(one) else one.belonging.series)
        study = known or (one.folder if _is_of_its_folder(one) else one.file)
        groups[one.belonging.patient, study].append(one)
    return groups.values()


def _is_numbered(laid: Laid) -> bool:
    return laid.belonging.series.startswith(NUMBERED)


def _is_of_its_folder(laid: Laid) -> bool:
    """Whether a frame of no named study is a slice that may go with others of its folder."""
    placed = laid.modality == "" and laid.belonging.place is not None
    return laid.modality in TOMOGRAPHIC or (placed and _is_numbered(laid))


def _patient(laid: Laid) -> str:
    return laid.belonging.patient or laid.belonging.study or laid.file


def _stacks(frames: Sequence[Laid]) -> list[Stack]:
    """The stacks of a study, in the order in which their first frames came."""
    order = {one.file: number for number, one in enumerate(frames)}
    slices = [
        Slice(
            key=one.file,
            series=_series_key(one),
            shape=(one.height, one.width),
            place=one.belonging.place if _is_slice(one) else None,
            number=one.belonging.number,
            moments=one.belonging.moments,
            content=one.digest,
            pixel_mm=min(one.spacing_mm) if one.spacing_mm else None,
        )
        for one in frames
    ]
    found = [part for stack in stacks(slices) for part in _parts(stack)]
    return sorted(found, key=lambda stack: min(order[str(one.key)] for one in stack.slices))


def _parts(stack: Stack) -> Iterable[Stack]:
    """A stack of more frames than a series takes, in several."""
    for start in range(0, len(stack.slices), MOST_FRAMES):
        repeats = stack.repeats if start == 0 else []
        yield Stack(stack.slices[start : start + MOST_FRAMES], stack.slice_mm, list(stack.notes), repeats)


def _is_slice(laid: Laid) -> bool:
    return laid.modality in (*TOMOGRAPHIC, "")


def _series_key(laid: Laid) -> tuple[str, ...]:
    """What frames of one series have in common: two radiographs of a series are two pictures and no stack."""
    known = laid.belonging
    if known.frames > 1 and (known.place is None or not _is_slice(laid)):
        return known.series, known.instance, str(laid.number)
    if not _is_slice(laid) or (known.place is None and laid.modality not in TOMOGRAPHIC):
        return known.series, laid.file
    # Slices that do not say where they lie are of one stack only where they lie the same way round.
    lying = "" if known.place is not None else str(laid.orientation)
    return known.series, laid.folder if _is_numbered(laid) or not known.series else "", lying


def _series(
    name: str, stack: Stack, members: Sequence[Laid], numbers: Numbers, write: Write, texts: KnownTexts | None
) -> StudySeries:
    middle = members[len(members) // 2]
    notes = list(stack.notes)
    turn = _turn(middle, notes)
    edges = None if middle.orientation is None else turn.edges(middle.orientation)
    spacing = None if middle.spacing_mm is None else turn.spacing(middle.spacing_mm)
    if any(one.spacing_mm != middle.spacing_mm for one in members):
        notes.append("Pixels are not of one size on all frames: their size is left out.")
        spacing = None
    rounded = spacing and (round(spacing[0], 5), round(spacing[1], 5))
    draw, values = _drawing(members, numbers, notes)
    images, deep = [], values is not None
    files = [one.file for one in members]
    found = () if texts is None else texts.known(files)
    glance = Glance(len(members)) if found is None else None
    for number, one in enumerate(members):
        picture = turn.pixels(draw(one))
        data = png_bytes(picture)
        image = CaseImage.of_png(data, rounded)
        write(image.file, data)
        images.append(image)
        if glance is not None:
            shown = windowed(picture, *values, middle.window, middle.inverted) if values else picture
            glance.see(number, shown)
    if glance is not None and texts is not None:
        found = texts.keep(files, glance.texts())
    made = Series(
        id=name,
        frames=tuple(images),
        title=_title(middle, edges, len(members), stack.slice_mm),
        modality=middle.modality,
        slice_mm=stack.slice_mm if stack.slice_mm and len(members) > 1 else None,
        orientation=edges,
        window=middle.window if deep else None,
        values=values or (0.0, 1.0),
        inverted=middle.inverted if deep else False,
    )
    return StudySeries(
        made,
        middle.modality,
        middle.terms.get("BodyPartExamined", ""),
        middle.terms.get("ViewPosition", ""),
        (*notes, *_common_notes(members)),
        found or (),
        sources=tuple(dict.fromkeys(one.source for one in members)),
        frames_of=tuple((one.belonging.instance, one.belonging.number % one.belonging.frames) for one in members),
        turn=turn,
        stored_size=(middle.width, middle.height),
        quads=_quads(members, turn),
    )


def _quads(members: Sequence[Laid], turn: Turn) -> tuple[Quad, ...]:
    """The corners of turned frames; none where one of them tells no place."""
    found = [corners_of_frame(one, one.belonging) for one in members]
    quads = tuple(turned_quad(quad, turn) for quad in found if quad)
    return quads if len(quads) == len(members) else ()


def _turn(laid: Laid, notes: list[str]) -> Turn:
    if laid.orientation is None or not _is_slice(laid):
        if laid.modality in TOMOGRAPHIC:
            notes.append("The file does not say how the patient lies: sides are not known.")
        return Turn()
    turn = radiological(laid.orientation)
    if not turn.is_none:
        plane = plane_of(laid.orientation)
        notes.append(f"Turned to the radiological convention for {plane} slices; letters at the edges say how it lies.")
    return turn


def _drawing(
    members: Sequence[Laid], numbers: Numbers, notes: list[str]
) -> tuple[Callable[[Laid], NDArray[Any]], tuple[float, float] | None]:
    """How the numbers of a frame become those of its picture; and the offset and slope of 16-bit ones."""
    shallow = [one for one in members if not one.deep]
    if shallow or len({one.inverted for one in members}) > 1:
        if len(shallow) < len(members):
            notes.append("Some frames have 8 bits only, or are shown the other way round: all are stored as shown.")

        def as_shown(one: Laid) -> NDArray[Any]:
            stored = numbers(one)
            return windowed(stored, one.offset, one.slope, one.window, one.inverted) if one.deep else stored

        return as_shown, None
    scales = {one.file: Scale(one.offset, one.slope, one.highest) for one in members}
    common = common_scale(list(scales.values()))
    if not all(is_exact(scale, common) for scale in scales.values()):
        notes.append("The scanner scaled the slices differently: they are brought to one scale of 16 bits.")

    def on_one_scale(one: Laid) -> NDArray[Any]:
        return rescaled_to(common, scales[one.file], numbers(one))

    return on_one_scale, (common.offset, common.slope)


def _title(laid: Laid, edges: tuple[str, str, str, str] | None, count: int, slice_mm: float | None) -> str:
    """What kind of series it is, in words that come from terms and geometry alone: "T2, axial, 24 slices of 5 mm"."""
    words = laid.terms.get("SeriesDescription", "")
    parts = [words, plane_of(edges) if edges and _is_slice(laid) and laid.modality else ""]
    if count > 1:
        parts.append(f"{count} slices of {slice_mm:g} mm" if slice_mm else f"{count} frames")
    elif laid.terms.get("ViewPosition"):
        parts.append(laid.terms["ViewPosition"])
    return ", ".join(part for part in parts if part)


def _common_notes(members: Sequence[Laid]) -> list[str]:
    """What is said of the frames, each once, with how many it is said of where that is not all."""
    counts = Counter(note for one in members for note in one.notes)
    total = len(members)
    return [note if count == total else f"{note} ({count} of {total} frames)" for note, count in counts.items()]


def _counted_back(studies: list[Study]) -> list[Study]:
    """Days counted from the last examination of each patient, the earlier ones below 0; a study of one day is day 0."""
    last: dict[int, int] = {}
    for study in studies:
        if study.days is not None:
            last[study.patient] = max(study.days, last.get(study.patient, study.days))
    return [study if study.days is None else replace(study, days=study.days - last[study.patient]) for study in studies]
