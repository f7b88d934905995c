"""How routes of our own answer: errors in words, bodies that are JSON objects of bounded size."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ssg.errors import BadInput, SSGError, Unavailable
from ssg.web import words

log = logging.getLogger(__name__)

LARGEST_BODY = 2**20
Handler = Callable[[Request], Awaitable[Response]]


def answering(handler: Handler) -> Handler:
    """Errors in words: 400 for what the caller can mend, 503 for what is not there now, 500 for our own faults."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except BadInput as error:
            return JSONResponse({"error": str(error)}, status_code=404 if request.method == "GET" else 400)
        except (Unavailable, SSGError) as error:
            return JSONResponse({"error": str(error)}, status_code=503)
        except (ClientDisconnect, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("%s %s", request.method, request.url.path)
            return JSONResponse({"error": words.OUR_FAULT}, status_code=500)

    return answered


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request; raises BadInput for anything else, and for one that is too large."""
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > LARGEST_BODY:
            raise BadInput(f"The answer is larger than {LARGEST_BODY >> 20} MiB: shorten it, or delete some boxes.")
    try:
        body = json.loads(bytes(data))
    except (ValueError, RecursionError):
        raise BadInput("The request is not valid JSON.") from None
    if not isinstance(body, dict):
        raise BadInput("The request must be a JSON object.")
    return body
