"""Plain HTTP routes beside the Gradio pages: images, drafts, attempts, health.

Saving and submitting never wait in the queue of the policy. Each route takes the learner from the signed cookie that
the guard has read, never from the request's body, and answers errors as ``{"error": words}``.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ssg.errors import BadInput, SSGError, Unavailable
from ssg.settings import on_space
from ssg.web import words
from ssg.web.guard import cookie_line, is_secure
from ssg.web.instructors import COOKIE as INSTRUCTOR_COOKIE
from ssg.web.instructors import KEPT_S
from ssg.web.judging_view import picture_of
from ssg.web.practise_view import PractiseView
from ssg.web.services import Services

log = logging.getLogger(__name__)

LARGEST_BODY = 2**20
THUMBNAIL_SIDE = 240
KEPT_IN_BROWSER = {"cache-control": "private, max-age=86400"}


def routes(services: Services) -> list[Route]:
    """All routes of our own."""
    view = PractiseView(services)

    async def image(request: Request) -> Response:
        path = services.images.path(_learner(request), request.path_params["name"])
        data = await run_in_threadpool(path.read_bytes)
        return Response(data, media_type="image/png", headers=KEPT_IN_BROWSER)

    async def example(request: Request) -> Response:
        data = await run_in_threadpool(picture_of, int(request.path_params["number"]))
        return Response(data, media_type="image/png", headers=KEPT_IN_BROWSER)

    async def thumbnail(request: Request) -> Response:
        name = request.path_params["name"]
        data = await run_in_threadpool(services.images.thumbnail, _learner(request), name, THUMBNAIL_SIDE)
        return Response(data, media_type="image/jpeg", headers=KEPT_IN_BROWSER)

    async def keep_draft(request: Request) -> Response:
        body = await _body(request)
        await run_in_threadpool(view.keep_draft, _learner(request), body)
        return JSONResponse({"kept": True})

    async def submit(request: Request) -> Response:
        body = await _body(request)
        return JSONResponse(await run_in_threadpool(view.submit, _learner(request), body))

    async def sign_in(request: Request) -> Response:
        body = await _body(request)
        value = services.instructors.sign_in(str(body.get("name", "")), str(body.get("key", "")))
        return _with_cookie(request, value, KEPT_S)

    async def sign_out(request: Request) -> Response:
        return _with_cookie(request, "", 0)

    async def health(_request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(services.health))

    return [
        Route("/media/example-{number:int}.png", _answering(example), methods=["GET"]),
        Route("/media/{name}.png", _answering(image), methods=["GET"]),
        Route("/media/{name}/small.jpg", _answering(thumbnail), methods=["GET"]),
        Route("/api/drafts", _answering(keep_draft), methods=["PUT"]),
        Route("/api/attempts", _answering(submit), methods=["POST"]),
        Route("/api/instructor", _answering(sign_in), methods=["POST"]),
        Route("/api/instructor", _answering(sign_out), methods=["DELETE"]),
        Route("/api/health", _answering(health), methods=["GET"]),
    ]


def _answering(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
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


def _with_cookie(request: Request, value: str, kept_s: int) -> Response:
    line = cookie_line(INSTRUCTOR_COOKIE, value, kept_s, on_space(), is_secure(request.headers))
    return JSONResponse({"instructor": bool(value)}, headers={"set-cookie": line})


def _learner(request: Request) -> str:
    learner: str = request.state.learner
    return learner


async def _body(request: Request) -> dict[str, Any]:
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > LARGEST_BODY:
            raise BadInput(f"The answer is larger than {LARGEST_BODY >> 20} MiB: delete some boxes.")
    try:
        body = json.loads(bytes(data))
    except (ValueError, RecursionError):
        raise BadInput("The request is not valid JSON.") from None
    if not isinstance(body, dict):
        raise BadInput("The request must be a JSON object.")
    return body
