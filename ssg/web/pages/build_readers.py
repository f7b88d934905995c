"""Build, the readers of a case: how far they agree, who differs where, and what of it all holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ssg.casebook import Case
from ssg.casebook.types import ADJUDICATED
from ssg.teaching.adjudicating import Said, adjudicated, chosen_now, said_of
from ssg.web.build_html import agreement_html
from ssg.web.build_view import BuildView
from ssg.web.learner import instructor_of
from ssg.web.pages.build_parts import QUIET, Editor, Handle, good, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W


class Readers:
    """The components, to be wired when the rest of the editor is there."""

    def __init__(self) -> None:
        self.told = gr.HTML("", elem_id="work-agreement", js_on_load=None)
        self.chosen = gr.CheckboxGroup(
            [], label=W["holds"], info=W["holds_hint"], elem_id="work-holds", elem_classes="absent", visible=False
        )
        self.button = gr.Button(W["adjudicate"], elem_id="work-adjudicate", visible=False)
        self.outputs = [self.told, self.chosen, self.button]

    def opened(self, case: Case) -> tuple[Any, ...]:
        """What the readers of a case say, and what of it holds so far."""
        several = len(case.readers) > 1
        rows = [(_said(case, one), one.key) for one in said_of(case)] if several else []
        keys = [key for _, key in rows]
        chosen = [key for key in chosen_now(case) if key in keys] if several else []
        return (
            agreement_html(case),
            gr.CheckboxGroup(choices=rows, value=chosen, visible=several),
            gr.Button(visible=several),
        )

    def wire(self, services: Services, view: BuildView, editor: Editor, again: Callable[[Any], None]) -> None:
        """Adjudicate in one step."""
        shop = services.workshop

        def decide(keys: list[str] | None, held: str, request: gr.Request) -> tuple[Any, ...]:
            """Make or change the reader that holds what was chosen."""
            try:
                who, here = instructor_of(request), Handle.read(held)
                found = shop.open(here.set_id, here.case_id)
                fields = adjudicated(view.readable(found), keys or [])
                after = shop.save(here.set_id, here.case_id, fields, here.revision, who)
                rest = list(editor.drawn(after, here.reader))
                # The boxes on the page stay, saved or not, unless they are those that have just been decided on.
                keep = here.reader != ADJUDICATED
                rest[0] = view.scene(after, view.readable(after), here.reader, keep=keep)
                return good(W["adjudicated"]), *rest
            except Exception as error:  # noqa: BLE001 - told in words, or logged
                return in_words(error), *[gr.skip()] * len(editor.drawing)

        again(self.button.click(decide, [self.chosen, editor.handle], [editor.said, *editor.drawing], **QUIET))


def lay_out() -> Readers:
    """Put the components on the page."""
    return Readers()


def _said(case: Case, one: Said) -> str:
    if one.region is None or one.number is None:
        return W["says_absent"].format(reader=", ".join(one.readers), finding=one.finding)
    where = W["on_picture"].format(number=one.region.picture + 1) if len(case.pictures) > 1 else ""
    number = one.number + 1
    return W["says_region"].format(reader=one.readers[0], number=number, region=one.region.called, where=where)
