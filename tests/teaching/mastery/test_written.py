"""What a report says of each finding: the same record that the Report page shows, as the material of mastery."""

from dataclasses import replace

import pytest

from ssg.casebook import Reader
from ssg.teaching.mastery import ErrorKind, How
from ssg.teaching.mastery.outcomes import UNREADABLE, firsts, replay
from ssg.teaching.mastery.spacing import Rating, rating_of
from ssg.teaching.mastery.tracing import WRITTEN_KEEPS, weight_of
from ssg.teaching.progress.localisation import readings
from ssg.teaching.report_practice import parse_on
from ssg.teaching.reporting import judge_report
from tests.teaching.mastery.making import EFFUSION, NODULE, NOW, a_case, an_attempt, cases_of


def a_report(case, text, number=0, **more):
    judged = judge_report(case, parse_on(case, text)).to_json()
    return an_attempt(case, number=number, kind="report", breakdown=judged, total=judged["total"], **more)


def told(text, case=None):
    case = case or a_case()
    history = replay([a_report(case, text)], cases_of(case).get, NOW)
    assert not history.left_out
    return {one.finding: one for one in history.outcomes}


def test_right_wrong_missing_and_excluded():
    found = told("Left pleural effusion. No pneumothorax.")
    facts = {name: (one.is_present, one.how, one.is_right, one.errors) for name, one in found.items()}
    assert facts == {
        "pleural effusion": (True, How.WRITTEN, True, ()),
        "nodule": (True, How.UNSAID, False, (ErrorKind.MISSED,)),
        "pneumothorax": (False, How.DENIED, True, ()),
        "cardiomegaly": (False, How.UNSAID, True, ()),
    }


@pytest.mark.parametrize(
    ("text", "how", "error"),
    [
        ("Right pleural effusion.", How.WRITTEN, ErrorKind.WRONG_SIDE),
        ("No pleural effusion.", How.DENIED, ErrorKind.WRONGLY_EXCLUDED),
        ("Left pleural effusion. No left pleural effusion.", How.WRITTEN, ErrorKind.WRONGLY_EXCLUDED),
        ("Nodule in the right lung.", How.UNSAID, ErrorKind.MISSED),
    ],
)
def test_what_goes_wrong_is_called_as_it_is_for_boxes(text, how, error):
    found = told(text)["pleural effusion"]
    assert (found.how, found.is_right, found.errors, found.grade < 0.5) == (how, False, (error,), True)


def test_what_is_invented_is_wrong():
    found = told("Right pneumothorax.")["pneumothorax"]
    assert not found.is_present and not found.is_right and found.errors == (ErrorKind.INVENTED,)
    assert rating_of(found) is Rating.Again


def test_who_hedges_and_whom_readers_contradict_tells_nothing():
    assert "pleural effusion" not in told("Possible left pleural effusion.")
    case = a_case(readers=(Reader((EFFUSION,), (), id="A"), Reader((NODULE,), ("pleural effusion",), id="B")))
    assert set(told("Left pleural effusion. Right nodule.", case)) >= {"nodule"}
    assert "pleural effusion" not in told("Left pleural effusion. Right nodule.", case)


def test_calling_all_normal_proves_no_more_than_silence():
    found = told("Left pleural effusion. Otherwise normal.")
    absent, missed = found["pneumothorax"], found["nodule"]
    assert (absent.how, absent.is_right, absent.errors) == (How.UNSAID, True, ())
    assert weight_of(absent) == weight_of(told("Left pleural effusion.")["pneumothorax"])
    assert weight_of(absent) < weight_of(told("No pneumothorax.")["pneumothorax"])
    assert (missed.how, missed.is_right, missed.errors) == (How.UNSAID, False, (ErrorKind.MISSED,))


def test_a_place_is_not_proved_by_words():
    found = told("Left pleural effusion.")["pleural effusion"]
    assert weight_of(found) == WRITTEN_KEEPS == weight_of(replace(found, how=How.DRAWN)) / 2
    assert rating_of(found) is Rating.Good


def test_a_case_that_was_drawn_is_known_when_it_is_reported():
    case = a_case()
    attempts = [a_report(case, "Left pleural effusion.", number=1), an_attempt(case, (EFFUSION,))]
    history = replay(attempts, cases_of(case).get, NOW)
    written = history.visits[-1].outcomes[0]
    assert written.how is How.WRITTEN and written.was_shown and written.tries == 1


def test_reports_are_no_boxes_of_a_curve_and_tell_not_how_hard_it_is_to_draw():
    case = a_case()
    history = replay([a_report(case, "Left pleural effusion. Right nodule.")], cases_of(case).get, NOW)
    assert history.outcomes and not readings(history) and not list(firsts(history))


def test_a_damaged_record_is_named():
    case = a_case()
    attempt = a_report(case, "Left pleural effusion.")
    for broken in ({"total": 1.0}, {"total": 1.0, "rows": 7}, {"total": 1.0, "rows": [{"kind": "odd"}]}):
        history = replay([replace(attempt, breakdown=broken)], cases_of(case).get, NOW)
        assert not history.outcomes and [why for _, why in history.left_out] == [UNREADABLE]
