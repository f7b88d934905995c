"""Calibration, mistakes, marks over time, the place among all learners."""

import pytest

from ssg.store import Hint
from ssg.teaching.mastery import ErrorKind
from ssg.teaching.progress import ClassMarks, calibration_of, course_of, mistakes_of
from ssg.teaching.progress.calibration import wilson
from ssg.teaching.progress.classmates import means_of
from tests.teaching.progress.histories import attempt, box, outcome


def test_who_is_as_sure_as_right_has_no_error():
    boxes = [box(grade / 5, number < grade * 2) for grade in range(1, 6) for number in range(10)]
    found = calibration_of(boxes)
    assert found.error == pytest.approx(0)
    assert found.bias == pytest.approx(0)
    assert [grade.boxes for grade in found.grades] == [10] * 5


def test_who_is_always_certain_and_half_right_is_too_sure():
    found = calibration_of([box(1.0, number % 2 == 0) for number in range(20)])
    assert (found.error, found.bias) == (pytest.approx(0.5), pytest.approx(0.5))
    assert calibration_of([box(0.2, True)] * 10).bias == pytest.approx(-0.8)


def test_boxes_without_a_confidence_tell_nothing():
    assert calibration_of([box(None, True)] * 10).boxes == 0
    few = calibration_of([box(1.0, True)] * 4)
    assert (few.error, few.bias, few.boxes) == (None, None, 4)
    assert calibration_of([]).grades == ()


@pytest.mark.parametrize(("hits", "among"), [(0, 5), (5, 5), (3, 10), (500, 1000)])
def test_an_interval_holds_the_share_and_narrows_with_more(hits, among):
    low, high = wilson(hits, among)
    assert 0 <= low <= hits / among <= high <= 1
    wider = wilson(hits, among)[1] - wilson(hits, among)[0]
    narrower = wilson(hits * 10, among * 10)
    assert narrower[1] - narrower[0] < wider


def test_mistakes_are_counted_by_kind_and_finding_the_latest_only(monkeypatch):
    rows = [
        outcome(1, finding="nodule", marked=1, errors=(ErrorKind.MISSED,)),
        outcome(2, finding="nodule", marked=1, errors=(ErrorKind.MISSED, ErrorKind.SURPLUS)),
        outcome(3, finding="mass", errors=(ErrorKind.INVENTED,)),
        outcome(4, finding="mass", errors=(ErrorKind.INVENTED,), was_shown=True),
        outcome(5, finding="mass"),
    ]
    found = mistakes_of(rows)
    assert found.kinds[0] == (ErrorKind.MISSED, 2)
    assert found.by_finding[0] == ("nodule", ((ErrorKind.MISSED, 2), (ErrorKind.SURPLUS, 1)))
    assert dict(found.by_finding)["mass"] == ((ErrorKind.INVENTED, 1),)
    assert found.among == 4
    monkeypatch.setattr("ssg.teaching.progress.mistakes.LATEST", 1)
    assert mistakes_of(rows).kinds == ()


def test_a_course_stands_oldest_first_without_what_has_no_mark():
    rows = [
        attempt(3, None),
        attempt(2, 0.9, hints=[Hint("nodule", 1, 0.1)]),
        attempt(1, 0.4),
        attempt(0, 0.2, case="case 1"),
    ]
    course = course_of(rows)
    assert course.marks == (0.2, 0.4, pytest.approx(0.8))
    assert course.mean == (0.2, pytest.approx(0.3), pytest.approx(1.4 / 3))
    assert course_of([]).lately is None


def test_a_running_mean_forgets():
    early, late = [attempt(number, 0.0) for number in range(30)], [attempt(30 + number, 1.0) for number in range(30)]
    assert course_of([*early, *late][::-1]).lately > 0.95


def class_of(marks, count=5):
    return [
        attempt(number, mark, learner=name, case=f"case {number}")
        for name, mark in marks.items()
        for number in range(count)
    ]


def test_a_learner_is_placed_among_the_others_by_quartiles():
    rows = class_of({"ann": 0.6} | {f"other {number}": number / 10 for number in range(10)})
    among = ClassMarks(lambda: rows).among("ann")
    assert (among.mine, among.others) == (pytest.approx(0.6), 10)
    assert among.below == pytest.approx(0.65), "six are below, and one is as good"
    assert among.quartiles == (pytest.approx(0.225), pytest.approx(0.45), pytest.approx(0.675))


def test_few_others_are_told_nothing_of():
    rows = class_of({"ann": 0.6, "b": 0.1, "c": 0.2, "d": 0.3, "e": 0.9})
    among = ClassMarks(lambda: rows).among("ann")
    assert (among.quartiles, among.below) == (None, None)
    assert "At least 5 others" in among.why_not


def test_who_has_read_too_little_is_not_placed():
    rows = [*class_of({f"other {number}": 0.5 for number in range(6)}), *class_of({"ann": 0.9}, count=4)]
    among = ClassMarks(lambda: rows).among("ann")
    assert (among.mine, among.below) == (None, None)
    assert among.quartiles is not None
    assert "Read 5 cases" in among.why_not


def test_only_the_first_try_of_a_case_counts():
    rows = [*class_of({"ann": 0.2}), *(attempt(90 + n, 1.0, case=f"case {n}") for n in range(5))]
    assert means_of(rows) == {"ann": pytest.approx(0.2)}


def test_all_attempts_are_read_once_in_a_while():
    read, now = [], [0.0]

    def attempts():
        read.append(1)
        return class_of({"ann": 0.5})

    marks = ClassMarks(attempts, lambda: now[0])
    for _ in range(5):
        marks.among("ann")
    assert len(read) == 1
    now[0] = 1_000.0
    marks.among("ann")
    assert len(read) == 2
