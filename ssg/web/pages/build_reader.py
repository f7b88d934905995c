"""Build, who draws: another reader takes over on the same page, with boxes and exclusions of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ssg.web.build_form import values_of
from ssg.web.build_html import address
from ssg.web.build_view import BuildView
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.pages.build_parts import QUIET, Editor, Handle, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W

STAND = "(to) => window.ssgBuild.stand(to)"


def wire(
    services: Services, view: BuildView, editor: Editor, fields: tuple[Any, Any, Any], again: Callable[[Any], Any]
) -> None:
    """``fields`` are those of the reader, of what is not there, and of what cannot be told."""
    shop = services.workshop
    going = gr.Textbox(visible=False)

    def take_over(
        name: str, not_there: list[str] | None, cannot_tell: list[str] | None, held: str, request: gr.Request
    ) -> tuple[Any, ...]:
        """Draw as another reader from here on; the texts of the case, saved or not, stay as they are.

        Boxes that are not saved are kept as a draft of the one who drew them. What they say is not there has no such
        draft, and where somebody else has saved meanwhile there is more to decide: both are to be saved first.
        """
        quiet = [gr.skip()] * (2 + len(editor.drawing))
        try:
            instructor_of(request)
            here, wanted = Handle.read(held), (name or "").strip()
            if not wanted or wanted == here.reader:
                return gr.skip(), here.reader, *quiet, ""
            found = shop.open(here.set_id, here.case_id)
            case = view.readable(found)
            saved = values_of(found.work.body, case, here.reader)
            stated = set(not_there or ()), set(cannot_tell or ())
            if found.work.revision != here.revision or stated != (set(saved["absent"]), set(saved["unknown"])):
                told = tag("p", text(W["save_first"].format(reader=here.reader)), class_="note", role="alert")
                return told, here.reader, *quiet, ""
            theirs = values_of(found.work.body, case, wanted)
            known = list(dict.fromkeys([*(one.id for one in case.readers), wanted]))
            chosen = gr.Dropdown(choices=known, value=wanted)
            at = address(here.set_id, here.case_id, wanted)
            return "", chosen, theirs["absent"], theirs["unknown"], *editor.drawn(found, wanted), at
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), gr.skip(), *quiet, ""

    outputs = [editor.said, *fields, *editor.drawing, going]
    taken = again(fields[0].input(take_over, [*fields, editor.handle], outputs, **QUIET))
    taken.then(None, going, None, js=STAND)
