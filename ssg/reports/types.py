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

    def to_json(self) -> dict[str, Any]:
        """Plain values, the sentence by its number."""
        return {
            "sentence": self.sentence,
            "finding": self.finding,
            "side": None if self.side is None else self.side.value,
            "presence": self.presence.value,
            "comparison": self.comparison,
            "span": list(self.span),
        }


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a report; ``span`` are its characters [first, last), ``section`` the heading above it, or ""."""

    text: str
    span: tuple[int, int]
    section: str = ""


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """A report in sentences and statements, in the order of the text; ``notes`` are what its writer should know.

    ``normal`` are the numbers of the sentences that call the whole examination normal, or all of it that is not named
    ("no acute disease", "otherwise normal"); they state nothing of any one finding.
    """

    text: str = ""
    sentences: tuple[Sentence, ...] = ()
    statements: tuple[ReportStatement, ...] = ()
    notes: tuple[str, ...] = ()
    normal: tuple[int, ...] = ()

    def of(self, sentence: int) -> tuple[ReportStatement, ...]:
        """The statements of one sentence."""
        return tuple(one for one in self.statements if one.sentence == sentence)

    def words_of(self, statement: ReportStatement) -> str:
        """The words that a statement was read from."""
        return " ".join(self.text[slice(*statement.span)].split())

    def to_json(self) -> dict[str, Any]:
        """Plain values, as ``python -m ssg parse-report --json`` prints them."""
        return {
            "statements": [self._row(one) for one in self.statements],
            "notes": list(self.notes),
            "normal": [self.sentences[number].text for number in self.normal],
        }

    def _row(self, statement: ReportStatement) -> dict[str, Any]:
        sentence = self.sentences[statement.sentence]
        return statement.to_json() | {"sentence": sentence.text, "section": sentence.section}
