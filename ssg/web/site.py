"""The whole site as one ASGI application: guard, own routes, Gradio pages."""

from __future__ import annotations

import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

from ssg.hosting import on_space
from ssg.settings import Settings
from ssg.web import words, words_report
from ssg.web.guard import Guard
from ssg.web.pages import ask, build, judging, library, practise, progress, report
from ssg.web.routes import routes
from ssg.web.services import Services
from ssg.web.theme import STYLE_SHEETS, theme
from ssg.web.words_tour import CALLOUTS, TOUR

SCRIPTS = tuple(
    Path(__file__).parent / name
    for name in (
        "exchange.js",
        "ask.js",
        "practise.js",
        "practise_more.js",
        "report.js",
        "library.js",
        "build.js",
        "frame.js",
        "tour.js",
    )
)
UPLOADS_LIVE_S = 900
BROWSER_WORDS = ("offline", "submitting", "submit", "boxes", "one_box", "rapid_empty")
"""What practise.js says by itself."""


def build_site(settings: Settings, services: Services) -> Guard:
    """Pages and routes behind the guard, ready for a server."""
    outer = FastAPI(routes=list(routes(services)), docs_url=None, redoc_url=None, openapi_url=None)
    pages = _pages(services)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="SSR mode")  # said of every site with several pages
        gr.mount_gradio_app(
            outer,
            pages,
            path="/",
            server_name=settings.host,
            server_port=settings.port,
            footer_links=[],
            run_history=False,
            show_error=False,
            enable_monitoring=False,
            blocked_paths=_closed_folders(settings),
            max_file_size=f"{settings.max_upload_mb}mb",
            theme=theme(),
            css_paths=list(STYLE_SHEETS),
            head=_head(),
            app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        )
    # A mounted Blocks skips Gradio's file-access checks until it counts as launched.
    pages.has_launched = True
    pages.is_running = True
    return Guard(outer, services.cookie, settings.allowed_hosts, on_space(), services.instructors)


def _pages(services: Services) -> gr.Blocks:
    with gr.Blocks(
        title=f"{words.PRODUCT} · {words.TAGLINE}",
        analytics_enabled=False,
        fill_width=True,
        delete_cache=(UPLOADS_LIVE_S, UPLOADS_LIVE_S),
    ) as pages:
        gr.Navbar(visible=False)
        ask.build(services)
    for (name, path), lay_out in zip(
        words.PAGES[1:],
        (practise.build, report.build, progress.build, library.build, build.build, judging.build),
        strict=True,
    ):
        with pages.route(name, path):
            gr.Navbar(visible=False)
            lay_out(services)
    pages.queue(max_size=services.settings.queue_size, default_concurrency_limit=8)
    return pages


def _closed_folders(settings: Settings) -> list[str]:
    """What Gradio must never serve: data, cases, the working directory."""
    sets = [str(Path(folder).resolve()) for folder in settings.case_sets]
    closed = [str(settings.data_dir.resolve()), *sets, str(Path.cwd().resolve())]
    uploads = Path(tempfile.gettempdir()).resolve()
    return [folder for folder in closed if not uploads.is_relative_to(folder)]


def _head() -> str:
    sentences: dict[str, Any] = {name: words.PRACTISE[name] for name in BROWSER_WORDS} | {"asking": words.ASK["asking"]}
    of_reports = {name: words_report.REPORT[name] for name in ("offline", "submitting", "submit")}
    script = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    return (
        '<meta name="color-scheme" content="dark"><meta name="robots" content="noindex">'
        f"<script>const PRACTISE_WORDS = {_literal(sentences)};\nconst REPORT_WORDS = {_literal(of_reports)};\n"
        f"const TOUR_WORDS = {_literal(TOUR)};\nconst TOUR_CALLOUTS = {_literal(CALLOUTS)};\n"
        f"{script}</script>"
    )


def _literal(values: Any) -> str:
    """Words as JavaScript that stands in a page."""
    return json.dumps(values).replace("<", "\\u003c")
