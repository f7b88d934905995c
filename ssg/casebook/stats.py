"""What is in a case set: findings, sizes, kinds of cases, how far readers agree, and pictures that stand twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean
from typing import Any

from ssg.boxes import SIZES, size_of
from ssg.casebook.agreement import Kappa, Pair, by_finding, independent, kappa_of
from ssg.casebook.likeness import alike, held_by, picture_hash
from ssg.casebook.types import Case, CaseSet
from ssg.errors import BadInput
from ssg.imaging import open_image


@dataclass(frozen=True, slots=True)
class FindingCounts:
    """How often a finding is there and is not, in cases; the regions of it by size; how far readers agree on it.

    ``places`` is the mean IoU of readers who both mark it, None where no two do.
    """

    present: int
    absent: int
    sizes: dict[str, int]
    presence: Kappa
    places: float | None


@dataclass(frozen=True, slots=True)
class Stats:
    """The counts of a set; ``same`` and ``alike`` are groups of cases of one picture and of like pictures."""

    cases: int
    pictures: int
    readers: int
    nothing_marked: int
    modalities: dict[str, int]
    difficulties: dict[str, int]
    findings: dict[str, FindingCounts]
    without_a_name: dict[str, int]
    same: list[list[str]]
    alike: list[list[str]]

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        row = {name: getattr(self, name) for name in self.__slots__ if name != "findings"}
        row["findings"] = {
            name: {
                "present": one.present,
                "absent": one.absent,
                "sizes": one.sizes,
                "kappa_of_presence": one.presence.kappa,
                "pairs_compared": one.presence.pairs,
                "mean_iou_of_readers": one.places,
            }
            for name, one in self.findings.items()
        }
        return row


def stats_of(case_set: CaseSet, look: bool = True, on_case: Callable[[int], None] | None = None) -> Stats:
    """Count a set; with ``look`` its pictures are opened and compared. ``on_case`` hears how many cases are done."""
    cases = case_set.cases
    compared = by_finding(cases)
    names = dict.fromkeys([*(name for case in cases for name in (*case.present, *_absent(case))), *compared])
    counts = {name: _counts(name, cases, compared.get(name, [])) for name in names}
    free = Counter(one.label for case in cases for reader in case.readers for one in reader.other)
    return Stats(
        cases=len(cases),
        pictures=sum(len(case.pictures) for case in cases),
        readers=len({reader.id for case in cases for reader in independent(case)}),
        nothing_marked=sum(not case.present for case in cases),
        modalities=dict(Counter(case.modality for case in cases).most_common()),
        difficulties={str(level): count for level, count in sorted(Counter(case.difficulty for case in cases).items())},
        findings=dict(sorted(counts.items(), key=lambda row: (-row[1].present, -row[1].absent, row[0]))),
        without_a_name=dict(free.most_common()),
        same=_same(cases),
        alike=_alike(case_set, on_case) if look else [],
    )


def _absent(case: Case) -> tuple[str, ...]:
    """What some reader excludes and none marks."""
    excluded = dict.fromkeys(name for reader in case.readers for name in reader.absent)
    return tuple(name for name in excluded if name not in case.present)


def _counts(name: str, cases: tuple[Case, ...], compared: list[Pair]) -> FindingCounts:
    sizes = Counter(
        size_of(region.box.area / (case.pictures[region.picture].width * case.pictures[region.picture].height))
        for case in cases
        for reader in case.readers
        for region in reader.regions
        if region.finding == name
    )
    places = [pair.places for pair in compared if pair.places is not None]
    return FindingCounts(
        sum(name in case.present for case in cases),
        sum(name in _absent(case) for case in cases),
        {size: sizes[size] for size in SIZES},
        kappa_of(compared),
        mean(places) if places else None,
    )


def _same(cases: tuple[Case, ...]) -> list[list[str]]:
    return list(map(list, held_by((case.id, picture) for case in cases for picture in case.pictures)))


def _alike(case_set: CaseSet, on_case: Callable[[int], None] | None) -> list[list[str]]:
    """By the picture that stands for each case; those of the same content are said already."""
    hashes, seen = {}, set()
    for done, case in enumerate(case_set.cases, start=1):
        if case.image.sha256 not in seen:
            seen.add(case.image.sha256)
            try:
                hashes[case.id] = picture_hash(open_image(case_set.image_path(case)).pixels)
            except BadInput as error:
                raise BadInput(f"{error} `python -m ssg cases validate` lists all that is wrong.") from None
        if on_case is not None:
            on_case(done)
    return alike(hashes)
