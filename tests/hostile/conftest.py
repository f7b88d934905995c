"""The whole site on a port, with the real grounding code and a policy small enough for a test."""

import socket
import threading
import time

import numpy as np
import pytest

from tests.grounding.conftest import small_checkpoint, small_policy

__all__ = ["small_checkpoint", "small_policy"]


@pytest.fixture(scope="session")
def one_image(tmp_path_factory):
    """A PNG of 90 × 80 pixels."""
    from PIL import Image

    path = tmp_path_factory.mktemp("image") / "one.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 90), dtype=np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def app(tmp_path_factory, small_policy):
    """Where the site answers, and the id of a case's image."""
    import uvicorn

    from ssg.grounding.grounder import Grounder
    from ssg.settings import BUNDLED_CASES, Settings
    from ssg.web.policy_desk import PolicyDesk
    from ssg.web.services import Services
    from ssg.web.site import build_site

    folder = tmp_path_factory.mktemp("app")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = Settings(
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'ssg.sqlite3'}",
        case_sets=(BUNDLED_CASES,),
        port=port,
    )
    services = Services.open(settings, PolicyDesk(lambda: Grounder(small_policy)))
    server = uvicorn.Server(
        uvicorn.Config(build_site(settings, services), host="127.0.0.1", port=port, log_level="error")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the app does not start"
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}", next(iter(services.case_images.values()))
    server.should_exit = True
    thread.join(10)
    services.close()
