"""Practice chooses by the attempts that the store holds, among the cases that may be offered."""

import pytest

from ssg.casebook import CaseSet
from ssg.errors import BadInput
from ssg.store import Store
from ssg.teaching import Practice, Submission
from ssg.teaching.mastery.saying import Reason
from tests.teaching.mastery.making import NOW
from tests.teaching.mastery.test_choosing import a_library


@pytest.fixture
def practice(tmp_path):
    cases = tuple(a_library(each=4).values())
    hidden = CaseSet("hidden", "Hidden", "1", "MIT", "", False, cases[:3])
    with Store(f"sqlite:///{tmp_path / 'attempts.sqlite3'}", clock=lambda: NOW) as store:
        made = Practice([CaseSet("set", "Set", "1", "MIT", "", False, cases)], store)
        made.put(hidden, listed=False)
        yield made


def hand_in(practice, name, number, right=True):
    case = practice.case(*name)
    regions = case.readers[0].regions if right else ()
    practice.submit("ann", *name, Submission(f"{number:032}", tuple(regions), ()))


def test_the_first_case_is_plain_and_then_never_the_one_before(practice):
    choice = practice.next_for("ann", NOW)
    assert choice.reason is Reason.START
    for number in range(12):
        hand_in(practice, choice.name, number, right=number % 3 > 0)
        before, choice = choice, practice.next_for("ann", NOW, *choice.name)
        assert choice.name != before.name and choice.name[0] == "set"
    stands = practice.standing("ann", NOW)
    assert len(practice.history("ann", NOW).visits) == 12
    assert set(stands.mastery) and stands.history.outcomes


def test_what_one_learner_did_is_nothing_of_anothers(practice):
    hand_in(practice, ("set", "nodu-0"), 1)
    assert practice.next_for("ben", NOW).reason is Reason.START


def test_a_set_by_name_and_one_that_is_not_listed_stay_among_themselves(practice):
    assert practice.next_for("ann", NOW, "hidden").name[0] == "hidden"
    assert practice.next_for("ann", NOW, "hidden", "nodu-0").name in {("hidden", "nodu-1"), ("hidden", "nodu-2")}
    with pytest.raises(BadInput, match="no such set"):
        practice.next_for("ann", NOW, "nowhere")


def test_a_case_that_was_withdrawn_is_not_chosen_and_its_attempts_are_kept(practice):
    hand_in(practice, ("hidden", "nodu-0"), 1)
    practice.drop("hidden")
    assert practice.next_for("ann", NOW).name[0] == "set"
    assert [visit.name for visit in practice.history("ann", NOW).visits] == [("hidden", "nodu-0")]


def test_calibrating_with_few_attempts_changes_nothing(practice):
    hand_in(practice, ("set", "nodu-0"), 1)
    before = practice.next_for("ann", NOW)
    practice.calibrate(NOW)
    assert practice.next_for("ann", NOW) == before
