"""Cues that stand before: how far "no", "possible" or "history of" reach over the mentions that follow.

A scope goes on over lists, and ends where the sentence turns ("but", "there is"), where another cue takes over, and
where a member of the list begins something new: an article or a small size ("no pneumothorax, a small effusion"), a
verb of its own ("..., the heart is enlarged"), another side or a first one ("..., left lower lobe nodule"), or a normal
phrase ("no effusion, clear lungs").
"""

from __future__ import annotations

from ssg.vocabulary.cues import ALTERNATIVES, LIST, Cue, CuedSentence, Reach, Said, seen_words
from ssg.vocabulary.forms import words_table
from ssg.vocabulary.lexicon import Found, lexicon, words_of
from ssg.vocabulary.phrases import Mention

_OPEN = words_of(words_table()["doubted"]["if"]) | {"doubt"}
_MEANING = frozenset(("represent", "reflect", "indicate"))
_CAUSES = frozenset(("due", "secondary", "caused", "owing"))
"""The cause of what is seen is doubted with its meaning: "may *represent* changes *due to* bronchiectasis"."""

_GONE = words_of(words_table()["elided"]["gone"])
"""With what is gone comes what is there: "removal of the tube *with* increased atelectasis"."""

_SIDES = frozenset(("left", "right"))
_SIDE_WORDS = words_of(words_table()["grammar"]["side"])


def said_before(sentence: CuedSentence) -> list[Said | None]:
    """What the cues before it say of each mention."""
    return _Walk(sentence).said()


