"""Routes for instructors beside the Build page: pictures of cases that are being built, signing in and out."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ssg.errors import BadInput
from ssg.settings import on_space
from ssg.web.answering import Handler, answering, body_of
from ssg.web.build_view import BuildView
from ssg.web.guard import cookie_line, is_secure
from ssg.web.instructors import COOKIE, KEPT_S
from ssg.web.learner import NO_INSTRUCTOR
from ssg.web.services import Services

PRIVATE = {"cache-control": "private, max-age=3600"}


def build_routes(services: Services, view: BuildView) -> list[Route]:
    """The routes; all but signing in are for instructors."""

    async def picture(request: Request) -> Response:
        _require_instructor(request)
        names = request.path_params
        path = await run_in_threadpool(view.picture_file, names["set"], names["case"], int(names["number"]))
        return Response(await run_in_threadpool(path.read_bytes), media_type="image/png", headers=PRIVATE)

    async def thumbnail(request: Request) -> Response:
        _require_instructor(request)
        names = request.path_params
        data = await run_in_threadpool(view.thumbnail, names["set"], names["case"])
        return Response(data, media_type="image/jpeg", headers=PRIVATE)

    async def sign_in(request: Request) -> Response:
        body = await body_of(request)
        value = services.instructors.sign_in(str(body.get("name", "")), str(body.get("key", "")))
        return _with_cookie(request, value, KEPT_S)

    async def sign_out(request: Request) -> Response:
        return _with_cookie(request, "", 0)

    def route(path: str, handler: Handler, method: str) -> Route:
        return Route(path, answering(handler), methods=[method])

    return [
        route("/workshop/{set}/{case}/small.jpg", thumbnail, "GET"),
        route("/workshop/{set}/{case}/{number:int}.png", picture, "GET"),
        route("/api/instructor", sign_in, "POST"),
        route("/api/instructor", sign_out, "DELETE"),
    ]


def _require_instructor(request: Request) -> None:
    if not getattr(request.state, "instructor", None):
        raise BadInput(NO_INSTRUCTOR)


def _with_cookie(request: Request, value: str, kept_s: int) -> Response:
    line = cookie_line(COOKIE, value, kept_s, on_space(), is_secure(request.headers))
    return JSONResponse({"instructor": bool(value)}, headers={"set-cookie": line})
