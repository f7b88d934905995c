"""What every test has: one thread, no settings from outside, no real user data; and the shared data where it exists."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.serving import find_chromium

# Before anything loads torch or numpy: tests run side by side, and tiny models are faster on one thread anyway.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long one example takes depends on what else the machine does; it is no law of the code.
settings.register_profile("ssg", deadline=None)
settings.load_profile("ssg")

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, tmp_path_factory):
    """Settings are the defaults, in a data directory of the test's own; a developer's .env does not count."""
    from ssg.settings import Settings

    for name in list(os.environ):
        if name.upper().startswith("SSG_") and not name.upper().startswith("SSG_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("SPACE_ID", raising=False)
    home = tmp_path_factory.mktemp("home")
    # Not HOME itself: browsers and model caches live there. The variable reaches programs that a test starts.
    monkeypatch.setattr("ssg.hosting._home", lambda: home)
    monkeypatch.setenv("XDG_DATA_HOME", str(home / ".local" / "share"))
    monkeypatch.setitem(Settings.model_config, "env_file", home / ".env")
    return home


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data, beside the repository; tests that need it are skipped where it is not there."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the real data in {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def chromium() -> str | None:
    """The system's Chromium for Playwright's ``executable_path``; None means Playwright's own."""
    return find_chromium()
