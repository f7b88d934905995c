"""Where a sentence names entries of the vocabulary: "fracture of the left clavicle" is the clavicle fracture.

Forms (written.py) are looked for with gaps between their words (gaps.py). The most specific one wins the words that
several claim. Matches across a list ("heart and mediastinum are normal") come last, and only those that have a word
which nothing else speaks for. What is said of a mention, and on which side, is not known here.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ssg.vocabulary.catalogue import vocabulary
from ssg.vocabulary.gaps import Gap, GapRules, Words
from ssg.vocabulary.lexicon import Lexicon, lexicon
from ssg.vocabulary.written import Form, forms, organ_words


@dataclass(frozen=True, slots=True)
class Mention:
    """A form found in a sentence: ``core`` are the places of its words, ascending.

    ``joint`` is the place of the word before a list that it reaches across; ``verb``, ``denied`` and ``doubted`` tell
    what stands within it.
    """

    form: Form
    core: tuple[int, ...]
    joint: int | None = None
    verb: bool = False
    denied: bool = False
    doubted: bool = False

    @property
    def first(self) -> int:
        """Place of the first word."""
        return self.core[0]

    @property
    def last(self) -> int:
        """Place of the last word."""
        return self.core[-1]

    @property
    def between(self) -> int:
        """How many words stand within it."""
        return self.last - self.first + 1 - len(self.core)

    @property
    def is_place(self) -> bool:
        """Whether it names a structure, and so perhaps only where something else is."""
        return self.form.kind == "anatomy"

    @property
    def describes(self) -> bool:
        """Whether it is a describing word without a noun: "enlarged"."""
        return self.form.ambiguity is not None and self.form.ambiguity.describes

    @property
    def rank(self) -> tuple[bool, bool, float, int, int, int]:
        """Mentions with a smaller rank choose their words first."""
        return (self.joint is not None, self.is_place, -self.form.weight, self.between, self.form.order, self.first)


class FormIndex:
    """All forms, found by the rarest of their words."""

    def __init__(self, written: Iterable[Form], organs: frozenset[str], tools: Lexicon) -> None:
        written = list(written)
        frequency = Counter(word for form in written for word in form.words)
        self.words = frozenset(frequency)
        self._organs = organs
        self._gaps = GapRules(tools, self.words, organs)
        structures = (form.words for form in written if form.kind == "anatomy")
        self._compounds = frozenset(pair for words in structures for pair in itertools.pairwise(words))
        alone = {form.words[0] for form in written if len(form.words) == 1 and form.kind != "anatomy"}
        self._parts = alone.intersection(itertools.chain.from_iterable(self._compounds))
        self._findings = {frozenset(form.words): form for form in written if _names_finding(form)}
        self._by_anchor: dict[str, list[Form]] = {}
        for form in written:
            self._by_anchor.setdefault(min(form.words, key=lambda word: frequency[word]), []).append(form)

    def find(self, text: Words) -> list[Mention]:
        """The mentions in a sentence, in order."""
        return _chosen(self._matches(text), text)

    def _matches(self, text: Words) -> Iterator[Mention]:
        places: dict[str, list[int]] = {}
        for place, word in enumerate(text.words):
            if word in self.words:
                places.setdefault(word, []).append(place)
        for word, anchors in places.items():
            for form in self._by_anchor.get(word, ()):
                if all(other in places for other in form.words):
                    yield from self._around(form, word, anchors, places, text)

    def _around(
        self, form: Form, anchor: str, anchors: Sequence[int], places: Mapping[str, Sequence[int]], text: Words
    ) -> Iterator[Mention]:
        """The best placement of a form's words around each place of its anchor word."""
        for place in anchors:
            options = [[place] if word == anchor else _nearest(places[word], place) for word in form.words]
            placed = (self._placed(form, spread, text) for spread in itertools.product(*options))
            found = [mention for mention in placed if mention is not None]
            if found:
                yield min(found, key=lambda mention: mention.rank)

    def _placed(self, form: Form, spread: tuple[int, ...], text: Words) -> Mention | None:
        """A form with its words at these places; None where they do not belong together."""
        core = tuple(sorted(spread))
        if len(set(core)) < len(core) or (form.style != "bag" and core != spread):
            return None
        if form.style == "exact":
            return Mention(form, core) if self._stands_as_written(core, text) else None
        is_vague = form.ambiguity is not None or (len(core) == 1 and form.words[0] in self._parts)
        if is_vague and self._is_part(core, text.words):
            return None
        gaps = [self._gap(left, right, text) for left, right in itertools.pairwise(core)]
        known = [gap for gap in gaps if gap is not None]
        if len(known) < len(gaps) or sum(gap.listed for gap in known) > 1:
            return None
        denied = sum(gap.denied for gap in known) == 1
        if denied and (remaining := self._undenied(form, core, known, text)) is not None:
            form, denied = remaining, False
        return Mention(
            form,
            core,
            joint=next((place for place, gap in zip(core, known, strict=False) if gap.listed), None),
            verb=any(gap.verb for gap in known),
            denied=denied,
            doubted=any(gap.doubted for gap in known) or "borderline" in form.words,
        )

    def _undenied(self, form: Form, core: tuple[int, ...], gaps: Sequence[Gap], text: Words) -> Form | None:
        """What is there all the same where only its description is denied: of "the nodule is not calcified" a nodule.

        It keeps the weight of the form, so that nothing else speaks for the word that is denied.
        """
        first = next(at for at, gap in enumerate(gaps) if gap.denied) + 1
        if any(text.words[place] in self._organs for place in core[first:]):
            return None  # "consolidation in neither lung"
        noun = self._findings.get(frozenset(text.words[place] for place in core[:first]))
        return None if noun is None else dataclasses.replace(noun, weight=form.weight)

    def _gap(self, left: int, right: int, text: Words) -> Gap | None:
        return _NO_GAP if right == left + 1 else self._gaps.gap(left, right, text)

    def _stands_as_written(self, core: tuple[int, ...], text: Words) -> bool:
        return all(text.words[place] == "/" for place in range(core[0], core[-1]) if place not in core)

    def _is_part(self, core: tuple[int, ...], words: Sequence[str]) -> bool:
        """Whether a word belongs to a longer name beside it: "fluid in the lung base" is not fluid in the lung,
        nor "the chest cavity" one of the lung."""
        return any(
            (words[at], words[at + 1]) in self._compounds and not (at in core and at + 1 in core)
            for place in core
            for at in (place - 1, place)
            if 0 <= at < len(words) - 1
        )


