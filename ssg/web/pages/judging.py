"""How it is judged: what is there is shown, and whoever moves a box watches the components of the reward change."""

from __future__ import annotations

import functools
import logging
from typing import Any

import gradio as gr

from ssg.errors import SSGError
from ssg.reward import DEFAULT_RUBRIC, Rubric
from ssg.reward.rubric import COMPONENTS
from ssg.web import judging_view as view
from ssg.web import words
from ssg.web.ask_view import note
from ssg.web.demonstrations import demonstration
from ssg.web.frame import footer, header
from ssg.web.html import tag, text
from ssg.web.services import Services
from ssg.web.viewer import image_viewer

log = logging.getLogger(__name__)
W = words.JUDGING


def build(services: Services) -> None:
    """Lay the page out inside the current Blocks and wire it."""
    header("/judging")
    with gr.Row(elem_classes="page", elem_id="content"):
        title = tag("h1", text(W["title"])) + tag("p", text(W["lead"]), class_="lead")
        gr.HTML(title, elem_classes="head-block", js_on_load=None)
        with gr.Column(scale=5, min_width=320, elem_classes="stage-column"):
            viewer = image_viewer(elem_id="judging-viewer")
        with gr.Column(scale=2, min_width=320, elem_classes="side-column"):
            name = gr.Dropdown(
                list(view.NAMES), value=view.NAMES[0], label=W["example"], elem_id="judging-example", filterable=False
            )
            absent = gr.CheckboxGroup([], label=W["absent"], elem_id="judging-absent", elem_classes="absent")
            result = gr.HTML("", elem_id="judging-result", js_on_load=None)
            with gr.Accordion(W["rubric"], open=False, elem_id="judging-rubric"):
                weights = [
                    gr.Slider(
                        0.05 if part == "spatial" else 0, 1, getattr(DEFAULT_RUBRIC, part), step=0.05, label=label
                    )
                    for part, label in words.COMPONENT_NAMES.items()
                ]
                gate = gr.Slider(0, 1, DEFAULT_RUBRIC.gate, step=0.05, label=W["gate"])
    footer(services)

    def open_example(chosen: str, *rubric: float) -> tuple[Any, ...]:
        """An example as it begins, and how that is judged."""
        try:
            shown = demonstration(chosen)
            choices = gr.CheckboxGroup(choices=list(shown.question), value=[])
            began = view.html(shown, view.Answer(shown.beginning), _rubric(rubric), services.encoder)
            return view.opened(chosen), choices, began
        except SSGError as error:
            return gr.skip(), gr.skip(), note(str(error))

    def judge(chosen: str, drawn: Any, ticked: list[str], *rubric: float) -> str:
        """The judgement of what stands there now."""
        try:
            return view.judged(chosen, drawn, ticked or [], _rubric(rubric), services.encoder)
        except SSGError as error:
            return note(str(error))
        except Exception:
            log.exception("judging an example")
            return note(words.OUR_FAULT)

    changes = {"queue": False, "show_progress": "hidden", "trigger_mode": "always_last", "api_visibility": "private"}
    given = [name, viewer, absent, *weights, gate]
    example, shown = [name, *weights, gate], [viewer, absent, result]
    # without inputs: with any, Gradio would call it at every change of them, too
    first = functools.partial(open_example, view.NAMES[0], *(one.value for one in [*weights, gate]))
    gr.on(None, first, None, shown, queue=False, api_visibility="private")
    name.input(open_example, example, shown, queue=False, api_visibility="private")
    gr.on([viewer.input, absent.input, *(one.input for one in [*weights, gate])], judge, given, result, **changes)


def _rubric(values: tuple[float, ...]) -> Rubric:
    """A rubric of the sliders' values; raises BadInput where it is none."""
    return Rubric.from_json(dict(zip((*COMPONENTS, "gate"), values, strict=True)))
