"""Packets: a handful of cases to be read one after the other, half of them normal, no finding more often than others.

Who reads only cases that show something learns to find something in every case; a reading room is not like that.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ssg.casebook import Case
from ssg.errors import BadInput
from ssg.teaching.library import Entry, Name
from ssg.vocabulary import Presence, vocabulary

MOST = 50
SHARE_NORMAL = 0.5
_SHORT = 10


def balanced(entries: Sequence[Entry], count: int, seed: int, share_normal: float = SHARE_NORMAL) -> list[Entry]:
    """``count`` of the cases in a mixed order, as near to ``share_normal`` as there are normal and other cases.

    Those that show something are taken in turns from each finding, the rarest first. The same seed takes the same
    cases from the same list. Raises BadInput where there is nothing to choose from.
    """
    if not 1 <= count <= MOST:
        raise BadInput(f"A packet has 1 to {MOST} cases.")
    if not entries:
        raise BadInput("No case fits, so there is no packet: choose less narrowly.")
    chance = random.Random(seed)
    normal = [entry for entry in entries if entry.is_normal]
    others = [entry for entry in entries if not entry.is_normal]
    chance.shuffle(normal)
    others = _in_turns(others, chance)
    wanted = min(round(count * share_normal), len(normal))
    taken = others[: count - wanted]
    chosen = [*taken, *normal[: count - len(taken)]]
    chance.shuffle(chosen)
    return chosen


def with_normals(found: Sequence[Entry], normals: Iterable[Entry], seed: int) -> list[Entry]:
    """``found``, and so many of ``normals`` that there are as many normal cases as others, as far as there are any.

    Of each modality and part of the body as many are taken as that kind lacks: a normal head teaches nobody to leave
    a chest alone. How many there are in the end is the same for each seed.
    """
    lacking: Counter[tuple[str, str]] = Counter()
    for entry in found:
        lacking[_kind(entry)] += -1 if entry.is_normal else 1
    known = {entry.name for entry in found}
    others = [entry for entry in normals if entry.is_normal and entry.name not in known]
    random.Random(seed).shuffle(others)
    mixed = list(found)
    for entry in others:
        if lacking[_kind(entry)] > 0:
            lacking[_kind(entry)] -= 1
            mixed.append(entry)
    return mixed


def _kind(entry: Entry) -> tuple[str, str]:
    return entry.case.modality, entry.case.body_part.casefold()


def _in_turns(entries: Iterable[Entry], chance: random.Random) -> list[Entry]:
    """One case of each finding, then a second one of each, and so on; each case once, under its rarest finding."""
    shuffled = list(entries)
    chance.shuffle(shuffled)
    often: dict[str, int] = defaultdict(int)
    for entry in shuffled:
        for finding in entry.case.present:
            often[finding] += 1
    piles: dict[str, list[Entry]] = defaultdict(list)
    for entry in shuffled:
        rarest = min(entry.case.present, key=lambda finding: (often[finding], finding), default="")
        piles[rarest].append(entry)
    rows = sorted(piles.values(), key=len)
    return [pile[turn] for turn in range(max(map(len, rows), default=0)) for pile in rows if turn < len(pile)]


def packet_id(names: Iterable[Name]) -> str:
    """A packet as an address carries it: a few letters of each case, in their order."""
    return ".".join(map(_short, names))


def cases_of(packet: str, order: Iterable[Name]) -> tuple[Name, ...]:
    """The cases of an address's packet, of those in ``order``; what is not there (any more) is left out."""
    known = {_short(name): name for name in order}
    parts = packet.split(".")[:MOST]
    return tuple(dict.fromkeys(known[part] for part in parts if part in known))


def _short(name: Name) -> str:
    return hashlib.sha256("/".join(name).encode()).hexdigest()[:_SHORT]


@dataclass(frozen=True, slots=True)
class Called:
    """One case of a packet: what the learner said is there, and what readers mark of what was asked."""

    said: tuple[str, ...]
    there: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether it was rightly called normal or not."""
        return bool(self.said) == bool(self.there)

    @property
    def is_missed(self) -> bool:
        """Whether it was called normal and is not."""
        return bool(self.there) and not self.said

    @property
    def is_invented(self) -> bool:
        """Whether it was called abnormal and is normal."""
        return bool(self.said) and not self.there


def called(case: Case, answer: Mapping[str, Any]) -> Called:
    """How an answer (as JSON) calls a case, normal or not; what was not asked counts on neither side."""
    drawn = [row["finding"] for row in answer["regions"]]
    stated = [row["finding"] for row in answer.get("stated", ()) if row["presence"] == Presence.PRESENT]
    there = [name for name in case.present if any(vocabulary().asks_about(asked, name) for asked in case.question)]
    return Called(tuple(dict.fromkeys([*drawn, *stated])), tuple(there))
