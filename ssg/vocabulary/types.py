"""The vocabulary's nouns: :class:`Finding`, :class:`Side`, :class:`Presence`, :class:`Statement`, :class:`Reading`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Side(StrEnum):
    """The patient's side, not the image's: the patient's left is on the right of a frontal radiograph."""

    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"
    MIDLINE = "midline"


class Presence(StrEnum):
    """What somebody says of a finding. Not annotated is unknown, never absent."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"
    UNKNOWN = "unknown"


class Urgency(IntEnum):
    """How soon a clinician must know of a finding."""

    INCIDENTAL = 0
    REPORT = 1
    TODAY = 2
    NOW = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry of the vocabulary: a finding, a structure or a device. The fields are explained in findings.toml."""

    name: str
    kind: str
    group: str
    laterality: str
    urgency: Urgency
    modalities: tuple[str, ...]
    definition: str
    search_hint: str
    parents: tuple[str, ...] = ()
    part: bool = False
    synonyms: tuple[str, ...] = ()
    lay: tuple[str, ...] = ()
    normal: tuple[str, ...] = ()
    mimics: tuple[str, ...] = ()
    extent: str = "focal"

    @property
    def is_diffuse(self) -> bool:
        """Whether it has no one place, so that one may state it without a box."""
        return self.extent == "diffuse"

    @property
    def written_forms(self) -> tuple[str, ...]:
        """Everything that it is called, its name first."""
        return (self.name, *self.synonyms, *self.lay)

    @property
    def has_sides(self) -> bool:
        """Whether "left" or "right" may be said of it."""
        return self.laterality in ("paired", "any")


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a text says: this finding, on this side, is or is not there.

    ``span`` are the characters [first, last) of the text that say it; ``others`` what the same words may also mean.
    """

    finding: str
    side: Side | None = None
    presence: Presence = Presence.PRESENT
    span: tuple[int, int] = (0, 0)
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unclear:
    """Words that may name a finding and were not understood, with what they may mean, likeliest first."""

    text: str
    candidates: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """What one sentence says, and its words that were not understood; ``span`` are its characters [first, last)
    without the stop that ends it. ``asks`` where it is a question, ``queried`` where a question mark ends it, and
    no sentence after it answers."""

    span: tuple[int, int]
    statements: tuple[Statement, ...] = ()
    unclear: tuple[Unclear, ...] = ()
    asks: bool = False
    queried: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a text: statements in order, and the words that were not."""

    statements: tuple[Statement, ...] = ()
    unclear: tuple[Unclear, ...] = ()
