"""The pictures of a case, from the manifest: one image, or several series; and where a region says that it lies."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ssg.casebook.problems import shown
from ssg.casebook.schema import FormRow
from ssg.casebook.types import SINGLE, CaseImage, Series, starts_of

Size = tuple[int, int]
"""(width, height) in pixels."""

EDGE = re.compile("[RLAPHF]{1,3}")
OPPOSITE = str.maketrans("RLAPHF", "LRPAFH")
"""Letters of opposite directions."""


@dataclass(frozen=True, slots=True)
class Places:
    """Which pictures a case has, so that a region can be asked where it lies; empty where they could not be read."""

    first: dict[str, int]
    """The picture that is the first of a series, by the series' id."""

    frames: dict[str, int]
    """How many frames a series has."""

    sizes: tuple[Size, ...]

    def picture(self, row: FormRow) -> int:
        """The picture that an object names by ``series`` and ``frame``; 0 where that is none."""
        name, frame = row.named("series"), row.count("frame")
        if not self.first:
            return 0
        series = name or next(iter(self.first))
        if series not in self.first:
            row.note("series", f"there is no series {shown(series)} in this case: it has {', '.join(self.first)}.")
            return 0
        if frame >= self.frames[series]:
            count = self.frames[series]
            row.note("frame", f"the series '{series}' has {count:,} frames, counted from 0: {frame:,} is none.")
            return 0
        return self.first[series] + frame

    def size(self, picture: int) -> Size | None:
        """(width, height) that boxes on a picture must lie in; None where it is not known."""
        return self.sizes[picture] if picture < len(self.sizes) else None


NOWHERE = Places({}, {}, ())


def read_series(case: FormRow, look: Callable[[CaseImage, str], None] | None) -> tuple[tuple[Series, ...], Places]:
    """The series of a case (one of the id "image" where it has a single picture), and the places in them."""
    noted = case.problems.count
    if case.has("image") and case.has("series"):
        case.note("image", "this case has both image and series: leave out one of them.")
    if case.has("series"):
        read = [_series(entry, field, case) for field, entry in case.entries("series")]
    else:
        if not case.has("image") and case.usable:
            case.note("image", "this is missing: give the image's file, width, height and sha256, or series.")
        read = [_single(case)] if case.has("image") else []
    _note_repeated(case, [series for series, _ in read])
    if not read or case.problems.count != noted:
        return tuple(series for series, _ in read), NOWHERE
    if look:
        for series, field in read:
            for number, frame in enumerate(series.frames):
                look(frame, field if series.id == SINGLE and field.endswith(".image") else f"{field}.frames[{number}]")
    return tuple(series for series, _ in read), _places([series for series, _ in read])


def _places(series: list[Series]) -> Places:
    sizes = tuple((frame.width, frame.height) for one in series for frame in one.frames)
    return Places(starts_of(series), {one.id: len(one.frames) for one in series}, sizes)


def _note_repeated(case: FormRow, series: list[Series]) -> None:
    ids = [one.id for one in series]
    for number, name in enumerate(ids):
        if name and name in ids[:number]:
            case.note(f"series[{number}].id", f"two series share the id {shown(name)}: give each its own.")


def _single(case: FormRow) -> tuple[Series, str]:
    field = case.path("image")
    row = FormRow(case.data["image"], field, case.problems, "image")
    spacing = _pair(row.amounts("spacing_mm"))
    return Series(SINGLE, (_picture(row, spacing),), **_shown(row)), field


def _series(data: Any, field: str, case: FormRow) -> tuple[Series, str]:
    row = FormRow(data, field, case.problems, "series")
    spacing = _pair(row.amounts("spacing_mm"))
    frames = [_frame(entry, where, case, spacing) for where, entry in row.entries("frames")]
    sizes = {(frame.width, frame.height) for frame in frames}
    if len(sizes) > 1 and len(frames) > 1:
        found = ", ".join(f"{width} × {height}" for width, height in sorted(sizes)[:3])
        row.note("frames", f"frames of one series are of one size, these are of {found}: put them into several series.")
    made = Series(
        id=row.named("id"),
        frames=tuple(frames),
        title=row.words_of("title"),
        modality=row.one_of("modality"),
        days=row.count("days"),
        slice_mm=row.amount("slice_mm"),
        **_shown(row),
    )
    return made, field


def _frame(data: Any, field: str, case: FormRow, spacing: tuple[float, float] | None) -> CaseImage:
    return _picture(FormRow(data, field, case.problems, "frame"), spacing)


def _picture(row: FormRow, spacing: tuple[float, float] | None) -> CaseImage:
    return CaseImage(row.named("file"), row.count("width"), row.count("height"), row.named("sha256"), spacing)


def _shown(row: FormRow) -> dict[str, Any]:
    """How pictures are shown: what an image and a series have in common."""
    window, values = _pair(row.amounts("window")), _pair(row.amounts("values"))
    if window and window[0] <= 0:
        row.note("window", f"{shown(list(window))} cannot be used here: give {row.rule('window')['x-form']}.")
    if values and values[1] <= 0:
        row.note("values", f"{shown(list(values))} cannot be used here: give {row.rule('values')['x-form']}.")
    return {
        "orientation": _orientation(row),
        "window": window,
        "values": values or (0.0, 1.0),
        "inverted": row.yes("inverted"),
    }


def _orientation(row: FormRow) -> tuple[str, str, str, str] | None:
    """The letters at the four edges: opposite edges have opposite letters, and no direction stands twice."""
    given = row.data.get("orientation")
    if given is None:
        return None
    edges = given if isinstance(given, list) and all(isinstance(one, str) for one in given) else []
    if len(edges) != 4 or not all(map(EDGE.fullmatch, edges)) or not _fits(*edges):
        row.note("orientation", f"{shown(given)} cannot be used here: give {row.rule('orientation')['x-form']}.")
        return None
    left, right, top, bottom = edges
    return left, right, top, bottom


def _fits(left: str, right: str, top: str, bottom: str) -> bool:
    opposite = left.translate(OPPOSITE) == right and top.translate(OPPOSITE) == bottom
    return opposite and top[0] not in (left[0], right[0])


def _pair(numbers: tuple[float, ...] | None) -> tuple[float, float] | None:
    return None if numbers is None else (numbers[0], numbers[1])
