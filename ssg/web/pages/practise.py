"""Practise: a case with its history; draw, name, exclude, submit, and read how it was judged."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from ssg.casebook import Case, CaseSet
from ssg.errors import BadInput, SSGError
from ssg.store import Attempt
from ssg.web import words
from ssg.web.ask_view import note
from ssg.web.frame import footer, header
from ssg.web.html import paragraphs, tag, text
from ssg.web.learner import learner_of
from ssg.web.practise_view import Name, OpenedCase, PractiseView
from ssg.web.services import Services
from ssg.web.viewer import image_viewer

log = logging.getLogger(__name__)
W = words.PRACTISE


def build(services: Services) -> None:
    """Lay the page out inside the current Blocks and wire it."""
    view = PractiseView(services)
    header("/practise")
    with gr.Row(elem_classes="page", elem_id="content"):
        # First on the page, so that a phone shows the history above the image: it is read before anything is drawn.
        head = gr.HTML("", elem_id="case-head", elem_classes="head-block", js_on_load=None)
        with gr.Column(scale=5, min_width=320, elem_classes="stage-column"):
            viewer = image_viewer(elem_id="case-viewer", empty_hint=W["empty_hint"])
        with gr.Column(scale=2, min_width=320, elem_classes="side-column"):
            task = gr.HTML("", elem_id="case-task", js_on_load=None)
            absent = gr.CheckboxGroup(
                [],
                label=W["absent"],
                info=W["absent_hint"],
                elem_id="case-absent",
                elem_classes="absent",
                visible=False,
            )
            submit = gr.Button(W["submit"], variant="primary", elem_id="case-submit", visible=False)
            feedback = gr.HTML("", elem_id="case-feedback", js_on_load=None)
            with gr.Row(elem_classes="after"):
                again = gr.Button(W["again"], elem_id="case-again", visible=False)
                following = gr.Button(W["next"], elem_id="case-next", visible=False)
            cases = gr.HTML("", elem_id="case-list", js_on_load=None)
            opened, receipt = gr.Textbox(visible=False), gr.Textbox(visible=False)
    footer(services)
    around = [head, task, absent, submit, again, following, cases, opened]
    outputs = [viewer, feedback, *around]

    def arrive(request: gr.Request) -> tuple[Any, ...]:
        """The case in the address, with its judged attempt where one is named there; else the next one to try."""
        asked = request.query_params
        return _guarded(services, request, lambda who: _arrived(view, services, who, asked))

    def go_on(handle: str, request: gr.Request) -> tuple[Any, ...]:
        """The next case."""
        here, packet = _read(handle)

        def following_case(who: str) -> tuple[Any, ...]:
            name = services.practice.next_after(who, *here, packet=view.packet(packet))
            return _drawing(view, services, who, name, packet)

        return _guarded(services, request, following_case)

    def try_again(handle: str, request: gr.Request) -> tuple[Any, ...]:
        """The same case, empty."""
        return _guarded(services, request, lambda who: _drawing(view, services, who, *_read(handle)))

    def judged(number: str, handle: str, request: gr.Request) -> tuple[Any, ...]:
        """What stands around an attempt that the browser shows already, as a reload of its address would show it."""
        try:
            learner = learner_of(request)
            attempt = view.attempt(learner, number) if number else None
            shown = _judged(view, services, learner, attempt, _read(handle)[1]) if attempt else None
            return shown[2:] if shown else (gr.skip(),) * len(around)
        except Exception:  # the judgement itself is there; the rest comes with the next reload
            log.exception("after an attempt")
            return (gr.skip(),) * len(around)

    gr.on(None, arrive, None, outputs, queue=False, api_visibility="private")
    keep = "(drawn, absent, opened) => window.ssgPractise.keep(drawn, absent, opened)"
    keep_at_once = "(drawn, absent, opened) => window.ssgPractise.keepAtOnce(drawn, absent, opened)"
    answer = [viewer, absent, opened]
    viewer.input(None, answer, None, js=keep, show_progress="hidden", trigger_mode="always_last")
    absent.input(None, answer, None, js=keep_at_once, show_progress="hidden", trigger_mode="always_last")
    submit.click(
        None,
        answer,
        [viewer, feedback, receipt],
        js="(drawn, absent, opened) => window.ssgPractise.submit(drawn, absent, opened)",
    ).then(judged, [receipt, opened], around, queue=False, show_progress="hidden", api_visibility="private")
    show = "(opened) => window.ssgPractise.opened(opened)"
    following.click(go_on, opened, outputs, queue=False, api_visibility="private").then(None, opened, None, js=show)
    again.click(try_again, opened, outputs, queue=False, api_visibility="private").then(None, opened, None, js=show)


def _arrived(view: PractiseView, services: Services, learner: str, asked: Any) -> tuple[Any, ...]:
    name = (asked.get("set", ""), asked.get("case", ""))
    attempt = view.attempt(learner, asked.get("attempt", "")) if asked.get("attempt") else None
    packet = asked.get("packet", "")
    if attempt is not None:
        return _judged(view, services, learner, attempt, packet)
    if not name[1]:
        if packet and not view.packet(packet):
            raise BadInput(W["no_packet"])
        name = services.practice.next_after(learner, name[0] or None, packet=view.packet(packet))
    return _drawing(view, services, learner, name, packet)


def _judged(view: PractiseView, services: Services, learner: str, attempt: Attempt, packet: str) -> tuple[Any, ...]:
    name = (attempt.case_set, attempt.case_id)
    return _outputs(view, services, learner, view.opened_attempt(name, attempt, packet), view.feedback(name, attempt))


def _drawing(view: PractiseView, services: Services, learner: str, name: Name, packet: str) -> tuple[Any, ...]:
    return _outputs(view, services, learner, view.open(learner, name, packet), "")


def _outputs(view: PractiseView, services: Services, learner: str, shown: OpenedCase, feedback: str) -> tuple[Any, ...]:
    judged = bool(feedback)
    return (
        shown.scene,
        feedback,
        _head(services, shown),
        task_html(shown.case, judged),
        gr.CheckboxGroup(
            choices=list(shown.case.question), value=list(shown.absent), interactive=not judged, visible=True
        ),
        gr.Button(visible=not judged),
        gr.Button(visible=judged),
        gr.Button(visible=True, variant="primary" if judged else "secondary"),
        _list(services, learner, shown.name, packet=(shown.packet, view.packet(shown.packet))),
        json.dumps(shown.handle),
    )


def _guarded(services: Services, request: gr.Request, opening: Any) -> tuple[Any, ...]:
    """A page that says what is wrong instead of one that stays empty."""
    learner = ""
    try:
        learner = learner_of(request)
        if not len(services.practice):
            return _problem(words.PRACTISE["no_cases"])
        return opening(learner)
    except SSGError as error:
        return _problem(str(error), _list(services, learner, ("", ""), unfolded=True))
    except Exception:
        log.exception("opening a case")
        return _problem(words.OUR_FAULT, _list(services, "", ("", ""), unfolded=True))


def _problem(sentence: str, listed: str = "") -> tuple[Any, ...]:
    hidden = gr.Button(visible=False)
    return None, "", note(sentence), "", gr.CheckboxGroup(visible=False), hidden, hidden, hidden, listed, "{}"


def _read(handle: str) -> tuple[Name, str]:
    """(the case, the packet) that the browser has open; empty where it sends anything else."""
    try:
        values = json.loads(handle or "{}")
        return (str(values.get("set", "")), str(values.get("case", ""))), str(values.get("packet", ""))
    except (ValueError, AttributeError):
        return ("", ""), ""


def _head(services: Services, shown: OpenedCase) -> str:
    number, of = shown.place
    case_set = services.practice.case_set(shown.name[0])
    among = W["packet"] if shown.packet else case_set.title
    return head_html(shown.case, case_set, f"{W['case'].format(number=number, count=of)} · {among}")


def head_html(case: Case, case_set: CaseSet, crumb: str) -> str:
    """What is known of a case before it is read: where it stands (``crumb``), its title, its history."""
    parts = [
        tag("p", text(crumb), class_="crumb"),
        tag("h1", text(case.title)),
        tag("h2", text(W["history"])),
        paragraphs([case.history], class_="history"),
        tag("p", text(W["synthetic"]), class_="hint") if case_set.synthetic else "",
    ]
    return "".join(parts)


def task_html(case: Case, judged: bool) -> str:
    """What is asked."""
    asked = "".join(tag("li", text(name)) for name in case.question)
    hint = "" if judged else tag("p", text(W["task_hint"]), class_="hint")
    return tag("h2", text(W["task"])) + tag("ul", asked, class_="asked-for") + hint


def _list(
    services: Services,
    learner: str,
    here: Name,
    unfolded: bool = False,
    packet: tuple[str, tuple[Name, ...]] = ("", ()),
) -> str:
    best = services.practice.best(learner) if learner else {}
    order = services.practice.order
    tried = sum(name in best for name in order)
    summary = tag("summary", text(W["all"]), tag("span", f"{tried} / {len(order)}", class_="count"))
    by_set: dict[str, list[Name]] = {}
    for name in order:
        by_set.setdefault(name[0], []).append(name)
    sets = [
        _listed(services, services.practice.case_set(set_id).title, names, best, here, open_=set_id == here[0])
        for set_id, names in by_set.items()
    ]
    if packet[0]:
        return _listed(services, W["packet"], packet[1], best, here, packet[0], open_=True, class_="cases")
    return tag("details", summary, tag("div", *sets, class_="sets"), class_="cases", open=unfolded)


def _listed(
    services: Services,
    title: str,
    names: Sequence[Name],
    best: Mapping[Name, float | None],
    here: Name,
    packet: str = "",
    *,
    open_: bool,
    class_: str | None = None,
) -> str:
    """Cases that belong together, as links: a set's, or a packet's."""
    more = {"packet": packet} if packet else {}
    count = f"{sum(name in best for name in names)} / {len(names)}"
    rows = []
    for number, name in enumerate(names, 1):
        mark, meaning = _mark(best, name)
        link = tag(
            "a",
            tag("span", str(number), class_="number"),
            tag("span", text(services.practice.case(*name).title), class_="title"),
            tag("span", mark, class_="best", title=meaning),
            href="/practise?" + urlencode({"set": name[0], "case": name[1], **more}),
            aria_current="true" if name == here else None,
        )
        rows.append(tag("li", link))
    summary = tag("summary", text(title), tag("span", count, class_="count"))
    return tag("details", summary, tag("ol", *rows), open=open_, class_=class_)


def _mark(best: Mapping[Name, float | None], name: Name) -> tuple[str, str]:
    """A case's best total as it is listed, and what the sign means where it is no number."""
    if name not in best:
        return "–", W["not_tried"]
    total = best[name]
    return ("✓", W["unscorable"]) if total is None else (f"{100 * total:.0f}", "")
