"""Attempts and the hints that were taken before them: the part of the store that marks depend on."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ssg.errors import BadInput
from ssg.store.database import Database
from ssg.store.records import KINDS, Attempt, Hint, Kind, mark_of
from ssg.store.tables import LONGEST_POLICY, AttemptRow, HintRow, LearnerRow, Table
from ssg.store.values import name, number, plain, storable

RECEIPT_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter looks like a digit."""

READ_AT_ONCE = 500
"""Rows that are fetched together where all attempts are gone through."""


class TokenReused(BadInput):
    """A token that has already been used for another answer."""


class Attempts:
    """What :class:`ssg.store.Store` does with attempts and hints."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

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
        kind: Kind = "boxes",
        is_revealed: bool = True,
    ) -> Attempt:
        """Record a submitted answer once, however often it is posted; it is on the disk when this returns.

        Of boxes, the hints that the learner took for the case become the attempt's. ``is_revealed`` says that the
        learner is shown the reference now. Raises TokenReused where ``token`` stands for another case or answer.
        """
        now = self._clock()
        row: dict[str, Any] = {
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
            "recorded_at": now,
            "kind": kind_of(kind),
            "hints": [],
            "revealed_at": now if is_revealed else None,
        }
        with self._database.writing() as session:
            self._know_learner(session, learner)
            insert = self._insert(AttemptRow).values(row)
            session.execute(insert.on_conflict_do_nothing(index_elements=["learner_id", "token"]))
            same = (AttemptRow.learner_id == learner, AttemptRow.token == token)
            kept = session.scalars(select(AttemptRow).where(*same)).one()
            if kept.receipt == row["receipt"] and kind == "boxes":
                kept.hints = self._used_hints(session, learner, case_set, case_id)
        if any(getattr(kept, part) != row[part] for part in ("case_set", "case_id", "answer", "kind")):
            raise TokenReused("This answer was already submitted in another form: reload the page to see it.")
        return _attempt(kept)

    def reveal(self, learner: str, receipt: str) -> Attempt | None:
        """Note that the learner is shown the reference because of this attempt; None where there is no such attempt.

        Hints that wait for a next attempt at its case are done with: whoever has seen the reference needs none.
        """
        mine = (AttemptRow.learner_id == name(learner, "learner"), AttemptRow.receipt == receipt)
        if not _may_be_receipt(receipt):
            return None
        with self._database.writing() as session:
            unseen = update(AttemptRow).where(*mine, AttemptRow.revealed_at.is_(None))
            session.execute(unseen.values(revealed_at=self._clock()))
            found = session.scalars(select(AttemptRow).where(*mine)).one_or_none()
            if found is not None:
                self._used_hints(session, learner, found.case_set, found.case_id)
        return None if found is None else _attempt(found)

    def attempts(
        self,
        learner: str,
        case_id: str | None = None,
        case_set: str | None = None,
        limit: int = 1_000,
        kind: Kind | None = None,
    ) -> list[Attempt]:
        """The learner's attempts, newest first; of one case, case set or kind where given."""
        wanted: list[ColumnElement[bool]] = [AttemptRow.learner_id == name(learner, "learner")]
        if case_id is not None:
            wanted.append(AttemptRow.case_id == name(case_id, "case id"))
        if case_set is not None:
            wanted.append(AttemptRow.case_set == name(case_set, "case set"))
        if kind is not None:
            wanted.append(AttemptRow.kind == kind_of(kind))
        rows = select(AttemptRow).where(*wanted).order_by(AttemptRow.id.desc()).limit(limit)
        with self._database.reading() as session:
            return [_attempt(row) for row in session.scalars(rows)]

    def attempt(self, learner: str, receipt: str) -> Attempt | None:
        """The learner's attempt with this receipt, or None."""
        if not _may_be_receipt(receipt):
            return None
        row = select(AttemptRow).where(AttemptRow.learner_id == name(learner, "learner"), AttemptRow.receipt == receipt)
        with self._database.reading() as session:
            found = session.scalars(row).one_or_none()
        return None if found is None else _attempt(found)

    def everyones(self, kind: Kind = "boxes", after: int = 0) -> Iterator[tuple[int, Attempt]]:
        """All learners' attempts with their numbers, oldest first, from behind number ``after``; read part by part."""
        wanted = select(AttemptRow).where(AttemptRow.kind == kind_of(kind)).order_by(AttemptRow.id).limit(READ_AT_ONCE)
        while True:
            with self._database.reading() as session:
                part = [(row.id, _attempt(row)) for row in session.scalars(wanted.where(AttemptRow.id > after))]
            yield from part
            if len(part) < READ_AT_ONCE:
                return
            after = part[-1][0]

    def best_marks(self, learner: str, kind: Kind = "boxes") -> dict[tuple[str, str], float | None]:
        """The learner's best mark for each (case set, case) tried; None where no attempt could be scored."""
        columns = (AttemptRow.case_set, AttemptRow.case_id, AttemptRow.total, AttemptRow.hints)
        mine = (AttemptRow.learner_id == name(learner, "learner"), AttemptRow.kind == kind_of(kind))
        best: dict[tuple[str, str], float | None] = {}
        with self._database.reading() as session:
            for case_set, case, total, hints in session.execute(select(*columns).where(*mine)):
                mark, before = mark_of(total, (hint["cost"] for hint in hints)), best.get((case_set, case))
                best[case_set, case] = before if mark is None or (before is not None and before > mark) else mark
        return best

    def take_hint(self, *, learner: str, case_set: str, case_id: str, hint: Hint) -> tuple[Hint, ...]:
        """Note a hint before it is shown; the same one is taken, and paid for, once. All that are taken come back."""
        if isinstance(hint.step, bool) or not isinstance(hint.step, int) or not 1 <= hint.step <= 99:
            raise BadInput("The step of a hint is a whole number of 1 to 99.")
        row = {
            "learner_id": name(learner, "learner"),
            "case_set": name(case_set, "case set"),
            "case_id": name(case_id, "case id"),
            "finding": name(hint.finding, "finding"),
            "step": hint.step,
            "cost": number(hint.cost, "cost of a hint") or 0.0,
            "taken_at": self._clock(),
        }
        with self._database.writing() as session:
            self._know_learner(session, learner)
            session.execute(self._insert(HintRow).values(row).on_conflict_do_nothing())
            return tuple(_hint(one) for one in session.scalars(_hints_of(learner, case_set, case_id)))

    def hints(self, learner: str, case_set: str, case_id: str) -> tuple[Hint, ...]:
        """The hints that were taken for a case since its last attempt, in their order."""
        wanted = _hints_of(name(learner, "learner"), name(case_set, "case set"), name(case_id, "case id"))
        with self._database.reading() as session:
            return tuple(_hint(row) for row in session.scalars(wanted))

    def _used_hints(self, session: Session, learner: str, case_set: str, case_id: str) -> list[dict[str, Any]]:
        """The hints of a case as an attempt keeps them; they are taken up, so that the next attempt begins without."""
        taken = session.scalars(_hints_of(learner, case_set, case_id)).all()
        mine = {"learner_id": learner, "case_set": case_set, "case_id": case_id}
        session.execute(delete(HintRow).filter_by(**mine))
        return [{"finding": row.finding, "step": row.step, "cost": row.cost} for row in taken]

    def _know_learner(self, session: Session, learner: str) -> None:
        row = {"id": name(learner, "learner"), "first_seen": self._clock()}
        session.execute(self._insert(LearnerRow).values(row).on_conflict_do_nothing(index_elements=["id"]))

    def _insert(self, table: type[Table]) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT, which both databases write alike and SQLAlchemy keeps apart."""
        return sqlite.insert(table) if self._database.is_sqlite else postgresql.insert(table)


def _hints_of(learner: str, case_set: str, case_id: str) -> Any:
    mine = {"learner_id": learner, "case_set": case_set, "case_id": case_id}
    return select(HintRow).filter_by(**mine).order_by(HintRow.taken_at, HintRow.finding, HintRow.step)


def kind_of(kind: str) -> str:
    """A kind of answer, checked."""
    if kind not in KINDS:
        raise BadInput(f"An attempt is one of {', '.join(KINDS)}, not {str(kind)[:40]!r}.")
    return kind


def _may_be_receipt(receipt: str) -> bool:
    return set(receipt) <= {*RECEIPT_LETTERS, "-"}


def _hint(row: HintRow) -> Hint:
    return Hint(row.finding, row.step, row.cost)


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
        kind=row.kind,  # type: ignore[arg-type]  # as it was checked going in
        hints=tuple(Hint(**hint) for hint in row.hints),
        revealed_at=row.revealed_at,
    )


def _new_receipt() -> str:
    """Eighty random bits in four groups, as in 7Q2M-K9XD-3FTA-W0PE: can be read out on the telephone."""
    letters = "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))
