"""What the tests save, and how they look at it afterwards."""

import sqlite3
from contextlib import closing

from ssg.errors import Unavailable

ANSWER = {"regions": [{"finding": "nodule", "box": [1, 2, 30.5, 40], "side": "left"}], "absent": ["pneumothorax"]}
BREAKDOWN = {"total": 0.1, "components": {"spatial": {"score": 1 / 3, "weight": 0.4, "why": "drawn × twice"}}}


def record(store, token="token", **changed):
    saved = {
        "learner": "ann",
        "case_set": "chest",
        "case_id": "case 1",
        "case_version": "1.0",
        "answer": ANSWER,
        "breakdown": BREAKDOWN,
    }
    return store.record_attempt(token=token, **(saved | changed))


def save_until_refused(store, most=20_000):
    """Receipts of what was acknowledged, and the words of the refusal."""
    receipts = set()
    for number in range(most):
        try:
            receipts.add(record(store, str(number), answer={"text": "x" * 20_000}).receipt)
        except Unavailable as refusal:
            return receipts, str(refusal)
    raise AssertionError(f"{most} attempts found room")


def receipts_in(store, learner="ann"):
    return {attempt.receipt for attempt in store.attempts(learner, limit=100_000)}


def is_sound(file):
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def draft(store, case_id="case 1", **changed):
    saved = {"learner": "ann", "case_set": "chest", "case_version": "1.0", "answer": ANSWER}
    return store.save_draft(case_id=case_id, **(saved | changed))


def ask(store, text="where is the nodule?", **changed):
    saved = {"learner": "ann", "status": "found", "image_digest": "0" * 64}
    return store.record_question(text=text, **(saved | changed))
