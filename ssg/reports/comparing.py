"""Whether a finding is said to be new, worse, the same, better or gone since an earlier examination.

"Larger on the right" and "larger than the nodule" compare two sides or two things, and nothing with an earlier time; a
size beside an earlier one does ("small, previously large").
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
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
    found = [(kind, place) for kind, place in found if not _is_of_other_side(sentence, place)]
    found += _sizes(sentence)
    longest = sorted(found, key=lambda one: one[1][0] - one[1][1])
    kept: list[tuple[Comparison, tuple[int, int]]] = []
    for kind, (first, last) in longest:  # "no longer seen" is not "seen"
        if all(last <= start or first >= end for _, (start, end) in kept):
            kept.append((kind, (first, last)))
    return kept


def _is_of_other_side(sentence: str, place: tuple[int, int]) -> bool:
    """Whether a word compares one side, or one thing, with another: "larger on the right", "larger than the nodule"."""
    table = words_table()["comparison"]
    if not _pattern(table["either"]).fullmatch(sentence, *place):
        return False
    times = _pattern(table["earlier"])
    following = _BREAK.split(sentence[place[1] :], maxsplit=1)[0]
    if than := _THAN.search(following):
        return times.search(following, than.end()) is None
    is_named = _THE.search(sentence, 0, place[0]) is not None
    return (is_named or _on_side().match(following) is not None) and times.search(sentence) is None


_THAN = re.compile(r"\bthan\b", re.IGNORECASE)
_THE = re.compile(r"\bthe\s+$", re.IGNORECASE)


@functools.cache
def _on_side() -> re.Pattern[str]:
    sides = "|".join(words_table()["comparison"]["sides"].split())
    return re.compile(rf"\s+(?:in\s+size\s+)?(?:on|in|at|to)\s+(?:the\s+)?(?:{sides})\b", re.IGNORECASE)


def _sizes(sentence: str) -> Iterator[tuple[Comparison, tuple[int, int]]]:
    """What an earlier size beside one of now tells: "small effusion, previously large", "... is now small"."""
    patterns = _size_patterns()
    for before in patterns["before"].finditer(sentence):
        now = patterns["now"].search(sentence)
        if now is None and before["seen"]:  # "the previously seen small nodule"
            continue
        others = [one for one in patterns["size"].finditer(sentence) if not _overlap(one.span(), before.span())]
        ahead = [one for one in others if one.end() <= before.start()]
        beside = now or (ahead[-1] if ahead else next(iter(others), None))
        if beside is None or _overlap(beside.span(), before.span()):
            continue
        then, (size, unit) = _size_of(before["size"] or before["size_too"]), _size_of(beside["size"])
        if unit == then[1]:
            yield ("worse" if size > then[0] else "better" if size < then[0] else "same"), before.span()


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _size_of(written: str) -> tuple[float, str]:
    """A size and its unit: millimetres, or the steps of the table."""
    if written[0].isdigit():
        number = float(written.rstrip("mcMC").strip())
        return number * (10 if written.lower().endswith("cm") else 1), "mm"
    steps: dict[str, str] = words_table()["comparison"]["sizes"]
    return next(float(step) for step, words in steps.items() if written.lower() in words.split()), "step"


@functools.cache
def _size_patterns() -> dict[str, re.Pattern[str]]:
    words = "|".join(" ".join(words_table()["comparison"]["sizes"].values()).split())
    size = rf"(?:{words}|\d{{1,3}}(?:\.\d{{1,2}})?\s?[mc]m)"
    prior = r"(?:previously|before|(?:on|in|at)\s+the\s+(?:prior|previous|earlier|last)(?:\s+\w+)?)"
    seen = r"(?P<seen>(?:seen|noted|described|identified)\s+)?"
    written = {
        "size": rf"\b(?P<size>{size})\b",
        "now": rf"\bnow\s+(?:a\s+|only\s+|just\s+)?(?P<size>{size})\b",
        "before": rf"\b(?:previously|formerly|before)\s+(?:a\s+|very\s+)?{seen}(?P<size>{size})\b"
        rf"|(?:\b(?:was|were)\s+)?\b(?P<size_too>{size})\s+{prior}\b",
    }
    return {name: re.compile(pattern, re.IGNORECASE) for name, pattern in written.items()}


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
