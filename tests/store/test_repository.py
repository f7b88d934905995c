"""Attempts, drafts and questions: what is acknowledged is there, once, and for its learner only."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest
from sqlalchemy.exc import StatementError

from ssg.errors import BadInput
from ssg.store import Store, TokenReused, attempts, repository
from tests.store.records import ANSWER, BREAKDOWN, ask, draft, record

UNSTORABLE = ("", "x" * 101, "a\x00b", "\ud800", "two\nlines", None, 7, 10**5000)
BEYOND_JSON = ({"x": float("nan")}, {"x": float("inf")}, {"x": {1, 2}}, {("a", "b"): 1}, {"x": 10**5000})


class Clock:
    """A clock that the test sets; every look at it takes a second."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        self.now += timedelta(seconds=1)
        return self.now


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return {"x": value}


def test_an_attempt_posted_fifty_times_at_once_is_stored_once(store):
    for token in ("first", "second"):
        together = threading.Barrier(50)

        def post(_, token=token, together=together):
            together.wait()
            return record(store, token)

        with ThreadPoolExecutor(50) as pool:
            acknowledged = list(pool.map(post, range(50)))
        assert len({attempt.receipt for attempt in acknowledged}) == 1
        assert store.attempts("ann")[0] == acknowledged[0]
    assert len(store.attempts("ann")) == 2


def test_fifty_learners_at_once_each_get_their_own_attempt(store):
    with ThreadPoolExecutor(50) as pool:
        saved = list(pool.map(lambda number: record(store, learner=f"learner {number}"), range(50)))
    assert len({attempt.receipt for attempt in saved}) == 50
    assert all(store.attempts(attempt.learner) == [attempt] for attempt in saved)


def test_the_first_judgement_of_a_token_stays(store):
    first = record(store)
    again = record(store, breakdown={"total": 1.0}, duration_s=9, case_version="2.0")
    assert again == first
    assert store.attempts("ann") == [first]


@pytest.mark.parametrize("changed", [{"answer": {"regions": []}}, {"case_id": "case 2"}, {"case_set": "hands"}])
def test_a_token_used_for_something_else_is_refused(store, changed):
    first = record(store)
    with pytest.raises(TokenReused, match="reload the page"):
        record(store, **changed)
    assert store.attempts("ann") == [first]


def test_nobody_reaches_the_attempt_of_another_by_its_token(store):
    hers = record(store)
    his = record(store, learner="bob", answer={"regions": []})
    assert his.receipt != hers.receipt
    assert (store.attempts("ann"), store.attempts("bob")) == ([hers], [his])


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER,
        {},
        {"floats": [0.1, 1 / 3, 1e308, 5e-324, -0.0], "whole": 10**400, "truth": [True, None]},
        {"text": "Überlagerung × 肺 🫁", "NUL\x00": "\x00", "half": "\ud800", "control": "\x1b\u2028"},
        {1: "a number as a name", "tuple": (1, 2)},
        nested(100),
    ],
)
def test_what_comes_back_is_what_is_read_later(store, answer):
    saved = record(store, answer=answer, policy="a\x00b\ud800c", duration_s=12, breakdown=BREAKDOWN | {"total": 1 / 3})
    assert store.attempts("ann") == [saved]
    assert (saved.total, saved.duration_s, saved.policy) == (1 / 3, 12.0, "ab?c")
    assert record(store, answer=answer) == saved
    assert draft(store, answer=answer) == store.draft("ann", "chest", "case 1")


def test_attempts_are_the_newest_first_and_can_be_narrowed(store):
    receipts = [record(store, str(n), case_id=f"case {n % 2}", case_set=f"set {n % 3}").receipt for n in range(6)]
    assert [one.receipt for one in store.attempts("ann")] == receipts[::-1]
    assert [one.receipt for one in store.attempts("ann", limit=2)] == receipts[:3:-1]
    assert [one.receipt for one in store.attempts("ann", case_id="case 1")] == receipts[5::-2]
    assert [one.receipt for one in store.attempts("ann", case_id="case 1", case_set="set 2")] == [receipts[5]]
    assert store.attempts("nobody") == []


def test_an_attempt_is_found_by_its_receipt_and_by_its_own_learner_only(store):
    saved = record(store)
    assert store.attempt("ann", saved.receipt) == saved
    assert store.attempt("bob", saved.receipt) is None
    assert store.attempt("ann", "") is None
    assert store.attempt("ann", "\x00' OR 1=1 --") is None


def test_the_best_mark_of_each_case_is_kept_apart(store):
    for number, total in enumerate((0.2, 0.9, None)):
        record(store, str(number), case_id="tried", breakdown={"total": total})
    record(store, "other", case_id="unscorable", breakdown={"total": None})
    best = {case: total for (_, case), total in store.best_marks("ann").items()}
    assert best == {"tried": 0.9, "unscorable": None}
    assert store.best_marks("nobody") == {}


def test_a_receipt_can_be_read_out_on_the_telephone(store):
    assert set(record(store).receipt) <= {*attempts.RECEIPT_LETTERS, "-"}
    assert not {*"ILOU"} & {*attempts.RECEIPT_LETTERS}


def test_an_unscorable_answer_is_kept_without_a_total(store):
    assert record(store, breakdown={"total": None}).total is None
    assert store.attempts("ann")[0].total is None


def test_a_draft_takes_the_place_of_the_one_before(store):
    draft(store)
    newer = draft(store, case_version="1.1", answer={"regions": []})
    assert store.draft("ann", "chest", "case 1") == newer
    assert store.draft("bob", "chest", "case 1") is None


