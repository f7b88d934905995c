"""What a report says: :class:`ReportStatement`, :class:`Sentence`, :class:`ParsedReport`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ssg.vocabulary import Presence, Side

Comparison = Literal["new", "worse", "same", "better", "resolved"]
"""How a finding is said to compare with an earlier examination."""


@dataclass(frozen=True, slots=True)
class ReportStatement:
    """One thing that a sentence says: this finding, on this side, is there, is not, or may be.

    ``sentence`` is which of the report's sentences; ``span`` are the characters [first, last) of the report that say
    it. ``others`` are what the same words may also mean; ``comparison`` is None where nothing earlier is spoken of.
    """

    sentence: int
    finding: str
    side: Side | None
    presence: Presence
    span: tuple[int, int]
    comparison: Comparison | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a report; ``span`` are its characters [first, last), ``section`` the heading above it, or ""."""

    text: str
    span: tuple[int, int]
    section: str = ""


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """A report in sentences and statements, in the order of the text; ``notes`` are what its writer should know."""

    text: str = ""
    sentences: tuple[Sentence, ...] = ()
    statements: tuple[ReportStatement, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, sentence: int) -> tuple[ReportStatement, ...]:
        """The statements of one sentence."""
        return tuple(one for one in self.statements if one.sentence == sentence)

    def words_of(self, statement: ReportStatement) -> str:
        """The words that a statement was read from."""
        return " ".join(self.text[slice(*statement.span)].split())

    def to_json(self) -> dict[str, Any]:
        """Plain values, as ``python -m ssg parse-report --json`` prints them."""
        rows = [
            {
                "sentence": self.sentences[one.sentence].text,
                "section": self.sentences[one.sentence].section,
                "finding": one.finding,
                "side": None if one.side is None else one.side.value,
                "presence": one.presence.value,
                "comparison": one.comparison,
                "span": list(one.span),
            }
            for one in self.statements
        ]
        return {"statements": rows, "notes": list(self.notes)}
