"""The words of a sentence that name a side: "left", "bibasal", "L > R", and structures that exist on one side only.

What such a word describes is not known here but in sides.py.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence

from ssg.vocabulary.catalogue import vocabulary
from ssg.vocabulary.forms import key, words_table
from ssg.vocabulary.lexicon import Found, PhraseTable, lexicon
from ssg.vocabulary.phrases import Mention
from ssg.vocabulary.sentences import Sentence
from ssg.vocabulary.types import Side

_THAN = ("than_the_", "than_on_", "than_on_the_")
"""Ways to write "than" in "left greater than right"."""


def marks(sentence: Sentence, mentions: Sequence[Mention], owned: Collection[int]) -> list[Found[Side]]:
    """Side words, and structures that exist on one side only, in order; ``owned`` are the places of findings' words."""
    words = sentence.words
    core = {place for mention in mentions if not _sided(mention) for place in mention.core}
    named = [
        found
        for found in side_table().find(words)
        if not core.issuperset(range(found.first, found.last + 1)) and not _is_tag(found, sentence)
    ]
    implied = [
        Found(mention.first, mention.last, side)
        for mention in mentions
        if (side := _implied(mention.form.words)) is not None
        and not any(mention.first - 2 <= mark.first <= mention.last for mark in named)
    ]
    return sorted([*(part for mark in named for part in _apart(mark, words, owned)), *implied])


def place_before(words: Sequence[str], first: int) -> int:
    """The place of the word before a side, articles left out; -1 where there is none."""
    place = first - 1
    while place >= 0 and words[place] in lexicon().determiners:
        place -= 1
    return place


def _apart(mark: Found[Side], words: Sequence[str], owned: Collection[int]) -> list[Found[Side]]:
    """ "Shift to the left and right effusion" are two sides, "left and right effusions" are both."""
    if mark.last - mark.first != 2 or words[mark.first + 1] != "and" or mark.last + 1 not in owned:
        return [mark]
    place = place_before(words, mark.first)
    if place < 0 or words[place] not in lexicon().prepositions:
        return [mark]
    return [Found(at, at, Side(words[at])) for at in (mark.first, mark.last)]


def _sided(mention: Mention) -> bool:
    """Whether a side word of a mention's own form says its side: "bibasilar atelectasis" is bilateral."""
    return not mention.is_place and bool(mention.form.finding) and vocabulary().get(mention.form.finding).has_sides


def _is_tag(found: Found[Side], sentence: Sentence) -> bool:
    """Whether this is the "right" of "it is an effusion, right?"."""
    last = found.last == len(sentence.words) - 1
    comma = found.first > 0 and sentence.words[found.first - 1] == ","
    return sentence.queried and last and comma and sentence.words[found.first] == "right"


@functools.cache
def side_table() -> PhraseTable[Side]:
    """Every side phrase of ``words.toml``."""
    rows = words_table()["sides"].items()
    said = [(phrase, Side(side)) for side, phrases in rows for phrase in phrases.split()]
    articles = [(phrase.replace("than_", than), side) for phrase, side in said for than in _THAN if "_than_" in phrase]
    return PhraseTable([*said, *articles])


@functools.cache
def _implied(words: tuple[str, ...]) -> Side | None:
    """The side of a form that names a structure of one side only: "lingular consolidation"."""
    rows = words_table()["implied_sides"].items()
    return next((Side(side) for name, side in rows if " ".join(key(name)) in " ".join(words)), None)
