"""Build, a set that goes elsewhere: downloads in other formats, and a push to the Hugging Face Hub."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ssg.casebook import CaseSet
from ssg.casebook.hub_sets import push_set
from ssg.errors import BadInput
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.pages.build_parts import Part, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W

FORMS = ("zip", "coco", "yolo", "csv", "huggingface")


def lay_out(services: Services, here: Any) -> Part:
    """The components, wired, and what fills them."""
    shop = services.workshop
    with gr.Accordion(W["away"], open=False, elem_id="set-away"):
        links = gr.HTML("", elem_id="set-exports", js_on_load=None)
        gr.HTML(tag("p", text(W["push_hint"]), class_="hint"), js_on_load=None)
        name = gr.Textbox(label=W["hub_name"], placeholder="owner/name", max_lines=1, elem_id="set-hub-name")
        private = gr.Checkbox(True, label=W["hub_private"], elem_id="set-hub-private")
        push = gr.Button(W["push"], elem_id="set-push")
        said = gr.HTML("", elem_id="set-pushed", js_on_load=None)

    def opened(set_id: str, made: CaseSet | None) -> tuple[Any, ...]:
        if made is None:
            return (tag("p", text(W["export_after"]), class_="hint"),)
        links_to = [(W[f"export_{form}"], f"/workshop/{set_id}/export/{form}.zip") for form in FORMS]
        chips = [tag("a", text(said), href=path, download=True, class_="chip") for said, path in links_to]
        return (tag("p", text(W["export_hint"]), class_="hint") + tag("div", *chips, class_="chips"),)

    def send(owner_name: str, is_private: bool, set_id: str, request: gr.Request) -> str:
        """Push the version in use."""
        try:
            instructor_of(request)
            work = shop.store.set(set_id)
            if work.version is None:
                raise BadInput(W["push_unpublished"])
            folder = shop.versions.folder(set_id, work.version)
            where = push_set(folder, (owner_name or "").strip(), bool(is_private))
            link = tag("a", text(where), href=where, rel="noopener", target="_blank")
            return tag("p", text(W["pushed"].format(version=work.version)) + " ", link, class_="good", role="status")
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error)

    push.click(send, [name, private, here], said, api_visibility="private", concurrency_limit=1, show_progress_on=said)
    return Part([links], opened)
