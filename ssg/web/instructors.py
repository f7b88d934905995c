"""Who is an instructor: whoever knows the key of this installation, or, on one's own computer, everybody.

Signing in sets a signed cookie with the name that others are shown. Without a key (``SSG_INSTRUCTOR_KEY``) a server
that answers to this computer alone takes its one user for an instructor; one that others can reach has none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from ssg.errors import BadInput
from ssg.settings import LOOPBACK, Settings

COOKIE = "ssg_instructor"
KEPT_S = 30 * 24 * 3600
LONGEST_NAME = 60
NAMELESS = "Instructor"

MOST_TRIES, TRIES_WITHIN_S = 10, 60.0
"""Wrong keys from one address after which it is not let in for a while; others are, so that nobody is locked out."""
MOST_CLIENTS = 10_000
"""Addresses of wrong keys that are remembered, the latest."""

SLOWER_S, SLOWEST_S = 0.05, 4.0
"""What every try waits for each wrong key of the last minute beyond MOST_TRIES, of all addresses; and the most."""


class Instructors:
    """Signs instructors in and reads their cookie. ``clock`` gives seconds since 1970."""

    def __init__(self, settings: Settings, signing_key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = settings.instructor_key
        self.needs_key = bool(self._key)
        # A proxy on this computer asks by a name of its own, which must be among the allowed ones.
        own = (
            settings.host in LOOPBACK and bool(settings.allowed_hosts) and set(settings.allowed_hosts) <= set(LOOPBACK)
        )
        self._everybody = not self._key and own
        # Another key makes all cookies worthless that were given for the one before.
        self._signing_key = hmac.new(signing_key, _bytes(self._key), hashlib.sha256).digest()
        self._clock = clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._all_wrong: deque[float] = deque(maxlen=MOST_TRIES + round(SLOWEST_S / SLOWER_S))
        self._lock = threading.Lock()

    @property
    def can_be(self) -> bool:
        """Whether there can be instructors on this server at all."""
        return self.needs_key or self._everybody

    def delay_s(self) -> float:
        """Seconds to wait before :meth:`sign_in`: they grow with wrong keys from anywhere, and nobody is refused."""
        with self._lock:
            recent = sum(self._now() - one < TRIES_WITHIN_S for one in self._all_wrong)
        return min(max(recent - MOST_TRIES, 0) * SLOWER_S, SLOWEST_S) if self.needs_key else 0.0

    def sign_in(self, name: str, key: str, client: str = "") -> str:
        """The cookie's value for whoever knows the key; raises BadInput with what to do. ``client`` is an address."""
        if not self.can_be:
            raise BadInput("This server has no instructors: whoever runs it sets SSG_INSTRUCTOR_KEY first.")
        name = " ".join(name.split())[:LONGEST_NAME]
        if not name or not name.isprintable():
            raise BadInput("Give your name: others see who changed what.")
        if self.needs_key:
            self._require_key(key, client)
        until = int(self._now()) + KEPT_S
        told = base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")
        return f"{told}.{until}.{self._sign(told, until)}"

    def read(self, value: str | None) -> str | None:
        """The name of the instructor of a cookie; None for whoever is none."""
        name = self._proved(value)
        return name or (NAMELESS if self._everybody else None)

    def _proved(self, value: str | None) -> str | None:
        told, _, rest = (value or "").partition(".")
        until, _, signature = rest.partition(".")
        if not (until.isascii() and until.isdigit()) or len(until) > 12 or int(until) < self._now():
            return None
        if not hmac.compare_digest(self._sign(told, int(until)).encode(), _bytes(signature)):
            return None
        return base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)).decode()

    def _require_key(self, key: str, client: str) -> None:
        with self._lock:
            now = self._now()
            wrong = self._wrong.get(client, ())
            if sum(now - one < TRIES_WITHIN_S for one in wrong) >= MOST_TRIES:
                raise BadInput("Too many wrong keys were tried from here: wait a minute.")
            if not hmac.compare_digest(_bytes(key), _bytes(self._key)):
                self._wrong.setdefault(client, deque(maxlen=MOST_TRIES)).append(now)
                self._wrong.move_to_end(client)
                self._all_wrong.append(now)
                while len(self._wrong) > MOST_CLIENTS:
                    self._wrong.popitem(last=False)
                raise BadInput("This is not the key of this server: ask whoever runs it.")

    def _now(self) -> float:
        return self._clock()

    def _sign(self, told: str, until: int) -> str:
        return hmac.new(self._signing_key, _bytes(f"{told}.{until}"), hashlib.sha256).hexdigest()


def client_of(host: str, forwarded: str = "") -> str:
    """Whose wrong keys are counted together: an address, of IPv6 the network that one household has.

    ``forwarded`` is the request's X-Forwarded-For. Its last entry is the nearest proxy's own and is heard where that
    proxy has an address of a private network; from elsewhere anybody may write it.
    """
    peer = _address(host)
    if peer is None or not peer.is_private:
        return _network(host)
    told = forwarded.rpartition(",")[2].strip()
    return _network(told) if _address(told) else _network(host)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(host: str) -> str:
    found = _address(host)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return host[:60]


def _bytes(text: str) -> bytes:
    """Any text as bytes, one that is no Unicode too."""
    return text.encode("utf-8", "surrogatepass")
