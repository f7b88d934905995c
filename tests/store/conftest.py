"""A database of the test's own: SQLite always, PostgreSQL where SSG_TEST_POSTGRES_URL names a server."""

import os
import uuid

import pytest
from sqlalchemy import make_url

from ssg.store import Store

SERVER = "SSG_TEST_POSTGRES_URL"


@pytest.fixture
def sqlite_file(tmp_path):
    return tmp_path / "data" / "ssg.sqlite3"


@pytest.fixture
def sqlite_url(sqlite_file):
    return f"sqlite:///{sqlite_file}"


@pytest.fixture
def server():
    """A connection to the PostgreSQL server, for what the store itself never does."""
    address = os.environ.get(SERVER)
    if not address:
        pytest.skip(f"needs a PostgreSQL server: {SERVER} is not set")
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


@pytest.fixture
def postgres_url(server):
    """A schema of its own on the server, gone after the test."""
    schema = f"test_{uuid.uuid4().hex}"
    server.execute(f"CREATE SCHEMA {schema}")
    address = make_url(os.environ[SERVER]).update_query_dict(
        {"options": f"-csearch_path={schema}", "application_name": schema}
    )
    yield address.render_as_string(hide_password=False)
    server.execute("SET lock_timeout = '5s'")
    server.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def sqlite_store(sqlite_url):
    with Store(sqlite_url) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def store(url):
    with Store(url) as opened:
        yield opened
