"""Engine and transactions: SQLite by default, Postgres by URL, the same promise: what is committed is on the disk.

SQLite runs in WAL mode with ``synchronous=FULL``, so that a commit survives a power cut, and every writing transaction
begins with BEGIN IMMEDIATE: it waits for its turn at the start instead of failing in the middle. Writers of one process
queue at a lock of ours, since SQLite's own waiting is a lottery under load. This file knows no tables.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from ssg.errors import BadInput, Unavailable
from ssg.store.faults import LOCKED, SAFE, reported

WRITING = "ssg_writing"
CONNECTIONS = 10
CONNECT_TIMEOUT_S = 5
RETRY_S = 0.02


class Database:
    """An engine with two kinds of transactions, :meth:`reading` and :meth:`writing`.

    ``patience_s`` is how long a transaction waits for others before it gives up with Unavailable.
    """

    def __init__(self, url: str, patience_s: float = 10.0) -> None:
        address = _address(url)
        self.is_sqlite = address.get_backend_name() == "sqlite"
        self.name = str(address.database) if self.is_sqlite else _shown(address)
        self._patience_s = patience_s
        self._turn = threading.Lock()
        with reported(self.name):
            self._engine = self._sqlite(address) if self.is_sqlite else self._postgres(address)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment of the database; raises Unavailable where it cannot."""
        with reported(self.name), Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose work is on the disk when the block ends, or not at all; raises Unavailable."""
        engine = self._engine.execution_options(**{WRITING: True})
        with self._my_turn(), reported(self.name), Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=self._patience_s):
            raise Unavailable(f"{LOCKED.format(where=self.name)} {SAFE}")
        try:
            yield
        finally:
            self._turn.release()

    def _sqlite(self, address: URL) -> Engine:
        file = Path(str(address.database))
        _make_folder(file.parent)
        with suppress(OSError):  # it is there already, or SQLite will say what is wrong
            file.touch(mode=0o600, exist_ok=False)
        engine = create_engine(
            address,
            json_serializer=_as_json,
            connect_args={"timeout": self._patience_s},
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=self._patience_s,
        )
        event.listen(engine, "connect", partial(_prepare_sqlite, patience_s=self._patience_s))
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _postgres(self, address: URL) -> Engine:
        try:
            engine = create_engine(
                address,
                json_serializer=_as_json,
                # Connections are tried before use, so that a restarted server is noticed between two requests;
                # no prepared statements, since they do not survive a pooler such as PgBouncer.
                pool_pre_ping=True,
                connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "prepare_threshold": None},
                pool_size=CONNECTIONS,
                max_overflow=0,
                pool_timeout=self._patience_s,
            )
        except ModuleNotFoundError as error:
            raise Unavailable(
                f"Postgres needs the package {error.name}: `pip install '.[scale]'` in the project's folder adds it; "
                "or unset SSG_DATABASE_URL."
            ) from None
        event.listen(engine, "connect", partial(_prepare_postgres, patience_s=self._patience_s))
        return engine


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise BadInput("The database URL cannot be read: write sqlite:///FILE or postgresql://...") from None
    if address.drivername in ("postgres", "postgresql"):
        return address.set(drivername="postgresql+psycopg")
    if address.drivername not in ("sqlite", "postgresql+psycopg"):
        raise BadInput(f"The database must be SQLite or Postgres, got {address.drivername!r}.")
    if address.drivername == "sqlite":
        return _file_address(address)
    return address


def _file_address(address: URL) -> URL:
    name = address.database or ""
    if name in ("", ":memory:") or name.startswith("file:"):
        raise BadInput("The SQLite database must be a file, or a restart would lose it: write sqlite:///FILE.")
    if address.query:
        raise BadInput("A SQLite database takes no options after '?': write sqlite:///FILE.")
    try:
        return address.set(database=str(Path(name).expanduser()))
    except RuntimeError:
        raise BadInput("The home folder that ~ means cannot be found: write the whole path of the database.") from None


def _shown(address: URL) -> str:
    """The address without secrets, which stand in the user part or among the options."""
    return address.set(query={}).render_as_string(hide_password=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unavailable(
            f"The folder {folder} for the database cannot be made ({error.strerror}): correct SSG_DATA_DIR."
        ) from None


def _as_json(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _prepare_sqlite(connection: Any, _record: Any, patience_s: float) -> None:
    connection.isolation_level = None  # transactions are ours to begin, see _begin_sqlite
    # Where a file system cannot do WAL, SQLite stays with its rollback journal, which is as durable.
    _switch_to_wal(connection, time.monotonic() + patience_s)
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _switch_to_wal(connection: Any, give_up_at: float) -> None:
    """Two programs that switch a new database at once make SQLite fail at once instead of waiting; so we wait."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(RETRY_S)


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _prepare_postgres(connection: Any, _record: Any, patience_s: float) -> None:
    milliseconds = int(patience_s * 1000)
    for setting in (f"lock_timeout = {milliseconds}", f"statement_timeout = {3 * milliseconds}"):
        connection.execute(f"SET {setting}")
    connection.commit()
