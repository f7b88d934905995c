"""Written forms made comparable: "Oedemas" and "edema" are one word, "Lung_Mass" and "lung mass" one name.

A text becomes :class:`Token` objects: lower case, without accents and plural endings, in American spelling, with organ
adjectives as their nouns (cardiac = heart), each with its place in the original text. What any of the words means is
not known here.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)*|[<>=&+]|[.,;:!?()/\n]")
_JOINED = re.compile(r"\b(?:(?:[bhswr]/[opaol]|and/or)\b|w/(?=\s))")
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("zes", "z"))
_NO_PLURAL = ("ss", "us", "is")
_BRITISH = (
    ("ae", "e"), ("oe", "e"), ("tumour", "tumor"), ("colour", "color"), ("favour", "favor"), ("fibre", "fiber"),
    ("centre", "center"), ("grey", "gray"), ("calibre", "caliber"), ("litre", "liter"), ("aluminium", "aluminum"),
    ("sulph", "sulf"), ("isation", "ization"), ("ising", "izing"), ("ised", "ized"), ("ogue", "og"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """One word in comparable form, and the characters [start, end) of the text that it stands for."""

    text: str
    start: int
    end: int


@functools.cache
def words_table() -> dict[str, Any]:
    """``words.toml`` as it stands."""
    return tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))


def tokens(text: str) -> list[Token]:
    """All words and stops of a text, in order. Abbreviations that stand for several words become these."""
    plain, origin = _plain(text)
    expansions = _expansions()
    found = []
    for match in _pieces(plain):
        start, end = origin[match[0]], origin[match[1] - 1] + 1
        written = plain[match[0] : match[1]].replace("'", "")
        whole = expansions.get(written)
        words = (written,) if whole is None else whole.split()
        found += [Token(comparable(word), start, end) for word in words]
    return found


@functools.lru_cache(maxsize=20_000)
def key(text: str) -> tuple[str, ...]:
    """A name as it is looked up: its words in comparable form, without stops, articles and possessives."""
    skipped = _determiners()
    return tuple(token.text for token in tokens(text) if token.text not in skipped and token.text[0].isalnum())


@functools.lru_cache(maxsize=20_000)
def comparable(word: str) -> str:
    """One lower-case word in comparable form: singular, American, the noun of its organ."""
    table = words_table()
    singular = table["plural"].get(word) or _singular(word)
    american = singular
    for british, spelled in _BRITISH:
        american = american.replace(british, spelled)
    noun: str = table["same"].get(singular) or table["same"].get(american, american)
    return noun


def _singular(word: str) -> str:
    if len(word) <= 3 or word.endswith(_NO_PLURAL):
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending):
            return word[: -len(ending)] + instead
    return word[:-1] if word.endswith("s") else word


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """Lower case without accents, and for each of its letters the place in ``text`` that it came from."""
    if text.isascii():
        return text.lower().translate(_SEPARATORS), range(len(text))
    letters: list[str] = []
    origin: list[int] = []
    for place, letter in enumerate(text):
        for part in _SPELLED.get(letter, unicodedata.normalize("NFKD", letter)).lower():
            if not unicodedata.combining(part):
                letters.append(_SPELLED.get(part, part))
                origin.append(place)
    return "".join(letters), origin


_SPELLED = {
    "œ": "oe",
    "Œ": "oe",
    "æ": "ae",
    "Æ": "ae",
    "ß": "ss",
    "ø": "o",
    "Ø": "o",
    "ł": "l",
    "’": "'",
    "‘": "'",
    "_": " ",
    "-": " ",
    "–": " ",
    "—": " ",
    "≥": ">",
    "≤": "<",
    "|": "/",
}
_SEPARATORS = str.maketrans({letter: instead for letter, instead in _SPELLED.items() if letter.isascii()})


def _pieces(plain: str) -> list[tuple[int, int]]:
    """Where words and stops begin and end; "b/l", "w/" and "and/or" are one."""
    if "/" not in plain:
        return [match.span() for match in _WORD.finditer(plain)]
    spans: list[tuple[int, int]] = []
    at = 0
    for joined in _JOINED.finditer(plain):
        spans += [match.span() for match in _WORD.finditer(plain, at, joined.start())]
        spans.append(joined.span())
        at = joined.end()
    return spans + [match.span() for match in _WORD.finditer(plain, at)]


@functools.cache
def _expansions() -> Mapping[str, str]:
    table: Mapping[str, str] = words_table()["expansions"]
    return table


@functools.cache
def _determiners() -> frozenset[str]:
    return frozenset(map(comparable, words_table()["grammar"]["determiner"].split()))
