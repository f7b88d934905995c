"""A stand-in of the Hugging Face Hub's HTTP interface on localhost, for ``huggingface_hub`` as it is installed.

What it knows: creating repositories of models and data sets (public and private), branches, the checks before an
upload, small files inside a commit and large ones apart from it (git-lfs "basic" and in parts), commits with deletions,
information, trees and files with ETags, ranges and redirects to another host for large files. The Xet protocol is not
spoken: it is switched off, as it is where ``hf_xet`` is not installed.

    with serving() as hub:
        hub.accounts["hf_teacher"] = Account("teacher")
        connect(monkeypatch, hub, tmp_path, token="hf_teacher")
        HfApi().upload_folder(...)

``hub.fail("PUT", "/storage/", times=1)`` makes the next such requests fail; ``hub.requests`` lists what was asked.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.hub_repositories import Account, Hub, Refused
from tests.hub_routes import ROUTES


class Handler(BaseHTTPRequestHandler):
    """One request: found in :data:`ROUTES`, answered or refused."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: Any) -> None:
        """Nothing on the screen."""

    def answer(self) -> None:
        """Answer whatever was asked."""
        parts = urlsplit(self.path)
        path, self.query = unquote(parts.path), {name: some[-1] for name, some in parse_qs(parts.query).items()}
        body = self.body()
        with self.hub.lock:
            self.hub.requests.append((self.command, path))
            status = self.hub.failing(self.command, path)
        if status == 0 or not self.hub.listening:
            self.close_connection = True
            self.connection.close()
            return
        try:
            if status is not None:
                raise Refused(status, "The stand-in was told to fail")
            for method, pattern, work in ROUTES:
                if method in (self.command, "*") and (found := pattern.fullmatch(path)):
                    with self.hub.lock:
                        work(self, body, **found.groupdict())
                    return
            raise Refused(404, f"No such page: {path}")
        except Refused as refused:
            told = {"X-Error-Message": refused.message} | ({"X-Error-Code": refused.code} if refused.code else {})
            self.send(refused.status, json.dumps(refused.body).encode(), told)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - http.server's names

    def body(self) -> bytes:
        """The request's body, also where it comes in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def send(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        """Send an answer."""
        self.send_response(status)
        told = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Send an answer as JSON."""
        self.send(status, json.dumps(value).encode(), headers)

    def account(self, needed: bool = False) -> Account | None:
        """Whose token came along; an unknown one is refused, and so is none where one is needed."""
        given = self.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if given and given not in self.hub.accounts:
            raise Refused(401, "Invalid credentials in Authorization header")
        if needed and not given:
            raise Refused(401, "Invalid username or password.")
        return self.hub.accounts.get(given)


@contextmanager
def serving() -> Iterator[Hub]:
    """A stand-in that listens until the end of the block. Large files lie on "localhost", another host than its own."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    port = server.server_address[1]
    hub.url, hub.storage = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.listening = False  # connections that are kept open end with the next request
        server.shutdown()
        server.server_close()
        thread.join()


def environment(hub: Hub, home: Path, token: str = "") -> dict[str, str]:
    """What tells ``huggingface_hub`` of a new process to ask the stand-in, and to keep what it fetches in ``home``."""
    told = {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "HF_HUB_OFFLINE": "0"}
    return told | {"HF_TOKEN": token, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}


def connect(monkeypatch: Any, hub: Hub, home: Path, token: str = "") -> None:
    """The same for this process, whose ``huggingface_hub`` read its environment long ago."""
    from huggingface_hub import constants, hf_api

    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    settings = {
        "ENDPOINT": hub.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": hub.url + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HOME": str(home),
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_TOKEN_PATH": str(home / "token"),
        "HF_STORED_TOKENS_PATH": str(home / "stored_tokens"),
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_OFFLINE": False,
    }
    for name, value in settings.items():
        monkeypatch.setattr(constants, name, value)
    monkeypatch.setattr(
        hf_api.api, "endpoint", hub.url
    )  # functions such as huggingface_hub.file_exists are its methods
    if "transformers.utils.hub" in sys.modules:
        monkeypatch.setattr("transformers.utils.hub._hf_api", None, raising=False)  # it keeps a client of its own
    # It waits between its tries for half a minute.
    hasty = SimpleNamespace(**vars(time) | {"sleep": lambda _: None})
    monkeypatch.setattr("huggingface_hub.utils._http.time", hasty)
