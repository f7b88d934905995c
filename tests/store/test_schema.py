"""The schema: from empty and from every older one to the newest, or not at all."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from ssg.errors import Unavailable
from ssg.store import Store
from ssg.store.database import Database
from ssg.store.schema import VERSION_TABLE, migrate, revision_of, revisions
from ssg.store.tables import Table
from tests.store.records import ask, draft, record

TABLES = {*Table.metadata.tables, VERSION_TABLE}


@pytest.fixture
def database(url):
    opened = Database(url)
    yield opened
    opened.close()


def change(database, *statements):
    with database.writing() as session:
        for statement in statements:
            session.execute(text(statement))


def tables(database):
    with database.reading() as session:
        return set(inspect(session.connection()).get_table_names())


def revision(database):
    with database.reading() as session:
        return revision_of(session.connection())


def save_as_version_1(database):
    change(
        database,
        "INSERT INTO learners VALUES ('ann', '2026-05-01 12:00:00.123456')",
        "INSERT INTO attempts (receipt, token, learner_id, case_set, case_id, case_version, answer, breakdown, total,"
        " policy, duration_s, recorded_at) VALUES ('7Q2M-K9XD-3FTA-W0PE', 'old', 'ann', 'chest', 'case 1', '1.0',"
        """ '{"regions": []}', '{"total": 0.5}', 0.5, NULL, NULL, '2026-05-01 12:00:00.123456')""",
    )


def test_an_empty_database_gets_the_newest_schema(url, database):
    assert revision(database) is None
    Store(url).close()
    assert revision(database) == revisions()[-1]
    assert tables(database) == TABLES


def test_the_tables_are_what_the_migrations_make(database):
    migrate(database)
    with database.reading() as session:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(session.connection(), opts=options)
        assert compare_metadata(context, Table.metadata) == []


def test_a_database_of_the_first_version_keeps_its_attempts(url, database):
    migrate(database, "0001")
    assert tables(database) == {"learners", "attempts", VERSION_TABLE}
    save_as_version_1(database)
    with Store(url) as store:
        (old,) = store.attempts("ann")
        assert (old.receipt, old.answer, old.total) == ("7Q2M-K9XD-3FTA-W0PE", {"regions": []}, 0.5)
        assert record(store, "old", answer={"regions": []}) == old
        new = record(store, "new")
        assert store.attempts("ann") == [new, old]
        assert store.draft("ann", "chest", "case 1") is None
        assert draft(store) == store.draft("ann", "chest", "case 1")
        assert [ask(store)] == store.questions("ann")
    assert revision(database) == revisions()[-1]


def test_a_database_without_hints_keeps_its_attempts_as_seen_and_its_drafts(url, database):
    migrate(database, "0003")
    save_as_version_1(database)
    change(
        database,
        "INSERT INTO drafts (learner_id, case_set, case_id, case_version, answer, saved_at) VALUES"
        """ ('ann', 'chest', 'case 2', '1.0', '{"regions": [1]}', '2026-05-01 12:00:00.123456')""",
    )
    with Store(url) as store:
        (old,) = store.attempts("ann")
        assert (old.kind, old.hints, old.revealed_at) == ("boxes", (), old.recorded_at)
        assert store.draft("ann", "chest", "case 2").answer == {"regions": [1]}
        assert store.draft("ann", "chest", "case 2", kind="report") is None


def test_a_time_of_the_first_version_is_read_as_utc(sqlite_url):
    database = Database(sqlite_url)
    migrate(database, "0001")
    save_as_version_1(database)
    database.close()
    with Store(sqlite_url) as store:
        assert store.attempts("ann")[0].recorded_at == datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)


def test_a_migration_that_fails_leaves_everything_as_it_was(url, database):
    migrate(database, "0001")
    save_as_version_1(database)
    change(database, "CREATE INDEX ix_questions_learner ON learners (id)")  # the last thing that 0002 makes
    with pytest.raises(DBAPIError, match="already exists"):
        Store(url)
    assert revision(database) == "0001"
    assert tables(database) == {"learners", "attempts", VERSION_TABLE}
    change(database, "DROP INDEX ix_questions_learner")
    with Store(url) as store:
        assert len(store.attempts("ann")) == 1


def test_opening_again_changes_nothing(url):
    with Store(url) as store:
        saved = record(store)
    with Store(url) as store:
        assert store.attempts("ann") == [saved]


def test_a_newer_schema_is_refused_and_left_alone(url, database):
    Store(url).close()
    change(database, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    known = rf"newer SSG \(schema 9999, this one knows up to {revisions()[-1]}\): update SSG"
    with pytest.raises(Unavailable, match=known):
        Store(url)
    assert revision(database) == "9999"


def test_a_database_of_another_program_is_refused_and_left_alone(url, database):
    change(database, "CREATE TABLE learners (name TEXT)", "INSERT INTO learners VALUES ('somebody')")
    with pytest.raises(Unavailable, match=r"belongs to another program .*'learners'.*: choose an empty database"):
        Store(url)
    assert tables(database) == {"learners"}


def test_a_view_in_the_way_is_refused_too(url, database):
    change(database, "CREATE VIEW drafts AS SELECT 1 AS one")
    with pytest.raises(Unavailable, match="belongs to another program"):
        Store(url)


def test_a_file_of_another_program_is_refused_whatever_it_holds(sqlite_file, sqlite_url):
    sqlite_file.parent.mkdir()
    with sqlite3.connect(sqlite_file) as theirs:
        theirs.execute("CREATE TABLE bookmarks (address)")
    theirs.close()
    with pytest.raises(Unavailable, match=r"belongs to another program .*'bookmarks'"):
        Store(sqlite_url)


def test_a_server_may_be_shared_with_another_program(server, postgres_url):
    database = Database(postgres_url)
    change(database, "CREATE TABLE bookmarks (address TEXT)", "CREATE TABLE alembic_version (version_num TEXT)")
    with Store(postgres_url) as store:
        assert [record(store)] == store.attempts("ann")
    assert tables(database) == TABLES | {"bookmarks", "alembic_version"}
    database.close()


def test_programs_that_start_together_all_open_an_empty_database(url):
    together = threading.Barrier(8)

    def start(number):
        together.wait()
        with Store(url) as store:
            return record(store, str(number)).receipt

    with ThreadPoolExecutor(8) as pool:
        receipts = set(pool.map(start, range(8)))
    with Store(url) as store:
        assert {attempt.receipt for attempt in store.attempts("ann")} == receipts


def test_opening_waits_for_a_program_that_is_busy_with_a_new_file(sqlite_file, sqlite_url):
    sqlite_file.parent.mkdir()
    with sqlite3.connect(sqlite_file, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with ThreadPoolExecutor(1) as pool:
            opening = pool.submit(Store, sqlite_url)
            time.sleep(0.2)
            assert not opening.done()
            other.execute("ROLLBACK")
            opening.result().close()
    other.close()
