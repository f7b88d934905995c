"""Progress: what a learner knows and misses, how it goes, and what comes next."""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr

from ssg.errors import SSGError
from ssg.web import progress_plots as plots
from ssg.web import progress_view as shown_as
from ssg.web import words
from ssg.web.ask_view import note
from ssg.web.frame import footer, header
from ssg.web.learner import learner_of
from ssg.web.progress_view import ProgressView, Shown
from ssg.web.services import Services
from ssg.web.words_progress import PROGRESS as W

log = logging.getLogger(__name__)

SECTIONS = ("mastery", "course", "mistakes", "froc", "lroc", "calibration", "class")
"""Each a heading with words, a figure and rows, in the order of the page."""


def build(services: Services) -> None:
    """Lay the page out inside the current Blocks and wire it."""
    view = ProgressView(services)
    header("/progress")
    parts: list[Any] = []
    with gr.Column(elem_classes="progress-page", elem_id="content"):
        head = gr.HTML("", elem_id="progress-head", js_on_load=None)
        with gr.Column(elem_classes="progress-grid", elem_id="progress-grid", visible=False) as grid:
            for name in SECTIONS:
                with gr.Column(elem_classes=f"progress-part {name}"):
                    parts.append(gr.HTML("", elem_id=f"progress-{name}", js_on_load=None))
                    parts.append(gr.Plot(show_label=False, container=False, visible=False))
                    parts.append(gr.HTML("", elem_id=f"progress-{name}-rows", js_on_load=None))
    footer(services)

    def arrive(request: gr.Request) -> tuple[Any, ...]:
        """The learner's progress as it is now."""
        try:
            found = view.look(learner_of(request))
            title = view.title_of(found.choice) if found.choice else ""
            if found.progress.is_empty:
                return shown_as.head_html(found, title), gr.Column(visible=False), *_nothing()
            return shown_as.head_html(found, title), gr.Column(visible=True), *_parts(found)
        except SSGError as error:
            return note(str(error)), gr.Column(visible=False), *_nothing()
        except Exception:
            log.exception("opening progress")
            return note(words.OUR_FAULT), gr.Column(visible=False), *_nothing()

    gr.on(None, arrive, None, [head, grid, *parts], queue=False, api_visibility="private")


def _nothing() -> list[Any]:
    return ["", gr.Plot(visible=False), ""] * len(SECTIONS)


def _parts(found: Shown) -> list[Any]:
    """A heading, a figure and rows below it for each section; a figure that would be empty is left out."""
    progress = found.progress
    below = {"mastery": shown_as.mastery_table(progress), "mistakes": shown_as.mistakes_list(progress)}
    rows = {
        "mastery": ([W["mastery_hint"]], progress.mastery and plots.mastery_figure(progress)),
        "course": ([W["course_hint"]], plots.course_figure(progress.drawn, progress.written)),
        "mistakes": (
            [shown_as.mistakes_words(progress)],
            progress.mistakes.kinds and plots.mistakes_figure(progress.mistakes),
        ),
        "froc": (
            [shown_as.froc_words(progress)],
            progress.froc.x and plots.curve_figure(progress.froc, W["false_per_image"], W["found"]),
        ),
        "lroc": (
            [shown_as.lroc_words(progress)],
            progress.lroc.x and plots.curve_figure(progress.lroc, W["normal_boxed"], W["abnormal_located"]),
        ),
        "calibration": (
            [W["calibration_hint"], shown_as.calibration_words(progress)],
            progress.calibration.grades and plots.calibration_figure(progress.calibration),
        ),
        "class": (
            [W["class_hint"], shown_as.class_words(found.among)],
            found.among.quartiles and plots.class_figure(found.among),
        ),
    }
    out: list[Any] = []
    for name in SECTIONS:
        sentences, figure = rows[name]
        out += [
            shown_as.section_html(W[name], *sentences),
            gr.Plot(figure or None, visible=bool(figure)),
            below.get(name, ""),
        ]
    return out
