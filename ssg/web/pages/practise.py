"""Practise: a case with its history; draw, name, state, exclude, submit, and read how it was judged.

The first look is the history, the image and what is asked; everything else is on demand.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from ssg.errors import BadInput
from ssg.store import Attempt
from ssg.web import words
from ssg.web.ask_view import note
from ssg.web.feedback_check import of_check
from ssg.web.frame import footer, header
from ssg.web.html import tag, text
from ssg.web.learner import learner_of
from ssg.web.pages.opening import guarded, handle_values, name_in
from ssg.web.practise_ai import seen
from ssg.web.practise_lists import case_list
from ssg.web.practise_parts import asked_html as asked_html
from ssg.web.practise_parts import head_html as head_html
from ssg.web.practise_parts import rows_html, search_html
from ssg.web.practise_view import Name, OpenedCase, PractiseView
from ssg.web.rapid_view import Rapid, RapidView, rapid_links, rapid_task
from ssg.web.services import Services
from ssg.web.viewer import image_viewer

log = logging.getLogger(__name__)
W = words.PRACTISE
UNSEEN = "unseen"
"""Class of what only our JavaScript presses."""


class _Page:
    """What the handlers of the page share."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.view = PractiseView(services)
        self.rapid = RapidView(services, self.view)


def build(services: Services) -> None:
    """Lay the page out inside the current Blocks and wire it."""
    page = _Page(services)
    header("/practise")
    with gr.Row(elem_classes="page", elem_id="content"):
        # First on the page, so that a phone shows the history above the image: it is read before anything is drawn.
        head = gr.HTML("", elem_id="case-head", elem_classes="head-block", js_on_load=None)
        with gr.Column(scale=5, min_width=320, elem_classes="stage-column"):
            viewer = image_viewer(elem_id="case-viewer", empty_hint=W["empty_hint"])
        with gr.Column(scale=2, min_width=320, elem_classes="side-column"):
            task = gr.HTML("", elem_id="case-task", js_on_load=None)
            with gr.Row(elem_classes="after"):
                submit = gr.Button(W["submit"], variant="primary", elem_id="case-submit", visible=False)
                check = gr.Button(W["check"], elem_id="case-check", visible=False)
            feedback = gr.HTML("", elem_id="case-feedback", js_on_load=None)
            with gr.Row(elem_classes="after"):
                again = gr.Button(W["again"], elem_id="case-again", visible=False)
                following = gr.Button(W["next"], elem_id="case-next", visible=False)
            ai = gr.Button(W["ai"], elem_id="case-ai", visible=False)
            told = gr.HTML("", elem_id="case-ai-answer", js_on_load=None)
            more = gr.HTML("", elem_id="case-more", js_on_load=None)
            cases = gr.HTML("", elem_id="case-list", js_on_load=None)
            opened, receipt, result = (gr.Textbox(visible=False) for _ in range(3))
            act = gr.Button("act", elem_id="case-act", elem_classes=UNSEEN)
            show = gr.Button("show", elem_id="case-show", elem_classes=UNSEEN)
    footer(services)
    around = [head, task, submit, check, again, following, ai, told, more, cases, opened]
    outputs = [viewer, feedback, *around]

    def arrive(request: gr.Request) -> tuple[Any, ...]:
        """The case in the address, with its judged attempt where one is named there; else the next one to try."""
        asked = request.query_params
        return _guarded(page, request, lambda who: _arrived(page, who, asked))

    def go_on(handle: str, request: gr.Request) -> tuple[Any, ...]:
        """The next case; behind the last one of a rapid packet its summary."""
        here, at = _read(handle)
        return _guarded(page, request, lambda who: _next(page, who, here, at))

    def try_again(handle: str, request: gr.Request) -> tuple[Any, ...]:
        """The same case, empty."""
        here, at = _read(handle)
        return _guarded(page, request, lambda who: _drawing(page, who, here, at))

    def judged(number: str, handle: str, request: gr.Request) -> tuple[Any, ...]:
        """What stands around an attempt that the browser shows already, as a reload of its address would show it."""
        try:
            learner = learner_of(request)
            attempt = page.view.attempt(learner, number) if number else None
            shown = _judged(page, learner, attempt, _read(handle)[1]) if attempt else None
            return shown[2:] if shown else (gr.skip(),) * len(around)
        except Exception:  # the judgement itself is there; the rest comes with the next reload
            log.exception("after an attempt")
            return (gr.skip(),) * len(around)

    def look(handle: str, request: gr.Request) -> str:
        """What the policy sees on a case that was judged, for the browser to show where it is still there."""
        return json.dumps(seen(services, page.view, learner_of(request), _read(handle)[1].attempt))

    arriving = gr.on(None, arrive, None, outputs, queue=False, api_visibility="private")
    arriving.then(None, opened, None, js="(opened) => window.ssgPractise.arrived(opened)")
    answer, shown = [viewer, opened], [viewer, feedback, receipt, opened]
    keep = "(drawn, opened) => window.ssgPractise.keep(drawn, opened)"
    viewer.input(None, answer, None, js=keep, show_progress="hidden", trigger_mode="always_last")
    after: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    for button, script in (
        (submit, "(drawn, opened) => window.ssgPractise.submit(drawn, opened)"),
        (show, "(drawn, opened) => window.ssgPractise.show(drawn, opened)"),
    ):
        button.click(None, answer, shown, js=script).then(judged, [receipt, opened], around, **after)
    check.click(None, answer, shown, js="(drawn, opened) => window.ssgPractise.check(drawn, opened)")
    acts = "(drawn, opened) => window.ssgPractise.act(drawn, opened)"
    act.click(None, answer, viewer, js=acts, trigger_mode="multiple", show_progress="hidden")
    ai.click(None, None, told, js="() => window.ssgPractise.looking()").then(
        look,
        opened,
        result,
        concurrency_limit=1,
        concurrency_id="policy",
        show_progress_on=told,
        api_visibility="private",
    ).then(
        None,
        [result, viewer, opened],
        [viewer, told],
        js="(result, scene, opened) => window.ssgPractise.seen(result, scene, opened)",
    )
    show_case = "(opened) => window.ssgPractise.opened(opened)"
    for button, handler in ((following, go_on), (again, try_again)):
        button.click(handler, opened, outputs, queue=False, api_visibility="private").then(
            None, opened, None, js=show_case
        )


