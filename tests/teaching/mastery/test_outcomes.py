"""What an attempt says of each finding; what it cannot say is named and never counted as wrong."""

from dataclasses import replace

import pytest

from ssg.boxes import Box
from ssg.casebook import Reader, Series
from ssg.reward import Region
from ssg.store import Hint
from ssg.teaching.mastery import ErrorKind, How, replay
from ssg.teaching.mastery.outcomes import UNREADABLE, UNSCORABLE, firsts
from ssg.vocabulary import Side
from tests.teaching.mastery.making import (
    DAY,
    EFFUSION,
    MINUTE,
    NODULE,
    NOW,
    QUESTION,
    a_case,
    a_normal,
    an_attempt,
    cases_of,
    moved,
)

STILL_RIGHT = {ErrorKind.TOO_LOW, ErrorKind.TOO_HIGH, ErrorKind.TOO_FAR_LEFT, ErrorKind.TOO_FAR_RIGHT}
"""By a third of the region: radiologists lie no nearer to one another."""


def of(attempt, case, finding):
    history = replay([attempt], cases_of(case).get, NOW + DAY)
    return {one.finding: one for one in history.outcomes}[finding]


def judged(finding, *regions, absent=(), case=None, **more):
    case = case or a_case()
    return of(an_attempt(case, regions, absent, **more), case, finding)


def test_a_readers_own_answer_is_right_in_everything():
    case = a_case()
    history = replay([an_attempt(case, (EFFUSION, NODULE), ("pneumothorax",))], cases_of(case).get, NOW)
    assert [(one.finding, one.is_present, one.how, one.is_right, one.grade) for one in history.outcomes] == [
        ("pleural effusion", True, How.DRAWN, True, 1),
        ("nodule", True, How.DRAWN, True, 1),
        ("pneumothorax", False, How.DENIED, True, 1),
        ("cardiomegaly", False, How.UNSAID, True, 1),
    ]
    assert not any(one.errors for one in history.outcomes)


def test_what_no_reader_says_anything_of_gives_nothing():
    case = a_case(readers=(Reader((EFFUSION,), ("pneumothorax",), id="A"),))
    history = replay([an_attempt(case, (EFFUSION, NODULE))], cases_of(case).get, NOW)
    assert {one.finding for one in history.outcomes} == {"pleural effusion", "pneumothorax"}


@pytest.mark.parametrize(
    ("regions", "absent", "finding", "expected"),
    [
        ((EFFUSION,), (), "nodule", {ErrorKind.MISSED}),
        ((EFFUSION,), ("nodule",), "nodule", {ErrorKind.WRONGLY_EXCLUDED}),
        ((Region("cardiomegaly", Box(300, 500, 600, 800)),), (), "cardiomegaly", {ErrorKind.INVENTED}),
        ((replace(NODULE, side=Side.LEFT),), (), "nodule", {ErrorKind.WRONG_SIDE}),
        ((moved(NODULE, 540, side=None),), (), "nodule", {ErrorKind.WRONG_SIDE}),
        ((moved(NODULE, 0, 20),), (), "nodule", {ErrorKind.TOO_LOW}),
        ((moved(NODULE, 0, -20),), (), "nodule", {ErrorKind.TOO_HIGH}),
        ((moved(NODULE, 20),), (), "nodule", {ErrorKind.TOO_FAR_LEFT}),
        ((moved(NODULE, -20),), (), "nodule", {ErrorKind.TOO_FAR_RIGHT}),
        ((replace(NODULE, box=Box(180, 280, 280, 380)),), (), "nodule", {ErrorKind.TOO_LARGE}),
        ((replace(NODULE, box=Box(215, 315, 245, 345)),), (), "nodule", {ErrorKind.TOO_SMALL}),
        ((replace(NODULE, box=Box(170, 315, 290, 345)),), (), "nodule", {ErrorKind.OTHER_SHAPE}),
        ((replace(NODULE, finding="mass"),), (), "nodule", {ErrorKind.WRONG_NAME}),
        ((replace(NODULE, finding="atelectasis"),), (), "nodule", {ErrorKind.WRONG_NAME}),
        ((NODULE, moved(NODULE, 0, 400)), (), "nodule", {ErrorKind.SURPLUS}),
    ],
)
def test_each_error_is_called_by_its_name(regions, absent, finding, expected):
    found = judged(finding, *regions, absent=absent)
    assert set(found.errors) == expected
    assert found.is_right == (expected <= STILL_RIGHT)


def test_left_and_right_are_the_patients_on_whatever_side_the_picture_shows_them():
    swapped = Series("axial", a_case().series[0].frames, orientation=("L", "R", "A", "P"))
    as_drawn = replace(a_case(), series=(swapped,), view="axial", modality="CT")
    assert judged("nodule", moved(NODULE, 20), case=as_drawn).errors == (ErrorKind.TOO_FAR_RIGHT,)
    lateral = replace(a_case(), view="LAT")
    assert judged("nodule", moved(NODULE, 20), case=lateral).errors == (ErrorKind.BESIDE,)


