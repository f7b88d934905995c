"""The workshop's store: case sets that instructors build together, what was published of them, and verdicts.

Every change names the revision that it was made from. Where somebody else was faster the change is refused with
:class:`Conflict`, which carries what is there now: nobody's work is overwritten unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ssg.errors import BadInput
from ssg.store.database import Database
from ssg.store.records import GivenVerdict, WorkCase, WorkSet, WorkVersion
from ssg.store.tables import VerdictRow, WorkCaseRow, WorkSetRow, WorkVersionRow
from ssg.store.values import name, plain, storable

VISIBILITIES = ("private", "unlisted", "public")
"""Seen by instructors only, by whoever has the link, by everybody."""

MOST_SETS = 2_000
MOST_CASES = 20_000


class Conflict(BadInput):
    """Somebody else has saved in the meantime; ``current`` is what is there now."""

    def __init__(self, current: WorkCase | WorkSet) -> None:
        self.current = current
        when = current.saved_at.strftime("%H:%M")
        super().__init__(
            f"{current.saved_by} saved this at {when} UTC, after you opened it: look at it, then save yours over it or "
            "take theirs."
        )


class WorkshopStore:
    """Sets, cases, versions and verdicts; raises BadInput for what cannot be, Unavailable for a broken database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    def create_set(self, set_id: str, head: Mapping[str, Any], by: str) -> WorkSet:
        """A new set without cases, private; raises BadInput where the id is taken."""
        with self._database.writing() as session:
            if session.get(WorkSetRow, name(set_id, "set id")) is not None:
                raise BadInput(f"There is a set with the id {set_id} already: choose another.")
            if (session.scalar(select(func.count()).select_from(WorkSetRow)) or 0) >= MOST_SETS:
                raise BadInput(f"There are {MOST_SETS:,} sets already: remove some.")
            row = WorkSetRow(
                id=set_id, head=plain(head, "set"), visibility=VISIBILITIES[0], version=None, revision=1,
                made_by=name(by, "name"), saved_by=by, saved_at=self._clock(), removed_at=None,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return _set(row)

    def sets(self) -> list[WorkSet]:
        """All sets that are not removed, the latest changed first."""
        rows = select(WorkSetRow).where(WorkSetRow.removed_at.is_(None)).order_by(WorkSetRow.saved_at.desc())
        with self._database.reading() as session:
            return [_set(row) for row in session.scalars(rows)]

    def removed_sets(self) -> list[WorkSet]:
        """Sets that were removed and can be brought back, the last removed first."""
        rows = select(WorkSetRow).where(WorkSetRow.removed_at.is_not(None)).order_by(WorkSetRow.removed_at.desc())
        with self._database.reading() as session:
            return [_set(row) for row in session.scalars(rows)]

    def set(self, set_id: str) -> WorkSet:
        """One set; raises BadInput where there is none."""
        with self._database.reading() as session:
            return _set(_get_set(session, set_id))

    def save_set(self, set_id: str, head: Mapping[str, Any], revision: int, by: str) -> WorkSet:
        """Save what is said of a set; raises Conflict."""
        with self._database.writing() as session:
            row = _get_set(session, set_id)
            if row.revision != revision:
                raise Conflict(_set(row))
            row.head = plain(head, "set")
            self._saved(row, by)
            return _set(row)

    def set_visibility(self, set_id: str, visibility: str, by: str) -> WorkSet:
        """Say who may see the published version."""
        if visibility not in VISIBILITIES:
            raise BadInput(f"A set is {', '.join(VISIBILITIES)}, not '{visibility[:40]}'.")
        with self._database.writing() as session:
            row = _get_set(session, set_id)
            row.visibility = visibility
            self._saved(row, by)
            return _set(row)

    def remove_set(self, set_id: str, by: str) -> None:
        """Take a set away; its rows and files stay, so that it can be brought back."""
        with self._database.writing() as session:
            row = _get_set(session, set_id)
            self._saved(row, by)
            row.removed_at = self._clock()

    def bring_set_back(self, set_id: str, by: str) -> WorkSet:
        """Undo :meth:`remove_set`."""
        with self._database.writing() as session:
            row = _get_set(session, set_id, removed=True)
            self._saved(row, by)
            row.removed_at = None
            return _set(row)

    def add_case(self, set_id: str, case_id: str, body: Mapping[str, Any], by: str) -> WorkCase:
        """A new case at the end of a set; raises BadInput where the id is taken."""
        with self._database.writing() as session:
            _get_set(session, set_id)
            if session.get(WorkCaseRow, (set_id, name(case_id, "case id"))) is not None:
                raise BadInput(f"There is a case with the id {case_id} already: choose another.")
            counted = select(func.count(), func.max(WorkCaseRow.position)).where(WorkCaseRow.set_id == set_id)
            count, last = session.execute(counted).one()
            if count >= MOST_CASES:
                raise BadInput(f"The set has {MOST_CASES:,} cases already: begin another.")
            row = WorkCaseRow(
                set_id=set_id, case_id=case_id, position=(last or 0) + 1, body=plain(body, "case"), revision=1,
                saved_by=name(by, "name"), saved_at=self._clock(), removed_at=None,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return _case(row)

    def cases(self, set_id: str, removed_too: bool = False) -> list[WorkCase]:
        """The cases of a set in their order."""
        rows = select(WorkCaseRow).where(WorkCaseRow.set_id == set_id)
        rows = rows if removed_too else rows.where(WorkCaseRow.removed_at.is_(None))
        with self._database.reading() as session:
            _get_set(session, set_id)
            ordered = rows.order_by(WorkCaseRow.position, WorkCaseRow.case_id)
            return [_case(row) for row in session.scalars(ordered)]

    def removed_cases(self, set_id: str) -> list[WorkCase]:
        """Cases that were removed from a set and can be brought back, the last removed first."""
        rows = select(WorkCaseRow).where(WorkCaseRow.set_id == set_id, WorkCaseRow.removed_at.is_not(None))
        with self._database.reading() as session:
            _get_set(session, set_id)
            return [_case(row) for row in session.scalars(rows.order_by(WorkCaseRow.removed_at.desc()))]

    def case(self, set_id: str, case_id: str) -> WorkCase:
        """One case; raises BadInput where there is none."""
        with self._database.reading() as session:
            _get_set(session, set_id)
            return _case(_get_case(session, set_id, case_id))

    def save_case(self, set_id: str, case_id: str, body: Mapping[str, Any], revision: int, by: str) -> WorkCase:
        """Save a case; raises Conflict where another revision is there now."""
        with self._database.writing() as session:
            _get_set(session, set_id)
            row = _get_case(session, set_id, case_id)
            if row.revision != revision:
                raise Conflict(_case(row))
            row.body = plain(body, "case")
            self._saved(row, by)
            return _case(row)

    def order_cases(self, set_id: str, case_ids: list[str], by: str) -> None:
        """Put the cases of a set into another order; those that are not named come last."""
        place = {case_id: number for number, case_id in enumerate(case_ids, start=1)}
        with self._database.writing() as session:
            owner = _get_set(session, set_id)
            # Not a new revision: who edits what is said of the set has nothing to merge with an order.
            owner.saved_by, owner.saved_at = name(by, "name"), self._clock()
            rows = select(WorkCaseRow).where(WorkCaseRow.set_id == set_id).order_by(WorkCaseRow.position)
            for number, row in enumerate(session.scalars(rows), start=1):
                row.position = place.get(row.case_id, len(place) + number)

    def move_case(self, set_id: str, case_id: str, by: int, who: str) -> None:
        """Move a case by some places in the order of its set; at an end it stays."""
        order = [one.case_id for one in self.cases(set_id)]
        if case_id not in order:
            raise BadInput("There is no such case in this set: it may have been removed.")
        at = order.index(case_id)
        order.insert(min(max(at + by, 0), len(order) - 1), order.pop(at))
        self.order_cases(set_id, order, who)

    def remove_case(self, set_id: str, case_id: str, by: str) -> None:
        """Take a case out of its set; it can be brought back."""
        with self._database.writing() as session:
            row = _get_case(session, set_id, case_id)
            self._saved(row, by)
            row.removed_at = self._clock()

    def bring_case_back(self, set_id: str, case_id: str, by: str) -> WorkCase:
        """Undo :meth:`remove_case`."""
        with self._database.writing() as session:
            row = _get_case(session, set_id, case_id, removed=True)
            self._saved(row, by)
            row.removed_at = None
            return _case(row)

    def record_version(self, set_id: str, version: str, note: str, cases: int, by: str) -> WorkVersion:
        """Note that a version was published, and make it the one in use; raises BadInput where it is there already."""
        with self._database.writing() as session:
            owner = _get_set(session, set_id)
            if session.get(WorkVersionRow, (set_id, name(version, "version"))) is not None:
                raise BadInput(f"Version {version} is published already: give the next number.")
            last = session.scalar(select(func.max(WorkVersionRow.number)).where(WorkVersionRow.set_id == set_id))
            row = WorkVersionRow(
                set_id=set_id, version=version, number=(last or 0) + 1, note=storable(note)[:2_000], cases=cases,
                made_by=name(by, "name"), made_at=self._clock(),
            )  # fmt: skip
            session.add(row)
            owner.version = version
            session.flush()
            return _version(row)

    def versions(self, set_id: str) -> list[WorkVersion]:
        """What was published of a set, the latest first."""
        rows = select(WorkVersionRow).where(WorkVersionRow.set_id == set_id).order_by(WorkVersionRow.number.desc())
        with self._database.reading() as session:
            return [_version(row) for row in session.scalars(rows)]

    def use_version(self, set_id: str, version: str | None) -> WorkSet:
        """Make a published version the one in use (roll back), or none of them (withdraw)."""
        with self._database.writing() as session:
            row = _get_set(session, set_id)
            if version is not None and session.get(WorkVersionRow, (set_id, version)) is None:
                raise BadInput(f"Version {version[:40]} was never published of this set.")
            row.version = version
            return _set(row)

    def remove_version(self, set_id: str, version: str) -> None:
        """Forget that a version was published; raises BadInput for the one in use."""
        with self._database.writing() as session:
            if _get_set(session, set_id).version == version:
                raise BadInput(f"Version {version[:40]} is in use: use another one, then remove it.")
            row = session.get(WorkVersionRow, (set_id, version))
            if row is None:
                raise BadInput(f"Version {version[:40]} was never published of this set.")
            session.delete(row)

    def record_verdict(self, set_id: str, case_id: str, verdict: Mapping[str, Any], by: str) -> GivenVerdict:
        """Keep what an instructor made of a proposal; it is on the disk when this returns."""
        with self._database.writing() as session:
            row = VerdictRow(
                set_id=name(set_id, "set id"), case_id=name(case_id, "case id"), verdict=plain(verdict, "verdict"),
                made_by=name(by, "name"), made_at=self._clock(),
            )  # fmt: skip
            session.add(row)
            session.flush()
            return _verdict(row)

    def verdicts(self, set_id: str | None = None) -> list[GivenVerdict]:
        """All verdicts in the order in which they were given, or those on one set."""
        wanted: list[ColumnElement[bool]] = [] if set_id is None else [VerdictRow.set_id == set_id]
        with self._database.reading() as session:
            return [_verdict(row) for row in session.scalars(select(VerdictRow).where(*wanted).order_by(VerdictRow.id))]

    def _saved(self, row: WorkSetRow | WorkCaseRow, by: str) -> None:
        row.revision += 1
        row.saved_by, row.saved_at = name(by, "name"), self._clock()


def _get_set(session: Session, set_id: str, removed: bool = False) -> WorkSetRow:
    """A row that no other transaction changes until this one ends."""
    row = session.get(WorkSetRow, name(set_id, "set id"), with_for_update=True)
    if row is None or (row.removed_at is not None) != removed:
        raise BadInput("There is no such set here: it may have been removed.")
    return row


def _get_case(session: Session, set_id: str, case_id: str, removed: bool = False) -> WorkCaseRow:
    row = session.get(WorkCaseRow, (set_id, name(case_id, "case id")), with_for_update=True)
    if row is None or (row.removed_at is not None) != removed:
        raise BadInput("There is no such case in this set: it may have been removed.")
    return row


def _set(row: WorkSetRow) -> WorkSet:
    return WorkSet(row.id, row.head, row.visibility, row.version, row.revision, row.made_by, row.saved_by, row.saved_at)


def _case(row: WorkCaseRow) -> WorkCase:
    return WorkCase(row.set_id, row.case_id, row.position, row.body, row.revision, row.saved_by, row.saved_at)


def _version(row: WorkVersionRow) -> WorkVersion:
    return WorkVersion(row.set_id, row.version, row.note, row.cases, row.made_by, row.made_at)


def _verdict(row: VerdictRow) -> GivenVerdict:
    return GivenVerdict(row.set_id, row.case_id, row.verdict, row.made_by, row.made_at)
