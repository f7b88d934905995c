"""Starts the site: opens what it needs, says what it uses, and serves until it is stopped."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from typing import TYPE_CHECKING

from ssg import NOTICE, __version__
from ssg.errors import BadInput, SSGError
from ssg.settings import Settings, masked_url

if TYPE_CHECKING:
    from ssg.web.services import Services

log = logging.getLogger(__name__)


def main() -> int:
    """Serve the site; 0 when stopped, 2 where it cannot start (one line on stderr)."""
    try:
        settings = Settings.load()
        _require_free(settings.host, settings.port)
        _serve(settings)
    except SSGError as error:
        print(f"ssg: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


def _serve(settings: Settings) -> None:
    import uvicorn

    from ssg.web.services import Services
    from ssg.web.site import build_site

    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("httpx", "httpcore", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    services = Services.open(settings)
    site = build_site(settings, services)
    _say_hello(settings, services)
    threading.Thread(target=_say_policy, args=(services,), daemon=True).start()
    config = uvicorn.Config(
        site,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        ws_max_size=2**20,
        timeout_graceful_shutdown=5,
        proxy_headers=True,
        server_header=False,
    )
    try:
        uvicorn.Server(config).run()
    finally:
        services.close()


def _require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise BadInput(
                f"Port {port} on {host} cannot be used ({error.strerror}): stop what uses it, or set SSG_PORT."
            ) from None


def _say_hello(settings: Settings, services: Services) -> None:
    shown = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - only shown
    count = len(services.practice.sets)
    rows = (
        ("address", f"http://{shown}:{settings.port}"),
        ("cases", f"{len(services.practice)} in {count} set{'' if count == 1 else 's'}"),
        ("data", str(settings.data_dir)),
        ("database", masked_url(settings.database_url)),
        ("policy", settings.policy or "the embedded one, loading"),
    )
    print(f"SSG {__version__}: {NOTICE}")
    for name, value in rows:
        print(f"  {name:9} {value}")
    sys.stdout.flush()


def _say_policy(services: Services) -> None:
    from ssg.web.frame import encoder_status, policy_status

    services.desk.wait()
    print(f"  {'policy':9} {policy_status(services)}{': ' + services.desk.problem if services.desk.problem else ''}")
    for problem in services.desk.adapter_problems:
        print(f"  {'adapter':9} {problem}")
    services.encoder.wait()
    print(f"  {'encoder':9} {encoder_status(services)}")
    sys.stdout.flush()
