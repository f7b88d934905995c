"""Report: a case with its history; write, see what is read, hand in, and read how each sentence was judged."""

from __future__ import annotations

import json
import logging
from typing import Any

import gradio as gr

from ssg.store import Attempt
from ssg.web import words
from ssg.web.ask_view import note
from ssg.web.frame import footer, header
from ssg.web.html import tag, text
from ssg.web.learner import learner_of
from ssg.web.pages.opening import guarded, handle_values, name_in
from ssg.web.practise_parts import head_html
from ssg.web.practise_view import Name
from ssg.web.report_html import as_read
from ssg.web.report_view import OpenedReport, ReportView
from ssg.web.services import Services
from ssg.web.viewer import image_viewer
from ssg.web.words_report import REPORT as W

log = logging.getLogger(__name__)


def build(services: Services) -> None:
    """Lay the page out inside the current Blocks and wire it."""
    view = ReportView(services)
    header("/report")
    with gr.Row(elem_classes="page", elem_id="content"):
        head = gr.HTML("", elem_id="case-head", elem_classes="head-block", js_on_load=None)
        with gr.Column(scale=5, min_width=320, elem_classes="stage-column"):
            viewer = image_viewer(elem_id="case-viewer", empty_hint=words.PRACTISE["empty_hint"])
        with gr.Column(scale=2, min_width=320, elem_classes="side-column"):
            written = gr.Textbox(
                label=W["field"],
                info=W["hint"],
                placeholder=W["placeholder"],
                lines=9,
                max_lines=30,
                elem_id="report-text",
                visible=False,
            )
            read = gr.HTML("", elem_id="report-read", js_on_load=None)
            submit = gr.Button(W["submit"], variant="primary", elem_id="report-submit", visible=False)
            feedback = gr.HTML("", elem_id="report-feedback", js_on_load=None)
            with gr.Row(elem_classes="after"):
                again = gr.Button(W["again"], elem_id="report-again", visible=False)
                following = gr.Button(W["next"], elem_id="report-next", visible=False)
            opened, receipt = gr.Textbox(visible=False), gr.Textbox(visible=False)
    footer(services)
    around = [head, written, read, submit, again, following, opened]
    outputs = [viewer, feedback, *around]

    def arrive(request: gr.Request) -> tuple[Any, ...]:
        """The case in the address, with its judged report where one is named there; else the next one to report."""
        asked = request.query_params
        return guarded(services, request, lambda who: _arrived(view, services, who, asked), _problem)

    def go_on(handle: str, request: gr.Request) -> tuple[Any, ...]:
        """The next case."""
        here = name_in(handle_values(handle))
        return guarded(services, request, lambda who: _following(view, services, who, here), _problem)

    def try_again(handle: str, request: gr.Request) -> tuple[Any, ...]:
        """The same case, with an empty page."""
        here = name_in(handle_values(handle))
        return guarded(services, request, lambda who: _writing(view, services, who, here), _problem)

    def judged(number: str, request: gr.Request) -> tuple[Any, ...]:
        """What stands around a report that the browser shows already, as a reload of its address would show it."""
        try:
            attempt = view.attempt(learner_of(request), number) if number else None
            return _judged(view, services, attempt)[2:] if attempt else (gr.skip(),) * len(around)
        except Exception:  # the judgement itself is there; the rest comes with the next reload
            log.exception("after a report")
            return (gr.skip(),) * len(around)

    arriving = gr.on(None, arrive, None, outputs, queue=False, api_visibility="private")
    arriving.then(None, None, None, js="() => window.ssgReport.arrived()")
    handing_in = submit.click(
        None, None, [viewer, feedback, receipt], js="() => window.ssgReport.submit()", trigger_mode="multiple"
    )
    handing_in.then(judged, receipt, around, queue=False, show_progress="hidden", api_visibility="private")
    show = "(opened) => window.ssgReport.opened(opened)"
    following.click(go_on, opened, outputs, queue=False, api_visibility="private").then(None, opened, None, js=show)
    again.click(try_again, opened, outputs, queue=False, api_visibility="private").then(None, opened, None, js=show)


def _arrived(view: ReportView, services: Services, learner: str, asked: Any) -> tuple[Any, ...]:
    attempt = view.attempt(learner, asked.get("attempt", "")) if asked.get("attempt") else None
    if attempt is not None:
        return _judged(view, services, attempt)
    name = (asked.get("set", ""), asked.get("case", ""))
    return _writing(view, services, learner, name if name[1] else view.next_after(learner, ("", "")))


def _following(view: ReportView, services: Services, learner: str, here: Name) -> tuple[Any, ...]:
    return _writing(view, services, learner, view.next_after(learner, here))


def _writing(view: ReportView, services: Services, learner: str, name: Name) -> tuple[Any, ...]:
    shown = view.open(learner, name)
    read = as_read(view.reports.read(shown.case, shown.text))
    return _outputs(services, shown, "", _read_html(read, shown))


def _judged(view: ReportView, services: Services, attempt: Attempt) -> tuple[Any, ...]:
    name = (attempt.case_set, attempt.case_id)
    return _outputs(services, view.opened_attempt(name, attempt), view.feedback(name, attempt), "")


def _outputs(services: Services, shown: OpenedReport, feedback: str, read: str) -> tuple[Any, ...]:
    judged = bool(feedback)
    number, of = shown.place
    case_set = services.practice.case_set(shown.name[0])
    crumb = f"{words.PRACTISE['case'].format(number=number, count=of)} · {case_set.title}"
    return (
        shown.scene,
        feedback,
        head_html(shown.case, case_set, crumb),
        gr.Textbox(value=shown.text, interactive=not judged, visible=not judged),
        read,
        gr.Button(visible=not judged),
        gr.Button(visible=judged),
        gr.Button(visible=True, variant="primary" if judged else "secondary"),
        json.dumps(shown.handle),
    )


def _read_html(read: str, shown: OpenedReport) -> str:
    """What is read, in a box that says what it is; the browser fills it anew while somebody types.

    The box carries the handle of the case as well, so that the browser has both of one page at any moment.
    """
    head = tag("h2", text(W["read"])) + tag("p", text(W["read_hint"]), class_="hint")
    return head + tag(
        "div", read, id="report-read-now", attributes={"aria-live": "polite", "data-handle": json.dumps(shown.handle)}
    )


def _problem(sentence: str, _: str) -> tuple[Any, ...]:
    hidden = gr.Button(visible=False)
    return None, "", note(sentence), gr.Textbox(visible=False), "", hidden, hidden, gr.Button(visible=True), "{}"
