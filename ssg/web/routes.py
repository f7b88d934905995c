"""Plain HTTP routes beside the Gradio pages: images, drafts, attempts, health.

Saving and submitting never wait in the queue of the policy. Each route takes the learner from the signed cookie that
the guard has read, never from the request's body, and answers errors as ``{"error": words}``.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ssg.web.answering import answering, body_of
from ssg.web.build_routes import build_routes
from ssg.web.build_view import BuildView
from ssg.web.judging_view import picture_of
from ssg.web.library_view import LibraryView
from ssg.web.practise_view import PractiseView
from ssg.web.rapid_view import RapidView
from ssg.web.report_routes import report_routes
from ssg.web.report_view import ReportView
from ssg.web.services import Services

KEPT_IN_BROWSER = {"cache-control": "private, max-age=86400"}


def routes(services: Services) -> list[Route]:
    """All routes of our own."""
    view, library = PractiseView(services), LibraryView(services)
    rapid = RapidView(services, view)

    async def image(request: Request) -> Response:
        data = await run_in_threadpool(
            services.images.png,
            _learner(request),
            request.path_params["name"],
            full_depth=request.query_params.get("depth") == "full",
        )
        return Response(data, media_type="image/png", headers=KEPT_IN_BROWSER)

    async def example(request: Request) -> Response:
        data = await run_in_threadpool(picture_of, int(request.path_params["number"]))
        return Response(data, media_type="image/png", headers=KEPT_IN_BROWSER)

    async def thumbnail(request: Request) -> Response:
        name = request.path_params["name"]
        data = await run_in_threadpool(services.images.thumbnail, _learner(request), name)
        return Response(data, media_type="image/jpeg", headers=KEPT_IN_BROWSER)

    async def keep_draft(request: Request) -> Response:
        body = await body_of(request)
        await run_in_threadpool(view.keep_draft, _learner(request), body)
        return JSONResponse({"kept": True})

    async def submit(request: Request) -> Response:
        body = await body_of(request)
        return JSONResponse(await run_in_threadpool(view.submit, _learner(request), body))

    async def reveal(request: Request) -> Response:
        receipt = request.path_params["receipt"]
        return JSONResponse(await run_in_threadpool(view.reveal, _learner(request), receipt))

    async def take_hint(request: Request) -> Response:
        body = await body_of(request)
        return JSONResponse(await run_in_threadpool(view.take_hint, _learner(request), body))

    async def begin_rapid(request: Request) -> Response:
        address = await run_in_threadpool(rapid.begin, dict(request.query_params))
        return RedirectResponse(address, status_code=303)

    async def search(request: Request) -> Response:
        html = await run_in_threadpool(library.results, _learner(request), dict(request.query_params))
        return JSONResponse({"html": html})

    async def packet(request: Request) -> Response:
        address = await run_in_threadpool(library.packet, _learner(request), dict(request.query_params))
        return RedirectResponse(address, status_code=303)

    async def health(_request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(services.health))

    return [
        Route("/media/example-{number:int}.png", answering(example), methods=["GET"]),
        Route("/media/{name}.png", answering(image), methods=["GET"]),
        Route("/media/{name}/small.jpg", answering(thumbnail), methods=["GET"]),
        Route("/api/drafts", answering(keep_draft), methods=["PUT"]),
        Route("/api/attempts", answering(submit), methods=["POST"]),
        Route("/api/attempts/{receipt}/reveal", answering(reveal), methods=["POST"]),
        Route("/api/hints", answering(take_hint), methods=["POST"]),
        Route("/practise/rapid", answering(begin_rapid), methods=["GET"]),
        Route("/api/library", answering(search), methods=["GET"]),
        Route("/library/packet", answering(packet), methods=["GET"]),
        Route("/api/health", answering(health), methods=["GET"]),
        *report_routes(ReportView(services)),
        *build_routes(services, BuildView(services)),
    ]


def _learner(request: Request) -> str:
    learner: str = request.state.learner
    return learner
