"""Build, the kind of image of all cases of a set that do not say it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ssg.casebook.kinds import KIND
from ssg.casebook.schema import rule_of
from ssg.errors import BadInput
from ssg.teaching.kind_of_set import say_kind
from ssg.web.build_html import cases_in_words
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.pages.build_parts import QUIET, good, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W


def lay_out(services: Services, here: Any, outputs: list[Any], opened: Callable[[str], tuple[Any, ...]]) -> None:
    """The fields, wired; ``outputs`` of the set are filled by ``opened`` when cases were changed."""
    with gr.Accordion(W["kinds"], open=False, elem_id="set-kinds"):
        gr.HTML(tag("p", text(W["kinds_hint"]), class_="hint"), js_on_load=None)
        with gr.Row():
            fields = [
                gr.Dropdown(
                    ["", *rule_of("case", "modality")["enum"]],
                    value="",
                    label=W["modality"],
                    elem_id="set-kind-modality",
                ),
                *(gr.Textbox(label=W[name], max_lines=1, elem_id=f"set-kind-{name}") for name in KIND[1:]),
            ]
        button = gr.Button(W["kinds_say"], elem_id="set-kinds-say")
        said = gr.HTML("", elem_id="set-kinds-said", js_on_load=None)

    def fill_in(request: gr.Request, set_id: str, *values: str | None) -> tuple[Any, ...]:
        """Say it of all cases that leave it open."""
        try:
            who = instructor_of(request)
            kind = {name: value or "" for name, value in zip(KIND, values, strict=True)}
            if not any(value.strip() for value in kind.values()):
                raise BadInput(W["kinds_none"])
            changed = say_kind(services.workshop, set_id, kind, who)
            return good(W["kinds_said"].format(cases=cases_in_words(changed))), *opened(set_id)
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), *[gr.skip()] * len(outputs)

    button.click(fill_in, [here, *fields], [said, *outputs], **QUIET)
