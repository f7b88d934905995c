"""How far readers agree: where a finding lies (IoU), whether it is there (kappa), and who differs where.

Only what readers state is compared: who neither marks nor excludes a finding has said nothing of it. What was chosen of
what they say agrees with those it was taken of, and is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, permutations

from ssg.casebook.lesions import lesions_of, overlaps_of
from ssg.casebook.types import ADJUDICATED, Case, Reader
from ssg.reward.pairing import match
from ssg.vocabulary import vocabulary

APART = 0.5
"""IoU below which two readers' boxes are said to lie apart."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two readers who both state something of a finding of a case.

    ``places`` is the IoU of their lesions, matched one to one, over the larger number of them; None where one of them
    excludes the finding or both do.
    """

    case: str
    finding: str
    readers: tuple[str, str]
    present: tuple[bool, bool]
    places: float | None = None

    @property
    def agrees(self) -> bool:
        """Whether both say the same of its presence."""
        return self.present[0] == self.present[1]


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement on presence beyond chance; ``kappa`` is None where chance alone always agrees."""

    kappa: float | None
    agreed: float
    pairs: int


def independent(case: Case) -> tuple[Reader, ...]:
    """The readers of a case who read for themselves."""
    return tuple(reader for reader in case.readers if reader.id != ADJUDICATED)


def pairs(case: Case) -> Iterator[Pair]:
    """Every two readers of a case and every finding that both state something of."""
    for first, second in combinations(independent(case), 2):
        for finding in dict.fromkeys([*_stated(first), *_stated(second)]):
            said = _says(first, finding), _says(second, finding)
            if said[0] is None or said[1] is None:
                continue
            both = said[0] and said[1]
            places = places_of(first, second, finding, case) if both else None
            yield Pair(case.id, finding, (first.id, second.id), (said[0], said[1]), places)


def _stated(reader: Reader) -> list[str]:
    return [*(region.finding for region in reader.regions), *reader.absent]


def _says(reader: Reader, finding: str) -> bool | None:
    """Whether a reader says that it is there; None where nothing is said of it. A kind of it is it."""
    if any(vocabulary().is_a(region.finding, finding) for region in reader.regions):
        return True
    return False if any(vocabulary().is_a(finding, name) for name in reader.absent) else None


def places_of(first: Reader, second: Reader, finding: str, case: Case | None = None) -> float:
    """IoU of two readers' lesions of a finding, matched one to one, over the larger number of them.

    With ``case`` a lesion that they mark on different slices of a stack is compared where both marks overlap in it.
    """
    ours, theirs = (
        [lesion for lesion in lesions_of(one) if vocabulary().is_a(lesion[0].finding, finding)]
        for one in (first, second)
    )
    if not ours or not theirs:
        return 0.0
    overlaps = overlaps_of(case, ours, theirs)
    partner = match(overlaps[None])[0]
    return float(overlaps[partner >= 0, partner[partner >= 0]].sum() / max(overlaps.shape))


def kappa_of(compared: Iterable[Pair]) -> Kappa:
    """Kappa of presence over pairs of readers (Fleiss 1971, with pairs in place of a fixed number of raters).

    Chance agreement is by how often a finding is said to be there at all, whoever says it.
    """
    found = list(compared)
    if not found:
        return Kappa(None, 0.0, 0)
    agreed = sum(pair.agrees for pair in found) / len(found)
    there = sum(sum(pair.present) for pair in found) / (2 * len(found))
    chance = there**2 + (1 - there) ** 2
    return Kappa(None if chance >= 1 else (agreed - chance) / (1 - chance), agreed, len(found))


def by_finding(cases: Iterable[Case]) -> dict[str, list[Pair]]:
    """The pairs of all cases by their finding, the most compared first."""
    found: dict[str, list[Pair]] = defaultdict(list)
    for case in cases:
        for pair in pairs(case):
            found[pair.finding].append(pair)
    return dict(sorted(found.items(), key=lambda row: -len(row[1])))


def differences(case: Case) -> list[str]:
    """Where the readers of a case differ, a sentence each."""
    said = []
    for pair in pairs(case):
        first, second = pair.readers
        if not pair.agrees:
            marks, excludes = (first, second) if pair.present[0] else (second, first)
            said.append(f"{marks} marks {pair.finding}, {excludes} says that it is not there.")
        elif pair.places is not None and pair.places < APART:
            said.append(f"{first} and {second} mark {pair.finding} in different places (IoU {pair.places:.2f}).")
    for one, other in permutations(independent(case), 2):
        alone = [name for name in dict.fromkeys(region.finding for region in one.regions) if _says(other, name) is None]
        said += [f"{one.id} marks {name}, {other.id} says nothing of it." for name in alone]
    return said
