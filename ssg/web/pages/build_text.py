"""Build, text in the pictures of a case: told until it is covered, or somebody says that it may stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ssg.casebook import Case
from ssg.counting import counted
from ssg.teaching.workshop import OpenedCase
from ssg.web.build_view import BuildView
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.pages.build_parts import QUIET, Editor, Handle, good, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W


class TextOfCase:
    """The components, to be wired when the rest of the editor is there."""

    def __init__(self, services: Services) -> None:
        self._texts = services.workshop.texts
        with gr.Column(visible=False, elem_id="work-text", elem_classes="note") as self.box:
            self.told = gr.HTML("", elem_id="work-text-told", js_on_load=None)
            with gr.Row():
                self.mark = gr.Button(W["text_mark"], size="sm", min_width=120, elem_id="work-text-mark")
                self.leave = gr.Button(W["text_leave"], size="sm", min_width=90, elem_id="work-text-leave")
        self.outputs = [self.box, self.told]

    def opened(self, found: OpenedCase, case: Case) -> tuple[Any, ...]:
        """How many places of a case have text."""
        places = self._texts.of(found.work.set_id, case)
        told = W["text_here"].format(places=counted(len(places), "place"))
        return gr.Column(visible=bool(places)), tag("p", text(told), role="alert") if places else ""

    def wire(self, services: Services, view: BuildView, editor: Editor, again: Callable[[Any], Any]) -> None:
        """Boxes around what was found, to be looked at and covered as any others; or nothing more is said of it."""
        shop = services.workshop

        def mark(picture: Any, held: str, request: gr.Request) -> tuple[Any, Any]:
            """Draw the places beside what is on the page."""
            try:
                instructor_of(request)
                here = Handle.read(held)
                found = shop.open(here.set_id, here.case_id)
                case = view.readable(found)
                named = view.named_regions(found, case, here.reader, picture)
                places = self._texts.of(here.set_id, case)
                told = W["text_marked"].format(cover=W["cover"], more=W["more"])
                return good(told), view.scene(found, case, here.reader, drawn=named, nameless=places)
            except Exception as error:  # noqa: BLE001 - told in words, or logged
                return in_words(error), gr.skip()

        def leave(held: str, request: gr.Request) -> tuple[Any, ...]:
            """Nothing more is said of what was found in this case."""
            try:
                instructor_of(request)
                here = Handle.read(held)
                found = shop.open(here.set_id, here.case_id)
                case = view.readable(found)
                self._texts.leave(here.set_id, case)
                return good(W["text_left"]), *self.opened(found, case)
            except Exception as error:  # noqa: BLE001 - told in words, or logged
                return in_words(error), *[gr.skip()] * len(self.outputs)

        given = [editor.viewer, editor.handle]
        again(self.mark.click(mark, given, [editor.said, editor.viewer], **QUIET))
        self.leave.click(leave, editor.handle, [editor.said, *self.outputs], **QUIET)
