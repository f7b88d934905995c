"""What was acknowledged is on the disk: after kill -9 at any moment, and with several programs at once."""

import itertools
import multiprocessing
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from ssg.store import Store
from ssg.store.database import Database
from tests.store.records import draft, is_sound, receipts_in, record

KILLS = 20
STARTS = 10
FIRST = b"first\n"

fork = multiprocessing.get_context("fork")


def save_for_ever(url, learner, acknowledgements):
    """Three threads save; each acknowledgement is one write, which a kill cannot tear."""
    store = Store(url)

    def save(thread):
        for number in itertools.count():
            token = f"{thread}-{number}"
            receipt = record(store, token, learner=learner, answer={"text": "x" * 3_000}).receipt
            os.write(acknowledgements, f"{receipt}\n".encode())
            draft(store, token, learner=learner)
            os.write(acknowledgements, f"draft {token}\n".encode())

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(save, range(3)))


def killed_after(saves, seconds, target, *arguments):
    """What the program acknowledged before it was killed, ``seconds`` after it had acknowledged ``saves`` times."""
    reading, writing = os.pipe()
    program = fork.Process(target=target, args=(*arguments, writing))
    program.start()
    os.close(writing)
    with os.fdopen(reading, "rb") as acknowledgements:
        lines = [acknowledgements.readline() for _ in range(saves)]
        time.sleep(seconds)
        os.kill(program.pid, signal.SIGKILL)
        lines += acknowledgements.readlines()
    program.join()
    assert program.exitcode == -signal.SIGKILL
    return [line.decode().strip() for line in lines]


def test_nothing_acknowledged_is_lost_by_twenty_kills_during_saves(sqlite_file, sqlite_url):
    moments = random.Random(20)
    acknowledged = {}
    for kill in range(KILLS):
        learner = f"learner {kill}"
        saves, seconds = moments.randint(1, 40), moments.uniform(0, 0.02)
        acknowledged[learner] = killed_after(saves, seconds, save_for_ever, sqlite_url, learner)
        assert len(acknowledged[learner]) >= saves
        assert is_sound(sqlite_file)
    with Store(sqlite_url) as store:
        for learner, lines in acknowledged.items():
            drafts = [line.removeprefix("draft ") for line in lines if line.startswith("draft ")]
            assert {*lines} - {f"draft {token}" for token in drafts} <= receipts_in(store, learner)
            assert all(store.draft(learner, "chest", token) for token in drafts[-100:])


def open_and_save(url, acknowledgements):
    os.write(acknowledgements, FIRST)
    with Store(url) as store:
        os.write(acknowledgements, f"{record(store, str(os.getpid())).receipt}\n".encode())
    time.sleep(60)


def test_a_kill_while_the_schema_is_made_leaves_a_database_that_opens(tmp_path):
    moments = random.Random(10)
    for start in range(STARTS):
        file = tmp_path / str(start) / "ssg.sqlite3"
        _, *receipts = killed_after(1, moments.uniform(0, 0.15), open_and_save, f"sqlite:///{file}")
        with Store(f"sqlite:///{file}") as store:
            assert {*receipts} <= receipts_in(store)
            record(store, "after")
        assert is_sound(file)


def save_some(url, name, count, results):
    with Store(url) as store:
        mine = [record(store, f"{name}-{number}").receipt for number in range(count)]
        results.put((mine, record(store, "shared").receipt))


def test_several_programs_save_into_one_database_at_once(url):
    results = fork.SimpleQueue()
    programs = [fork.Process(target=save_some, args=(url, name, 15, results)) for name in range(4)]
    for program in programs:
        program.start()
    saved = [results.get() for _ in programs]
    for program in programs:
        program.join()
        assert program.exitcode == 0
    assert len({shared for _, shared in saved}) == 1
    with Store(url) as store:
        assert receipts_in(store) == {shared for _, shared in saved}.union(*(mine for mine, _ in saved))


@pytest.mark.parametrize("connection", ["first", "second"])
def test_every_connection_waits_for_the_disk(sqlite_url, connection):
    database = Database(sqlite_url)
    with database.reading() as first, database.reading() as second:
        session = {"first": first, "second": second}[connection]
        asked = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")}
    database.close()
    assert asked == {"journal_mode": "wal", "synchronous": 2}
