"""What comes out of an ingest: studies of patients without names, each of series that a case can be made of."""

from __future__ import annotations

from dataclasses import dataclass

from ssg.boxes import Box
from ssg.casebook.types import Series
from ssg.imaging import Quad, Turn

AS_STORED = Turn()


@dataclass(frozen=True, slots=True)
class Text:
    """Text that is burned into a picture: where it stands, on which frame, and what it seems to say.

    The words are shown to whoever reviews the pictures and stored nowhere, but with the frames of an ingest that is not
    done: they may be a name.
    """

    frame: int
    box: Box
    words: str


@dataclass(frozen=True, slots=True)
class SeriesMark:
    """Something that a segmentation or a report marks on a frame: what its code means, and where it lies."""

    frame: int
    label: str
    box: Box
    reader: str
    lesion: str = ""


@dataclass(frozen=True, slots=True)
class StudySeries:
    """One series, written down, with what is known of it and what is odd about it."""

    series: Series
    modality: str = ""
    body_part: str = ""
    view: str = ""
    notes: tuple[str, ...] = ()
    texts: tuple[Text, ...] = ()
    sources: tuple[str, ...] = ()
    """Names of the files that it is made of, for whoever brought them; stored nowhere."""

    frames_of: tuple[tuple[str, int], ...] = ()
    """The digest of the file of each frame, and which of the file's frames it is."""

    turn: Turn = AS_STORED
    stored_size: tuple[int, int] = (0, 0)
    """(width, height) before it was turned."""

    quads: tuple[Quad, ...] = ()
    """The corners of the frames in the patient, turned as they are; empty where one of them does not tell."""

    marks: tuple[SeriesMark, ...] = ()


@dataclass(frozen=True, slots=True)
class Study:
    """What was done with one patient on one day. ``patient`` numbers the patients of the ingest, from 1.

    ``days`` are counted from the patient's last examination in the ingest, so 0 or less; None where no day is known.
    """

    patient: int
    series: tuple[StudySeries, ...]
    days: int | None = None
