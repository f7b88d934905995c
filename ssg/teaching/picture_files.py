"""The files of a set's pictures: they are called by their content, so the same picture lies there once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ssg.casebook import Case, CaseImage
from ssg.casebook.files import IMAGES

NAMED = 20
"""Letters of its content that a picture is called by."""


def by_content(case: Case) -> Case:
    """The case with its pictures under the names of their content."""
    return replace(
        case,
        series=tuple(
            replace(one, frames=tuple(replace(frame, file=file_of(frame)) for frame in one.frames))
            for one in case.series
        ),
    )


def file_of(picture: CaseImage) -> str:
    """Where a picture lies in the folder of its set."""
    return f"{IMAGES}/{picture.sha256[:NAMED]}.png"


def files_of(body: Mapping[str, Any]) -> list[str]:
    """The files of the pictures in a case's row; of one that cannot be read, those that can be told."""
    series = [one for one in _rows(body.get("series")) if isinstance(one, Mapping)]
    pictures = [body.get("image"), *(frame for one in series for frame in _rows(one.get("frames")))]
    named = [one.get("file") for one in pictures if isinstance(one, Mapping)]
    return [name for name in named if isinstance(name, str)]


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
