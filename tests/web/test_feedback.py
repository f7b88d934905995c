"""What a learner is told of an attempt: found, near or missed, each once, and nothing that was not said."""

import re
from dataclasses import replace
from html import unescape

import pytest

from ssg.boxes import Box
from ssg.casebook import TeachingPoint
from ssg.reward import Region
from ssg.reward.answers import ReaderAnswer
from ssg.teaching import Submission
from ssg.web import feedback
from ssg.web.practise_view import PractiseView


@pytest.fixture
def judged(services):
    """``judged(number, regions, absent)``: the feedback on an answer to a case, as text, a line for each element."""

    def told(number, regions=(), absent=()):
        name = services.practice.order[number]
        submission = Submission(f"token {number} {regions} {absent}"[:60], tuple(regions), tuple(absent))
        attempt = services.practice.submit("5" * 32, *name, submission)
        html = feedback.of_attempt(attempt, services.practice.case_set(name[0]), services.practice.case(*name))
        return unescape(re.sub(r"<[^>]+>", "\n", html))

    return told


def moved(region, share):
    """The region's box moved right by a share of its width."""
    x0, y0, x1, y1 = region.box
    by = (x1 - x0) * share
    return replace(region, box=Box(x0 - by, y0, x1 - by, y1))


def first(services, number=0):
    case = services.practice.case(*services.practice.order[number])
    return case, case.readers[0].regions[0]


def titles(text):
    return [title for title in ("Found", "Near, but not on it", "Missed", "Too much") if f"\n{title}\n" in text]


@pytest.mark.parametrize(
    ("share", "title"), [(0.0, "Found"), (0.2, "Found"), (0.5, "Near, but not on it"), (0.8, "Near, but not on it")]
)
def test_a_box_is_found_or_near_by_how_much_of_it_lies_on_the_finding(services, judged, share, title):
    _, region = first(services)
    assert titles(judged(0, [moved(region, share)])) == [title]


def test_a_box_that_touches_nothing_is_missed(services, judged):
    _, region = first(services)
    far = Region(region.finding, Box(1, 1, 40, 40))
    assert titles(judged(0, [far])) == ["Missed", "Too much"]


def test_no_sentence_is_said_twice(services, judged):
    _, region = first(services)
    for share in (0.2, 0.5, 0.8):
        lines = [line for line in judged(0, [moved(region, share)]).split("\n") if len(line) > 40]
        assert len(lines) == len(set(lines))
        assert sum("centre lies" in line for line in lines) <= 1


def test_where_the_place_is_off_it_is_said_how_much_of_the_meaning_counts(services, judged):
    _, region = first(services)
    assert "of which" in judged(0, [moved(region, 0.8)])
    assert "of which" not in judged(0, [region])


def test_what_readers_reach_among_themselves_is_enough(services):
    case, region = first(services)
    row = {"reader": "truth", "reference_finding": region.finding, "reference_box": list(region.box)}
    assert feedback.found_from(row, case) == 0.5
    other = ReaderAnswer((moved(region, 0.5),), id="second")  # IoU 1/3 with the first
    assert feedback.found_from(row, replace(case, readers=(*case.readers, other))) == pytest.approx(1 / 3)


def empty_case(services):
    order = services.practice.order
    return next(i for i, name in enumerate(order) if not services.practice.case(*name).present)


def test_silence_where_nothing_is_there_is_called_silence(services, judged):
    text = judged(empty_case(services))
    assert "You marked nothing, and nothing is there. Say so" in text
    assert "Place and name agree" not in text
    assert "You said nothing about" not in text


def test_saying_that_nothing_is_there_is_called_that(services, judged):
    number = empty_case(services)
    question = services.practice.case(*services.practice.order[number]).question
    text = judged(number, absent=question[:1])
    assert "Nothing is there, and you marked nothing." in text
    assert f"You said nothing about {question[1]}" in text


def test_silence_where_something_is_there_is_a_miss(judged):
    text = judged(0)
    assert titles(text) == ["Missed"]
    assert "nothing is there" not in text


def test_what_is_gone_since_is_told_and_shown_after_the_answer_only(services, judged):
    name = next(
        name
        for name in services.practice.order
        if any(mark.box for reader in services.practice.case(*name).readers for mark in reader.other)
    )
    [mark] = services.practice.case(*name).readers[0].other[:1]
    assert mark.label in judged(list(services.practice.order).index(name))
    view = PractiseView(services)
    assert mark.label not in str(view.open("5" * 32, name).scene)
    attempt = services.practice.submit("5" * 32, *name, Submission("token other", (), ()))
    shown = [row for row in view.opened_attempt(name, attempt).scene["regions"] if row["label"] == mark.label]
    assert [(tuple(row["box"]), row["picture"]) for row in shown] == [(tuple(mark.box), mark.picture)]


def test_only_of_the_sets_that_come_with_ssg_is_said_that_their_texts_were_written_for_it(services, tmp_path):
    set_id, case_id = services.practice.order[0]
    bundled, case = services.practice.case_set(set_id), services.practice.case(set_id, case_id)
    assert "Written for SSG" in feedback.teaching(bundled, case)
    for elsewhere in (tmp_path / "cases" / "mine", None):
        own = feedback.teaching(replace(bundled, folder=elsewhere), case)
        assert "Written for SSG" not in own and "Not marked as reviewed by a clinician." in own
    assert "clinician" not in feedback.teaching(replace(bundled, reviewed=True), case)


def test_a_tied_teaching_point_names_its_finding_unless_its_words_do(services):
    set_id, case_id = services.practice.order[0]
    bundled, case = services.practice.case_set(set_id), services.practice.case(set_id, case_id)
    finding = case.readers[0].regions[0].finding
    for point in (TeachingPoint("blunt angle", finding), TeachingPoint("blunt angle", None, 0)):
        told = feedback.teaching(bundled, replace(case, teaching_points=(point,)))
        assert f"<strong>{finding}:</strong> blunt angle" in told
    for point in (TeachingPoint(f"Every {finding.title()} counts", finding), TeachingPoint("blunt angle")):
        assert "<strong>" not in feedback.teaching(bundled, replace(case, teaching_points=(point,)))
