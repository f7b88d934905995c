"""The series of a case that is being built: which comes first, what it is called, when it was, and which is left out.

Regions are counted through the pictures of all series: they follow their picture when those before it move or go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ssg.casebook import Case, Reader, Series
from ssg.casebook.types import starts_of
from ssg.errors import BadInput
from ssg.reward import Region


@dataclass(frozen=True, slots=True)
class Arranged:
    """A case with its series in another order; ``places`` are the new numbers of the pictures that are still there."""

    case: Case
    places: Mapping[int, int]

    def moved(self, regions: Iterable[Region]) -> tuple[Region, ...]:
        """Regions on their pictures as those are counted now; those of pictures that are gone are not among them."""
        return tuple(replace(one, picture=self.places[one.picture]) for one in regions if one.picture in self.places)


def described(case: Case, series_id: str, title: str, days: int, window: tuple[float, float] | None = None) -> Arranged:
    """A series called ``title`` ("" for no title), made ``days`` after the examination asked about (-180: before).

    ``window`` is the (width, level) in real values that learners meet it with, None for as it is. Raises BadInput for
    a width that is not above 0.
    """
    known = _known(case, series_id)
    window = window or known.window
    if window is not None and not window[0] > 0:
        raise BadInput("A window is wider than 0: give a width such as 400, and a level such as 40.")
    said = replace(known, title=" ".join(title.split()), days=days, window=window)
    return _arranged(case, [said if one.id == series_id else one for one in case.series])


def put_first(case: Case, series_id: str) -> Arranged:
    """The case with the series that learners are to meet first before all others."""
    first = _known(case, series_id)
    return _arranged(case, [first, *(one for one in case.series if one.id != series_id)])


def without(case: Case, series_id: str) -> Arranged:
    """The case without a series, such as a localizer.

    Raises BadInput for the only one, and where a reader has marked something on it. Labels without a name here, which
    nobody is asked for, go with it.
    """
    _known(case, series_id)
    if len(case.series) == 1:
        raise BadInput("A case has at least one series: remove the case instead.")
    for reader in case.readers:
        if any(case.place_of(one.picture)[0].id == series_id for one in reader.regions):
            raise BadInput(f"{reader.id} has marked something on this series: remove those boxes first, and save.")
    return _arranged(case, [one for one in case.series if one.id != series_id])


def _known(case: Case, series_id: str) -> Series:
    for one in case.series:
        if one.id == series_id:
            return one
    raise BadInput("Choose a series first.")


def _arranged(case: Case, order: Sequence[Series]) -> Arranged:
    before, after = starts_of(case.series), starts_of(order)
    places = {before[one.id] + number: after[one.id] + number for one in order for number in range(len(one.frames))}
    made = Arranged(case, places)
    readers = tuple(_moved(reader, made) for reader in case.readers)
    return replace(
        made, case=replace(case, series=tuple(order), readers=readers, structures=made.moved(case.structures))
    )


def _moved(reader: Reader, to: Arranged) -> Reader:
    # What is said of the whole case (no box) stands for the first picture, whichever that is.
    other = tuple(
        replace(one, picture=to.places[one.picture] if one.box else 0)
        for one in reader.other
        if one.box is None or one.picture in to.places
    )
    return replace(reader, regions=to.moved(reader.regions), other=other)
