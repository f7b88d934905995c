"""The series of a case in another order: every region stays on its picture, and what is marked is not left out."""

from dataclasses import replace

import pytest

from ssg.casebook import Reader
from ssg.casebook.types import OtherMark
from ssg.errors import BadInput
from ssg.teaching.arranging import described, put_first, without
from tests.teaching.test_marking_up import case, region, saved

MARKED = (region(picture=2), region((40, 40, 60, 60), picture=0, finding="mass"))
ANN = Reader(MARKED, ("pneumothorax",), "Ann", other=(OtherMark("streaks", MARKED[0].box, picture=1),))
CASE = case(ANN, frames=3)


def files(of, regions):
    return [of.pictures[one.picture].file for one in regions]


def test_regions_stay_on_their_pictures_when_another_series_is_put_first():
    made = put_first(CASE, "before")
    assert [one.id for one in made.case.series] == ["before", "s"]
    assert files(made.case, made.case.readers[0].regions) == files(CASE, MARKED)
    (streaks,) = made.case.readers[0].other
    assert made.case.pictures[streaks.picture] == CASE.pictures[1]
    assert made.moved([region(picture=3)])[0].picture == 0
    assert put_first(made.case, "s").case == CASE


def test_a_series_without_marks_goes_and_those_behind_it_move_up():
    turned = put_first(CASE, "before").case
    made = without(turned, "before")
    assert made.case == replace(CASE, series=CASE.series[:1])
    assert made.moved([region(picture=0), region(picture=1)]) == (region(picture=0),)


def test_what_a_reader_has_marked_is_not_left_out():
    with pytest.raises(BadInput, match="Ann has marked something on this series"):
        without(CASE, "s")
    only_other = replace(CASE, readers=(replace(ANN, regions=()),))
    assert without(only_other, "s").case.readers[0].other == (), "what nobody can delete here keeps nothing back"
    with pytest.raises(BadInput, match="at least one series"):
        without(without(CASE, "before").case, "s")
    with pytest.raises(BadInput, match="Choose a series"):
        without(CASE, "elsewhere")


def test_titles_and_days_are_written_as_the_format_has_them():
    made = described(CASE, "before", "  Half a year\n earlier ", -180, (400.0, 40.0)).case
    assert made.series[1].window == (400.0, 40.0) and made.series[0].window == CASE.series[0].window
    assert described(made, "before", "x", 0).case.series[1].window == (400.0, 40.0), "as it is"
    with pytest.raises(BadInput, match="wider than 0"):
        described(CASE, "before", "x", 0, (0.0, 40.0))
    assert (made.series[1].title, made.series[1].days) == ("Half a year earlier", -180)
    row = saved(made, {})
    assert row.series[1].days == -180 and row.readers[0].regions == MARKED
