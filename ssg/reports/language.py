"""Whether a report is in English. Of another language a word here and there looks like one of ours, and the word that
denies it does not: what is read so may be the contrary of what it says.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from ssg.reports.layout import words_table
from ssg.vocabulary.spelling import speller

FEWEST_WORDS = 8
LEAST_ENGLISH, LEAST_KNOWN = 0.1, 0.5
"""From so many words on, a text is in another language where fewer are common in English reports, and fewer known."""

USUAL_FOR_FOREIGN = 3
"""So many usual English words outweigh one of another language: a slip of the pen is no language."""

MOST_CHARACTERS = 20_000
"""Of a report that are looked at."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "đ": "d"})


def is_english(text: str) -> bool:
    """Whether a text may be English; one of a few words is, unless a word of another language stands there."""
    text = text[:MOST_CHARACTERS].lower()
    words = _WORD.findall(text)
    english = frozenset(words_table()["english"]["words"].split())
    usual = sum(word in english for word in words)
    foreign = sum(1 for _ in _foreign().finditer(_plain(text)))
    if foreign and USUAL_FOR_FOREIGN * foreign >= usual:
        return False
    if len(words) < FEWEST_WORDS or usual >= LEAST_ENGLISH * len(words):
        return True
    return sum(map(speller().has, words)) >= LEAST_KNOWN * len(words)


def has_other_letters(text: str) -> bool:
    """Whether a letter of it is not Latin."""
    return any(ord(letter) > 0x36F and letter.isalpha() for letter in text)


def _plain(text: str) -> str:
    """Lower case without accents."""
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@functools.cache
def _foreign() -> re.Pattern[str]:
    written = sorted(words_table()["foreign"]["words"].split(), key=len, reverse=True)
    either = "|".join(word.replace("_", r"\s+").replace("*", r"\w*") for word in written)
    return re.compile(rf"\b(?:{either})\b")
