"""On which side a mention is: "left lower lobe consolidation", "effusion on the left", "left > right", "bibasal".

A side before a mention goes to it and to what is coordinated with it; a side after one ("... on the left") goes back to
it and to its list; a side that opens a sentence ("on the left there is ...", "right lung: ...") holds until another
is named. Left and right together are bilateral. What is said on one side and denied on the other was taken out before
(elided.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from ssg.vocabulary.lexicon import COORDINATORS, Found, lexicon
from ssg.vocabulary.phrases import Mention
from ssg.vocabulary.sentences import Sentence
from ssg.vocabulary.side_words import marks, place_before
from ssg.vocabulary.types import Side

_FRESH = frozenset(("a", "an", "another", "some", "any", "no", "without", "not"))
"""Words that introduce a list's member on its own, so that a side said before does not reach it."""

_BESIDE = frozenset(("adjacent", "associated", "underlying", "overlying"))
_DENYING = frozenset(("no", "without", "negative"))
_HOLDING = lexicon().verbs | lexicon().prepositions | {":"}
_JOINTS = COORDINATORS | {"with", "versus", "vs"}
_BOUNDARY = _JOINTS | {"(", ")", ":"}


def sides(sentence: Sentence, mentions: Sequence[Mention], targets: Sequence[int]) -> list[Side | None]:
    """The side of each mention; only ``targets`` (numbers of mentions) can have one, the others are places."""
    return _Sides(sentence, mentions, targets).found()


