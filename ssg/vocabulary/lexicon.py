"""The words around the findings, ready for use: classes of single words, and phrases found by their first word.

Data: ``words.toml``. What the classes are for is said there; what a phrase does to a finding is known in presence.py
and sides.py.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from ssg.vocabulary.forms import Token, comparable, tokens, words_table

Value = TypeVar("Value")

COORDINATORS = frozenset((",", "/", "&", "+", "and", "or", "nor", "and/or", "plus"))
"""What may stand between the members of a list."""

MOST_FILLERS = 3
"""Adverbs that may stand inside of a phrase: "has *almost completely* resolved"."""


class Found(NamedTuple, Generic[Value]):
    """A phrase at tokens [first, last]."""

    first: int
    last: int
    value: Value


class PhraseTable(Generic[Value]):
    """Phrases with a value each, found longest first; of two that are spelled alike the first one counts.

    ``fillers`` are words that may stand between the words of a phrase.
    """

    def __init__(self, phrases: Iterable[tuple[str, Value]], fillers: Collection[str] = ()) -> None:
        self._fillers = fillers
        self._root: _Node[Value] = _Node()
        for phrase, value in phrases:
            node = self._root
            for word in spelled(phrase):
                node = node.following.setdefault(word, _Node())
            node.values = node.values or (value,)

    def find(self, words: Sequence[str]) -> list[Found[Value]]:
        """All phrases in a sequence of comparable words, without overlap, from left to right."""
        found: list[Found[Value]] = []
        at = 0
        while at < len(words):
            hit = self.at(words, at)
            if hit is None:
                at += 1
            else:
                found.append(hit)
                at = hit.last + 1
        return found

    def at(self, words: Sequence[str], start: int) -> Found[Value] | None:
        """The longest phrase that begins at ``start``; None where there is none."""
        node = self._root.following.get(words[start])
        hit = None if node is None else self._longest(node, words, start, 0)
        return None if hit is None else Found(start, *hit)

    def _longest(self, node: _Node[Value], words: Sequence[str], place: int, skipped: int) -> tuple[int, Value] | None:
        """Where the longest phrase ends that goes on from a node, and its value."""
        if place + 1 < len(words) and node.following:
            word = words[place + 1]
            further = node.following.get(word)
            longer = None if further is None else self._longest(further, words, place + 1, skipped)
            if longer is None and word in self._fillers and skipped < MOST_FILLERS:
                longer = self._longest(node, words, place + 1, skipped + 1)
                if longer is not None and longer[0] == place + 1:
                    longer = None  # a phrase does not end in a filler
            if longer is not None:
                return longer
        return (place, node.values[0]) if node.values else None


class _Node(Generic[Value]):
    """A word of a phrase: the words that may follow, and the phrase's value where it may end here."""

    __slots__ = ("following", "values")

    def __init__(self) -> None:
        self.following: dict[str, _Node[Value]] = {}
        self.values: tuple[Value, ...] = ()


def spelled(phrase: str) -> tuple[str, ...]:
    """A phrase of a table ("no_sign_of") as comparable words."""
    return tuple(token.text for token in tokens(phrase.replace("_", " ")))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Classes of comparable words; each is explained where it stands in ``words.toml``.

    ``skipped`` words may stand between any two of one phrase, ``linking``, ``denying`` and ``doubting`` ones too;
    ``cues`` are words that say whether a finding is there, and so never stand idle within a phrase.
    """

    determiners: frozenset[str]
    prepositions: frozenset[str]
    verbs: frozenset[str]
    skipped: frozenset[str]
    linking: frozenset[str]
    denying: frozenset[str]
    doubting: frozenset[str]
    openers: frozenset[str]
    big: frozenset[str]
    cues: frozenset[str]
    plain: frozenset[str]
    wordings: PhraseTable[tuple[str, ...]]
    idioms: PhraseTable[tuple[str, ...]]


@functools.cache
def lexicon() -> Lexicon:
    """The word classes of ``words.toml``, read once."""
    table = words_table()
    grammar = {name: words_of(words) for name, words in table["grammar"].items()}
    openers, big = words_of(table["scope"]["opener"]), words_of(table["scope"]["big"])
    describing = words_of(table["plain"]["describing"])
    return Lexicon(
        determiners=grammar["determiner"],
        prepositions=grammar["preposition"],
        verbs=grammar["verb"],
        skipped=describing | openers | big | grammar["side"] | grammar["place"] | grammar["determiner"],
        linking=grammar["copula"] | grammar["linking"],
        denying=grammar["denying"],
        doubting=grammar["doubting"],
        openers=openers,
        big=big,
        cues=_cue_words(table) - grammar["determiner"] - grammar["preposition"] - grammar["copula"],
        plain=words_of(" ".join(table["plain"].values())),
        wordings=PhraseTable((said, spelled(meant)) for said, meant in table["wordings"].items()),
        idioms=PhraseTable((idiom, ()) for idiom in table["idioms"]["over"].split()),
    )


def _cue_words(table: dict[str, dict[str, str]]) -> frozenset[str]:
    sections = (table[section] for section in ("denied", "affirmed", "doubted", "past"))
    said = " ".join(section["before"] + " " + section.get("either", "") for section in sections)
    return words_of(said.replace("_", " ")) | {"normal", "clear"}


def words_of(said: str) -> frozenset[str]:
    """The comparable words of a list in a table."""
    return frozenset(comparable(word) for word in said.split())


def _means_a_side(texts: Sequence[str], first: int) -> bool:
    """Whether what looks like an idiom opens with a real side: "on the right there is", not "right there"."""
    named = texts[first] in ("left", "right") and first > 0
    return named and texts[first - 1] in lexicon().determiners | lexicon().prepositions


def reworded(words: list[Token]) -> list[Token]:
    """Without idioms, and with one word where several say the same ("within normal limits" is normal)."""
    texts = [token.text for token in words]
    out: list[Token] = []
    at = 0
    idioms = (found for found in lexicon().idioms.find(texts) if not _means_a_side(texts, found.first))
    changes = [*idioms, *lexicon().wordings.find(texts)]
    for first, last, instead in sorted(changes, key=lambda found: found.first):
        if first < at:
            continue
        out += words[at:first]
        out += [Token(word, words[first].start, words[last].end) for word in instead]
        at = last + 1
    return out + words[at:]
