"""The store: attempts, drafts and questions of learners, in words of the app.

Everything that a method acknowledges by returning is committed to the disk. An attempt carries a token that the page
made when the case was opened: posting it again, after a lost connection or by a double click, gives the same attempt.
The store knows nothing of scores, pages or who may see what: callers pass the learner whom the signed cookie proves.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ssg.errors import BadInput
from ssg.store.database import Database
from ssg.store.records import Attempt, Draft, Question
from ssg.store.schema import migrate
from ssg.store.tables import LONGEST_POLICY, AttemptRow, DraftRow, LearnerRow, QuestionRow, Table
from ssg.store.values import name, number, plain, storable
from ssg.store.workshop import WorkshopStore

MOST_DRAFTS = 200
MOST_QUESTIONS = 200
LONGEST_QUESTION = 1_000
RECEIPT_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter looks like a digit."""


class TokenReused(BadInput):
    """A token that has already been used for another answer."""


def utc_now() -> datetime:
    """The server's clock."""
    return datetime.now(UTC)


class Store:
    """Opens the database of ``url`` and brings its schema up to date.

    Raises BadInput for a URL that cannot be used and Unavailable for a database that cannot; so does every method.
    ``clock`` gives the time that is recorded; ``patience_s`` is how long to wait for a locked database.
    """

    def __init__(self, url: str, clock: Callable[[], datetime] = utc_now, patience_s: float = 10.0) -> None:
        self._database = Database(url, patience_s)
        self._clock = clock
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

    def record_attempt(
        self,
        *,
        token: str,
        learner: str,
        case_set: str,
        case_id: str,
        case_version: str,
        answer: Mapping[str, Any],
        breakdown: Mapping[str, Any],
        policy: str | None = None,
        duration_s: float | None = None,
    ) -> Attempt:
        """Record a submitted answer once, however often it is posted; it is on the disk when this returns.

        Raises TokenReused where the learner's ``token`` already stands for another case or answer.
        """
        row = {
            "receipt": _new_receipt(),
            "token": name(token, "token"),
            "learner_id": name(learner, "learner"),
            "case_set": name(case_set, "case set"),
            "case_id": name(case_id, "case id"),
            "case_version": name(case_version, "case version"),
            "answer": plain(answer, "answer"),
            "breakdown": plain(breakdown, "breakdown"),
            "total": number(breakdown.get("total"), "total"),
            "policy": None if policy is None else storable(policy)[:LONGEST_POLICY],
            "duration_s": number(duration_s, "duration"),
            "recorded_at": self._clock(),
        }
        with self._database.writing() as session:
            self._know_learner(session, learner)
            insert = self._insert(AttemptRow).values(row)
            session.execute(insert.on_conflict_do_nothing(index_elements=["learner_id", "token"]))
            same = (AttemptRow.learner_id == learner, AttemptRow.token == token)
            kept = session.scalars(select(AttemptRow).where(*same)).one()
        if any(getattr(kept, part) != row[part] for part in ("case_set", "case_id", "answer")):
            raise TokenReused("This answer was already submitted in another form: reload the page to see it.")
        return _attempt(kept)

    def attempts(
        self, learner: str, case_id: str | None = None, case_set: str | None = None, limit: int = 1_000
    ) -> list[Attempt]:
        """The learner's attempts, newest first; of one case or case set where given."""
        wanted: list[ColumnElement[bool]] = [AttemptRow.learner_id == name(learner, "learner")]
        if case_id is not None:
            wanted.append(AttemptRow.case_id == name(case_id, "case id"))
        if case_set is not None:
            wanted.append(AttemptRow.case_set == name(case_set, "case set"))
        rows = select(AttemptRow).where(*wanted).order_by(AttemptRow.id.desc()).limit(limit)
        with self._database.reading() as session:
            return [_attempt(row) for row in session.scalars(rows)]

    def attempt(self, learner: str, receipt: str) -> Attempt | None:
        """The learner's attempt with this receipt, or None."""
        if not set(receipt) <= {*RECEIPT_LETTERS, "-"}:
            return None
        row = select(AttemptRow).where(AttemptRow.learner_id == name(learner, "learner"), AttemptRow.receipt == receipt)
        with self._database.reading() as session:
            found = session.scalars(row).one_or_none()
        return None if found is None else _attempt(found)

    def best_totals(self, learner: str) -> dict[tuple[str, str], float | None]:
        """The learner's best total for each (case set, case) tried; None where no attempt could be scored."""
        which = (AttemptRow.case_set, AttemptRow.case_id)
        rows = select(*which, func.max(AttemptRow.total)).where(AttemptRow.learner_id == name(learner, "learner"))
        with self._database.reading() as session:
            return {(case_set, case): total for case_set, case, total in session.execute(rows.group_by(*which))}

    def save_draft(
        self, *, learner: str, case_set: str, case_id: str, case_version: str, answer: Mapping[str, Any]
    ) -> Draft:
        """Keep the answer that a learner is working on, in place of the draft before; the oldest of many go."""
        key = _draft_key(learner, case_set, case_id)
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

    def draft(self, learner: str, case_set: str, case_id: str) -> Draft | None:
        """The draft of a case, or None."""
        with self._database.reading() as session:
            row = session.get(DraftRow, _draft_key(learner, case_set, case_id))
            return None if row is None else _draft(row)

    def discard_draft(self, learner: str, case_set: str, case_id: str) -> None:
        """Forget the draft of a case, if there is one."""
        with self._database.writing() as session:
            session.execute(delete(DraftRow).filter_by(**_draft_key(learner, case_set, case_id)))

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

    def _know_learner(self, session: Session, learner: str) -> None:
        row = {"id": name(learner, "learner"), "first_seen": self._clock()}
        session.execute(self._insert(LearnerRow).values(row).on_conflict_do_nothing(index_elements=["id"]))

    def _insert(self, table: type[Table]) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT, which both databases write alike and SQLAlchemy keeps apart."""
        return sqlite.insert(table) if self._database.is_sqlite else postgresql.insert(table)

    def _forget_old_drafts(self, session: Session, saved: dict[str, str]) -> None:
        """The draft just saved stays, also where the clock was set back and calls it the oldest."""
        name = tuple_(DraftRow.case_set, DraftRow.case_id)
        others = (DraftRow.learner_id == saved["learner_id"], name != (saved["case_set"], saved["case_id"]))
        newest = select(DraftRow.case_set, DraftRow.case_id).where(*others).order_by(DraftRow.saved_at.desc())
        session.execute(delete(DraftRow).where(*others, name.not_in(newest.limit(MOST_DRAFTS - 1))))

    def _forget_old_questions(self, session: Session, learner: str) -> None:
        mine = select(QuestionRow.id).where(QuestionRow.learner_id == learner)
        kept = mine.order_by(QuestionRow.id.desc()).limit(MOST_QUESTIONS)
        session.execute(delete(QuestionRow).where(QuestionRow.learner_id == learner, QuestionRow.id.not_in(kept)))


def _draft_key(learner: str, case_set: str, case_id: str) -> dict[str, str]:
    return {
        "learner_id": name(learner, "learner"),
        "case_set": name(case_set, "case set"),
        "case_id": name(case_id, "case id"),
    }


def _attempt(row: AttemptRow) -> Attempt:
    return Attempt(
        receipt=row.receipt,
        learner=row.learner_id,
        case_set=row.case_set,
        case_id=row.case_id,
        case_version=row.case_version,
        answer=row.answer,
        breakdown=row.breakdown,
        total=row.total,
        policy=row.policy,
        duration_s=row.duration_s,
        recorded_at=row.recorded_at,
    )


def _draft(row: DraftRow) -> Draft:
    return Draft(row.learner_id, row.case_set, row.case_id, row.case_version, row.answer, row.saved_at)


def _question(row: QuestionRow) -> Question:
    return Question(row.text, row.status, row.image_digest, row.asked_at)


def _new_receipt() -> str:
    """Eighty random bits in four groups, as in 7Q2M-K9XD-3FTA-W0PE: can be read out on the telephone."""
    letters = "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))
