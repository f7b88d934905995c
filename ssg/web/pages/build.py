"""Build: an instructor's sets, the cases of one, and the editor of a case; each has an address of its own."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ssg.errors import SSGError
from ssg.web.build_view import BuildView
from ssg.web.frame import footer, header
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.pages import build_case, build_set
from ssg.web.pages.build_parts import GO, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W


def build(services: Services) -> None:
    """Lay the page out inside the current Blocks and wire it."""
    view = BuildView(services)
    header("/build")
    with gr.Column(elem_classes="build", elem_id="content"):
        head = gr.HTML("", elem_id="build-head", elem_classes="head-block", js_on_load=None)
        with gr.Column(visible=False, elem_classes="build-part") as door:
            name = gr.Textbox(label=W["name"], elem_id="build-name", max_lines=1)
            key = gr.Textbox(label=W["key"], type="password", elem_id="build-key", max_lines=1, visible=False)
            enter = gr.Button(W["enter"], variant="primary", elem_id="build-enter")
            refused = gr.HTML("", elem_id="build-refused", js_on_load=None)
        with gr.Column(visible=False, elem_classes="build-part") as home:
            sets = gr.HTML("", elem_id="build-sets", js_on_load=None)
            with gr.Group(elem_classes="build-new"):
                title = gr.Textbox(label=W["set_title"], elem_id="build-title", max_lines=1)
                licence = gr.Textbox(label=W["licence"], info=W["licence_hint"], elem_id="build-licence", max_lines=1)
                create = gr.Button(W["create"], variant="primary", elem_id="build-create")
            made = gr.HTML("", elem_id="build-made", js_on_load=None)
        with gr.Column(visible=False, elem_classes="build-part") as of_set:
            set_parts = build_set.lay_out(services, view)
        with gr.Column(visible=False, elem_classes="build-part") as of_case:
            case_parts = build_case.lay_out(services, view)
        going = gr.Textbox(visible=False)
    footer(services)

    def arrive(request: gr.Request) -> tuple[Any, ...]:
        """The part of the page that the address asks for, and its content; a door for whoever has not signed in."""
        hidden = [gr.Column(visible=False)] * 3
        nothing = (*[gr.skip()] * len(set_parts.outputs), *[gr.skip()] * len(case_parts.outputs))
        if not services.instructors.can_be:
            return (_head(W["nobody"]), gr.Column(visible=False), gr.skip(), *hidden, gr.skip(), *nothing)
        try:
            who = instructor_of(request)
        except SSGError:
            needs_key = gr.Textbox(visible=services.instructors.needs_key)
            return (_head(W["sign_in_hint"]), gr.Column(visible=True), needs_key, *hidden, gr.skip(), *nothing)
        asked = request.query_params
        set_id, case_id = asked.get("set", ""), asked.get("case", "")
        shown = [gr.Column(visible=not set_id), gr.Column(visible=bool(set_id and not case_id))]
        shown.append(gr.Column(visible=bool(case_id)))
        try:
            of_the_set = set_parts.opened(set_id) if set_id and not case_id else nothing[: len(set_parts.outputs)]
            of_the_case = (
                case_parts.opened(set_id, case_id, asked.get("reader", "") or who)
                if case_id
                else nothing[len(set_parts.outputs) :]
            )
            return (
                _hello(who),
                gr.Column(visible=False),
                gr.skip(),
                *shown,
                view.sets_html(),
                *of_the_set,
                *of_the_case,
            )
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            said = in_words(error)
            return (_hello(who) + said, gr.Column(visible=False), gr.skip(), *hidden, gr.skip(), *nothing)

    def begin(set_title: str, set_licence: str, request: gr.Request) -> tuple[Any, Any]:
        """A new set, and its address to go to."""
        try:
            work = services.workshop.create(set_title, set_licence, instructor_of(request))
            return "", f"/build?set={work.id}"
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), ""

    outputs = [head, door, key, home, of_set, of_case, sets, *set_parts.outputs, *case_parts.outputs]
    gr.on(None, arrive, None, outputs, queue=False, api_visibility="private")
    enter.click(None, [name, key], refused, js=SIGN_IN)
    create.click(begin, [title, licence], [made, going], queue=False, api_visibility="private").then(
        None, going, None, js=GO
    )


SIGN_IN = """async (name, key) => {
  const refused = await window.ssgBuild.enter(name, key);
  const line = document.createElement("p");
  line.className = "note";
  line.setAttribute("role", "alert");
  line.textContent = refused;
  return refused ? line.outerHTML.replaceAll("$", "&#36;").replaceAll("{", "&#123;") : "";
}"""


def _head(hint: str) -> str:
    return tag("h1", text(W["title"])) + tag("p", text(W["lead"]), class_="lead") + tag("p", text(hint), class_="hint")


def _hello(who: str) -> str:
    leave = tag("button", text(W["leave"]), type="button", class_="chip", onclick="window.ssgBuild.leave()")
    return tag("h1", text(W["title"])) + tag("p", text(W["signed_in"].format(name=who)) + " " + leave, class_="hint")
