"""What must not be lost: attempts, drafts, what was asked, what instructors build. The only room that knows SQLAlchemy.

records.py      Attempt, Draft, Question, WorkSet, WorkCase, ...: what the store hands out
tables.py       the tables, as typed classes
database.py     engine, transactions, durability of SQLite and Postgres
faults.py       a database error in words: full disk, locked, read-only, unreachable
schema.py       brings an empty or older database to the newest schema
migrations/     one numbered file for each change of the schema (Alembic)
values.py       names, numbers and JSON as they may go in
attempts.py     attempts and hints
repository.py   Store: what the app asks of the database for learners; drafts and questions
workshop.py     WorkshopStore: case sets that instructors build together
"""

from ssg.store.attempts import TokenReused
from ssg.store.records import Attempt, Draft, GivenVerdict, Hint, Kind, Question, WorkCase, WorkSet, WorkVersion
from ssg.store.repository import Store
from ssg.store.workshop import VISIBILITIES, Conflict, WorkshopStore

__all__ = [
    "VISIBILITIES",
    "Attempt",
    "Conflict",
    "Draft",
    "GivenVerdict",
    "Hint",
    "Kind",
    "Question",
    "Store",
    "TokenReused",
    "WorkCase",
    "WorkSet",
    "WorkVersion",
    "WorkshopStore",
]