def test_a_discarded_draft_is_gone_and_discarding_again_does_nothing(store):
    draft(store)
    kept = draft(store, "case 2")
    for _ in range(2):
        store.discard_draft("ann", "chest", "case 1")
    assert store.draft("ann", "chest", "case 1") is None
    assert store.draft("ann", "chest", "case 2") == kept


def test_of_too_many_drafts_the_oldest_are_forgotten(url, monkeypatch):
    monkeypatch.setattr(repository, "MOST_DRAFTS", 3)
    with Store(url, clock=Clock(datetime(2026, 5, 1, tzinfo=UTC))) as store:
        others = draft(store, "0", learner="bob")
        for case_id in "01230":  # 0 is saved again, so 1 is the oldest
            draft(store, case_id)
        assert [case_id for case_id in "0123" if store.draft("ann", "chest", case_id)] == ["0", "2", "3"]
        assert store.draft("bob", "chest", "0") == others


def test_a_draft_just_saved_is_kept_where_the_clock_was_set_back(url, monkeypatch):
    monkeypatch.setattr(repository, "MOST_DRAFTS", 2)
    clock = Clock(datetime(2026, 5, 1, tzinfo=UTC))
    with Store(url, clock=clock) as store:
        draft(store, "1")
        draft(store, "2")
        clock.now -= timedelta(days=1)
        saved = draft(store, "3")
        assert store.draft("ann", "chest", "3") == saved
        assert [case_id for case_id in "12" if store.draft("ann", "chest", case_id)] == ["2"]


def test_of_too_many_questions_the_oldest_are_forgotten(store, monkeypatch):
    monkeypatch.setattr(repository, "MOST_QUESTIONS", 3)
    others = ask(store, learner="bob")
    asked = [ask(store, str(number)) for number in range(5)]
    assert store.questions("ann") == asked[:1:-1]
    assert store.questions("ann", limit=1) == [asked[4]]
    assert store.questions("bob") == [others]


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a\x00b", "ab"), ("a\ud800b", "a?b"), ("\x00", ""), ("é肺🫁\u2028\n", "é肺🫁\u2028\n"), ("x" * 5000, "x" * 1000)],
)
def test_a_question_is_kept_without_what_a_database_refuses(store, text, kept):
    asked = ask(store, text)
    assert asked.text == kept
    assert store.questions("ann") == [asked]


def test_times_are_aware_and_in_utc_whatever_the_clock_says(url):
    noon = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with Store(url, clock=lambda: noon) as store:
        at_once = (record(store).recorded_at, draft(store).saved_at, ask(store).asked_at)
        later = (
            store.attempts("ann")[0].recorded_at,
            store.draft("ann", "chest", "case 1").saved_at,
            store.questions("ann")[0].asked_at,
        )
    for time in (*at_once, *later):
        assert time == noon
        assert time.tzinfo is UTC


def test_a_clock_without_a_zone_is_our_bug_and_no_fault_of_the_database(url):
    with Store(url, clock=lambda: datetime(2026, 5, 1)) as store, pytest.raises(StatementError, match="their zone"):
        record(store)


@pytest.mark.parametrize(
    "name", UNSTORABLE, ids=[repr(name)[:12] if name != 10**5000 else "huge" for name in UNSTORABLE]
)
def test_a_name_that_cannot_be_stored_is_refused_in_words(sqlite_store, name):
    case = ("case_set", "case_id", "case_version")
    calls = [
        *(partial(record, sqlite_store, **{key: name}) for key in ("token", "learner", *case)),
        *(partial(draft, sqlite_store, **{key: name}) for key in ("learner", *case)),
        *(partial(ask, sqlite_store, **{key: name}) for key in ("learner", "status", "image_digest")),
        partial(sqlite_store.attempts, name),
        partial(sqlite_store.questions, name),
        partial(sqlite_store.draft, name, "chest", "case 1"),
        partial(sqlite_store.discard_draft, "ann", "chest", name),
    ]
    for call in calls:
        with pytest.raises(BadInput, match="must be 1 to 100 printable characters"):
            call()
    assert sqlite_store.attempts("ann") == []


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -1, -0.5, True, "5", [], 10**400], ids=lambda v: repr(v)[:9]
)
def test_a_number_that_is_none_is_refused_in_words(sqlite_store, value):
    with pytest.raises(BadInput, match="duration must be a number"):
        record(sqlite_store, duration_s=value)
    with pytest.raises(BadInput, match=r"total must be a number|breakdown is not plain JSON"):
        record(sqlite_store, breakdown={"total": value})
    assert sqlite_store.attempts("ann") == []


@pytest.mark.parametrize("answer", [*BEYOND_JSON, nested(100_000)], ids=["nan", "inf", "set", "tuple", "huge", "deep"])
def test_an_answer_that_is_not_plain_json_is_refused_in_words(sqlite_store, answer):
    with pytest.raises(BadInput, match="answer is not plain JSON"):
        record(sqlite_store, answer=answer)
    with pytest.raises(BadInput, match="answer is not plain JSON"):
        draft(sqlite_store, answer=answer)
    assert sqlite_store.attempts("ann") == []


def test_an_answer_without_end_is_refused_in_words(sqlite_store):
    with pytest.raises(BadInput, match="larger than 4 MiB: draw fewer boxes"):
        record(sqlite_store, answer={"text": "x" * 5 * 2**20})
