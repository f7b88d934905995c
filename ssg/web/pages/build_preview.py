"""Build, a case as a learner sees it: answered and judged as in Practise, and nothing is recorded."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from ssg.errors import BadInput
from ssg.web import words
from ssg.web.build_html import address
from ssg.web.build_view import BuildView
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.pages.build_parts import QUIET, Part, in_words
from ssg.web.pages.opening import handle_values
from ssg.web.practise_parts import Said, asked_html, head_html
from ssg.web.services import Services
from ssg.web.viewer import image_viewer
from ssg.web.words_build import BUILD as W

P = words.PRACTISE


def lay_out(services: Services, view: BuildView) -> Part:
    """The components, wired, and what fills them."""
    with gr.Row(elem_classes="page"):
        head = gr.HTML("", elem_id="preview-head", elem_classes="head-block", js_on_load=None)
        with gr.Column(scale=5, min_width=320, elem_classes="stage-column"):
            viewer = image_viewer(elem_id="preview-viewer")
        with gr.Column(scale=2, min_width=320, elem_classes="side-column"):
            task = gr.HTML("", elem_id="preview-task", js_on_load=None)
            submit = gr.Button(P["submit"], variant="primary", elem_id="preview-submit")
            again = gr.Button(W["preview_again"], elem_id="preview-again", visible=False)
            feedback = gr.HTML("", elem_id="preview-feedback", js_on_load=None)
    here, said = gr.Textbox(visible=False), gr.Textbox(visible=False)
    outputs = [head, viewer, task, submit, again, feedback, here]

    def opened(set_id: str, case_id: str) -> tuple[Any, ...]:
        case_set, case = view.as_published(set_id, case_id)
        links = [
            tag("a", text(W["back_to_case"]), href=address(set_id, case_id), class_="chip"),
            tag("a", text(W["back_to_set"]), href=address(set_id), class_="chip"),
        ]
        told = tag("p", text(W["previewed"]), class_="note")
        return (
            tag("div", *links, class_="chips") + told + head_html(case, case_set, case_set.title),
            view.previewed(set_id, case),
            asked_html(case, Said(), judged=False, hints=False),
            gr.Button(visible=True),
            gr.Button(visible=False),
            "",
            json.dumps([set_id, case_id]),
        )

    def judge(drawn: Any, beside: str, held: str, request: gr.Request) -> tuple[Any, ...]:
        """Judge what is drawn, with what practise.js says of the rows beside it."""
        try:
            instructor_of(request)
            scene, asked, told = view.judged_preview(*_names(held), drawn, handle_values(beside))
            return scene, asked, gr.Button(visible=False), gr.Button(visible=True), told
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return gr.skip(), gr.skip(), gr.skip(), gr.skip(), in_words(error)

    def anew(held: str, request: gr.Request) -> tuple[Any, ...]:
        """The same case, empty."""
        try:
            instructor_of(request)
            return opened(*_names(held))
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return *[gr.skip()] * 5, in_words(error), gr.skip()

    say = "(drawn, _, here) => [drawn, JSON.stringify(window.ssgPractise.parts.said()), here]"
    submit.click(judge, [viewer, said, here], [viewer, task, submit, again, feedback], js=say, **QUIET)
    again.click(anew, here, outputs, **QUIET)
    return Part(outputs, opened)


def _names(held: str) -> tuple[str, str]:
    try:
        set_id, case_id = json.loads(held)
    except (ValueError, TypeError):
        raise BadInput(W["not_open"]) from None
    return str(set_id), str(case_id)
