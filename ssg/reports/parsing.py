"""A report in free text -> :class:`ParsedReport`: its sentences, and what each says of findings.

layout.py takes out markup and what does not speak of the image (the indication, the technique); ``ssg.vocabulary``
reads the rest, a part of at most its limit at a time; comparing.py adds how a finding compares with an earlier
examination, normality.py which sentences call all of it normal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from ssg.errors import BadInput
from ssg.reports.comparing import comparison_of
from ssg.reports.language import has_other_letters, is_english
from ssg.reports.layout import Part, joined, known_headings, parts, unmarked
from ssg.reports.normality import calls_all_normal
from ssg.reports.types import ParsedReport, ReportStatement, Sentence
from ssg.vocabulary import SentenceReading, Statement, Unclear, by_sentence, vocabulary
from ssg.vocabulary.reading import MOST_CHARACTERS

LONGEST_REPORT = 200_000
"""Characters; the longest reports of a hospital have a tenth of it."""

EMPTY = "The report is empty: write what you see."
NOT_ENGLISH = "This seems not to be English. Only English is read, so nothing was read of it."
NOTHING_READ = "No finding was read: name what is there, and what you looked for and is not."
UNSEEN_ONLY = "Nothing stands under Findings or Impression: what the indication and the technique say is not judged."
UNCLEAR = "“{word}” was not understood: do you mean {meant}?"
MOST_ASKED, MOST_CANDIDATES = 3, 4

_STOP = re.compile(r"[.;!?]\s|\n")


def parse(text: str, modality: str | Collection[str] | None = None) -> ParsedReport:
    """What a report says; ``modality`` as :func:`ssg.vocabulary.read` has it. Raises BadInput where it is too long."""
    if len(text) > LONGEST_REPORT:
        raise BadInput(f"The report has {len(text):,} characters; at most {LONGEST_REPORT:,} are read: shorten it.")
    if not text.strip():
        return ParsedReport(text, notes=(EMPTY,))
    readable = unmarked(text)
    found = parts(readable)
    readable = joined(readable)
    sentences: list[Sentence] = []
    statements: list[ReportStatement] = []
    unclear: list[Unclear] = []
    normal: list[int] = []
    for part in found:
        if not part.is_seen:
            continue
        organ, is_of_part = _organ(part), False
        for first, last in _pieces(readable, part.span):
            for read in by_sentence(readable[first:last], modality):
                words = _with_stop(readable, first, read.span)
                if calls_all_normal(readable[slice(*words)], modality, organ, is_of_part=is_of_part):
                    normal.append(len(sentences))
                is_of_part = _only_names_a_part(read)
                statements += _statements(readable, first, read, len(sentences))
                sentences.append(_sentence(text, first, read.span, part.heading))
                unclear += read.unclear
    if not any(part.is_seen for part in found):
        return ParsedReport(text, notes=(UNSEEN_ONLY,))
    is_read = bool(statements or normal)
    if not is_english(readable) or (not is_read and has_other_letters(readable)):
        return ParsedReport(text, tuple(sentences), notes=(NOT_ENGLISH,))
    notes = (*(() if is_read else (NOTHING_READ,)), *_asked(unclear))
    return ParsedReport(text, tuple(sentences), tuple(statements), notes, tuple(normal))


def _pieces(text: str, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """A part of a report in pieces that the vocabulary reads, each up to the end of a sentence where there is one."""
    first, last = span
    while last - first > MOST_CHARACTERS:
        stops = [found.end() for found in _STOP.finditer(text, first, first + MOST_CHARACTERS)]
        end = stops[-1] if stops else text.rfind(" ", first, first + MOST_CHARACTERS) + 1 or first + MOST_CHARACTERS
        yield first, end
        first = end
    if text[first:last].strip():
        yield first, last


def _organ(part: Part) -> str:
    """The heading of a part where it is an organ, else ""."""
    heading = " ".join(part.heading.split())
    return heading if known_headings().get(heading.lower().replace("&", "and")) == "organs" else ""


def _only_names_a_part(read: SentenceReading) -> bool:
    """Whether a sentence is only the name of a structure, of which the next one speaks: "Heart. Normal." """
    return bool(read.statements) and all(vocabulary().get(one.finding).kind == "anatomy" for one in read.statements)


def _with_stop(text: str, offset: int, span: tuple[int, int]) -> tuple[int, int]:
    """A sentence's characters in the report, with the sign that ends it."""
    first, last = span[0] + offset, span[1] + offset
    return first, last + 1 if text[last : last + 1] in (".", "!", "?", ";") else last


def _sentence(text: str, offset: int, span: tuple[int, int], heading: str) -> Sentence:
    first, last = _with_stop(text, offset, span)
    return Sentence(" ".join(text[first:last].replace("\0", " ").split()), (first, last), heading)


def _statements(text: str, offset: int, read: SentenceReading, number: int) -> Iterator[ReportStatement]:
    for told in _merged(read.statements):
        span = told.span[0] + offset, told.span[1] + offset
        first, last = read.span[0] + offset, read.span[1] + offset
        sentence = text[first:last]
        within = span[0] - first, span[1] - first
        yield ReportStatement(
            number,
            told.finding,
            told.side,
            told.presence,
            span,
            comparison_of(sentence, within, told.presence),
            told.others,
        )


def _merged(statements: Collection[Statement]) -> list[Statement]:
    """Each thing once in a sentence, at the place that says it first."""
    found = {(one.finding, one.side, one.presence): one for one in reversed(list(statements))}
    return sorted(found.values(), key=lambda one: one.span)


def _asked(unclear: Collection[Unclear]) -> list[str]:
    """A question for each word that may name a finding and was not understood, the first ones."""
    asked = []
    for one in dict.fromkeys(unclear):
        if one.candidates:
            *before, last = one.candidates[:MOST_CANDIDATES]
            meant = f"{', '.join(before)} or {last}" if before else last
            asked.append(UNCLEAR.format(word=" ".join(one.text.split()), meant=meant))
    return asked[:MOST_ASKED]