def _arrived(page: _Page, learner: str, asked: Mapping[str, str]) -> tuple[Any, ...]:
    name = (asked.get("set", ""), asked.get("case", ""))
    attempt = page.view.attempt(learner, asked.get("attempt", "")) if asked.get("attempt") else None
    at = Rapid.of(asked)
    if asked.get("summary") and at.is_rapid:
        return _summary(page, learner, at)
    if attempt is not None and attempt.revealed_at is not None:
        return _judged(page, learner, attempt, at)
    if attempt is not None and not at.is_rapid:
        return _checked(page, learner, attempt, at)
    if not name[1]:
        if at.packet and not page.view.packet(at.packet):
            raise BadInput(W["no_packet"])
        name, why = page.services.learning.after(learner, _now(), (name[0], ""), page.view.packet(at.packet))
        return _drawing(page, learner, name, at, why)
    return _drawing(page, learner, name, at)


def _now() -> datetime:
    return datetime.now(UTC)


def _next(page: _Page, learner: str, here: Name, at: Rapid) -> tuple[Any, ...]:
    packet = page.view.packet(at.packet)
    if at.is_rapid and packet and here == packet[-1]:
        return _summary(page, learner, at)
    name, why = page.services.learning.after(learner, _now(), here, packet)
    return _drawing(page, learner, name, at, why)


def _judged(page: _Page, learner: str, attempt: Attempt, at: Rapid) -> tuple[Any, ...]:
    name = (attempt.case_set, attempt.case_id)
    shown = page.view.opened_attempt(name, attempt, at.packet)
    return _outputs(page, learner, shown, page.view.feedback(name, attempt), at, judged=True)


