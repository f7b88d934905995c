"""Cues: phrases that deny, affirm, doubt, put into the past or only mention what stands near them.

Data: ``words.toml``.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from enum import Enum, auto

from ssg.vocabulary.forms import words_table
from ssg.vocabulary.gaps import Words
from ssg.vocabulary.lexicon import COORDINATORS, Found, PhraseTable, lexicon, words_of
from ssg.vocabulary.phrases import Mention

LIST = COORDINATORS | {"with"}
ALTERNATIVES = frozenset(("or", "nor", "/", "and/or"))

_LONE = frozenset(("no", "nil", "none", "negative", "not", "absent"))
"""Denials that may also stand behind: "effusion: no"."""

_NEAR = 5
"""Tokens within which a cue that may look both ways finds its mention ahead."""


class Said(Enum):
    """What a cue says of the mentions in its scope; ASIDE is nothing ("evaluation *for effusion* is limited")."""

    DENIED = auto()
    AFFIRMED = auto()
    DOUBTED = auto()
    PAST = auto()
    ASIDE = auto()


class Reach(Enum):
    """Where a cue looks for its mentions.

    BEFORE stands before them and AFTER behind, EITHER does one of the two and BOTH does both; NEXT means only the very
    next mention, and LISTED is BEFORE a list whose members may have articles and sizes of their own. STOP ends the
    scope of others, and so does TELLING ("there is", "shows"), which begins a statement.
    """

    BEFORE = auto()
    AFTER = auto()
    EITHER = auto()
    BOTH = auto()
    NEXT = auto()
    LISTED = auto()
    STOP = auto()
    TELLING = auto()


Cue = tuple[Said | None, Reach]


class CuedSentence:
    """A sentence's words with its mentions and cues, each by its place."""

    def __init__(self, text: Words, mentions: Sequence[Mention]) -> None:
        self.words = text.words
        self.describing = text.describing
        self.mentions = mentions
        self.inside = {place for mention in mentions for place in mention.core}
        self.starting: dict[int, list[int]] = {}
        for number, mention in enumerate(mentions):
            self.starting.setdefault(mention.first, []).append(number)
        spoken = (m for m in mentions if m.denied or m.doubted)
        self._spoken = {place for m in spoken for place in range(m.first, m.last)} - self.inside
        self.cues = [self._settled(found) for found in cue_table().find(self.words) if self._counts(found)]
        self.stops = {found.first for found in self.cues if found.value[1] in (Reach.STOP, Reach.TELLING)}

    def has(self, places: range, wanted: frozenset[str]) -> bool:
        """Whether one of these words stands at one of these places."""
        return any(self.words[place] in wanted for place in places)

    def names(self, places: range) -> bool:
        """Whether a mention begins at one of these places."""
        return any(place in self.starting for place in places)

    def _counts(self, found: Found[Cue]) -> bool:
        """A cue made of words of a mention is none ("absent breast"), nor one that a phrase has used up."""
        places = range(found.first, found.last + 1)
        if found.value[0] is Said.ASIDE and self._can_judge(found):
            return False
        if self.words[found.first] == "question" and self._is_noun(found):
            return False
        if self.words[found.last] == "none" and self._describes(found.last + 1):
            return False  # "rib fractures, none displaced"
        return not (self.inside.issuperset(places) or self._spoken.intersection(places))

    def _can_judge(self, found: Found[Cue]) -> bool:
        """Whether what may be hard is not said to be: "evaluation for effusion"."""
        judges = _judging().at(self.words, found.first)
        return judges is not None and judges.last == found.last and _limited().isdisjoint(self.words)

    def _is_noun(self, found: Found[Cue]) -> bool:
        """Whether a "question" is one that somebody asks, and not what a report does: "*question small effusion*"."""
        if found.first < found.last:
            return False  # "question of"
        before = self.words[found.first - 1] if found.first else ","
        after = self.words[found.last + 1] if found.last + 1 < len(self.words) else ":"
        return before not in _PAUSES or after in asking_words() or not after[0].isalpha()

    def _describes(self, place: int) -> bool:
        """Whether a word there tells how something is, and not that it is seen."""
        if place >= len(self.words) or self.words[place] in seen_words():
            return False
        return place in self.describing or self.words[place].endswith("ed")

    def _settled(self, found: Found[Cue]) -> Found[Cue]:
        """A cue that may look both ways made one that looks before or after itself; and "not seen on the prior film"
        made what it says of this one."""
        said, reach = found.value
        following = self.words[found.last + 1 : found.last + 2]
        if (
            said is Said.DENIED
            and reach is not Reach.BEFORE
            and following
            and _elsewhere().at(self.words, found.last + 1)
        ):
            return Found(found.first, found.last, (Said.AFFIRMED, reach))
        if reach is Reach.BEFORE and self.words[found.last] in _LONE and (not following or following[0] in ",)"):
            return Found(found.first, found.last, (said, Reach.AFTER))
        if reach is not Reach.EITHER:
            return found
        ahead = self._mention_follows(found.last)
        return Found(found.first, found.last, (said, Reach.BEFORE if ahead else Reach.AFTER))

    def _mention_follows(self, last: int) -> bool:
        for place in range(last + 1, min(last + 1 + _NEAR, len(self.words))):
            if place in self.starting:
                return True
            if self.words[place] in LIST or self.words[place] in "():":
                return False
        return False


