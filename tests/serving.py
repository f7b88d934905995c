"""An ASGI application on a port of its own, for tests that need a real server."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def find_chromium() -> str | None:
    """The system's Chromium for Playwright's ``executable_path``; None means Playwright's own."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(application: Any, port: int) -> Iterator[str]:
    """Serve ``application`` on 127.0.0.1 until the block ends; the address."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the app does not start"
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@contextmanager
def site(
    folder: Path, load: Callable[[], Any], case_sets: Sequence[Path] | None = None, **more: Any
) -> Iterator[tuple[str, Any]]:
    """The whole site on a port, its data in ``folder``, with the policy that ``load`` makes: (address, services)."""
    from ssg.settings import BUNDLED_CASES, Settings
    from ssg.web.policy_desk import PolicyDesk
    from ssg.web.services import Services
    from ssg.web.site import build_site

    settings = Settings(
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'ssg.sqlite3'}",
        case_sets=tuple(case_sets or (BUNDLED_CASES,)),
        port=free_port(),
        **more,
    )
    services = Services.open(settings, PolicyDesk(load))
    with served(build_site(settings, services), settings.port) as address:
        yield address, services
    services.close()
