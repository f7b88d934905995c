"""What must not be lost: attempts, drafts and what was asked. The only room that knows SQLAlchemy.

records.py      Attempt, Draft, Question: what the store hands out
tables.py       the tables, as typed classes
database.py     engine, transactions, durability of SQLite and Postgres
faults.py       a database error in words: full disk, locked, read-only, unreachable
schema.py       brings an empty or older database to the newest schema
migrations/     one numbered file for each change of the schema (Alembic)
repository.py   Store: everything the app asks of the database
"""

from ssg.store.records import Attempt, Draft, Question
from ssg.store.repository import Store, TokenReused

__all__ = ["Attempt", "Draft", "Question", "Store", "TokenReused"]