class _Sides:
    """One sentence on its way through its side words."""

    def __init__(self, sentence: Sentence, mentions: Sequence[Mention], targets: Sequence[int]) -> None:
        self.words = sentence.words
        self.mentions = mentions
        self.targets = sorted(targets, key=lambda number: (mentions[number].first, mentions[number].last))
        self.owners: dict[int, list[int]] = {}
        for number in self.targets:
            for place in mentions[number].core:
                self.owners.setdefault(place, []).append(number)
        self.named = {place for mention in mentions for place in mention.core}
        self.marks = marks(sentence, mentions, self.owners)
        self.said: dict[int, set[Side]] = {number: set() for number in self.targets}
        self.after: set[int] = set()
        self.lent: set[int] = set()
        self.held: list[tuple[int, Side]] = []

    def found(self) -> list[Side | None]:
        for mark in self.marks:
            self._attach(mark)
        self._hold()
        return [_one(self.said.get(number, set())) for number in range(len(self.mentions))]

    def _attach(self, mark: Found[Side]) -> None:
        inside = self._inside(mark) or [
            number
            for number in self.targets
            if set(range(mark.first, mark.last + 1)) <= set(self.mentions[number].core)
        ]
        if inside:
            for number in inside:
                self.said[number].add(mark.value)
            self._beside(max(inside), mark)
            if self._ends_in(mark, self.mentions[inside[0]]):
                self._along(inside[0], self.targets[: self.targets.index(inside[0])], mark)
            return
        before = [number for number in self.targets if self.mentions[number].last < mark.first]
        after = [number for number in self.targets if self.mentions[number].first > mark.last]
        if before and (self._looks_back(mark) or not after):
            self._backward(mark, before)
        elif after and self._reachable(mark.last, self.mentions[after[0]].first):
            self._ahead(mark, after)
        elif after and not self._describes_other(mark):
            self.held.append((mark.last, mark.value))

    def _inside(self, mark: Found[Side]) -> list[int]:
        """The mentions that a side stands within, by the word that it describes: "left rib and right clavicle ..."."""
        around = [n for n in self.targets if self.mentions[n].first < mark.first and mark.last < self.mentions[n].last]
        if not around:
            return []
        described = next(place for place in range(mark.last + 1, len(self.words)) if place in self.owners)
        owning = self.owners[described]
        if len(owning) > 1:
            ahead = [number for number in owning if self.mentions[number].first > mark.last]
            return ahead if len(ahead) == 1 else [number for number in owning if number in around]
        return owning

    def _ends_in(self, mark: Found[Side], mention: Mention) -> bool:
        """Whether a mention ends in the place of its list: "pneumonia or atelectasis *at the left base*"; a "fracture
        *of the left clavicle*" only says which bone."""
        place = place_before(self.words, mark.first)
        return place > mention.first and self.words[place] in lexicon().prepositions - {"of"}

    def _looks_back(self, mark: Found[Side]) -> bool:
        """Whether a side belongs to what was said before it: "... on the left", "effusion left", "... (left)"."""
        place = place_before(self.words, mark.first)
        if place >= 0 and self.words[place] in lexicon().prepositions:
            return not self._stops_between(place) and not self._describes_next(mark)
        following = self.words[mark.last + 1] if mark.last + 1 < len(self.words) else ","
        if self._opens(mark):
            return False
        ends = following in _BOUNDARY | _STOPPING or following in lexicon().verbs or self._ends_in_place(mark)
        before = self.words[place] if place >= 0 else ""
        return ends and (place in self.owners or before in ("(", ",", ":") or before in lexicon().verbs)

    def _opens(self, mark: Found[Side]) -> bool:
        """Whether a side begins a part of its own: "R: nodule *L: effusion*", ", *right side has* an effusion"."""
        place = mark.last + 1
        while place in self.named and place not in self.owners:
            place += 1
        following = self.words[place : place + 1]
        joint = place_before(self.words, mark.first)
        begins = joint >= 0 and self.words[joint] in _JOINTS
        opens = following == (":",) or (begins and following and following[0] in lexicon().verbs)
        return bool(opens) and self._mention_ahead(place)

    def _ends_in_place(self, mark: Found[Side]) -> bool:
        """Whether a place follows and no finding after it: "opacity right base, ..."."""
        place, tools = mark.last + 1, lexicon()
        while place < len(self.words) and place not in self.owners:
            if place not in self.named and self.words[place] not in tools.skipped - tools.cues:
                break
            place += 1
        return mark.last + 1 in self.named and place not in self.owners

    def _describes_next(self, mark: Found[Side]) -> bool:
        """Whether a finding follows directly, and no place: "resolution of the left pneumothorax"."""
        place = mark.last + 1
        while place < len(self.words) and place not in self.named and self.words[place] in lexicon().skipped:
            place += 1
        return place in self.owners

    def _describes_other(self, mark: Found[Side]) -> bool:
        """Whether a side is that of something else, and a denial follows: "left epicardial fat, no effusion"."""
        tools, start = lexicon(), mark.last + 1
        rest = self.words[start:]
        stop = rest.index(",") if "," in rest else len(rest)
        if not _DENYING.intersection(rest[stop + 1 : stop + 2]) or _HOLDING.intersection(rest[:stop]):
            return False
        nouns = [word for at, word in enumerate(rest[:stop]) if start + at not in self.named]
        return any(word not in tools.plain and word not in tools.skipped for word in nouns)

    def _stops_between(self, place: int) -> bool:
        """Whether the preposition opens a new part: "effusion, on the right a pneumothorax"."""
        return place > 0 and self.words[place - 1] in (",", ":", "and", "but") and self._mention_ahead(place)

    def _mention_ahead(self, place: int) -> bool:
        ahead = [self.mentions[number].first for number in self.targets if self.mentions[number].first > place]
        return bool(ahead) and not any(self.words[at] in (",", "and") for at in range(place, ahead[0]))

    def _reachable(self, last: int, first: int) -> bool:
        """Whether a side describes the mention ahead: no verb and no stop between them, at most a list of places."""
        between = self.words[last + 1 : first]
        if any(word in ("(", ")", ":") or word in lexicon().verbs for word in between):
            return False
        joints = [place for place, word in enumerate(between) if word in _JOINTS]
        if joints and not any(last < mark.first < first for mark in self.marks):
            return False
        if {between[place] for place in joints} == {","} and self._is_placed(last):
            return False  # "better at the left base, persistent right effusion"
        return all(word not in _STOPPING for word in between)

    def _is_placed(self, last: int) -> bool:
        """Whether the side that ends here has a preposition."""
        before = next(place_before(self.words, mark.first) for mark in self.marks if mark.last == last)
        return before >= 0 and self.words[before] in lexicon().prepositions

    def _ahead(self, mark: Found[Side], after: Sequence[int]) -> None:
        """To the next mention, and along its list as far as no other side or article stands.

        The list only borrows it: "left effusion with shift *to the right*" has a side of its own coming.
        """
        first = after[0]
        self.said[first].add(mark.value)
        previous = first
        for number in after[1:]:
            if not self._same_list(previous, number):
                return
            self.said[number].add(mark.value)
            self.lent.add(number)
            previous = number

    def _beside(self, number: int, mark: Found[Side]) -> None:
        """What lies beside a mention lies on its side: "a raised left dome with adjacent atelectasis"."""
        for following in self.targets:
            start, end = self.mentions[number].last + 1, self.mentions[following].first
            if start < end and _BESIDE.intersection(self.words[start:end]) and self._same_list(number, following):
                self.said[following].add(mark.value)

    def _same_list(self, number: int, following: int) -> bool:
        start, end = self.mentions[number].last + 1, self.mentions[following].first
        if end < start:
            start = self.mentions[number].first + 1  # phrases of one list: "rib and clavicle fractures"
        between = self.words[start:end]
        joints = [word for word in between if word in _JOINTS]
        sided = any(start <= mark.first < end for mark in self.marks)
        fresh = any(word in _FRESH or word in lexicon().verbs or word in _STOPPING for word in between)
        if not joints or sided or fresh or any(word in lexicon().prepositions - {"with"} for word in between):
            return False
        return set(joints) != {","} or self._list_goes_on(end)

    def _list_goes_on(self, place: int) -> bool:
        """Whether a list told by commas ends in "and" or "or", so that what opens it describes all of it."""
        for word in self.words[place:]:
            if word in ("and", "or", "&"):
                return True
            if word in lexicon().verbs or word in _STOPPING:
                return False
        return False

    def _backward(self, mark: Found[Side], before: Sequence[int]) -> None:
        nearest = max(before, key=lambda number: self.mentions[number].last)
        if nearest in self.lent and mark.value is not Side.BILATERAL:
            self.said[nearest].clear()
            self.lent.remove(nearest)
        if self.said[nearest] and mark.value is not Side.BILATERAL and not self._continues(nearest, mark):
            return
        self.said[nearest].add(mark.value)
        self.after.add(nearest)
        self._along(nearest, [number for number in before if number != nearest], mark)

    def _along(self, nearest: int, before: Sequence[int], mark: Found[Side]) -> None:
        """Back along the list that a mention ends, as far as none has a side of its own."""
        following = nearest
        for number in reversed(before):
            if not self._same_list(number, following):
                return
            if number in self.lent and self.words[place_before(self.words, mark.first)] != "to":
                self.said[number].clear()
                self.lent.remove(number)
            elif self.said[number] and number not in self.after:
                return
            self.said[number].add(mark.value)
            self.after.add(number)
            following = number

    def _continues(self, number: int, mark: Found[Side]) -> bool:
        """Whether this is the second of two places: "... in the left base and right base"."""
        between = self.words[self.mentions[number].last + 1 : mark.first]
        return number in self.after and any(word in COORDINATORS for word in between)

    def _hold(self) -> None:
        """A side that opened the sentence goes to every mention without one, until the next side word."""
        for last, side in self.held:
            until = min((mark.first for mark in self.marks if mark.first > last), default=len(self.words))
            for number in self.targets:
                if last < self.mentions[number].first < until and not self.said[number]:
                    self.said[number].add(side)


_STOPPING = frozenset(("but", "however", "although", "though", "while", "whereas", "except", "which"))


def _one(said: set[Side]) -> Side | None:
    if not said:
        return None
    return next(iter(said)) if len(said) == 1 else Side.BILATERAL
