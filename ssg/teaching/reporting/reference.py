"""What the readers of a case say of each finding, as a report can be held against it.

Everything that readers mark or exclude counts, not only what Practise asks: a report is a free search. What is marked
on earlier examinations only is not there any more. Readers are kept apart as everywhere: a finding that one marks and
another excludes is *disputed*, and a report may side with either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ssg.casebook import Case
from ssg.reports import Comparison
from ssg.vocabulary import Presence, Side, read, vocabulary

GROWN, SHRUNK = 1.3, 0.75
"""Area now in proportion to before, from which and up to which a finding has changed."""

PRESENT = (Presence.PRESENT, Presence.UNCERTAIN)
"""What speaks for a finding, surely or not."""

Mark = tuple[str, int]
"""A reader's id and which of its regions."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A finding of the reference. ``sides`` are of {left, right}, empty where no side is told.

    ``marks`` are the readers' regions of it on the examination that is asked about. ``comparison`` is how it has
    changed since the examination before, None where the readers do not tell.
    """

    finding: str
    is_marked: bool
    is_excluded: bool
    is_asked: bool
    sides: frozenset[Side] = frozenset()
    marks: tuple[Mark, ...] = ()
    comparison: Comparison | None = None

    @property
    def is_disputed(self) -> bool:
        """Whether one reader marks it and another excludes it."""
        return self.is_marked and self.is_excluded

    @property
    def side(self) -> Side | None:
        """Its side in one word."""
        return one_side(self.sides)


def one_side(sides: Collection[Side]) -> Side | None:
    """Several sides in one word; None where there is none."""
    if Side.BILATERAL in sides or {Side.LEFT, Side.RIGHT} <= set(sides):
        return Side.BILATERAL
    return next(iter(sides), None)


def expectations(case: Case) -> list[Expected]:
    """What the readers say, findings that are there first, the most urgent ones before."""
    now = {number for number in range(len(case.pictures)) if case.place_of(number)[0].days == 0}
    marks: dict[str, list[Mark]] = {}
    for reader in case.readers:
        for number, region in enumerate(reader.regions):
            if region.picture in now and vocabulary().get(region.finding).kind != "anatomy":
                marks.setdefault(region.finding, []).append((reader.id, number))
    excluded = [name for reader in case.readers for name in reader.absent]
    names = dict.fromkeys([*marks, *excluded])
    found = [_expected(case, name, tuple(marks.get(name, ())), name in excluded) for name in names]
    found += [one for one in _gone(case, now) if one.finding not in names or one.finding not in marks]
    return sorted(_once(found), key=lambda one: (not one.is_marked, -vocabulary().get(one.finding).urgency))


def _expected(case: Case, name: str, marks: tuple[Mark, ...], is_excluded: bool) -> Expected:
    sides = frozenset(side for mark in marks for side in sides_of(_side(case, mark)))
    return Expected(
        name,
        bool(marks),
        is_excluded,
        name in case.question,
        sides,
        marks,
        _change(case, name, marks) if marks else None,
    )


def _side(case: Case, mark: Mark) -> Side | None:
    reader = next(one for one in case.readers if one.id == mark[0])
    return reader.regions[mark[1]].side


def sides_of(side: Side | None) -> tuple[Side, ...]:
    """The sides, of left and right, that a side means."""
    if side is Side.BILATERAL:
        return Side.LEFT, Side.RIGHT
    return (side,) if side in (Side.LEFT, Side.RIGHT) else ()


def _change(case: Case, name: str, marks: tuple[Mark, ...]) -> Comparison | None:
    """New, worse, the same or better than on the earlier examination, by the area that readers mark on both.

    New is only told where a reader has marked something on the earlier one: not annotated is unknown, never absent.
    """
    before, now, has_read_before = 0.0, 0.0, False
    for reader in case.readers:
        if all(mark[0] != reader.id for mark in marks):
            continue
        for region in reader.regions:
            days = case.place_of(region.picture)[0].days
            has_read_before |= days < 0
            if region.finding == name:
                before += region.box.area if days < 0 else 0.0
                now += region.box.area if days == 0 else 0.0
        has_read_before |= any(mark.box and case.place_of(mark.picture)[0].days < 0 for mark in reader.other)
    if not has_read_before:
        return None
    if not before:
        return "new"
    ratio = now / before
    return "worse" if ratio > GROWN else "better" if ratio < SHRUNK else "same"


def _gone(case: Case, now: set[int]) -> Iterator[Expected]:
    """What readers mark on an earlier examination only, under whatever name: it was there and is gone."""
    for reader in case.readers:
        earlier = [(region.finding, region.side) for region in reader.regions if region.picture not in now]
        for mark in reader.other:
            if mark.box and mark.picture not in now:
                earlier += [(one.finding, one.side) for one in read(mark.label).statements if _is_thing(one.finding)]
        still = {region.finding for region in reader.regions if region.picture in now}
        for name, side in earlier:
            if name not in still and _is_thing(name):
                yield Expected(name, False, True, name in case.question, frozenset(sides_of(side)), (), "resolved")


def _is_thing(name: str) -> bool:
    return vocabulary().get(name).kind != "anatomy"


def _once(found: list[Expected]) -> list[Expected]:
    """Each finding once: what is gone says more than that it is excluded."""
    kept: dict[str, Expected] = {}
    for one in found:
        before = kept.get(one.finding)
        if before is None or (one.comparison == "resolved" and not before.is_marked):
            sides = one.sides | before.sides if before and before.comparison == "resolved" else one.sides
            kept[one.finding] = Expected(
                one.finding, one.is_marked, one.is_excluded, one.is_asked, sides, one.marks, one.comparison
            )
    return list(kept.values())
