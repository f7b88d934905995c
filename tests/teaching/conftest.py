"""A workshop of a test's own."""

import pytest

from ssg.store import Store
from ssg.teaching.workshop import Workshop


@pytest.fixture
def shop(tmp_path):
    with Store(f"sqlite:///{tmp_path / 'ssg.sqlite3'}") as store:
        yield Workshop(store.workshop, tmp_path / "workshop")
