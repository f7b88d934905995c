"""A database error in words. Faults of the outside become :class:`ssg.errors.Unavailable`; our own bugs stay.

Known by code, not by text: SQLite's primary result codes (https://sqlite.org/rescode.html) and Postgres' SQLSTATE
classes (PostgreSQL documentation, appendix A). A flipped bit may also pass the database and break the text, the JSON or
the time that is read from it; that is a ValueError, since what we write ourselves fails as a StatementError.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from ssg.errors import Unavailable

SAFE = "What was acknowledged before is kept, and sending the same answer again is safe."

FULL = "The disk of the database {where} is full or its quota is used up: free some space, then try again."
LOCKED = "The database {where} is locked by another program: close it, or try again in a moment."
READ_ONLY = "The database {where} cannot be written: correct the permissions of the file and of its folder."
CANNOT_OPEN = "The database {where} cannot be opened: correct SSG_DATA_DIR or SSG_DATABASE_URL, or the permissions."
BROKEN_DISK = "Reading or writing the database {where} failed: check that its disk is there, healthy and not full."
DAMAGED = "The database {where} is damaged, or is no SQLite database: restore a backup, or move the file away."
UNREACHABLE = "The database server {where} cannot be reached or refused the connection: start it or correct the URL."
BUSY = "The database {where} has no free connection: try again in a moment."

SQLITE_CODES = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_PROTOCOL: LOCKED,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_AUTH: READ_ONLY,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: BROKEN_DISK,
    sqlite3.SQLITE_CANTOPEN: CANNOT_OPEN,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}

POSTGRES_STATES = {
    "53100": FULL,
    "53": BUSY,
    "25006": READ_ONLY,
    "42501": READ_ONLY,
    "55P03": LOCKED,
    "57014": LOCKED,
    "40": LOCKED,
    "57": UNREACHABLE,
    "08": UNREACHABLE,
    "28": UNREACHABLE,
    "3D": UNREACHABLE,
    "3F": UNREACHABLE,
    "58": BROKEN_DISK,
    "XX": DAMAGED,
}
"""Whole SQLSTATEs before their two-letter classes."""


@contextmanager
def reported(where: str) -> Iterator[None]:
    """Turn faults of the database ``where`` (a name without secrets) into Unavailable."""
    try:
        yield
    except exc.TimeoutError as error:  # every connection of the pool is in use
        raise Unavailable(_said(BUSY, where)) from error
    except (exc.DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        words = _words_for(cause)
        if words is None:
            raise
        raise Unavailable(_said(words, where)) from error
    except ValueError as error:
        raise Unavailable(_said(DAMAGED, where)) from error


def _said(words: str, where: str) -> str:
    """The words, with what is safe where that is true."""
    told = words.format(where=where)
    return told if words in (DAMAGED, BROKEN_DISK) else f"{told} {SAFE}"


def _words_for(cause: BaseException | None) -> str | None:
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return SQLITE_CODES.get(code & 0xFF)
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return POSTGRES_STATES.get(state) or POSTGRES_STATES.get(state[:2])
    if isinstance(cause, sqlite3.OperationalError):  # without a code: text in the file that is no UTF-8
        return DAMAGED
    # psycopg knows no SQLSTATE while there is no server to send one.
    return UNREACHABLE if type(cause).__name__ in ("OperationalError", "ConnectionTimeout") else None
