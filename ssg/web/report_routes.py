"""Routes of the Report page: what is written is kept, read and judged without waiting in the policy's queue."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ssg.web.answering import answering, body_of
from ssg.web.report_view import ReportView


def report_routes(view: ReportView) -> list[Route]:
    """Drafts, what is read of a text, reports handed in."""

    async def keep_draft(request: Request) -> Response:
        body = await body_of(request)
        await run_in_threadpool(view.keep_draft, request.state.learner, body)
        return JSONResponse({"kept": True})

    async def read(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(view.read, await body_of(request)))

    async def submit(request: Request) -> Response:
        body = await body_of(request)
        return JSONResponse(await run_in_threadpool(view.submit, request.state.learner, body))

    return [
        Route("/api/report-drafts", answering(keep_draft), methods=["PUT"]),
        Route("/api/report-read", answering(read), methods=["POST"]),
        Route("/api/reports", answering(submit), methods=["POST"]),
    ]
