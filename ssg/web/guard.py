"""What stands before every request: Host and Origin, security headers, and who the learner is.

Gradio reflects foreign origins with credentials and sends no security headers, so this ASGI middleware refuses first. A
learner is an opaque id in a signed cookie: enough to find one's own attempts again after a reload, and nothing more. It
knows nothing of pages.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ssg.errors import Unavailable
from ssg.web.instructors import COOKIE as INSTRUCTOR_COOKIE
from ssg.web.instructors import Instructors

COOKIE = "ssg_learner"
A_YEAR = 365 * 24 * 3600
KEY_BYTES = 32

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin-allow-popups"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class LearnerCookie:
    """Signs and reads the learner's cookie with a key that stays in the data directory."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def with_key_file(cls, path: Path) -> LearnerCookie:
        """Read the key, or make one that only this user can read; raises Unavailable where that cannot be done."""
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                _write_once(path, secrets.token_bytes(KEY_BYTES))
            key = path.read_bytes()
        except OSError as error:
            raise Unavailable(
                f"The key file {path} cannot be read or made ({error.strerror}): correct SSG_DATA_DIR."
            ) from None
        if len(key) != KEY_BYTES:
            raise Unavailable(f"The key file {path} is damaged: restore it, or remove it and all learners begin anew.")
        return cls(key)

    def issue(self) -> tuple[str, str]:
        """A new learner id and the cookie value that proves it."""
        learner = secrets.token_hex(16)
        return learner, f"{learner}.{self._sign(learner)}"

    def read(self, value: str | None) -> str | None:
        """The learner id in a cookie value, or None where it is missing or forged."""
        learner, _, signature = (value or "").partition(".")
        if len(learner) != 32 or not hmac.compare_digest(self._sign(learner).encode(), signature.encode()):
            return None
        return learner

    def derived_key(self, purpose: str) -> bytes:
        """A key of its own for another purpose."""
        return hmac.new(self._key, f"key for {purpose}".encode(), hashlib.sha256).digest()

    def _sign(self, learner: str) -> str:
        return hmac.new(self._key, learner.encode(), hashlib.sha256).hexdigest()


class Guard:
    """ASGI middleware. ``hosts`` are the names that this server answers to; empty means any (behind a proxy)."""

    def __init__(
        self,
        app: Any,
        cookie: LearnerCookie,
        hosts: tuple[str, ...] = (),
        embedded: bool = False,
        instructors: Instructors | None = None,
    ) -> None:
        self._app, self._cookie, self._hosts, self._embedded = app, cookie, hosts, embedded
        self._instructors = instructors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the learner known and the headers set."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        problem = self._problem(headers)
        if problem:
            await _refuse(scope, send, problem)
            return
        learner = self._cookie.read(_cookie_of(headers, COOKIE))
        fresh = None
        if learner is None:
            learner, fresh = self._cookie.issue()
            scope["headers"] = [*scope["headers"], (b"cookie", f"{COOKIE}={fresh}".encode())]
        state = scope.setdefault("state", {})
        state["learner"] = learner
        if self._instructors is not None:
            state["instructor"] = self._instructors.read(_cookie_of(headers, INSTRUCTOR_COOKIE))
        await self._app(scope, receive, self._with_headers(send, fresh, headers))

    def _problem(self, headers: dict[str, str]) -> str | None:
        host = headers.get("host", "")
        if self._hosts and _name_of(host) not in self._hosts:
            return "This server does not answer to that name."
        origin = headers.get("origin")
        if origin and origin.partition("://")[2] != headers.get("x-forwarded-host", host):
            return "Requests from other sites are refused."
        return None

    def _with_headers(self, send: Send, fresh: str | None, request: dict[str, str]) -> Send:
        secure = is_secure(request)

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                rows = [*message.get("headers", ()), *HEADERS]
                if not self._embedded:
                    rows.append((b"x-frame-options", b"SAMEORIGIN"))
                if fresh:
                    rows.append((b"set-cookie", cookie_line(COOKIE, fresh, A_YEAR, self._embedded, secure).encode()))
                message = {**message, "headers": rows}
            await send(message)

        return sending


def cookie_line(name: str, value: str, kept_s: int, embedded: bool, secure: bool) -> str:
    """A Set-Cookie header. A Space shows the app in a frame of another site, where only one kind of cookie is kept."""
    site = "SameSite=None; Partitioned" if embedded and secure else "SameSite=Lax"
    site += "; Secure" if secure else ""
    return f"{name}={value}; Path=/; Max-Age={kept_s}; HttpOnly; {site}"


def is_secure(headers: Mapping[str, str]) -> bool:
    """Whether the browser speaks https; a list where there are several proxies, of which it used the first."""
    return headers.get("x-forwarded-proto", "").partition(",")[0].strip() == "https"


def _write_once(path: Path, content: bytes) -> None:
    """All of the content or no file, and the one of another program where that was first."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(new, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _name_of(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # brackets without an IPv6 address in them
        return ""


def _cookie_of(headers: dict[str, str], wanted: str) -> str | None:
    """An own cookie among others, which may come from any program on this host and hold anything."""
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.partition("=")
        if name.strip() == wanted:
            return value.strip()
    return None


async def _refuse(scope: Scope, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    body = reason.encode()
    await send(
        {
            "type": "http.response.start",
            "status": 403,
            "headers": [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
