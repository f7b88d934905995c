"""Between a learner and a case: what is kept, what comes next, what is judged once."""

from dataclasses import replace

import pytest

from ssg.boxes import Box
from ssg.casebook import Case, CaseImage, CaseSet, Series
from ssg.errors import BadInput
from ssg.reward import ReaderAnswer, Region, Rubric
from ssg.store import Store
from ssg.teaching import Practice, Submission

EFFUSION = Region("pleural effusion", Box(10, 10, 50, 60))
READER = ReaderAnswer((EFFUSION,), ("pneumothorax",), id="A")


def a_case(name, readers=(READER,), rubric=None):
    image = CaseImage(f"images/{name}.png", 100, 100, "0" * 64)
    return Case(
        name, name, "", "DX", 1, (Series.single(image),), readers, ("pleural effusion", "pneumothorax"), rubric=rubric
    )


@pytest.fixture
def practice(tmp_path):
    readers = (ReaderAnswer((), (), id="nobody"),)
    cases = (a_case("one"), a_case("two", readers), a_case("three", rubric=Rubric(semantic=0, clinical=0)))
    with Store(f"sqlite:///{tmp_path / 'attempts.sqlite3'}") as store:
        yield Practice([CaseSet("set", "Set", "1", "MIT", "", False, cases)], store)


def handed_in(token, *regions, absent=()):
    return Submission(token, regions, absent)


def test_what_is_handed_in_twice_is_one_attempt(practice):
    first = practice.submit("ann", "set", "one", handed_in("t" * 32, EFFUSION))
    assert practice.submit("ann", "set", "one", handed_in("t" * 32, EFFUSION)) == first
    with pytest.raises(BadInput, match="already submitted"):
        practice.submit("ann", "set", "one", handed_in("t" * 32))
    assert first.total == 1
    assert practice.attempt("ann", first.receipt) == first
    assert practice.attempt("ben", first.receipt) is None


def test_the_best_attempt_counts(practice):
    practice.submit("ann", "set", "one", handed_in("a" * 32, EFFUSION))
    practice.submit("ann", "set", "one", handed_in("b" * 32))
    assert practice.best("ann") == {("set", "one"): 1}
    assert practice.best("ben") == {}


def test_what_cannot_be_scored_is_tried_and_no_zero(practice):
    attempt = practice.submit("ann", "set", "two", handed_in("a" * 32, EFFUSION))
    assert attempt.total is None
    assert practice.best("ann") == {("set", "two"): None}


def test_a_cases_own_rubric_is_used(practice):
    elsewhere = Region("pleural effusion", Box(30, 10, 70, 60))
    plain = practice.submit("ann", "set", "one", handed_in("a" * 32, elsewhere))
    placed = practice.submit("ann", "set", "three", handed_in("b" * 32, elsewhere))
    assert placed.total == placed.breakdown["components"]["spatial"]["score"] < plain.total


def test_a_finding_is_not_both_marked_and_excluded(practice):
    with pytest.raises(BadInput, match="pleural effusion"):
        practice.submit("ann", "set", "one", handed_in("a" * 32, EFFUSION, absent=("pleural effusion",)))
    assert practice.best("ann") == {}


def test_the_next_case_is_one_not_tried(practice):
    assert practice.next_after("ann") == ("set", "one")
    practice.submit("ann", "set", "two", handed_in("a" * 32))
    assert practice.next_after("ann", "set", "one") == ("set", "three")
    assert practice.next_after("ann", "set", "three") == ("set", "one")
    practice.submit("ann", "set", "one", handed_in("b" * 32))
    practice.submit("ann", "set", "three", handed_in("c" * 32))
    assert practice.next_after("ann", "set", "three") == ("set", "one")


def test_a_draft_goes_when_the_answer_is_handed_in(practice):
    practice.keep_draft("ann", "set", "one", (EFFUSION,), ("pneumothorax",))
    kept = practice.draft("ann", "set", "one")
    assert kept.answer == {"regions": [EFFUSION.to_json()], "absent": ["pneumothorax"]}
    practice.submit("ann", "set", "one", handed_in("a" * 32, EFFUSION))
    assert practice.draft("ann", "set", "one") is None


def test_an_unknown_case_is_refused(practice):
    with pytest.raises(BadInput, match="no such case"):
        practice.case("set", "four")


def test_sets_come_and_go_while_learners_practise(practice):
    first, *_ = practice.sets
    other = replace(first, id="another", cases=first.cases[:2])
    before = len(practice)
    practice.put(other)
    assert len(practice) == before + 2 and ("another", first.cases[0].id) in practice.order
    practice.put(replace(other, cases=first.cases[:1]))
    assert len(practice) == before + 1, "a later version takes the place of the earlier one"
    practice.drop("another")
    assert len(practice) == before
    with pytest.raises(BadInput, match="no such case"):
        practice.case("another", first.cases[0].id)
    practice.drop("another")


def test_a_set_that_is_not_listed_is_found_by_its_id(practice):
    first, *_ = practice.sets
    practice.put(replace(first, id="hidden", cases=first.cases[:2]), listed=False)
    names = [case.id for case in first.cases[:2]]
    assert not [name for name in practice.order if name[0] == "hidden"]
    assert practice.case("hidden", names[1]).id == names[1]
    assert practice.place_of("hidden", names[1]) == (2, 2)
    assert practice.next_after("ann", "hidden") == ("hidden", names[0])
    assert practice.next_after("ann", "hidden", names[0]) == ("hidden", names[1])
    practice.put(replace(first, id="hidden", cases=first.cases[:2]))
    assert [name for name in practice.order if name[0] == "hidden"]


def test_a_set_without_a_case_means_that_set(practice):
    first, *_ = practice.sets
    practice.put(replace(first, id="last", cases=first.cases[:1]))
    assert practice.next_after("ann", "last") == ("last", first.cases[0].id)
    with pytest.raises(BadInput, match="no such set"):
        practice.next_after("ann", "nowhere")