class _Walk:
    """From left to right through a sentence, with the cue that is in force."""

    def __init__(self, sentence: CuedSentence) -> None:
        self.sentence = sentence
        self.words = sentence.words
        self.cues = {found.first: found for found in sentence.cues if found.value[1] is not Reach.AFTER}
        self.behind = [found for found in sentence.cues if found.value[1] in (Reach.AFTER, Reach.BOTH)]
        self.force: Found[Cue] | None = None

    def said(self) -> list[Said | None]:
        result: list[Said | None] = [None] * len(self.sentence.mentions)
        for place in range(len(self.words)):
            self._arrive(place)
            for number in self.sentence.starting.get(place, ()):
                if self.force is not None and place > self.force.first:
                    result[number] = self._reached(self.force, self.sentence.mentions[number])
            self._leave(place)
        return result

    def _arrive(self, place: int) -> None:
        """Take up a cue that begins here, or drop the one whose scope ends here."""
        found = self.cues.get(place)
        if found is not None and not self._is_within(found):
            self.force = None if place in self.sentence.stops else found
        elif self.force is not None and place > self.force.last and self._ends(place, self.force):
            self.force = None

    def _leave(self, place: int) -> None:
        """Drop a cue that only means the very next mention, once that has come or cannot come."""
        force = self.force
        if force is not None and force.value[1] is Reach.NEXT and place > force.last:
            passed = place in self.sentence.inside or self.words[place] not in lexicon().skipped
            self.force = None if passed else force

    def _reached(self, force: Found[Cue], mention: Mention) -> Said | None:
        said = force.value[0]
        if mention.form.normal and said is Said.DENIED:
            # only a "not" right before it turns a normal phrase round
            return said if mention.first == force.last + 1 and self.words[force.last] == "not" else None
        return said

    def _is_within(self, found: Found[Cue]) -> bool:
        """Whether a cue is only part of what another says: "no opacity *to suggest* pneumonia", "resolution of the
        *prior* effusion", "may be *due to* pneumonia", "neither lung *shows* consolidation", "not sure if
        *there is* an effusion"."""
        force = self.force
        if force is None:
            return False
        (said, reach), (saying, _) = found.value, force.value
        before = range(force.last + 1, found.first)
        if reach is Reach.STOP:
            meant = self.words[force.last] in _MEANING and self.words[found.first] in _CAUSES
            return saying is Said.DOUBTED and (not before or (meant and not self._names_finding(before)))
        if reach is Reach.TELLING:
            goes_on = saying is Said.DENIED or self.words[force.last] in _OPEN
            return goes_on and not self._names_finding(before) and not self.sentence.has(before, LIST)
        if reach is Reach.NEXT:
            return saying in (Said.DENIED, Said.DOUBTED)
        if saying is Said.ASIDE:
            return said in (Said.PAST, Said.DOUBTED)  # "correlate with a *history of* fracture"
        joint = max((place for place in before if self.words[place] in LIST), default=None)
        fresh = joint is not None and not self.sentence.inside.intersection(range(joint, found.first))
        return saying is Said.DENIED and said is Said.DOUBTED and not fresh

    def _names_finding(self, places: range) -> bool:
        numbers = (number for place in places for number in self.sentence.starting.get(place, ()))
        return any(not self.sentence.mentions[number].is_place for number in numbers)

    def _names_anything(self, places: range) -> bool:
        """Whether a mention begins there that is more than an adjective: "no *displaced*, acute fracture"."""
        numbers = ((place, number) for place in places for number in self.sentence.starting.get(place, ()))
        mentions, adjectives = self.sentence.mentions, self.sentence.describing
        return any(not (mentions[number].describes and place in adjectives) for place, number in numbers)

    # ------------------------------------------------------------------ where a scope ends

    def _ends(self, place: int, force: Found[Cue]) -> bool:
        """Whether the scope of the cue in force ends at this place."""
        word = self.words[place]
        if word == ")":
            return self._opened_inside(force.first)
        if word not in LIST:
            after_mention = place - 1 in self.sentence.inside and place not in self.sentence.inside
            return after_mention and self._begins(place) and not self._closes_with_or(place)
        if word == "with" and self.words[place - 1] in ("and", ","):
            return True  # "without a pneumothorax and with an effusion"
        if self._is_alternative(place) or (place and self.words[place - 1] in LIST):
            return False
        member = self._member(place)
        numbers = (number for at in member for number in self.sentence.starting.get(at, ()))
        if any(self.sentence.mentions[number].form.normal for number in numbers):
            return True
        if word == "with":
            return self._begins(place + 1) or not _GONE.isdisjoint(self.words[force.first : force.last + 1])
        reached = self._names_anything(range(force.last + 1, place))
        if force.value[1] is Reach.LISTED:
            return self._says_something(member, shares=False)
        if self._says_something(member, shares=word != "," or not reached):
            return True
        before = range(force.last, place)
        fresh = self._begins(member.start) or self._changes_side(before, member)
        if word == "," and force.value[0] is not Said.DOUBTED:
            fresh = fresh or self._gives_a_side(before, member)
        elif word == ",":
            fresh = fresh or (self.words[member.stop - 1] in seen_words() and self.sentence.names(member))
        return fresh and not self._closes_with_or(place)

    def _opened_inside(self, first: int) -> bool:
        before = self.words[:first]
        return before.count("(") > before.count(")")

    def _is_alternative(self, place: int) -> bool:
        following = self.words[place + 1] if place + 1 < len(self.words) else ""
        return self.words[place] in ALTERNATIVES or following in ALTERNATIVES

    def _member(self, place: int) -> range:
        """The places of a list's next member: up to the next coordinator or stop."""
        start = place + 1
        while start < len(self.words) and self.words[start] in LIST:
            start += 1
        end = start
        while end < len(self.words) and self.words[end] not in LIST and end not in self.sentence.stops:
            end += 1
        return range(start, end)

    def _begins(self, place: int) -> bool:
        """Whether something new begins here: "a small ...", or a big one that is given a side."""
        if place >= len(self.words):
            return False
        word, tools = self.words[place], lexicon()
        return word in tools.openers or (word in tools.big and self.sentence.has(self._member(place - 1), _SIDES))

    def _changes_side(self, before: range, member: range) -> bool:
        sides = [_SIDES.intersection(self.words[place] for place in part) for part in (before, member)]
        return bool(sides[0] and sides[1]) and sides[0] != sides[1]

    def _gives_a_side(self, before: range, member: range) -> bool:
        """Whether a member after ones without a side opens with one: what is not there lies nowhere, so "no effusion,
        residual left consolidation" tells of the consolidation."""
        noun = next((at for at in member if self.words[at] not in lexicon().skipped), member.start)
        opens = self.sentence.has(range(member.start, noun), _SIDE_WORDS) and self.sentence.names(member)
        return opens and not self.sentence.has(before, _SIDE_WORDS)

    def _closes_with_or(self, place: int) -> bool:
        """Whether the list goes on to an "or", as denied lists do: "no large effusion, nodule or mass"."""
        for at in range(place, len(self.words)):
            if at in self.cues:
                return False
            if self.words[at] in ("or", "nor"):
                return True
        return False

    def _describes(self, member: range) -> bool:
        """Whether a member leaves out its verb: "no effusion, heart enlarged"."""
        last = member.stop - 1
        return len(member) > 1 and last in self.sentence.describing and last - 1 in self.sentence.inside

    def _says_something(self, member: range, shares: bool) -> bool:
        """Whether a member has a verb or a cue of its own; it may share "is seen" with the list before it."""
        if any(found.first in member or found.last in member for found in self.behind) or self._describes(member):
            return True
        verb = next((place for place in member if self.words[place] in lexicon().verbs), member.start)
        if verb == member.start:
            return False
        shared = shares and self.sentence.has(range(verb, member.stop), seen_words())
        return not shared or self._begins(member.start)