_NO_GAP = Gap()


def _names_finding(form: Form) -> bool:
    """Whether a form names one finding, or is read as one."""
    read = form.finding or (form.ambiguity is not None and form.ambiguity.read_as is not None)
    return bool(read) and form.kind == "finding"


def _nearest(places: Sequence[int], anchor: int) -> list[int]:
    """The places next to the anchor on either side, at most two."""
    before = [place for place in places if place < anchor][-1:]
    after = [place for place in places if place > anchor][:1]
    return before + after


def _chosen(matches: Iterable[Mention], text: Words) -> list[Mention]:
    """Mentions that share no word, the most specific first; then those across a list that say something more."""
    owner: dict[int, Mention] = {}
    chosen: list[Mention] = []
    for mention in sorted(matches, key=lambda mention: mention.rank):
        if mention.joint is None:
            if any(place in owner for place in mention.core):
                continue
        elif not _adds(mention, owner, text):
            continue
        inside = set(mention.core)
        chosen = [other for other in chosen if not inside.issuperset(other.core)]
        chosen.append(mention)
        owner.update((place, mention) for place in mention.core)
    return sorted(chosen, key=lambda mention: (mention.first, mention.last))


def _adds(mention: Mention, owner: Mapping[int, Mention], text: Words) -> bool:
    """Whether a match across a list has a word that no other phrase speaks for."""
    before = owner.get(mention.joint) if mention.joint is not None else None
    if before is not None and not before.is_place and before.first != mention.joint:
        return False  # "heart enlarged, mediastinal contours ...": what is said of one noun is not said of the next
    owners = {place: owner.get(place) for place in mention.core}
    for other in owners.values():
        if other is not None and (set(mention.core) <= set(other.core) or _same_finding(mention, other)):
            return False
    return any(_is_free(place, other, mention, text) for place, other in owners.items())


def _same_finding(mention: Mention, other: Mention) -> bool:
    return bool(mention.form.finding) and mention.form.finding == other.form.finding


def _is_free(place: int, other: Mention | None, mention: Mention, text: Words) -> bool:
    """Whether a word may still be claimed: a structure may, and a word that by itself only describes."""
    if other is None or other.is_place:
        return True
    return len(other.core) == 1 and (mention.verb or place in text.describing or other.describes)


@functools.cache
def form_index() -> FormIndex:
    """The forms of the shipped vocabulary."""
    return FormIndex(forms(vocabulary()), organ_words(vocabulary()), lexicon())
