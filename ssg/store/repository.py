"""The store: attempts, drafts and questions of learners, in words of the app.

Everything that a method acknowledges by returning is committed to the disk. An attempt carries a token that the page
made when the case was opened: posting it again, after a lost connection or by a double click, gives the same attempt.
The store knows nothing of scores, pages or who may see what: callers pass the learner whom the signed cookie proves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from ssg.store.attempts import Attempts, kind_of
from ssg.store.database import Database
from ssg.store.records import Draft, Kind, Question
from ssg.store.schema import migrate
from ssg.store.tables import DraftRow, QuestionRow
from ssg.store.values import name, plain, storable
from ssg.store.workshop import WorkshopStore

MOST_DRAFTS = 200
MOST_QUESTIONS = 200
LONGEST_QUESTION = 1_000


def utc_now() -> datetime:
    """The server's clock."""
    return datetime.now(UTC)


class Store(Attempts):
    """Opens the database of ``url`` and brings its schema up to date.

    Raises BadInput for a URL that cannot be used and Unavailable for a database that cannot; so does every method.
    ``clock`` gives the time that is recorded; ``patience_s`` is how long to wait for a locked database.
    """

    def __init__(self, url: str, clock: Callable[[], datetime] = utc_now, patience_s: float = 10.0) -> None:
        super().__init__(Database(url, patience_s), clock)
        try:
            migrate(self._database)
        except BaseException:
            self.close()
            raise
        self.workshop = WorkshopStore(self._database, clock)
        """Case sets that instructors build."""

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def save_draft(
        self,
        *,
        learner: str,
        case_set: str,
        case_id: str,
        case_version: str,
        answer: Mapping[str, Any],
        kind: Kind = "boxes",
    ) -> Draft:
        """Keep the answer that a learner is working on, in place of the draft before; the oldest of many go."""
        key = _draft_key(learner, case_set, case_id, kind)
        row = {
            "case_version": name(case_version, "case version"),
            "answer": plain(answer, "answer"),
            "saved_at": self._clock(),
        }
        with self._database.writing() as session:
            self._know_learner(session, learner)
            insert = self._insert(DraftRow).values(key | row)
            session.execute(insert.on_conflict_do_update(index_elements=list(key), set_=row))
            self._forget_old_drafts(session, key)
            saved = session.get_one(DraftRow, key)
        return _draft(saved)

    def draft(self, learner: str, case_set: str, case_id: str, kind: Kind = "boxes") -> Draft | None:
        """The draft of a case, or None."""
        with self._database.reading() as session:
            row = session.get(DraftRow, _draft_key(learner, case_set, case_id, kind))
            return None if row is None else _draft(row)

    def discard_draft(self, learner: str, case_set: str, case_id: str, kind: Kind = "boxes") -> None:
        """Forget the draft of a case, if there is one."""
        with self._database.writing() as session:
            session.execute(delete(DraftRow).filter_by(**_draft_key(learner, case_set, case_id, kind)))

    def record_question(self, *, learner: str, text: str, status: str, image_digest: str) -> Question:
        """Add a question to the learner's history, which keeps the newest ones and no text of undue length."""
        row = QuestionRow(
            learner_id=name(learner, "learner"),
            text=storable(text)[:LONGEST_QUESTION],
            status=name(status, "status"),
            image_digest=name(image_digest, "digest"),
            asked_at=self._clock(),
        )
        with self._database.writing() as session:
            self._know_learner(session, learner)
            session.add(row)
            session.flush()
            session.refresh(row)
            self._forget_old_questions(session, learner)
        return _question(row)

    def questions(self, learner: str, limit: int = 50) -> list[Question]:
        """What the learner asked, newest first."""
        mine = select(QuestionRow).filter_by(learner_id=name(learner, "learner"))
        rows = mine.order_by(QuestionRow.id.desc()).limit(limit)
        with self._database.reading() as session:
            return [_question(row) for row in session.scalars(rows)]

    def _forget_old_drafts(self, session: Session, saved: dict[str, str]) -> None:
        """The draft just saved stays, also where the clock was set back and calls it the oldest."""
        key = (DraftRow.case_set, DraftRow.case_id, DraftRow.kind)
        name = tuple_(*key)
        this = (saved["case_set"], saved["case_id"], saved["kind"])
        others = (DraftRow.learner_id == saved["learner_id"], name != this)
        newest = select(*key).where(*others).order_by(DraftRow.saved_at.desc())
        session.execute(delete(DraftRow).where(*others, name.not_in(newest.limit(MOST_DRAFTS - 1))))

    def _forget_old_questions(self, session: Session, learner: str) -> None:
        mine = select(QuestionRow.id).where(QuestionRow.learner_id == learner)
        kept = mine.order_by(QuestionRow.id.desc()).limit(MOST_QUESTIONS)
        session.execute(delete(QuestionRow).where(QuestionRow.learner_id == learner, QuestionRow.id.not_in(kept)))


def _draft_key(learner: str, case_set: str, case_id: str, kind: Kind) -> dict[str, str]:
    return {
        "learner_id": name(learner, "learner"),
        "case_set": name(case_set, "case set"),
        "case_id": name(case_id, "case id"),
        "kind": kind_of(kind),
    }


def _draft(row: DraftRow) -> Draft:
    return Draft(row.learner_id, row.case_set, row.case_id, row.case_version, row.answer, row.saved_at)


def _question(row: QuestionRow) -> Question:
    return Question(row.text, row.status, row.image_digest, row.asked_at)
