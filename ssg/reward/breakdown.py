"""The result: not a number but a :class:`Breakdown` that a student learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ssg.boxes import Box
from ssg.reward.answers import Region, said
from ssg.vocabulary import Presence, Side


@dataclass(frozen=True, slots=True)
class Component:
    """One component: its score in [0, 1], the weight that it had in the total, and why, in words."""

    score: float
    weight: float
    why: str


Certainties = tuple[float | None, float | None]
"""How surely the answer's region and the reader's show what they are called; None where an encoder cannot tell that."""


@dataclass(frozen=True, slots=True)
class Match:
    """An answer region and the reader's region that it was matched with. ``answer`` and ``reference`` are indices.

    ``shown`` is how surely each shows what it is called; None where no image-text encoder saw the image.
    """

    finding: str
    reader: str
    answer: int
    reference: int
    region: Region
    reference_region: Region
    iou: float
    quality: float
    label_match: float
    shown: Certainties | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Missed:
    """A reader's region that no answer region was matched with."""

    finding: str
    side: Side | None
    box: Box
    reader: str
    words: str = ""
    picture: int = 0


@dataclass(frozen=True, slots=True)
class Extra:
    """An answer region that cost something: a second one, one without a counterpart, or a false alarm."""

    answer: int
    region: Region
    words: str


@dataclass(frozen=True, slots=True)
class StatedScore:
    """A finding stated without a box. ``score`` in [0, 1] is for name and side; None where it is not judged."""

    finding: str
    presence: Presence
    side: Side | None
    confidence: float | None
    score: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Everything that one judgement says.

    ``total`` is None where the answer cannot be scored, and ``note`` then says why: that is not a zero. A component
    that does not apply is None; ``absent_components`` says why, and its weight went to the others. ``percentile`` is
    the share of pairs of radiologists, in per cent, that lie further apart than the answer from the reader, as a mean
    over the findings that are there; None where nothing is there. ``encoder`` is the image-text encoder that saw the
    image, None where names were judged by themselves; ``encoder_note`` says why, or what it was not asked about.
    ``stated`` are findings that were stated without a box: they count in the total and in no component.
    """

    total: float | None
    components: dict[str, Component | None]
    matches: tuple[Match, ...] = ()
    missed: tuple[Missed, ...] = ()
    extra: tuple[Extra, ...] = ()
    percentile: float | None = None
    percentile_note: str = ""
    reader: str | None = None
    absent_components: dict[str, str] | None = None
    note: str = ""
    encoder: str | None = None
    encoder_note: str = ""
    stated: tuple[StatedScore, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The form that ``python -m ssg score --json`` prints; scores keep their full precision."""
        return {
            "total": self.total,
            "components": {
                name: None if part is None else {"score": part.score, "weight": part.weight, "why": part.why}
                for name, part in self.components.items()
            },
            "matches": [_match(match) for match in self.matches],
            "missed": [{**_region(_missed_region(row)), "reader": row.reader, "why": row.words} for row in self.missed],
            "extra": [{"answer": row.answer, **_region(row.region), "why": row.words} for row in self.extra],
            "percentile": self.percentile,
            "percentile_note": self.percentile_note,
            "reader": self.reader,
            "absent_components": self.absent_components or {},
            "note": self.note,
            "encoder": self.encoder,
            "encoder_note": self.encoder_note,
            **({"stated": [_stated(row) for row in self.stated]} if self.stated else {}),
        }


def _region(region: Region) -> dict[str, Any]:
    return {
        "finding": region.finding,
        "side": region.side.value if region.side else None,
        "called": said(region.finding, region.side),
        "box": list(region.box),
        **({"picture": region.picture} if region.picture else {}),
    }


def _stated(row: StatedScore) -> dict[str, Any]:
    return {
        "finding": row.finding,
        "presence": row.presence.value,
        "side": row.side.value if row.side else None,
        "called": said(row.finding, row.side),
        "score": row.score,
        "why": row.words,
    }


def _missed_region(row: Missed) -> Region:
    return Region(row.finding, row.box, row.side, picture=row.picture)


def _match(match: Match) -> dict[str, Any]:
    return {
        **_region(match.region),
        "answer": match.answer,
        "reader": match.reader,
        "reference": match.reference,
        "reference_box": list(match.reference_region.box),
        "reference_finding": match.reference_region.finding,
        "iou": match.iou,
        "quality": match.quality,
        "label_match": match.label_match,
        "shown": match.shown[0] if match.shown else None,
        "reference_shown": match.shown[1] if match.shown else None,
        "why": match.words,
    }