def _checked(page: _Page, learner: str, attempt: Attempt, at: Rapid) -> tuple[Any, ...]:
    name = (attempt.case_set, attempt.case_id)
    shown = page.view.checked_attempt(learner, name, attempt, at.packet)
    return _outputs(page, learner, shown, of_check(attempt, shown.case), at, judged=False)


def _drawing(page: _Page, learner: str, name: Name, at: Rapid, why: str = "") -> tuple[Any, ...]:
    return _outputs(page, learner, page.view.open(learner, name, at.packet), "", at, judged=False, why=why)


def _outputs(
    page: _Page, learner: str, shown: OpenedCase, feedback: str, at: Rapid, judged: bool, why: str = ""
) -> tuple[Any, ...]:
    at = at if shown.packet else Rapid()
    rapid = at.is_rapid
    notice = note(shown.notice) if shown.notice else ""
    if rapid and not judged:
        task = rapid_task(rows_html(shown.case, shown.said, judged, hints=False))
    else:
        task = asked_html(shown.case, shown.said, judged, hints=not rapid)
        task += "" if judged else tag("p", text(W["check_hint"]), class_="hint check-hint")
    more = "" if judged or rapid else search_html(shown.case)
    packet = (shown.packet, page.view.packet(shown.packet))
    return (
        shown.scene,
        feedback,
        _head(page, shown, at) + (tag("p", text(why), class_="hint why-this") if why else "") + notice,
        task,
        gr.Button(W["rapid_done" if rapid else "submit"], visible=not judged),
        gr.Button(visible=not judged and not rapid),
        gr.Button(visible=judged),
        gr.Button(visible=True, variant="primary" if judged else "secondary"),  # practise.css hides it in a rapid case
        gr.Button(visible=judged),
        "",
        more,
        case_list(page.services, learner, shown.name, packet=packet, more=at.address)
        + ("" if rapid else rapid_links()),
        json.dumps(shown.handle | at.address),
    )


def _summary(page: _Page, learner: str, at: Rapid) -> tuple[Any, ...]:
    """A rapid packet when it is through: every case of it, and how it went."""
    hidden = gr.Button(visible=False)
    told = page.rapid.summary(learner, at)
    handle = json.dumps(at.address | {"packet": at.packet, "summary": "1"})
    return None, "", told, "", hidden, hidden, hidden, hidden, hidden, "", "", "", handle


def _guarded(page: _Page, request: gr.Request, opening: Callable[[str], tuple[Any, ...]]) -> tuple[Any, ...]:
    return guarded(page.services, request, opening, lambda sentence, who: _problem(page, sentence, who))


def _problem(page: _Page, sentence: str, learner: str) -> tuple[Any, ...]:
    hidden = gr.Button(visible=False)
    listed = case_list(page.services, learner, ("", ""), unfolded=True) if len(page.services.practice) else ""
    return None, "", note(sentence), "", hidden, hidden, hidden, hidden, hidden, "", "", listed, "{}"


def _read(handle: str) -> tuple[Name, Rapid]:
    """(the case, where it stands) that the browser has open; empty where it sends anything else."""
    values = handle_values(handle)
    return name_in(values), Rapid.of(values)


def _head(page: _Page, shown: OpenedCase, at: Rapid) -> str:
    number, of = shown.place
    case_set = page.services.practice.case_set(shown.name[0])
    if at.is_rapid:
        bar = tag("progress", value=number - 1, max=of, aria_label=W["rapid_title"])
        count = tag("span", text(W["rapid_of"].format(number=number, count=of)))
        return tag("p", bar, count, class_="rapid-bar") + head_html(shown.case, case_set, W["rapid"])
    among = W["packet"] if shown.packet else case_set.title
    return head_html(shown.case, case_set, f"{W['case'].format(number=number, count=of)} · {among}")
