"""What goes wrong outside is said in words, nothing acknowledged is lost, and work goes on once it is mended."""

import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import text

from ssg.errors import BadInput, Unavailable
from ssg.store import Store
from ssg.store.database import CONNECTIONS, Database
from ssg.store.schema import migrate
from tests.conftest import REPOSITORY
from tests.store.records import draft, is_sound, receipts_in, record, save_until_refused

SMALL_DISK = 2 * 2**20


@pytest.fixture
def small_disk(tmp_path):
    """A file system of two megabytes; the function given mounts it again, read-only or not."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mounted(options):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("needs the right to mount a file system")

    mounted(f"size={SMALL_DISK}")
    yield folder, lambda access: mounted(f"remount,{access}")
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "attempts.db",
        "mysql://h/x",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?uri=true",
        "sqlite:////data/ssg.sqlite3?timeout=abc",
        "sqlite:///~nobody-of-that-name/x",
        "postgresql://teacher:s3cret@db:port/ssg",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_in_words(url):
    with pytest.raises(BadInput, match=r"SQLite|sqlite:///FILE|write the whole path") as caught:
        Store(url)
    assert "s3cret" not in str(caught.value)


def test_the_home_folder_may_be_written_as_a_tilde(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    Store("sqlite:///~/kept/ssg.sqlite3").close()
    assert (tmp_path / "kept" / "ssg.sqlite3").is_file()


def test_a_new_database_and_its_folder_are_closed_to_other_users(sqlite_url, sqlite_file):
    with Store(sqlite_url) as store:
        record(store)
        for path in (sqlite_file.parent, *sqlite_file.parent.iterdir()):
            assert path.stat().st_mode & 0o077 == 0, path


def folder_in_place_of_the_file(path):
    path.mkdir(parents=True)


def file_in_place_of_the_folder(path):
    path.parent.write_text("a file")


def text_in_place_of_the_database(path):
    path.parent.mkdir()
    path.write_text("attempts of the spring term\n" * 100)


def half_of_the_database(path):
    Store(f"sqlite:///{path}").close()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 100])


def zeros_in_the_database(path):
    Store(f"sqlite:///{path}").close()
    with path.open("r+b") as file:
        file.seek(100)
        file.write(bytes(4096))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (folder_in_place_of_the_file, "cannot be opened: correct SSG_DATA_DIR or SSG_DATABASE_URL"),
        (file_in_place_of_the_folder, "cannot be made (File exists): correct SSG_DATA_DIR"),
        (text_in_place_of_the_database, "is damaged, or is no SQLite database: restore a backup"),
        (half_of_the_database, "is damaged, or is no SQLite database: restore a backup"),
        (zeros_in_the_database, "is damaged, or is no SQLite database: restore a backup"),
    ],
)
def test_a_database_that_cannot_be_used_is_named_with_its_remedy(sqlite_file, sqlite_url, fault, words):
    fault(sqlite_file)
    with pytest.raises(Unavailable, match=re.escape(words)) as caught, Store(sqlite_url) as store:
        record(store)
    assert str(sqlite_file.parent) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert ("acknowledged before is kept" in str(caught.value)) == ("cannot be opened" in words)


@pytest.mark.parametrize(
    "damage",
    [
        "answer = '{\"regions'",
        "answer = CAST(x'22ff22' AS TEXT)",
        "case_set = CAST(x'ff' AS TEXT)",
        "recorded_at = 'yesterday'",
    ],
)
def test_a_row_that_cannot_be_read_is_damage_and_other_rows_are_served(sqlite_file, sqlite_url, damage):
    with Store(sqlite_url) as store:
        record(store)
        saved = record(store, learner="bob")
        with closing(sqlite3.connect(sqlite_file)) as connection, connection:
            connection.execute(f"UPDATE attempts SET {damage} WHERE learner_id = 'ann'")
        with pytest.raises(Unavailable, match="is damaged"):
            store.attempts("ann")
        assert store.attempts("bob") == [saved]


def test_a_database_locked_by_another_program_is_waited_for_and_then_named(sqlite_file, sqlite_url):
    with Store(sqlite_url, patience_s=0.2) as store, closing(sqlite3.connect(sqlite_file)) as other:
        saved = record(store)
        other.execute("BEGIN IMMEDIATE")
        for call in (lambda: record(store, "next"), lambda: draft(store), lambda: Store(sqlite_url, patience_s=0.1)):
            with pytest.raises(Unavailable, match=r"is locked by another program: .*sending the same answer again is"):
                call()
        assert store.attempts("ann") == [saved], "reading goes on"
        other.rollback()
        assert record(store, "next").receipt in receipts_in(store)


def test_when_every_connection_is_in_use_the_next_one_is_told_so(sqlite_url):
    database = Database(sqlite_url, patience_s=0.1)
    with ExitStack() as readers:
        for _ in range(CONNECTIONS):
            readers.enter_context(database.reading()).execute(text("SELECT 1"))
        with pytest.raises(Unavailable, match="no free connection: try again"), database.reading() as session:
            session.execute(text("SELECT 1"))
    database.close()


def test_a_full_disk_loses_nothing_and_saving_goes_on_once_there_is_room(small_disk):
    folder, _ = small_disk
    ballast, file = folder / "ballast", folder / "ssg.sqlite3"
    ballast.write_bytes(bytes(SMALL_DISK // 4))
    with Store(f"sqlite:///{file}") as store:
        acknowledged, words = save_until_refused(store)
        assert "is full or its quota is used up: free some space" in words
        assert acknowledged
        assert receipts_in(store) == acknowledged
        ballast.unlink()
        acknowledged.add(record(store, "after").receipt)
    with Store(f"sqlite:///{file}") as store:
        assert receipts_in(store) == acknowledged
    assert is_sound(file)


def test_a_disk_that_became_read_only_is_named_and_what_is_there_can_be_read(small_disk):
    folder, mounted = small_disk
    url = f"sqlite:///{folder / 'ssg.sqlite3'}"
    with Store(url) as store:
        saved = record(store)
    mounted("ro")
    with pytest.raises(Unavailable, match=r"cannot be (written|opened): correct"):
        Store(url)
    mounted("rw")
    with Store(url) as store:
        assert store.attempts("ann") == [saved]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(Unavailable, match=r"cannot be (made|opened).*correct SSG_DATA_DIR"):
        Store(f"sqlite:///{tmp_path / 'ssg.sqlite3'}")
    tmp_path.chmod(0o700)


def test_a_limit_on_the_size_of_files_loses_nothing(sqlite_file, sqlite_url):
    program = "\n".join(
        [
            "from ssg.store import Store",
            "from tests.store.records import save_until_refused",
            f"with Store({sqlite_url!r}) as store:",
            "    acknowledged, words = save_until_refused(store)",
            "    print(words, *acknowledged, sep='\\n')",
        ]
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20)),
    )
    words, *acknowledged = done.stdout.splitlines()
    assert re.search("failed: check that its disk is there|is full", words)
    assert done.stderr == ""
    with Store(sqlite_url) as store:
        assert acknowledged
        assert receipts_in(store) == {*acknowledged}
        record(store, "after")
    assert is_sound(sqlite_file)


@pytest.mark.parametrize("secret", ["teacher:s3cret@127.0.0.1:1/ssg", "127.0.0.1:1/ssg?password=s3cret"])
def test_a_server_that_cannot_be_reached_is_named_without_its_password(secret):
    pytest.importorskip("psycopg")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1/ssg cannot be reached .*: start it or correct") as caught:
        Store(f"postgresql://{secret}")
    assert "s3cret" not in str(caught.value)


def test_without_the_driver_of_postgres_the_remedy_is_its_installation(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Unavailable, match=r"pip install '.\[scale\]'"):
        Store("postgresql://db/ssg")


def test_a_server_that_was_restarted_between_two_requests_is_not_noticed(server, postgres_url):
    with Store(postgres_url) as store:
        saved = record(store)
        (schema,) = re.findall("application_name=(test_[0-9a-f]+)", postgres_url)
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [schema])
        assert store.attempts("ann") == [saved]
        assert record(store, "next").receipt in receipts_in(store)


def test_a_server_whose_table_is_locked_is_waited_for_and_then_named(server, postgres_url):
    with Store(postgres_url, patience_s=0.2) as store, server.transaction():
        schema = re.search("test_[0-9a-f]{32}", postgres_url)[0]
        server.execute(f"LOCK TABLE {schema}.attempts IN EXCLUSIVE MODE")
        with pytest.raises(Unavailable, match="is locked by another program"):
            record(store)


def test_a_database_that_the_server_lacks_is_named(postgres_url):
    with pytest.raises(Unavailable, match=r"no_such_database cannot be reached .*correct the URL"):
        Store(re.sub(r"/\w+\?", "/no_such_database?", postgres_url))


def test_a_server_that_takes_no_writes_is_named(postgres_url):
    database = Database(postgres_url)
    migrate(database)
    with pytest.raises(Unavailable, match="cannot be written: correct the permissions"), database.writing() as session:
        session.execute(text("SET TRANSACTION READ ONLY"))
        session.execute(text("DELETE FROM drafts"))
    database.close()
