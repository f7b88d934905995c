"""What was missed is due again at once, what is known later and later; clocks that go wrong change nothing."""

from datetime import datetime, timedelta

import pytest
from fsrs import Rating

from ssg.errors import BadInput
from ssg.teaching.mastery import DrawnBox
from ssg.teaching.mastery.spacing import AGAIN_AFTER, LONGEST_DAYS, rating_of, spacings
from tests.teaching.mastery.making import DAY, NOW, an_outcome

SURE = (DrawnBox(0.8, 0.9, True),)
UNSURE = (DrawnBox(0.2, 0.9, True),)


@pytest.mark.parametrize(
    ("outcome", "rating"),
    [
        (an_outcome(right=False), Rating.Again),
        (an_outcome(right=False, present=False), Rating.Again),
        (an_outcome(present=False), None),
        (an_outcome(), Rating.Good),
        (an_outcome(hints=1), Rating.Hard),
        (an_outcome(was_shown=True, tries=1), Rating.Hard),
        (an_outcome(grade=0.55), Rating.Hard),
        (an_outcome(grade=0.9), Rating.Good),
        (an_outcome(grade=0.9, boxes=UNSURE), Rating.Good),
        (an_outcome(grade=0.9, boxes=SURE), Rating.Easy),
    ],
)
def test_answers_are_rated_by_one_rule(outcome, rating):
    assert rating_of(outcome) == rating


def test_what_was_missed_is_due_within_the_sitting():
    card = spacings([an_outcome(right=False)], NOW)["nodule"]
    assert card.due == NOW + AGAIN_AFTER
    assert not card.is_due(NOW) and card.is_due(NOW + AGAIN_AFTER)
    assert (card.reviews, card.lapses, card.lapses_in_a_row) == (1, 1, 1)


def test_what_is_known_comes_later_and_later():
    outcomes, at, waits = [], NOW, []
    for _ in range(6):
        outcomes.append(an_outcome(at=at))
        card = spacings(outcomes, at)["nodule"]
        waits.append(card.due - at)
        at = max(card.due, at + DAY)
    assert waits[1:] == sorted(waits[1:]) and waits[-1] > 20 * DAY
    assert card.lapses == 0
    assert max(waits) <= timedelta(days=LONGEST_DAYS)


def test_it_is_forgotten_with_time():
    outcomes = [an_outcome(), an_outcome(at=NOW + DAY)]
    recalled = [spacings(outcomes, NOW + days * DAY)["nodule"].retrievability for days in (1, 10, 100)]
    assert recalled == sorted(recalled, reverse=True) and recalled[0] == 1 and recalled[-1] < 0.8


def test_the_same_answers_give_the_same_days():
    outcomes = [an_outcome(at=NOW + day * DAY, right=day != 3) for day in range(0, 60, 3)]
    assert spacings(outcomes, NOW + 99 * DAY) == spacings(outcomes, NOW + 99 * DAY)


def test_a_clock_that_was_set_back_changes_nothing_before_it():
    first, second = an_outcome(at=NOW), an_outcome(at=NOW - 400 * DAY)
    card = spacings([first, second], NOW - 399 * DAY)["nodule"]
    assert card.last == NOW and card.retrievability == 1


def test_a_now_without_a_zone_is_refused():
    with pytest.raises(BadInput, match="time zone"):
        spacings([], datetime(2026, 3, 1))


def test_nothing_met_is_nothing_to_repeat():
    assert spacings([], NOW) == {}
    assert spacings([an_outcome(present=False)], NOW) == {}
