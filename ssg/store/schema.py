"""Brings a database to the newest schema: from empty, or from any older one, in one transaction.

Two programs that start together do it one after the other. A database that a newer SSG has written is refused: an older
one would not know what it must keep.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from ssg.errors import Unavailable
from ssg.store.database import Database
from ssg.store.tables import Table

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "ssg_schema"
"""Not Alembic's usual name: a Postgres database may be shared with another program that uses Alembic."""

POSTGRES_LOCK = 7_345_001
"""Any number that other programs on the server do not use for an advisory lock."""


def migrate(database: Database, revision: str = "head") -> None:
    """Bring the schema to ``revision``; raises Unavailable where that cannot be done."""
    with database.writing() as session:
        connection = session.connection()
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": POSTGRES_LOCK})
        _require_ours(connection, database.name)
        command.upgrade(_config(connection), revision)


def revisions() -> list[str]:
    """All revisions, oldest first."""
    script = ScriptDirectory(str(MIGRATIONS))
    return [step.revision for step in script.walk_revisions()][::-1]


def revision_of(connection: Connection) -> str | None:
    """The revision of a database, None where it is empty."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _require_ours(connection: Connection, name: str) -> None:
    found = revision_of(connection)
    known = revisions()
    if found is not None and found not in known:
        raise Unavailable(
            f"The database {name} was written by a newer SSG (schema {found}, this one knows up to {known[-1]}): "
            "update SSG, or choose another SSG_DATA_DIR or SSG_DATABASE_URL."
        )
    if found is not None:
        return
    # A server may be shared, a file is not: there any table is a sign that somebody else's file was named by mistake.
    holds = {*inspect(connection).get_table_names(), *inspect(connection).get_view_names()}
    foreign = holds if connection.dialect.name == "sqlite" else holds & set(Table.metadata.tables)
    if foreign:
        raise Unavailable(
            f"The database {name} belongs to another program (it holds a table '{sorted(foreign)[0]}'): "
            "choose an empty database by SSG_DATABASE_URL."
        )


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
