"""What may stand between two words of one phrase: "enlarged *cardiac* silhouette", "fracture *of the left* clavicle".

Idle words may; and so may the rest of a list that shares one of the two words: "rib *and clavicle* fractures", "heart
*and mediastinum are* normal", "the aorta is *tortuous and* calcified".
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from ssg.vocabulary.lexicon import COORDINATORS, Lexicon

MOST_BETWEEN = 6
MOST_IN_A_LIST = 12
"""Tokens between two words of one phrase; further apart they do not belong together."""


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence's comparable words, and the places of those that describe ("calcified", "enlarged")."""

    words: Sequence[str]
    describing: Set[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands between: whether a list goes on there, a verb, a denial ("not") or a doubt ("possibly")."""

    listed: bool = False
    verb: bool = False
    denied: bool = False
    doubted: bool = False


class GapRules:
    """Tells a gap within a phrase from the end of one. ``named`` are all words of the vocabulary's forms."""

    def __init__(self, tools: Lexicon, named: Set[str], organs: Set[str]) -> None:
        self._tools = tools
        self._named = named
        self._organs = organs
        self._idle = tools.skipped - tools.cues | tools.linking | tools.denying | tools.doubting

    def gap(self, left: int, right: int, text: Words) -> Gap | None:
        """The gap between the words at two places; None where they do not belong to one phrase."""
        between = text.words[left + 1 : right]
        if len(between) <= MOST_BETWEEN:
            busy = [left + 1 + at for at, word in enumerate(between) if not self._is_idle(word)]
            if all(place in text.describing for place in busy):
                gap = self._said(between, listed=bool(busy))
                return gap if not gap.doubted or gap.verb or self._is_said_of(right, text) else None
        if len(between) <= MOST_IN_A_LIST and self._is_list(left, between, text):
            return self._said(between, listed=True)
        return None

    def _is_said_of(self, place: int, text: Words) -> bool:
        """Whether a word may be said of a noun without a verb: "heart possibly enlarged", not "base likely mass"."""
        return place in text.describing or text.words[place] in self._tools.skipped

    def _is_idle(self, word: str) -> bool:
        """Whether a word may stand within a phrase without a meaning of its own for it."""
        return word in self._idle or word[0].isdigit() or word.endswith("ly")

    def _said(self, between: Sequence[str], listed: bool) -> Gap:
        tools = self._tools
        return Gap(
            listed,
            verb=any(word in tools.verbs for word in between),
            denied=sum(word in tools.denying for word in between) % 2 == 1,
            doubted=any(word in tools.doubting and word != "be" for word in between),
        )

    def _is_list(self, left: int, between: Sequence[str], text: Words) -> bool:
        """Whether the words between are the rest of a list."""
        joints = [at for at, word in enumerate(between) if word in COORDINATORS]
        known = all(word in COORDINATORS or word in self._named or self._is_idle(word) for word in between)
        if not joints or not known:
            return False
        verbs = [at for at, word in enumerate(between) if word in self._tools.verbs]
        if verbs:
            return len(verbs) == 1 and (verbs[0] > joints[-1] or self._has_no_subject(between[joints[-1] + 1 :]))
        if {between[at] for at in joints} == {","}:
            return self._only_describes(left, between, text)
        # "the heart is normal and lungs ...": what a verb says of one noun does not reach the next
        return not any(word in self._tools.verbs for word in text.words[max(left - 2, 0) : left])

    def _has_no_subject(self, words: Sequence[str]) -> bool:
        """Of "the aorta is tortuous and ...": the aorta is still the subject where no other noun begins."""
        return not any(word in self._organs or word in self._tools.determiners for word in words)

    def _only_describes(self, left: int, between: Sequence[str], text: Words) -> bool:
        """Commas alone join nothing but describing words: "calcified, tortuous aorta"."""
        places = range(left + 1, left + 1 + len(between))
        return all(
            word == "," or place in text.describing or self._is_idle(word)
            for place, word in zip(places, between, strict=True)
        )
