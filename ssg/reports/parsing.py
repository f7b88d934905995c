"""A report in free text -> :class:`ParsedReport`: its sentences, and what each says of findings.

layout.py takes out markup and what does not speak of the image (the indication, the technique); ``ssg.vocabulary``
reads the rest, a part of at most its limit at a time; comparing.py adds how a finding compares with an earlier
examination, normality.py which sentences call all of it normal.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator

from ssg.errors import BadInput
from ssg.reports.comparing import comparison_of
from ssg.reports.language import has_other_letters, is_english
from ssg.reports.layout import Part, joined, known_headings, parts, unmarked, untagged
from ssg.reports.normality import calls_all_normal
from ssg.reports.types import ParsedReport, ReportStatement, Sentence
from ssg.vocabulary import Presence, SentenceReading, Statement, Unclear, by_sentence, vocabulary
from ssg.vocabulary.reading import MOST_CHARACTERS

LONGEST_REPORT = 200_000
"""Characters; the longest reports of a hospital have a tenth of it."""

EMPTY = "The report is empty: write what you see."
NOT_ENGLISH = "This seems not to be English. Only English is read, so nothing was read of it."
NOTHING_READ = "No finding was read: name what is there, and what you looked for and is not."
UNSEEN_ONLY = "Nothing stands under Findings or Impression: what the indication and the technique say is not judged."
UNCLEAR = "“{word}” was not understood: do you mean {meant}?"
MOST_ASKED, MOST_CANDIDATES = 3, 4

_STOPS = frozenset(".!?;")
_OPENING, _CLOSING = frozenset("([{<$#%\"'“‘«*_`~?"), frozenset(")]}>%\"'”’»*_`~")
_STOP = re.compile(r"[.;!?]\s|\n")


def parse(text: str, modality: str | Collection[str] | None = None) -> ParsedReport:
    """What a report says; ``modality`` as :func:`ssg.vocabulary.read` has it. Raises BadInput where it is too long."""
    if len(text) > LONGEST_REPORT:
        raise BadInput(f"The report has {len(text):,} characters; at most {LONGEST_REPORT:,} are read: shorten it.")
    if not text.strip():
        return ParsedReport(text, notes=(EMPTY,))
    shown, readable = untagged(text), unmarked(text)
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
            found_here = by_sentence(readable[first:last], modality)
            for read, after in itertools.zip_longest(found_here, found_here[1:]):
                words = _with_stop(readable, first, read.span)
                if calls_all_normal(readable[slice(*words)], modality, organ, is_of_part=is_of_part):
                    normal.append(len(sentences))
                is_of_part = _only_names_a_part(read)
                statements += _statements(readable, first, read, len(sentences))
                reached = sentences[-1].span[1] if sentences else 0
                limit = _begin(readable, first, after.span) if after else last
                sentences.append(_sentence(shown, words, (reached, limit), part.heading))
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
    return first, last + 1 if text[last : last + 1] in _STOPS else last


def _begin(text: str, offset: int, span: tuple[int, int]) -> int:
    """Where the words of a sentence begin, behind a bracket that closes the one before."""
    first, last = span[0] + offset, span[1] + offset
    return next((place for place in range(first, last) if text[place] not in _CLOSING), first)


def _sentence(text: str, span: tuple[int, int], room: tuple[int, int], heading: str) -> Sentence:
    """A sentence as it was written, with the signs at its ends that belong to it: "(small effusion)"."""
    first, last = max(span[0], room[0]), span[1]
    while first > room[0] and text[first - 1] in _OPENING:
        first -= 1
    while last < room[1] and text[last] in _CLOSING:
        last += 1
    if text[last - 1] not in _STOPS and text[last : last + 1] in _STOPS and last < room[1]:
        last += 1
    return Sentence(" ".join(text[first:last].split()), (first, last), heading)


def _statements(text: str, offset: int, read: SentenceReading, number: int) -> Iterator[ReportStatement]:
    for told in _merged(read.statements):
        span = told.span[0] + offset, told.span[1] + offset
        first, last = read.span[0] + offset, read.span[1] + offset
        sentence = text[first:last]
        within = span[0] - first, span[1] - first
        presence = Presence.UNCERTAIN if _leaves_open(read, sentence, within) else told.presence
        compared = comparison_of(sentence, within, presence)
        yield ReportStatement(number, told.finding, told.side, presence, span, compared, told.others)


def _leaves_open(read: SentenceReading, sentence: str, span: tuple[int, int]) -> bool:
    """Whether a report only asks for what it names: "is there an effusion?"; "left effusion, *pneumonia?*"."""
    return read.asks or (read.queried and not set(",;:") & set(sentence[span[1] :]))


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
