"""A case as the viewer shows it: its one picture, or its series with all their slices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssg.casebook import Case, Series
from ssg.casebook.types import starts_of
from ssg.web.viewer import FRONTAL, Greys, Picture, PictureSeries, Scene, scene

EDGES = ("left", "right", "top", "bottom")


def case_scene(scene_id: str, case: Case, url: str, **more: Any) -> Scene:
    """The scene of a case; ``more`` is what :func:`scene` takes.

    ``url`` is where its pictures are served, with ``{number}`` for which of them.
    """
    if len(case.pictures) == 1:
        series = case.series[0]
        return scene(
            scene_id,
            _picture(case, series, url, 0, 0),
            spacing_mm=series.spacing_mm,
            orientation=letters_of(case, series),
            greys=greys_of(case, series),
            **more,
        )
    found, starts = [], starts_of(case.series)
    for series in case.series:
        first = starts[series.id]
        pictures = tuple(_picture(case, series, url, first + frame, frame) for frame in range(len(series.frames)))
        letters, greys = letters_of(case, series), greys_of(case, series)
        found.append(
            PictureSeries(
                series_title(case, series), pictures, series.spacing_mm, letters, greys, series.slice_mm, series.days
            )
        )
    # Where to begin says where to look, so that an unanswered case begins in the middle of its first stack.
    start = more.pop("start", len(case.series[0].frames) // 2)
    return scene(scene_id, found[0].pictures[0], series=found, start=start, **more)


def _picture(case: Case, series: Series, url: str, number: int, frame: int) -> Picture:
    image = series.frames[frame]
    return Picture(
        url.format(number=number), image.width, image.height, f"{series.modality or case.modality} {case.view}".strip()
    )


def greys_of(case: Case, series: Series) -> Greys:
    """What the stored values of a series mean; of CT with a scale or a window of its own they are Hounsfield units."""
    scaled = series.values != (0.0, 1.0) or series.window is not None
    unit = "HU" if (series.modality or case.modality) == "CT" and scaled else ""
    return Greys(series.values, series.window, series.inverted, unit)


def letters_of(case: Case, series: Series) -> Mapping[str, str] | None:
    """Letters for the edges: those of the series, or of a frontal radiograph as it is hung."""
    if series.orientation:
        return dict(zip(EDGES, series.orientation, strict=True))
    return FRONTAL if case.is_frontal else None


def series_title(case: Case, series: Series) -> str:
    """What a series is called on its button; days, where there are several dates."""
    number = case.series.index(series) + 1
    title = series.title or f"Series {number}"
    if not any(one.days for one in case.series):
        return title
    return f"{title} (day {series.days})" if series.days else title
