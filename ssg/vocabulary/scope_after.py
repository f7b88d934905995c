"""Cues that stand after: which mentions "is not seen", "has resolved" or "cannot be excluded" reach back to.

The nearest mention before them, and what is coordinated with it; of a finding with a place, the finding.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from ssg.vocabulary.cues import ALTERNATIVES, LIST, Cue, CuedSentence, Reach, Said
from ssg.vocabulary.lexicon import Found, lexicon, words_of

_TURNS = words_of("but although though however yet")
"""These end no doubt about what they speak of: "effusion is not seen *but* cannot be excluded"."""

_SINGULAR = frozenset(("is", "was", "has"))
_PLURAL = frozenset(("are", "were", "have"))


def said_after(sentence: CuedSentence, before: Sequence[Said | None]) -> dict[int, Said | None]:
    """What the cues behind them say, by the number of the mention; ``before`` is what the cues before them said."""
    said: dict[int, Said | None] = {}
    for found in sentence.cues:
        if found.value[1] in (Reach.AFTER, Reach.BOTH):
            said.update((number, found.value[0]) for number in _group(sentence, found, before))
    return said


def _group(sentence: CuedSentence, found: Found[Cue], said: Sequence[Said | None]) -> Iterator[int]:
    """The mention before a cue, and those that are coordinated with it and have no cue of their own."""
    ending = sorted((m.last, number) for number, m in enumerate(sentence.mentions) if m.last < found.first)
    if not ending:
        return
    nearest = _finding_at(sentence, [number for _, number in ending])
    behind = range(sentence.mentions[nearest].last + 1, found.last + 1)
    turns = {place for place in behind if sentence.words[place] in _TURNS and found.value[0] is not Said.DENIED}
    if sentence.stops.intersection(behind) - turns:
        return
    yield nearest
    later = nearest
    numbers = [number for _, number in ending]
    earlier = numbers[: numbers.index(nearest)]
    listed = found.value[0] is Said.DOUBTED and _is_bare_list(sentence, [*earlier[-2:], nearest])
    joined = _Joined(sentence, sentence.has(behind, _SINGULAR), sentence.has(behind, _PLURAL), listed)
    for number in reversed(earlier):
        alike = said[number] is said[nearest] and not sentence.mentions[number].form.normal
        if not alike or not joined.are(number, later):
            return
        yield number
        later = number


def _is_bare_list(sentence: CuedSentence, numbers: Sequence[int]) -> bool:
    """Whether three names have only commas between them: "atelectasis, infiltrate, edema difficult to exclude"."""
    mentions = [sentence.mentions[number] for number in numbers]
    gaps = [sentence.words[one.last + 1 : other.first] for one, other in itertools.pairwise(mentions)]
    return len(mentions) > 2 and all(list(gap) == [","] for gap in gaps)


def _finding_at(sentence: CuedSentence, numbers: Sequence[int]) -> int:
    """The last mention, or the finding whose place that is: "the nodule in the right upper lobe is not seen"."""
    last = sentence.mentions[numbers[-1]]
    if not last.is_place:
        return numbers[-1]
    for number in reversed(numbers[:-1]):
        between = range(sentence.mentions[number].last + 1, last.first)
        if sentence.has(between, LIST | lexicon().verbs):
            break
        if not sentence.mentions[number].is_place:
            return number
    return numbers[-1]


class _Joined:
    """Whether a predicate behind a list speaks of its earlier members too."""

    def __init__(self, sentence: CuedSentence, singular: bool, plural: bool, listed: bool) -> None:
        self.sentence = sentence
        self.singular = singular
        self.plural = plural
        self.listed = listed

    def are(self, first: int, second: int) -> bool:
        """Whether two mentions, in order, are members of one list."""
        sentence, earlier, later = self.sentence, self.sentence.mentions[first], self.sentence.mentions[second]
        between = range(earlier.last + 1, later.first)
        if sentence.has(between, lexicon().verbs) or any(found.first in between for found in sentence.cues):
            return False
        joints = {sentence.words[place] for place in between if sentence.words[place] in LIST}
        if not joints:
            return later.first <= earlier.last + 1
        if joints == {","} and not self.plural and not (self.listed and len(between) == 1):
            return False
        self.plural = self.plural or "and" in joints
        return not (self.singular and not ALTERNATIVES & joints and self._stands_alone(earlier.first))

    def _stands_alone(self, first: int) -> bool:
        """Whether a mention is introduced by itself: "there is an effusion and pneumothorax is not seen"."""
        before = range(max(first - 4, 0), first)
        return any(place in self.sentence.stops for place in before) or self.sentence.has(before, lexicon().openers)
