"""Build: sets and cases that were removed, and the way back."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ssg.errors import BadInput
from ssg.web.build_html import address
from ssg.web.learner import instructor_of
from ssg.web.pages.build_parts import GO, QUIET, Part, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W


def of_sets(services: Services) -> Part:
    """Sets that can be brought back; hidden where there are none."""
    shop = services.workshop

    def choices(_set_id: str) -> list[tuple[str, str]]:
        return [(_said(one.head.get("title"), one.id, one.saved_by), one.id) for one in shop.store.removed_sets()]

    def back(chosen: str, _set_id: str, who: str) -> str:
        work = shop.store.bring_set_back(chosen, who)
        if work.version:
            services.offer(shop.versions.read(work.id, work.version), work.visibility)
        return address(chosen)

    return _part("removed_sets", "home", choices, back)


def of_cases(services: Services) -> Part:
    """Cases of a set that can be brought back; hidden where there are none."""
    shop = services.workshop

    def choices(set_id: str) -> list[tuple[str, str]]:
        removed = shop.store.removed_cases(set_id)
        return [(_said(one.body.get("title"), one.case_id, one.saved_by), one.case_id) for one in removed]

    def back(chosen: str, set_id: str, who: str) -> str:
        shop.store.bring_case_back(set_id, chosen, who)
        return address(set_id)

    return _part("removed_cases", "set", choices, back)


def _part(title: str, place: str, choices: Any, back: Any) -> Part:
    with gr.Accordion(W[title], open=False, visible=False, elem_id=f"{place}-removed") as whole:
        chosen = gr.Radio([], label=W["removed"], elem_id=f"{place}-removed-choice", elem_classes="absent")
        button = gr.Button(W["bring_back"], elem_id=f"{place}-bring-back")
        said = gr.HTML("", elem_id=f"{place}-brought", js_on_load=None)
    here, going = gr.Textbox(visible=False), gr.Textbox(visible=False)

    def opened(set_id: str = "") -> tuple[Any, ...]:
        rows = choices(set_id)
        return gr.Accordion(visible=bool(rows)), gr.Radio(choices=rows, value=None), set_id

    def bring(name: str | None, set_id: str, request: gr.Request) -> tuple[str, str]:
        """Bring back what is chosen; its address is where one goes next."""
        try:
            who = instructor_of(request)
            if not name:
                raise BadInput(W["choose_removed"])
            return "", back(name, set_id, who)
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), ""

    button.click(bring, [chosen, here], [said, going], **QUIET).then(None, going, None, js=GO)
    return Part([whole, chosen, here], opened)


def _said(title: Any, name: str, by: str) -> str:
    return W["removed_row"].format(title=title or name, name=by)
