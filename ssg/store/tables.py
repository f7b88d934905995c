"""The tables, as typed classes. A change here needs a new file in ``migrations/versions``; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

LONGEST_ID = 100
LONGEST_POLICY = 300
LONGEST_KIND = 20


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware going in, aware and in UTC coming out, whatever the database makes of time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; a time without a zone is a bug of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are stored with their zone; use datetime.now(UTC)")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give SQLite's naive value, which is UTC, its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


RowNumber = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is exactly INTEGER."""


class Table(DeclarativeBase):
    """Base of all tables."""


class LearnerRow(Table):
    """Somebody who answers: an opaque id from the signed cookie, nothing else."""

    __tablename__ = "learners"

    id: Mapped[str] = mapped_column(String(LONGEST_ID), primary_key=True)
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime)


class AttemptRow(Table):
    """A submitted answer. The pair (learner, token) makes a repeated submission the same attempt.

    ``revealed_at`` is when the learner saw the reference because of it, None where that has not happened.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("learner_id", "token", name="uq_attempts_learner_token"),
        UniqueConstraint("receipt", name="uq_attempts_receipt"),
        Index("ix_attempts_learner_case", "learner_id", "case_set", "case_id"),
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    receipt: Mapped[str] = mapped_column(String(24))
    token: Mapped[str] = mapped_column(String(LONGEST_ID))
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id", name="fk_attempts_learner"))
    case_set: Mapped[str] = mapped_column(String(LONGEST_ID))
    case_id: Mapped[str] = mapped_column(String(LONGEST_ID))
    case_version: Mapped[str] = mapped_column(String(LONGEST_ID))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    breakdown: Mapped[dict[str, Any]] = mapped_column(JSON)
    total: Mapped[float | None] = mapped_column(Float)
    policy: Mapped[str | None] = mapped_column(String(LONGEST_POLICY))
    duration_s: Mapped[float | None] = mapped_column(Float)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(LONGEST_KIND), server_default="boxes")
    hints: Mapped[list[dict[str, Any]]] = mapped_column(JSON, server_default="[]")
    revealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class HintRow(Table):
    """A hint that was taken for a case that is not answered yet; the next attempt takes it up."""

    __tablename__ = "hints"

    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id", name="fk_hints_learner"), primary_key=True)
    case_set: Mapped[str] = mapped_column(String(LONGEST_ID), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(LONGEST_ID), primary_key=True)
    finding: Mapped[str] = mapped_column(String(LONGEST_ID), primary_key=True)
    step: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    cost: Mapped[float] = mapped_column(Float)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DraftRow(Table):
    """The answer that a learner is working on, one of each kind for each case."""

    __tablename__ = "drafts"

    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id", name="fk_kept_drafts_learner"), primary_key=True)
    case_set: Mapped[str] = mapped_column(String(LONGEST_ID), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(LONGEST_ID), primary_key=True)
    kind: Mapped[str] = mapped_column(String(LONGEST_KIND), primary_key=True)
    case_version: Mapped[str] = mapped_column(String(LONGEST_ID))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class QuestionRow(Table):
    """A question typed on Ask, for the learner's own history."""

    __tablename__ = "questions"
    __table_args__ = (Index("ix_questions_learner", "learner_id", "id"),)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id", name="fk_questions_learner"))
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(LONGEST_ID))
    image_digest: Mapped[str] = mapped_column(String(LONGEST_ID))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkSetRow(Table):
    """A case set that is being built. ``head`` is what the manifest says of the set; ``version`` the one in use."""

    __tablename__ = "work_sets"

    id: Mapped[str] = mapped_column(String(LONGEST_ID), primary_key=True)
    head: Mapped[dict[str, Any]] = mapped_column(JSON)
    visibility: Mapped[str] = mapped_column(String(20))
    version: Mapped[str | None] = mapped_column(String(LONGEST_ID))
    revision: Mapped[int] = mapped_column(Integer)
    made_by: Mapped[str] = mapped_column(String(LONGEST_ID))
    saved_by: Mapped[str] = mapped_column(String(LONGEST_ID))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WorkCaseRow(Table):
    """A case of such a set, as its manifest will have it. ``revision`` counts up with every change."""

    __tablename__ = "work_cases"

    set_id: Mapped[str] = mapped_column(ForeignKey("work_sets.id", name="fk_work_cases_set"), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(LONGEST_ID), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(Integer)
    saved_by: Mapped[str] = mapped_column(String(LONGEST_ID))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WorkVersionRow(Table):
    """A published version; its folder holds it, and it is never changed."""

    __tablename__ = "work_versions"

    set_id: Mapped[str] = mapped_column(ForeignKey("work_sets.id", name="fk_work_versions_set"), primary_key=True)
    version: Mapped[str] = mapped_column(String(LONGEST_ID), primary_key=True)
    number: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text)
    cases: Mapped[int] = mapped_column(Integer)
    made_by: Mapped[str] = mapped_column(String(LONGEST_ID))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VerdictRow(Table):
    """What an instructor made of a proposal of the policy, as ``ssg.teaching.proposing`` writes it."""

    __tablename__ = "verdicts"
    __table_args__ = (Index("ix_verdicts_set", "set_id", "id"),)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    set_id: Mapped[str] = mapped_column(String(LONGEST_ID))
    case_id: Mapped[str] = mapped_column(String(LONGEST_ID))
    verdict: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_by: Mapped[str] = mapped_column(String(LONGEST_ID))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
