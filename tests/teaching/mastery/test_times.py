"""Times of things that followed one another follow one another."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ssg.errors import BadInput
from ssg.teaching.mastery.times import aware, in_order

T = [datetime(2026, 3, day, tzinfo=UTC) for day in range(1, 10)]
FAR = datetime(2040, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def test_times_in_order_stay():
    assert in_order(T, T[-1]) == T


@pytest.mark.parametrize("wrong", [FAR, LONG_AGO])
def test_one_wrong_time_moves_no_other(wrong):
    assert in_order([*T[:3], wrong, *T[3:]], T[-1]) == [*T[:3], T[2], *T[3:]]


def test_a_wrong_beginning_is_that_of_what_follows():
    assert in_order([FAR, *T], T[-1])[0] == T[0]


def test_a_clock_that_was_set_back_for_good_believes_the_longer_part():
    assert in_order([*T[5:7], *T[:4]], T[-1]) == [T[0], T[0], *T[:4]]


def test_a_future_alone_is_now():
    assert in_order([FAR, FAR], T[0]) == [T[0], T[0]]
    assert in_order([], T[0]) == []


def test_a_time_without_a_zone_is_refused_and_others_are_turned_to_utc():
    with pytest.raises(BadInput, match="time zone"):
        aware(datetime(2026, 3, 1))
    assert aware(datetime(2026, 3, 1, 2, tzinfo=timezone(timedelta(hours=2)))) == T[0]