_PAUSES = frozenset((",", "(", "and", ":"))


@functools.cache
def asking_words() -> frozenset[str]:
    """Words that open a question, prepositions too: none of them follows the verb "to question"."""
    return words_of(words_table()["question"]["starts"]) | lexicon().prepositions | words_of("about whether if")


@functools.cache
def _judging() -> PhraseTable[None]:
    return PhraseTable((phrase, None) for phrase in words_table()["aside"]["judging"].split())


@functools.cache
def _limited() -> frozenset[str]:
    return words_of(words_table()["aside"]["limited"])


@functools.cache
def cue_table() -> PhraseTable[Cue]:
    """Every cue of ``words.toml``."""
    return PhraseTable(_cues(), words_of(words_table()["scope"]["filler"]))


def _cues() -> Iterator[tuple[str, Cue]]:
    """Phrases with what they say; of those that occur twice the first one counts."""
    table = words_table()
    before: dict[str, Said] = {}
    after: dict[str, Said] = {}
    for section, said in (("affirmed", Said.AFFIRMED), ("doubted", Said.DOUBTED), ("denied", Said.DENIED)):
        lists = {name: phrases.split() for name, phrases in table[section].items()}
        yield from ((phrase, (said, Reach.BOTH)) for phrase in lists.get("both", ()))
        yield from ((phrase, (said, Reach.LISTED)) for phrase in lists.get("listed", ()))
        if said is Said.DENIED:
            lists["after"] += _pairs(lists["not_seen_by"], lists["not_seen"])
        elif said is Said.DOUBTED:
            lists["after"] += _pairs(lists["to_be"], lists["excluded"])
            lists["before"] += _pairs(lists["not_known"], lists["if"])
        lists["before"] += lists.get("part", [])
        either = lists.get("either", [])
        for phrase in [*lists["before"], *either]:
            before.setdefault(phrase, said)
        for phrase in [*lists["after"], *either]:
            after.setdefault(phrase, said)
    for phrase, said in before.items():
        yield phrase, (said, Reach.EITHER if phrase in after else Reach.BEFORE)
    for phrase, said in after.items():
        yield phrase, (said, Reach.AFTER)
    for section in ("before", "judging"):
        yield from ((phrase, (Said.ASIDE, Reach.BEFORE)) for phrase in table["aside"][section].split())
    yield from ((phrase, (Said.PAST, Reach.BEFORE)) for phrase in table["past"]["before"].split())
    yield from ((phrase, (Said.PAST, Reach.NEXT)) for phrase in table["past"]["next"].split())
    yield from ((phrase, (None, Reach.STOP)) for phrase in table["scope"]["stop"].split())
    yield from ((phrase, (None, Reach.TELLING)) for phrase in table["scope"]["telling"].split())


def _pairs(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """ "Is not" and "seen", "must be" and "ruled out": what they say they say together."""
    return ["_".join(pair) for pair in itertools.product(first, second)]


@functools.cache
def seen_words() -> frozenset[str]:
    """Words for being seen: "is *seen*", "*visible*"."""
    return words_of(words_table()["denied"]["not_seen"])


@functools.cache
def _elsewhere() -> PhraseTable[None]:
    return PhraseTable((phrase, None) for phrase in words_table()["denied"]["elsewhere"].split())
