"""Misspelled words: "pnuemothorax", "cardiomegly", "efusion", "pneumo thorax", "pleuraleffusion".

A word that nothing knows is compared with the words of the vocabulary, by ear as much as by letters. It is read as the
nearest one only where that is clearly nearest; otherwise the near ones are candidates. Words of plain English are
never touched: ``look_alike`` in words.toml names those that are near to a medical one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ssg.vocabulary.ambiguity import ambiguities
from ssg.vocabulary.catalogue import vocabulary
from ssg.vocabulary.forms import Token, comparable, words_table
from ssg.vocabulary.lexicon import lexicon, words_of
from ssg.vocabulary.phrases import form_index

SHORTEST = 5
"""Letters; a shorter word is too near to too many others."""

MOST_UNKNOWN = 60
"""Unknown words of one text that are looked at; a text with more is not a radiologist's."""

LONG = 10
"""Letters of a word in which two edits are forgiven."""

CLEARLY = 0.5
"""How much nearer than the next one a word must be, in edits."""

_SOUNDS = (
    ("ph", "f"),
    ("y", "i"),
    ("ck", "k"),
    ("ce", "se"),
    ("ci", "si"),
    ("c", "k"),
    ("qu", "k"),
    ("z", "s"),
    ("th", "t"),
    ("rh", "r"),
)
_TWICE = re.compile(r"(.)\1+")
_LETTERS = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Guess:
    """What an unknown word is: ``words`` in comparable form where that is clear, else the ``near`` ones.

    ``medical`` words are built like one, or known to be one that the vocabulary does not have.
    """

    words: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    medical: bool = False


class Speller:
    """Knows the words of the vocabulary as they are written, and all plain ones."""

    def __init__(self, written: Iterable[str], known: Iterable[str], everyday: Set[str] = frozenset()) -> None:
        self._known = frozenset(known)
        self._written = frozenset(written)
        self._meant = frozenset(map(comparable, self._written))
        sounds: dict[str, list[str]] = {}
        for word in sorted(self._written | self._meant - everyday):
            if len(word) >= SHORTEST:
                sounds.setdefault(_sound(word), []).append(word)
        self._clipped = {
            short: comparable(word)
            for word in sorted(self._written)
            if len(word) == SHORTEST
            for short in _without_a_vowel(word)
        }
        self._sounds = sounds
        self._heard = tuple(sounds)
        self.guess = functools.lru_cache(maxsize=4096)(self._guess)

    def knows(self, token: Token) -> bool:
        """Whether a word needs no guess."""
        if token.text in self._known or not token.text.isalpha():
            return True
        return token.end - token.start < SHORTEST and token.text not in self._clipped and token.text not in _SIDES

    def has(self, word: str) -> bool:
        """Whether a word as it is written in lower case is one of those that are known."""
        return comparable(word) in self._known

    def joined(self, first: str, second: str) -> str | None:
        """The comparable word that two written ones make, where the first is none by itself."""
        whole = first + second
        return comparable(whole) if whole in self._written and comparable(first) not in self._known else None

    def _guess(self, word: str) -> Guess:
        """By ear one edit is forgiven, two in a long word, and in a very short one only letters that changed places."""
        meant = _SIDES.get(word) or self._clipped.get(word) or _bilateral(word)
        if meant is not None:
            return Guess((meant,))
        limit = 1 if len(word) < LONG else 2
        near = self._near(word, limit)
        order = sorted(near, key=lambda meant: (near[meant], meant))
        clear = len(order) == 1 or (len(order) > 1 and near[order[1]] - near[order[0]] >= CLEARLY)
        if clear:
            return Guess((order[0],))
        return Guess(self._parts(word), tuple(order[:3]))

    def _near(self, word: str, limit: int) -> dict[str, float]:
        """How far each near word is, by comparable form: edits by ear, a quarter of those by letters, and the start."""
        sound = _sound(word)
        near: dict[str, float] = {}
        for heard, distance, _ in process.extract(
            sound, self._heard, scorer=OSA.distance, score_cutoff=limit, limit=12
        ):
            if distance and heard[0] != sound[0]:
                continue  # who misspells a word still begins it right
            for written in self._sounds[heard]:
                spelled = OSA.distance(word, written)
                if max(len(word), len(written)) <= SHORTEST and sorted(word) != sorted(written):
                    continue
                cost = distance + 0.25 * spelled
                if cost > 1.25 * limit:
                    continue
                meant = comparable(written)
                near[meant] = min(cost, near.get(meant, cost))
        return near

    def _parts(self, word: str) -> tuple[str, ...]:
        """Two words of the vocabulary that were written as one: "pleuraleffusion"."""
        for cut in range(3, len(word) - 2):
            if word[:cut] in self._written and word[cut:] in self._written and max(cut, len(word) - cut) > SHORTEST:
                return comparable(word[:cut]), comparable(word[cut:])
        return ()


