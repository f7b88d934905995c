"""FROC and LROC against curves that can be worked out by hand."""

import pytest

from ssg.teaching.progress import froc, lroc
from ssg.teaching.progress.localisation import FEWEST_CASES, readings
from tests.teaching.progress.histories import box, history, visit

HIT, FALSE = True, False


def read(*visits):
    return readings(history(*visits))


def perfect(count=6):
    abnormal = [visit(number, [box(1.0, HIT)], 1) for number in range(count)]
    return read(*abnormal, *(visit(100 + number) for number in range(count)))


def guessing(count=6):
    abnormal = [visit(number, [box(0.6, FALSE)], 1) for number in range(count)]
    return read(*abnormal, *(visit(100 + number, [box(0.6, FALSE)]) for number in range(count)))


def test_who_finds_everything_and_invents_nothing_has_a_full_curve():
    found = froc(perfect())
    assert (found.x[-1], found.y[-1], found.figure) == (0, 1, 1)
    located = lroc(perfect())
    assert (located.x[-1], located.y[-1], located.figure) == (1, 1, 1)


def test_who_only_guesses_has_an_empty_one():
    assert froc(guessing()).figure == 0
    assert froc(guessing()).x[-1] == 1
    assert lroc(guessing()).figure == 0


def test_a_curve_by_hand():
    sure = [visit(number, [box(1.0, HIT)], 1) for number in range(4)]
    unsure = [visit(10 + number, [box(0.4, HIT), box(0.4, FALSE)], 1) for number in range(4)]
    missed = [visit(20 + number, [], 2) for number in range(2)]
    curve = froc(read(*sure, *unsure, *missed))
    points = dict(zip(curve.thresholds, zip(curve.x, curve.y, strict=True), strict=True))
    assert points[1.0] == (0, pytest.approx(4 / 12))
    assert points[0.6] == (0, pytest.approx(4 / 12))
    assert points[0.4] == (pytest.approx(4 / 10), pytest.approx(8 / 12))
    assert curve.figure == pytest.approx(8 / 12), "behind the last point its share holds"


def test_of_equally_sure_boxes_any_may_be_meant():
    abnormal = [visit(number, [box(0.8, HIT), box(0.8, FALSE)], 1) for number in range(6)]
    located = lroc(read(*abnormal, *(visit(100 + number) for number in range(6))))
    assert located.y[-1] == pytest.approx(0.5)


def test_boxes_without_a_confidence_come_last():
    curve = froc(read(*(visit(number, [box(None, HIT)], 1) for number in range(6))))
    points = dict(zip(curve.thresholds, curve.y, strict=True))
    assert (points[0.2], points[0.0]) == (0, 1)


def test_curves_rise_and_lie_in_their_interval():
    visits = [visit(number, [box(0.2 * (number % 5 + 1), number % 3 > 0)], 1) for number in range(30)]
    visits += [visit(100 + number, [box(0.4, FALSE)] if number % 4 == 0 else []) for number in range(20)]
    for curve in (froc(read(*visits)), lroc(read(*visits))):
        assert list(curve.x) == sorted(curve.x)
        assert list(curve.y) == sorted(curve.y)
        assert curve.low <= curve.figure <= curve.high
        assert curve == (froc if curve.x[-1] < 1 else lroc)(read(*visits)), "the same figure twice"


def test_what_was_seen_before_or_hinted_at_does_not_count():
    again = visit(1, [box(1.0, HIT)], 1, tries=1)
    shown = visit(2, [box(1.0, HIT)], 1, was_shown=True)
    hinted = visit(3, [box(1.0, HIT)], 1, hints=1)
    assert readings(history(again, shown, hinted)) == []


def test_too_few_cases_are_said_and_not_drawn():
    few = read(*(visit(number, [box(1.0, HIT)], 1) for number in range(FEWEST_CASES - 1)))
    for curve in (froc(few), lroc(few), froc([]), lroc([])):
        assert curve.figure is None
        assert f"at least {FEWEST_CASES}" in curve.why_not
    only_normal = read(*(visit(number) for number in range(9)))
    assert froc(only_normal).figure is None
