"""Library: search the cases, find similar ones, make a packet of them. Each search is an address."""

from __future__ import annotations

import logging

import gradio as gr

from ssg.errors import SSGError
from ssg.web import words
from ssg.web.ask_view import note
from ssg.web.frame import footer, header
from ssg.web.html import tag, text
from ssg.web.learner import learner_of
from ssg.web.library_view import LibraryView
from ssg.web.services import Services
from ssg.web.words_library import LIBRARY as W

log = logging.getLogger(__name__)


def build(services: Services) -> None:
    """Lay the page out inside the current Blocks and wire it."""
    view = LibraryView(services)
    header("/library")
    with gr.Column(elem_classes="library", elem_id="content"):
        gr.HTML(tag("h1", text(W["title"])) + tag("p", text(W["lead"]), class_="lead"), js_on_load=None)
        page = gr.HTML("", elem_id="library-page", js_on_load=None)
    footer(services)

    def arrive(request: gr.Request) -> str:
        """The search of the address with what it finds."""
        try:
            return view.page(learner_of(request), dict(request.query_params))
        except SSGError as error:
            return note(str(error))
        except Exception:
            log.exception("opening the library")
            return note(words.OUR_FAULT)

    gr.on(None, arrive, None, page, queue=False, show_progress="hidden", api_visibility="private")
