"""Whether a finding is said to be new, worse, the same, better or gone since an earlier examination."""

from __future__ import annotations

import functools
import re
from typing import get_args

from ssg.reports.layout import words_table
from ssg.reports.types import Comparison
from ssg.vocabulary import Presence

_BREAK = re.compile(r"[,;:()]|\b(?:and|but|while|whereas|with)\b", re.IGNORECASE)


_FITS_ABSENT = frozenset[Comparison](("same", "resolved"))


def comparison_of(sentence: str, span: tuple[int, int], presence: Presence = Presence.PRESENT) -> Comparison | None:
    """What a sentence says of the finding named at ``span`` (characters of the sentence): the nearest such word.

    A word of the finding's own part of the sentence goes before one of another part. None also where the word does not
    go with the presence: "no new effusion" tells of none, and what is there has not resolved.
    """
    found = [
        (_distance(sentence, span, place), kind)
        for kind, place in _mentions(sentence)
        if not _is_name(sentence, span, place)
    ]
    nearest = min(found)[1] if found else None
    fits = nearest in _FITS_ABSENT if presence is Presence.ABSENT else nearest != "resolved"
    return nearest if fits else None


def _is_name(sentence: str, span: tuple[int, int], place: tuple[int, int]) -> bool:
    """Whether a word only belongs to what the finding is called: "*increased* density"."""
    inside = span[0] <= place[0] and place[1] <= span[1]
    said = sentence[slice(*place)].lower() in words_table()["comparison"]["named"].split()
    return inside and said and _pattern(words_table()["comparison"]["time"]).search(sentence) is None


def _mentions(sentence: str) -> list[tuple[Comparison, tuple[int, int]]]:
    found: list[tuple[Comparison, tuple[int, int]]] = []
    for kind, pattern in _patterns().items():
        found += [(kind, hit.span()) for hit in pattern.finditer(sentence)]
    longest = sorted(found, key=lambda one: one[1][0] - one[1][1])
    kept: list[tuple[Comparison, tuple[int, int]]] = []
    for kind, (first, last) in longest:  # "no longer seen" is not "seen"
        if all(last <= start or first >= end for _, (start, end) in kept):
            kept.append((kind, (first, last)))
    return kept


def _distance(sentence: str, span: tuple[int, int], place: tuple[int, int]) -> tuple[int, int]:
    between = sentence[span[1] : place[0]] if place[0] >= span[1] else sentence[place[1] : span[0]]
    return len(_BREAK.findall(between)), len(between)


@functools.cache
def _patterns() -> dict[Comparison, re.Pattern[str]]:
    table = words_table()["comparison"]
    return {kind: _pattern(table[kind]) for kind in get_args(Comparison)}


@functools.cache
def _pattern(phrases: str) -> re.Pattern[str]:
    written = sorted(phrases.split(), key=len, reverse=True)
    between = rf"\s+(?:(?:{'|'.join(words_table()['comparison']['filler'].split())})\s+){{0,3}}"
    either = "|".join(phrase.replace("_", between) for phrase in written)
    return re.compile(rf"\b(?:{either})\b", re.IGNORECASE)
