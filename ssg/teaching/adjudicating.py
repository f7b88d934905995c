"""Adjudication: of what the readers of a case say, somebody chooses what holds, as a reader of its own.

The others are kept apart and stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ssg.casebook import Case, Reader
from ssg.casebook.agreement import APART, pairs
from ssg.casebook.types import ADJUDICATED
from ssg.errors import BadInput
from ssg.reward import Region
from ssg.teaching.marking_up import is_same, with_reader


@dataclass(frozen=True, slots=True)
class Said:
    """A region of a reader (``number`` counts the reader's own, from 0), or a finding that ``readers`` exclude."""

    readers: tuple[str, ...]
    finding: str
    number: int | None = None
    region: Region | None = None

    @property
    def key(self) -> str:
        """Names it within its case."""
        place = "absent" if self.number is None else f"{self.readers[0]}/{self.number}"
        return f"{place}/{self.finding}"


def said_of(case: Case) -> list[Said]:
    """All that the readers say: regions, then exclusions; of an earlier adjudication only what nobody else says."""
    found: list[Said] = []
    excluded: dict[str, list[str]] = {}
    for reader in sorted(case.readers, key=lambda one: one.id == ADJUDICATED):
        found += [
            Said((reader.id,), region.finding, number, region)
            for number, region in enumerate(reader.regions)
            if reader.id != ADJUDICATED or not any(_same(one.region, region) for one in found)
        ]
        for name in reader.absent:
            if reader.id != ADJUDICATED or name not in excluded:
                excluded.setdefault(name, []).append(reader.id)
    return [*found, *(Said(tuple(readers), name) for name, readers in excluded.items())]


def chosen_now(case: Case) -> list[str]:
    """The keys of what the adjudication holds now; before there is one, of what the readers agree on."""
    made = next((one for one in case.readers if one.id == ADJUDICATED), None)
    said = said_of(case)
    if made is not None:
        return [
            one.key
            for one in said
            if (one.finding in made.absent if one.region is None else any(_same(one.region, r) for r in made.regions))
        ]
    agreed, first = _agreed(case), dict[str, str]()
    return [
        one.key
        for one in said
        if one.finding in agreed and first.setdefault(one.finding, one.readers[0]) == one.readers[0]
    ]


def _agreed(case: Case) -> set[str]:
    """Findings of which at least two readers say the same, at the same place, and nobody anything else."""
    agreed: dict[str, bool] = {}
    for pair in pairs(case):
        same = pair.agrees and (pair.places is None or pair.places >= APART)
        agreed[pair.finding] = agreed.get(pair.finding, True) and same
    return {name for name, same in agreed.items() if same}


def adjudicated(case: Case, keys: Iterable[str]) -> dict[str, Any]:
    """The fields of the case's row that change where what ``keys`` name is what holds.

    Raises BadInput where nothing is chosen, or a finding both as marked and as absent.
    """
    wanted = set(keys)
    chosen = [one for one in said_of(case) if one.key in wanted]
    if not chosen:
        raise BadInput("Choose what holds first: boxes of the readers, or what is not there.")
    regions: list[Region] = []
    for one in chosen:
        if one.region is not None and not any(_same(one.region, other) for other in regions):
            regions.append(replace(one.region, confidence=None))
    absent = list(dict.fromkeys(one.finding for one in chosen if one.region is None))
    marked = {region.finding for region in regions}
    if both := [name for name in absent if name in marked]:
        raise BadInput(f"'{both[0]}' is chosen as marked and as not there: choose one of both.")
    before = next((one for one in case.readers if one.id == ADJUDICATED), Reader((), (), ADJUDICATED))
    left = [name for name in before.unknown if name not in marked and name not in absent]
    return with_reader(case, ADJUDICATED, regions, absent, left)


def _same(one: Region | None, other: Region) -> bool:
    return one is not None and is_same(one, other)
