"""The next case is chosen by the attempts that the store holds, among the cases that may be offered."""

from dataclasses import replace

import pytest

from ssg.casebook import CaseSet
from ssg.errors import BadInput
from ssg.store import Store
from ssg.teaching import Practice, Submission
from ssg.teaching.learning import Learning
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


@pytest.fixture
def learning(practice):
    return Learning(practice, practice._store)


def hand_in(practice, name, number, right=True):
    case = practice.case(*name)
    regions = case.readers[0].regions if right else ()
    practice.submit("ann", *name, Submission(f"{number:032}", tuple(regions), ()))


def test_the_first_case_is_plain_and_then_never_the_one_before(practice, learning):
    choice = learning.next_for("ann", NOW)
    assert choice.reason is Reason.START
    for number in range(12):
        hand_in(practice, choice.name, number, right=number % 3 > 0)
        before, choice = choice, learning.next_for("ann", NOW, *choice.name)
        assert choice.name != before.name and choice.name[0] == "set"
    stands = learning.standing("ann", NOW)
    assert len(learning.history("ann", NOW).visits) == 12
    assert set(stands.mastery) and stands.history.outcomes


def test_what_one_learner_did_is_nothing_of_anothers(practice, learning):
    hand_in(practice, ("set", "nodu-0"), 1)
    assert learning.next_for("ben", NOW).reason is Reason.START


def test_a_set_by_name_and_one_that_is_not_listed_stay_among_themselves(practice, learning):
    assert learning.next_for("ann", NOW, "hidden").name[0] == "hidden"
    assert learning.next_for("ann", NOW, "hidden", "nodu-0").name in {("hidden", "nodu-1"), ("hidden", "nodu-2")}
    with pytest.raises(BadInput, match="no such set"):
        learning.next_for("ann", NOW, "nowhere")


def test_a_case_that_was_withdrawn_is_not_chosen_and_its_attempts_are_kept(practice, learning):
    hand_in(practice, ("hidden", "nodu-0"), 1)
    practice.drop("hidden")
    assert learning.next_for("ann", NOW).name[0] == "set"
    assert [visit.name for visit in learning.history("ann", NOW).visits] == [("hidden", "nodu-0")]


def test_calibrating_with_few_attempts_changes_nothing(practice, learning):
    hand_in(practice, ("set", "nodu-0"), 1)
    before = learning.next_for("ann", NOW)
    learning.calibrate(NOW)
    assert learning.next_for("ann", NOW) == before


def test_who_begins_goes_on_in_order_and_then_by_what_is_to_be_learned(practice, learning):
    first, why = learning.after("ann", NOW, ("", ""))
    assert (first, why) == (practice.order[0], "")
    hand_in(practice, first, 1)
    name, why = learning.after("ann", NOW, first)
    assert name == learning.next_for("ann", NOW, *first).name
    assert why.endswith(".")


def test_a_packet_goes_on_in_its_order(practice, learning):
    packet = (("set", "nodu-2"), ("set", "nodu-0"))
    hand_in(practice, packet[0], 1)
    assert learning.after("ann", NOW, packet[0], packet) == (packet[1], "")


def test_a_tour_is_walked_to_its_end(tmp_path):
    cases = [replace(case, tags=("tour",)) for case in list(a_library(each=2).values())[:3]]
    with Store(f"sqlite:///{tmp_path / 'tour.sqlite3'}", clock=lambda: NOW) as store:
        others = CaseSet("set", "Set", "1", "MIT", "", False, tuple(a_library(each=4).values()), order=5)
        practice = Practice([CaseSet("tour", "Tour", "1", "MIT", "", False, tuple(cases), order=1), others], store)
        learning = Learning(practice, store)
        name, walked = ("", ""), []
        for number in range(3):
            name, why = learning.after("ann", NOW, name)
            assert why == ""
            walked.append(name)
            hand_in(practice, name, number)
        assert walked == [("tour", case.id) for case in cases]
        assert learning.after("ann", NOW, name)[1], "behind the tour the next case is chosen"


def test_a_set_that_is_named_is_stayed_in(practice, learning):
    hand_in(practice, ("set", "nodu-0"), 1)
    assert learning.after("ann", NOW, ("hidden", ""))[0][0] == "hidden"
    assert learning.after("ann", NOW, ("hidden", "nodu-0"))[0][0] == "hidden"