def test_neither_one_of_two_nor_one_hit_among_two_boxes_is_right():
    two = a_case(readers=(Reader((NODULE, moved(NODULE, 0, 300)), (), id="A"),), question=("nodule",))
    assert not judged("nodule", NODULE, case=two).is_right
    assert judged("nodule", NODULE, moved(NODULE, 0, 300), case=two).is_right
    assert not judged("nodule", NODULE, moved(NODULE, 300, 300)).is_right


def test_a_box_is_found_where_readers_themselves_do_not_agree_better():
    other = Reader((moved(NODULE, 30),), (), id="B")
    loose = a_case(readers=(Reader((NODULE,), (), id="A"), other), question=("nodule",))
    drawn = moved(NODULE, -25)
    assert judged("nodule", drawn, case=loose).is_right
    assert not judged("nodule", drawn).is_right


def test_confidence_and_hits_come_with_every_box():
    found = judged("nodule", replace(NODULE, confidence=0.8), moved(NODULE, 0, 400, confidence=0.2))
    assert [(box.confidence, box.is_hit) for box in found.boxes] == [(0.8, True), (0.2, False)]
    assert found.confidence == pytest.approx(0.5)
    assert judged("nodule", NODULE).confidence is None


def test_hints_count_for_the_finding_that_they_are_about():
    hints = (Hint("nodule", 1, 0.05), Hint("nodule", 2, 0.1))
    assert judged("nodule", NODULE, hints=hints).hints == 2
    assert judged("nodule", NODULE, hints=hints).hint_cost == pytest.approx(0.15)
    assert judged("pleural effusion", EFFUSION, hints=hints).hints == 0


def test_a_repeat_knows_whether_the_reference_was_seen_before_it():
    case = a_case()
    first = an_attempt(case, number=1, revealed_at=NOW + 5 * MINUTE)
    retry = an_attempt(case, (NODULE,), at=NOW + MINUTE, number=2, shown=False)
    later = an_attempt(case, (NODULE,), at=NOW + 9 * MINUTE, number=3)
    visits = replay([later, retry, first], cases_of(case).get, NOW + DAY).visits
    assert [(v.outcomes[0].tries, v.outcomes[0].was_shown) for v in visits] == [(0, False), (1, False), (2, True)]
    history = replay([later, retry, first], cases_of(case).get, NOW + DAY)
    assert list(firsts(history)) == [(("set", "one"), False)]


def test_an_attempt_on_a_case_that_is_gone_still_tells_what_was_there():
    attempt = an_attempt(a_case(), (EFFUSION, Region("cardiomegaly", Box(300, 500, 600, 800))), ("pneumothorax",))
    history = replay([attempt], {}.get, NOW)
    assert {(one.finding, one.is_present, one.is_right) for one in history.outcomes} == {
        ("pleural effusion", True, True),
        ("nodule", True, False),
        ("cardiomegaly", False, False),
    }


def test_an_attempt_on_an_earlier_version_is_read_as_it_was_judged():
    attempt = an_attempt(a_case(), (EFFUSION, NODULE))
    now_normal = a_normal("one")
    found = {one.finding: one.is_present for one in replay([attempt], cases_of(now_normal).get, NOW).outcomes}
    assert found == {"pleural effusion": True, "nodule": True, "pneumothorax": False, "cardiomegaly": False}


def test_what_cannot_be_told_is_named_and_never_wrong():
    case = a_case()
    silent = a_case("silent", (Reader((), (), id="nobody"),), ("nodule",))
    attempts = [
        an_attempt(silent, number=1),
        an_attempt(case, number=2, kind="report"),
        an_attempt(case, number=3, breakdown={"total": 0.5}),
        an_attempt(case, number=4, breakdown={"total": 1, "matches": 7, "missed": [], "extra": []}),
        an_attempt(case, number=5, breakdown={}),
    ]
    history = replay(attempts, cases_of(case, silent).get, NOW)
    assert not history.outcomes
    assert [why for _, why in history.left_out] == [UNREADABLE, UNREADABLE, UNREADABLE, UNREADABLE, UNSCORABLE]


def test_names_that_the_vocabulary_does_not_have_are_read_too():
    case = a_case()
    attempt = an_attempt(case, (NODULE,))
    renamed = [{**row, "finding": "flobule", "reference_finding": "flobule"} for row in attempt.breakdown["matches"]]
    history = replay([replace(attempt, breakdown={**attempt.breakdown, "matches": renamed})], {}.get, NOW)
    assert {one.finding for one in history.outcomes} == {"flobule", "pleural effusion"}


def test_a_normal_is_known_as_one():
    case = a_normal()
    visit = replay([an_attempt(case, (), QUESTION)], cases_of(case).get, NOW).visits[0]
    assert visit.is_normal and all(one.is_right and not one.is_present for one in visit.outcomes)
    assert not replay([an_attempt(a_case())], cases_of(a_case()).get, NOW).visits[0].is_normal


def test_who_has_answered_nothing_has_an_empty_history():
    assert replay([], {}.get, NOW).outcomes == ()
