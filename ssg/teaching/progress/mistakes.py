"""What goes wrong, by kind and by finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ssg.teaching.mastery import ErrorKind, Outcome

LATEST = 200
"""Outcomes that are counted, the newest: who made a mistake a year ago is not told of it for ever."""


@dataclass(frozen=True, slots=True)
class Mistakes:
    """``kinds`` counts mistakes, ``by_finding`` those of each finding, most first; ``among`` were looked at."""

    kinds: tuple[tuple[ErrorKind, int], ...]
    by_finding: tuple[tuple[str, tuple[tuple[ErrorKind, int], ...]], ...]
    among: int


def mistakes_of(outcomes: Iterable[Outcome]) -> Mistakes:
    """The mistakes of the latest outcomes (given oldest first), those on cases seen before left out."""
    latest = [one for one in outcomes if not one.was_shown][-LATEST:]
    kinds: Counter[ErrorKind] = Counter(kind for one in latest for kind in one.errors)
    found: dict[str, Counter[ErrorKind]] = {}
    for one in latest:
        if one.errors:
            found.setdefault(one.finding, Counter()).update(one.errors)
    rows = sorted(found.items(), key=lambda row: (-row[1].total(), row[0]))
    return Mistakes(
        tuple(kinds.most_common()), tuple((name, tuple(count.most_common())) for name, count in rows), len(latest)
    )
