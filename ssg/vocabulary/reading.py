"""Free text -> :class:`Reading`: what it says of findings, and which of its words were not understood.

Text -> tokens (forms.py), spelled right (spelling.py), idioms and wordings replaced (lexicon.py) -> sentences
(sentences.py) -> mentions (phrases.py) and what they mean (meaning.py) -> present, absent or doubted (presence.py) and
left or right (sides.py). Parts that leave out their finding ("none on the right") are taken out before and understood
after (elided.py, ellipsis.py).

Decided here:

- Present also means "asked about": "is there fluid?", "are the lungs clear?" and "where is the heart?" say nothing.
- "Clear lungs" is the absence of what it denies, and "the lungs are not clear" its presence.
- What is only past ("history of pneumonia") makes no statement, except what stays in the body ("status post
  sternotomy") and what is said to be gone ("the previous effusion has resolved" is absent).
- A structure is a statement of its own only where it is asked for; beside a finding it is the place.
- Words that stay ambiguous are unclear, unless a finding beside them says what was meant.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from ssg.errors import BadInput
from ssg.vocabulary.catalogue import MOST_CANDIDATES, vocabulary
from ssg.vocabulary.cues import ALTERNATIVES, Said
from ssg.vocabulary.elided import parts, without
from ssg.vocabulary.ellipsis import Told, completed
from ssg.vocabulary.forms import Token, key, tokens, words_table
from ssg.vocabulary.gaps import Words
from ssg.vocabulary.lexicon import COORDINATORS, PhraseTable, lexicon, reworded, words_of
from ssg.vocabulary.meaning import Meaning, is_explained, meanings
from ssg.vocabulary.phrases import Mention, form_index
from ssg.vocabulary.presence import presences
from ssg.vocabulary.sentences import Sentence, sentences
from ssg.vocabulary.sides import sides
from ssg.vocabulary.spelling import Guess, corrected
from ssg.vocabulary.types import Presence, Reading, SentenceReading, Side, Statement, Unclear

MOST_CHARACTERS = 10_000
"""A longer text is refused: reports have a few thousand, and the time for a text must stay bounded."""

MOST_UNCLEAR = 12
"""Unclear words that are told; nobody answers more questions about one text."""

_ANSWERS = {"yes": Presence.PRESENT, "no": Presence.ABSENT, "none": Presence.ABSENT, "nope": Presence.ABSENT}
_PRESENCES = {Said.DENIED: Presence.ABSENT, Said.DOUBTED: Presence.UNCERTAIN}
_TURNED = {Presence.PRESENT: Presence.ABSENT, Presence.ABSENT: Presence.PRESENT}
_DENIALS = frozenset(("no", "without", "not", "never"))
_REQUESTS = words_of("show find locate mark point outline circle see label annotate box identify me to where what any")
_NAMING = words_of("left right l r lt rt bilateral both sided side :")


def read(text: str, modality: str | Collection[str] | None = None) -> Reading:
    """What a text says of findings, in order of mention.

    ``modality`` is one of the vocabulary's ("chest x-ray", "brain mr", ...), or several that the image may be of; it
    decides between the meanings of a word, and one that is not known decides nothing. Raises BadInput for a text of
    more than MOST_CHARACTERS.
    """
    _require_readable(text)
    found: dict[tuple[str, Side | None, Presence], Statement] = {}
    spans, unclear = _read(text, modality)
    for statement in itertools.chain.from_iterable(one.statements for one in spans):
        found.setdefault((statement.finding, statement.side, statement.presence), statement)
    words = tuple(dict.fromkeys(part for _, part in unclear))
    return Reading(tuple(found.values()), words[:MOST_UNCLEAR])


def by_sentence(text: str, modality: str | Collection[str] | None = None) -> list[SentenceReading]:
    """The sentences of a text with all that each says, also where another has said it before; as :func:`read`.

    What a sentence says of one before it ("on the left only") stands with the one that names the finding.
    """
    _require_readable(text)
    found, unclear = _read(text, modality)
    return [
        replace(one, unclear=tuple(part for start, part in unclear if one.span[0] <= start < one.span[1]))
        for one in found
    ]


def _require_readable(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise BadInput(
            f"The text has {len(text):,} characters; at most {MOST_CHARACTERS:,} are read: send it in parts."
        )


def _read(text: str, modality: str | Collection[str] | None) -> tuple[list[SentenceReading], list[tuple[int, Unclear]]]:
    """Each sentence with its statements, and what was unclear, by where it stands."""
    words, unknown = corrected(tokens(text), text)
    unclear = [(token.start, _unknown(token, guess, text)) for token, guess in unknown]
    before, told_in = Told(Sentence(())), 0
    modalities = _known_modalities(modality)
    found: list[SentenceReading] = []
    for number, sentence in enumerate(sentences(reworded(words), text)):
        now, left_open = _understood(sentence, text, modalities, before)
        span = sentence.tokens[0].start, sentence.tokens[-1].end
        if now.sentence is before.sentence:  # it goes on with what was said, or answers it
            found[told_in] = SentenceReading(found[told_in].span, tuple(now.statements))
            found.append(SentenceReading(span))
        else:
            stated = tuple(now.statements)
            found.append(SentenceReading(span, stated, asks=sentence.asks, queried=sentence.queried))
            told_in = number
        unclear += left_open
        before = now
    unclear.sort(key=lambda entry: entry[0])
    return found, unclear


def _understood(
    sentence: Sentence, text: str, modalities: frozenset[str], before: Told
) -> tuple[Told, list[tuple[int, Unclear]]]:
    """What a sentence says, and its unclear words with their places; ``before`` is what the one before it said."""
    answer = _ANSWERS.get(sentence.words[0]) if len(sentence.words) == 1 else None
    if answer and before.statements and before.sentence.queried:
        return Told(before.sentence, [replace(asked, presence=answer) for asked in before.statements]), []
    reader = _SentenceReader(sentence, text, modalities)
    left_out = [] if sentence.past else parts(sentence, reader.mentions)
    if left_out:
        rest = without(sentence, left_out)
        told, left_open = before, list[tuple[int, Unclear]]()
        if any(word not in COORDINATORS and word[0].isalnum() for word in rest.words):
            told, left_open = _SentenceReader(rest, text, modalities).read()
        said = completed(told, left_out, here=told is not before)
        if said is not None:
            return Told(told.sentence, said, told.turned), left_open
    return reader.read()


class _SentenceReader:
    """One sentence: its mentions, what each means, what is said of it and where it is."""

    def __init__(self, sentence: Sentence, text: str, modalities: frozenset[str]) -> None:
        self.sentence = sentence
        self.words = sentence.words
        self.text = text
        self.compared = Words(
            self.words, {place for place, token in enumerate(sentence.tokens) if _describes(token, text)}
        )
        found = form_index().find(self.compared)
        self.mentions = [mention for mention in found if not self._is_other_word(mention)]
        self.meanings: list[Meaning] = meanings(self.mentions, modalities)
        self.asks_or_lists = sentence.asks or self._is_request_or_list()
        self.only_places = all(mention.is_place or mention.describes for mention in self.mentions)

    def read(self) -> tuple[Told, list[tuple[int, Unclear]]]:
        """Statements in order, and unclear words with their places in the text."""
        if self.sentence.past or not self.mentions:
            return Told(self.sentence), []
        said = presences(self.compared, self.mentions)
        told = [number for number in range(len(self.mentions)) if self._is_told(number, said[number])]
        where = sides(self.sentence, self.mentions, told)
        self._place_alternatives(told, said, where)
        statements = (self._statement(number, said[number], where[number]) for number in told)
        turned = {self._span(number) for number in told if self.mentions[number].form.normal}
        stated = [statement for statement in statements if statement is not None]
        return Told(self.sentence, stated, turned), list(self._unclear(told))

    def _is_other_word(self, mention: Mention) -> bool:
        """Whether letters that are also a word ("dish") are not written as the abbreviation ("DISH")."""
        if len(mention.core) > 1 or self.words[mention.first] not in _capitals():
            return False
        token = self.sentence.tokens[mention.first]
        return not self.text[token.start : token.end].isupper()

    def _is_request_or_list(self) -> bool:
        """Whether a sentence asks for what it names ("show me the hila and any mass") or does nothing but name it."""
        if _REQUESTS.intersection(self.words[:3]):
            return True
        tools = lexicon()
        inside = {place for mention in self.mentions for place in mention.core}
        others = (word for place, word in enumerate(self.words) if place not in inside)
        return all(word in COORDINATORS or word in tools.determiners or word in _NAMING for word in others)

    def _is_told(self, number: int, said: Said | None) -> bool:
        """Whether a mention becomes a statement, if its meaning is clear; a structure may only be a place."""
        mention = self.mentions[number]
        if not mention.is_place:
            return True
        if said in (Said.PAST, Said.ASIDE) or (said is Said.DOUBTED and not self.sentence.asks):
            return False
        if not self.only_places and not self._stands_alone(number):
            return False
        # "no abnormality of the heart" denies the abnormality, "the spleen is absent" the spleen
        return said is not Said.DENIED or not _DENIALS.intersection(self.words[: mention.first])

    def _stands_alone(self, number: int) -> bool:
        """Whether a structure beside findings is asked for itself: "the left hilum and any effusion"."""
        mention, tools = self.mentions[number], lexicon()
        if not self.asks_or_lists:
            return False
        if any(word not in COORDINATORS for word in self.words[mention.last + 1 : mention.last + 2]):
            return False
        if self._shares_finding(number):
            return False
        place = mention.first - 1
        while place >= 0 and self.words[place] in tools.skipped and self.words[place] != "normal":
            place -= 1
        if place < 0 or self.words[place] in tools.verbs or self.words[place] in _REQUESTS:
            return True
        if self.words[place] not in COORDINATORS:
            return False
        before = [n for n in range(number) if self.mentions[n].is_place and self.mentions[n].first < place]
        return not before or self._stands_alone(before[-1])

    def _shares_finding(self, number: int) -> bool:
        """Whether this is one of several places of what follows: "*right upper* and left lower lobe consolidation"."""
        for following in range(number + 1, len(self.mentions)):
            mention = self.mentions[following]
            if not mention.is_place:
                return mention.first == self.mentions[following - 1].last + 1 and following > number + 1
            if not self._are_near(number, following):
                return False
        return False

    def _are_near(self, number: int, following: int) -> bool:
        groups = {vocabulary().get(self.mentions[one].form.finding).group for one in (number, following)}
        return len(groups) == 1

    def _place_alternatives(self, told: Sequence[int], said: Sequence[Said | None], where: list[Side | None]) -> None:
        """What another finding may be lies where that lies: "left opacity, likely atelectasis"."""
        for before, number in itertools.pairwise(told):
            if said[number] is Said.DOUBTED and where[number] is None and not self.mentions[number].doubted:
                between = self.words[self.mentions[before].last + 1 : self.mentions[number].first]
                named = "and" not in between and _may_be().find(between)
                if named or (said[before] is Said.DOUBTED and _ALTERNATIVES.intersection(between)):
                    where[number] = where[before]

    def _statement(self, number: int, said: Said | None, side: Side | None) -> Statement | None:
        """The statement of one mention; None where it is only an aside, its meaning is open, or it is past and gone."""
        meaning = self.meanings[number]
        if said is Said.ASIDE or meaning.finding is None or (said is Said.PAST and meaning.finding not in _lasting()):
            return None
        finding = vocabulary().get(meaning.finding)
        presence = self._presence(said, self.mentions[number].form.normal)
        return Statement(
            finding.name, side if finding.has_sides else None, presence, self._span(number), meaning.others
        )

    def _presence(self, said: Said | None, normal: bool) -> Presence:
        presence = Presence.PRESENT if said is None else _PRESENCES.get(said, Presence.PRESENT)
        if self.sentence.asks and (normal or said is Said.DOUBTED):
            return Presence.PRESENT
        if said is None and self.sentence.doubted:
            presence = Presence.UNCERTAIN
        return _TURNED.get(presence, presence) if normal else presence

    def _span(self, number: int) -> tuple[int, int]:
        mention = self.mentions[number]
        return self.sentence.tokens[mention.first].start, self.sentence.tokens[mention.last].end

    def _unclear(self, told: Sequence[int]) -> Iterator[tuple[int, Unclear]]:
        clear = [name for number in told if (name := self.meanings[number].finding) is not None]
        for number, mention in enumerate(self.mentions):
            ambiguity, meaning = mention.form.ambiguity, self.meanings[number]
            if ambiguity is not None and meaning.finding is None and not is_explained(ambiguity, clear):
                start, end = self._span(number)
                yield start, Unclear(self.text[start:end], meaning.others, ambiguity.why)


_ALTERNATIVES = ALTERNATIVES | {"versus", "vs", ","}


def _describes(token: Token, text: str) -> bool:
    """Whether a word is a describing form of its noun: "calcified", which is compared as "calcification"."""
    written = text[token.start : token.end].lower()
    return written != token.text and written in words_table()["same"]


def _unknown(token: Token, guess: Guess, text: str) -> Unclear:
    near = (name for word in guess.near for name in vocabulary().candidates(word))
    candidates = tuple(dict.fromkeys(near))[:MOST_CANDIDATES]
    return Unclear(text[token.start : token.end], candidates, "It is not a word of the vocabulary.")


def _known_modalities(modality: str | Collection[str] | None) -> frozenset[str]:
    """Modalities as the vocabulary writes them, without those that it does not have."""
    named = (modality,) if isinstance(modality, str) else modality or ()
    return frozenset(known for one in named if (known := _known_modality(one)) is not None)


@functools.lru_cache(maxsize=64)
def _known_modality(modality: str) -> str | None:
    """A modality as the vocabulary writes it; None for one that it does not have."""
    known = {key(name): name for finding in vocabulary() for name in finding.modalities}
    return known.get(key(modality[:100]))


@functools.cache
def _may_be() -> PhraseTable[None]:
    return PhraseTable((phrase, None) for phrase in words_table()["doubted"]["same"].split())


@functools.cache
def _capitals() -> frozenset[str]:
    return words_of(words_table()["unknown"]["capitals"])


@functools.cache
def _lasting() -> frozenset[str]:
    return frozenset(name.replace("_", " ") for name in words_table()["past"]["lasting"].split())