def _sound(word: str) -> str:
    """A word by ear: "emfisema" and "emphysema" sound alike, and so do one letter and two."""
    for letters, heard in _SOUNDS:
        word = word.replace(letters, heard)
    return _TWICE.sub(r"\1", word.removeprefix("p") if word.startswith("pn") else word)


def _without_a_vowel(word: str) -> Iterator[str]:
    """A word with one of its inner vowels left out, as in haste: "edma"."""
    return (word[:at] + word[at + 1 :] for at in range(1, len(word) - 1) if word[at] in "aeiou")


def _slips(word: str) -> Iterator[str]:
    """A word with its own letters only: one left out but the first, one twice, or two that changed places."""
    for at in range(len(word)):
        yield word[: at + 1] + word[at:]
        if at:
            yield word[:at] + word[at + 1 :]
            yield word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]


_SIDES = {slip: side for side in ("left", "right") for slip in _slips(side)}
"""Sides are too short for the ear: "lift", "light" and "bright" are as near as "lefft"; so only slips of the pen."""


def _bilateral(word: str) -> str | None:
    """ "Bilatral": no other word begins so, and a misspelled finding is never read as a side."""
    near = word.startswith("bil") and OSA.distance(word.removesuffix("ly"), "bilateral", score_cutoff=2) <= 2
    return "bilateral" if near else None


def looks_medical(word: str) -> bool:
    """Whether an unknown word is built like a medical one: "bronchiolitis"."""
    return len(word) >= 6 and _medical().search(word) is not None


@functools.cache
def _medical() -> re.Pattern[str]:
    unknown = words_table()["unknown"]
    stems, endings = "|".join(unknown["stems"].split()), "|".join(unknown["endings"].split())
    return re.compile(rf"^(?:{stems})|(?:{endings})$")


@functools.cache
def _elsewhere() -> frozenset[str]:
    """Medical words that the vocabulary does not have, and that are near to some that it has."""
    return words_of(words_table()["unknown"]["medical"])


@functools.cache
def speller() -> Speller:
    """The speller of the shipped vocabulary."""
    table, plain = words_table(), lexicon().plain
    forms = [form for finding in vocabulary() for form in (*finding.written_forms, *finding.normal)]
    forms += [form for entry in ambiguities() for form in entry.text]
    written = {word for form in forms for word in _LETTERS.findall(form.lower())}
    written |= set(table["same"]) | set(table["plural"])
    everyday = plain | frozenset(table["unknown"]["everyday"].split())
    written = {word for word in written - everyday if comparable(word) not in plain}
    known = form_index().words | words_of(" ".join(_strings(table)))
    return Speller(written, known - _elsewhere(), everyday)


def _strings(table: object) -> Iterator[str]:
    """All words of a table, its keys included."""
    if isinstance(table, str):
        yield table.replace("_", " ")
    elif isinstance(table, dict):
        for name, value in table.items():
            yield name.replace("_", " ")
            yield from _strings(value)


def corrected(words: Sequence[Token], text: str) -> tuple[list[Token], list[tuple[Token, Guess]]]:
    """Tokens with their misspellings put right; and the words that may be medical and stay unknown."""
    knowing = speller()
    right: list[Token] = []
    unknown: list[tuple[Token, Guess]] = []
    looked_at = 0
    for token in words:
        whole = _joined(right, token, text, knowing)
        if whole is not None:
            unknown = [entry for entry in unknown if entry[0] is not right[-1]]
            right[-1] = whole
            continue
        guess = _KNOWN
        if looked_at < MOST_UNKNOWN and not knowing.knows(token):
            looked_at += 1
            guess = _guess(token, text, knowing)
        right += [Token(word, token.start, token.end) for word in guess.words] or [token]
        if not guess.words and (guess.near or guess.medical):
            unknown.append((token, guess))
    return right, unknown


_KNOWN = Guess()


def _guess(token: Token, text: str, knowing: Speller) -> Guess:
    """The guess for a word as it is compared, or else as it is written."""
    if token.text in _elsewhere():
        return Guess(medical=True)
    for word in (token.text, text[token.start : token.end].lower()):
        guess = knowing.guess(word)
        if guess.words or guess.near:
            return guess
    return Guess(medical=looks_medical(token.text))


def _joined(before: Sequence[Token], token: Token, text: str, knowing: Speller) -> Token | None:
    """One word that was written as two: "pneumo thorax"."""
    if not before or token.start - before[-1].end != 1 or text[before[-1].end] not in " -":
        return None
    first = before[-1]
    whole = knowing.joined(text[first.start : first.end].lower(), text[token.start : token.end].lower())
    return None if whole is None else Token(whole, first.start, token.end)
