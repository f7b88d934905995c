"""Routes for instructors beside the Build page: pictures and exports of what is being built, its order, signing in."""

from __future__ import annotations

import asyncio
import shutil

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from ssg.errors import BadInput
from ssg.hosting import on_space
from ssg.teaching.exporting import exported
from ssg.web.answering import Handler, answering, body_of
from ssg.web.build_view import BuildView
from ssg.web.guard import cookie_line, is_secure
from ssg.web.instructors import COOKIE, KEPT_S, client_of
from ssg.web.learner import NO_INSTRUCTOR
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W

PRIVATE = {"cache-control": "private, max-age=3600"}


def build_routes(services: Services, view: BuildView) -> list[Route]:
    """The routes; all but signing in are for instructors."""

    async def picture(request: Request) -> Response:
        _require_instructor(request)
        names = request.path_params
        full = request.query_params.get("depth") == "full"
        path = await run_in_threadpool(view.picture_file, names["set"], names["case"], int(names["number"]), full)
        return Response(await run_in_threadpool(path.read_bytes), media_type="image/png", headers=PRIVATE)

    async def thumbnail(request: Request) -> Response:
        _require_instructor(request)
        names = request.path_params
        data = await run_in_threadpool(view.thumbnail, names["set"], names["case"], names.get("number"))
        return Response(data, media_type="image/jpeg", headers=PRIVATE)

    async def export(request: Request) -> Response:
        _require_instructor(request)
        set_id, form = request.path_params["set"], request.path_params["form"]
        path = await run_in_threadpool(exported, services.workshop, set_id, form)
        after = BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True)
        return FileResponse(path, media_type="application/zip", filename=path.name, background=after)

    async def move(request: Request) -> Response:
        who = _require_instructor(request)
        body = await body_of(request)
        by = body.get("by")
        if isinstance(by, bool) or not isinstance(by, int):
            raise BadInput(W["not_open"])
        set_id, case_id = str(body.get("set", "")), str(body.get("case", ""))
        await run_in_threadpool(services.workshop.store.move_case, set_id, case_id, by, who)
        return JSONResponse({"moved": True})

    async def remove(request: Request) -> Response:
        who = _require_instructor(request)
        body = await body_of(request)
        set_id, case_id = str(body.get("set", "")), str(body.get("case", ""))
        await run_in_threadpool(services.workshop.store.remove_case, set_id, case_id, who)
        return JSONResponse({"removed": True})

    async def sign_in(request: Request) -> Response:
        body = await body_of(request)
        host = request.client.host if request.client else ""
        client = client_of(host, request.headers.get("x-forwarded-for", ""))
        await asyncio.sleep(services.instructors.delay_s())
        value = services.instructors.sign_in(str(body.get("name", "")), str(body.get("key", "")), client)
        return _with_cookie(request, value, KEPT_S)

    async def sign_out(request: Request) -> Response:
        return _with_cookie(request, "", 0)

    def route(path: str, handler: Handler, method: str) -> Route:
        return Route(path, answering(handler), methods=[method])

    return [
        route("/workshop/{set}/export/{form}.zip", export, "GET"),
        route("/workshop/{set}/{case}/small.jpg", thumbnail, "GET"),
        route("/workshop/{set}/{case}/small-{number:int}.jpg", thumbnail, "GET"),
        route("/workshop/{set}/{case}/{number:int}.png", picture, "GET"),
        route("/api/workshop/order", move, "POST"),
        route("/api/workshop/case", remove, "DELETE"),
        route("/api/instructor", sign_in, "POST"),
        route("/api/instructor", sign_out, "DELETE"),
    ]


def _require_instructor(request: Request) -> str:
    name = getattr(request.state, "instructor", None)
    if not name:
        raise BadInput(NO_INSTRUCTOR)
    return str(name)


def _with_cookie(request: Request, value: str, kept_s: int) -> Response:
    line = cookie_line(COOKIE, value, kept_s, on_space(), is_secure(request.headers))
    return JSONResponse({"instructor": bool(value)}, headers={"set-cookie": line})
