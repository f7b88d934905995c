"""Whether a finding is said to be new, worse, the same, better or gone since an earlier examination."""

from __future__ import annotations

import functools
import re
from typing import get_args

from ssg.reports.layout import words_table
from ssg.reports.types import Comparison

_BREAK = re.compile(r"[,;:()]|\b(?:and|but|while|whereas|with)\b", re.IGNORECASE)


def comparison_of(sentence: str, span: tuple[int, int]) -> Comparison | None:
    """What a sentence says of the finding named at ``span`` (characters of the sentence): the nearest such word.

    A word of the finding's own part of the sentence goes before one of another part.
    """
    found = [(_distance(sentence, span, place), kind) for kind, place in _mentions(sentence)]
    return min(found)[1] if found else None


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


def _pattern(phrases: str) -> re.Pattern[str]:
    written = sorted(phrases.split(), key=len, reverse=True)
    either = "|".join(phrase.replace("_", r"\s+") for phrase in written)
    return re.compile(rf"\b(?:{either})\b", re.IGNORECASE)
