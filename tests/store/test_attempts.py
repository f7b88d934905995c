"""Hints, what has been seen of the reference, and reports beside drawn answers."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ssg.errors import BadInput
from ssg.store import Hint, TokenReused, attempts
from tests.store.records import draft, record

LOOK, LANDMARK = Hint("nodule", 1, 0.05), Hint("nodule", 2, 0.1)
CASE = {"learner": "ann", "case_set": "chest", "case_id": "case 1"}


def test_the_hints_that_were_taken_become_those_of_the_next_attempt(store):
    assert store.take_hint(**CASE, hint=LOOK) == (LOOK,)
    assert store.take_hint(**CASE, hint=LANDMARK) == (LOOK, LANDMARK) == store.hints(*CASE.values())
    first = record(store, breakdown={"total": 0.8})
    assert first.hints == (LOOK, LANDMARK)
    assert (first.total, first.mark) == (0.8, pytest.approx(0.65))
    assert store.hints(*CASE.values()) == ()
    assert record(store, "again").hints == ()
    assert store.attempts("ann")[1] == first


def test_a_hint_is_paid_for_once_and_by_its_learner_only(store):
    together = threading.Barrier(8)

    def take(_):
        together.wait()
        return store.take_hint(**CASE, hint=LOOK)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(take, range(8))) == {(LOOK,)}
    assert store.hints("bob", "chest", "case 1") == store.hints("ann", "chest", "case 2") == ()
    assert record(store, "token", learner="bob").hints == ()
    assert record(store, "token").hints == (LOOK,)


def test_an_attempt_that_is_posted_again_takes_no_hints_of_later(store):
    first = record(store)
    store.take_hint(**CASE, hint=LOOK)
    assert record(store) == first
    assert store.hints(*CASE.values()) == (LOOK,)


def test_hints_never_make_a_mark_negative_nor_one_of_what_has_none(store):
    for step in range(1, 4):
        store.take_hint(**CASE, hint=Hint("nodule", step, 0.5))
    assert record(store, breakdown={"total": 0.8}).mark == 0
    assert record(store, "unscorable", breakdown={"total": None}).mark is None


def test_the_best_mark_is_after_hints(store):
    store.take_hint(**CASE, hint=Hint("nodule", 1, 0.5))
    record(store, breakdown={"total": 0.9})
    assert store.best_marks("ann") == {("chest", "case 1"): pytest.approx(0.4)}
    record(store, "unaided", breakdown={"total": 0.6})
    record(store, "worse", breakdown={"total": 0.1})
    assert store.best_marks("ann") == {("chest", "case 1"): 0.6}


@pytest.mark.parametrize(
    "hint", [Hint("", 1, 0.1), Hint("nodule", 0, 0.1), Hint("nodule", 1, -1.0), Hint("x", True, 0.1)]
)
def test_a_hint_that_is_none_is_refused(store, hint):
    with pytest.raises(BadInput):
        store.take_hint(**CASE, hint=hint)
    assert store.hints(*CASE.values()) == ()


def test_what_an_attempt_shows_of_the_reference_is_noted_once(store):
    hidden = record(store, is_revealed=False)
    assert hidden.revealed_at is None
    assert store.reveal("bob", hidden.receipt) is None, "another learner's"
    assert store.reveal("ann", "no receipt") is None
    shown = store.reveal("ann", hidden.receipt)
    assert shown.revealed_at >= hidden.recorded_at
    assert store.reveal("ann", hidden.receipt) == shown == store.attempt("ann", hidden.receipt)
    assert record(store, "seen").revealed_at


def test_reports_are_kept_beside_drawn_answers(store):
    drawn = record(store, breakdown={"total": 0.9})
    written = record(store, "report", kind="report", answer={"text": "No nodule."}, breakdown={"total": 0.4})
    assert [one.kind for one in store.attempts("ann")] == ["report", "boxes"]
    assert store.attempts("ann", kind="boxes") == [drawn]
    assert store.best_marks("ann") == {("chest", "case 1"): 0.9}
    assert store.best_marks("ann", kind="report") == {("chest", "case 1"): 0.4}
    with pytest.raises(TokenReused):
        record(store, "report", answer={"text": "No nodule."})
    with pytest.raises(BadInput, match="boxes, report"):
        record(store, "other", kind="song")
    assert written.hints == ()


def test_a_report_does_not_take_the_hints_of_the_boxes(store):
    store.take_hint(**CASE, hint=LOOK)
    assert record(store, "report", kind="report").hints == ()
    assert record(store).hints == (LOOK,)


def test_a_case_has_a_draft_of_each_kind(store):
    boxes = draft(store)
    text = draft(store, kind="report", answer={"text": "No nod"})
    assert store.draft("ann", "chest", "case 1") == boxes
    assert store.draft("ann", "chest", "case 1", kind="report") == text
    store.discard_draft("ann", "chest", "case 1", kind="report")
    assert store.draft("ann", "chest", "case 1", kind="report") is None
    assert store.draft("ann", "chest", "case 1") == boxes


def test_everyones_attempts_are_gone_through_part_by_part(store, monkeypatch):
    monkeypatch.setattr(attempts, "READ_AT_ONCE", 2)
    made = [record(store, str(number), learner=f"learner {number % 3}") for number in range(5)]
    record(store, "report", kind="report")
    rows = list(store.everyones())
    assert [one for _, one in rows] == made
    assert [one for _, one in store.everyones(after=rows[2][0])] == made[3:]
