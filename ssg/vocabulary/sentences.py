"""A text cut into sentences, each with what its form says: a question, a heading, the end of one.

A full stop between digits or after an abbreviation ends nothing, and neither does a line that is only wrapped.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field

from ssg.vocabulary.forms import Token, words_table
from ssg.vocabulary.lexicon import COORDINATORS, PhraseTable, lexicon, words_of

LONGEST = 60
"""Tokens; a longer sentence is cut, so that the work on any text stays bounded."""

WRAPPED = 40
"""Characters; a line of at least so many that goes on in lower case is one sentence with the next."""

_ENDS = frozenset(".;!?")
_ABBREVIATED = frozenset(("dr", "mr", "mrs", "ms", "vs", "eg", "ie", "approx"))
_SHORTENED = frozenset(("lt", "rt", "l", "r", "bilat", "neg", "poss", "prob", "assoc"))
"""Describing words that are shortened, often with a stop; they may also end a sentence: "effusion rt. No ptx"."""

_GREETING = words_of("please hello hi hey so and ok okay well thanks but now then also")


@dataclass(frozen=True, slots=True)
class Sentence:
    """``tokens`` without the final stop. ``asks`` where it opens like a question ("is there ..."), ``queried`` where a
    question mark ends it, ``doubted`` where one opens it ("?pneumonia"); ``past`` where its heading says so."""

    tokens: tuple[Token, ...]
    end: str = ""
    asks: bool = False
    doubted: bool = False
    past: bool = False
    words: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(token.text for token in self.tokens))

    @property
    def queried(self) -> bool:
        """Whether it ends in a question mark."""
        return self.end == "?"


def sentences(words: Sequence[Token], text: str) -> list[Sentence]:
    """The sentences of a text; empty ones are left out."""
    found: list[Sentence] = []
    current: list[Token] = []
    doubted = False
    for place, token in enumerate(words):
        if not _ends(place, words, text) and len(current) < LONGEST:
            if token.text != "\n":
                current.append(token)
            continue
        if current:
            found.append(_sentence(current, token.text, doubted))
            doubted = False
        elif token.text == "?":
            doubted = True
        current = [] if _is_stop(token) else [token]
    if current:
        found.append(_sentence(current, "", doubted))
    return found


def _is_stop(token: Token) -> bool:
    return token.text in _ENDS or token.text == "\n"


def _ends(place: int, words: Sequence[Token], text: str) -> bool:
    token = words[place]
    if token.text == "\n":
        return not _wrapped(token.start, text)
    if token.text != ".":
        return token.text in _ENDS
    before, after = text[token.start - 1 : token.start], text[token.end : token.end + 1]
    return not (before.isdigit() and after.isdigit()) and not _abbreviates(place, words, text)


def _abbreviates(place: int, words: Sequence[Token], text: str) -> bool:
    """Whether a stop belongs to an abbreviation in mid-sentence: "vs.", "e.g."."""
    if not place:
        return False
    word, stop = words[place - 1], words[place]
    dotted = (
        len(word.text) == 1
        and word.text.isalpha()
        and (text[word.start - 1 : word.start] == "." or text[stop.end : stop.end + 1].isalpha())
    )
    if _shortens(place, words, text):
        return True
    return (dotted or word.text in _ABBREVIATED) and text[stop.end : stop.end + 2].strip()[:1].islower()


def _shortens(place: int, words: Sequence[Token], text: str) -> bool:
    """Whether a stop belongs to a shortened word whose noun still comes: "small rt. effusion", "in the lt. lung"."""
    word = words[place - 1]
    if text[word.start : word.end].lower() not in _SHORTENED or place + 1 >= len(words):
        return False
    before = words[place - 2].text if place > 1 else "."
    if before in lexicon().determiners | lexicon().prepositions:
        return words[place + 1].text in _places()
    return before in _ENDS or before in COORDINATORS | {"\n", ":", "(", "with"} or before in lexicon().skipped | {"no"}


def _wrapped(newline: int, text: str) -> bool:
    start = text.rfind("\n", 0, newline) + 1
    following = text[newline + 1 : newline + 2]
    return newline - start >= WRAPPED and following.islower()


def _sentence(words: list[Token], end: str, doubted: bool) -> Sentence:
    texts = [token.text for token in words]
    start = next((place for place, word in enumerate(texts) if word not in _GREETING and word != ","), 0)
    heading = _headings().at(texts, start)
    past = heading is not None and texts[heading.last + 1 : heading.last + 2] == [":"]
    asks = texts[start] in _openers("starts") and (end == "?" or _asks_without_mark(texts[start : start + 2]))
    return Sentence(tuple(words), end, asks, doubted, past)


def _asks_without_mark(opening: Sequence[str]) -> bool:
    """Whether a sentence that opens so is a question although no mark ends it: "is there ...", not "could be ..."."""
    return opening[0] in _openers("asking") or (len(opening) > 1 and opening[1] in _openers("subjects"))


@functools.cache
def _places() -> frozenset[str]:
    return words_of(words_table()["elided"]["place"])


@functools.cache
def _openers(kind: str) -> frozenset[str]:
    return words_of(words_table()["question"][kind])


@functools.cache
def _headings() -> PhraseTable[None]:
    return PhraseTable((heading, None) for heading in words_table()["past"]["heading"].split())
