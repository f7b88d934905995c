"""Build: an instructor's sets, the cases of one, and the editor of a case; each has an address of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from ssg.errors import BadInput, SSGError
from ssg.teaching.workshop import Workshop
from ssg.web.build_html import sets_html
from ssg.web.build_view import BuildView
from ssg.web.frame import footer, header
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.pages import build_case, build_preview, build_removed, build_set
from ssg.web.pages.build_parts import GO, SETTLE, good, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W


def build(services: Services) -> None:
    """Lay the page out inside the current Blocks and wire it."""
    view = BuildView(services)
    header("/build")
    with gr.Column(elem_classes="build", elem_id="content"):
        head = gr.HTML("", elem_id="build-head", elem_classes="head-block", js_on_load=None)
        with gr.Column(visible=False, elem_classes="build-part") as signing_in:
            name = gr.Textbox(label=W["name"], elem_id="build-name", max_lines=1)
            key = gr.Textbox(label=W["key"], type="password", elem_id="build-key", max_lines=1, visible=False)
            enter = gr.Button(W["enter"], variant="primary", elem_id="build-enter")
            refused = gr.HTML("", elem_id="build-refused", js_on_load=None)
        with gr.Column(visible=False, elem_classes="build-part") as home:
            sets = gr.HTML("", elem_id="build-sets", js_on_load=None)
            gr.HTML(tag("h2", text(W["new_set"])), js_on_load=None)
            with gr.Group(elem_classes="build-new"):
                title = gr.Textbox(label=W["set_title"], elem_id="build-title", max_lines=1)
                licence = gr.Textbox(label=W["licence"], info=W["licence_hint"], elem_id="build-licence", max_lines=1)
                create = gr.Button(W["create"], variant="primary", elem_id="build-create")
            made = gr.HTML("", elem_id="build-made", js_on_load=None)
            removed = build_removed.of_sets(services)
        with gr.Column(visible=False, elem_classes="build-part") as of_set:
            set_parts = build_set.lay_out(services)
        with gr.Column(visible=False, elem_classes="build-part") as of_case:
            case_parts = build_case.lay_out(services, view)
        with gr.Column(visible=False, elem_classes="build-part") as as_seen:
            seen_parts = build_preview.lay_out(services, view)
        going = gr.Textbox(visible=False)
    footer(services)

    home_outputs = [sets, *removed.outputs]
    parts = {"home": home_outputs, "set": set_parts.outputs, "case": case_parts.outputs, "seen": seen_parts.outputs}
    columns = {"home": home, "set": of_set, "case": of_case, "seen": as_seen}

    def arrive(request: gr.Request) -> tuple[Any, ...]:
        """The part of the page that the address asks for, and its content; a door for whoever has not signed in."""
        if not services.instructors.can_be:
            return page(_head(W["nobody"]))
        try:
            who = instructor_of(request)
        except SSGError:
            return page(_head(W["sign_in_hint"]), door=True)
        try:
            wanted, values = asked_for(request.query_params, who)
            hello = _hello(who, services.instructors.needs_key, wanted == "case")
            return page(hello + removed_html(services.workshop, request.query_params), wanted, values)
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return page(_hello(who, services.instructors.needs_key) + in_words(error))

    def asked_for(asked: Any, who: str) -> tuple[str, tuple[Any, ...]]:
        """Which part an address means, and the values of its outputs."""
        set_id, case_id = asked.get("set", ""), asked.get("case", "")
        if case_id and asked.get("preview"):
            return "seen", seen_parts.opened(set_id, case_id)
        if case_id:
            return "case", case_parts.opened(set_id, case_id, asked.get("reader", "") or who)
        return (
            ("set", set_parts.opened(set_id)) if set_id else ("home", (sets_html(services.workshop), *removed.opened()))
        )

    def page(said: str, wanted: str = "", values: tuple[Any, ...] = (), door: bool = False) -> tuple[Any, ...]:
        """The whole page with one of its parts shown."""
        needs_key = gr.Textbox(visible=services.instructors.needs_key) if door else gr.skip()
        filled = [
            value
            for name, outputs in parts.items()
            for value in (values if name == wanted else [gr.skip()] * len(outputs))
        ]
        shown = [gr.Column(visible=name == wanted) for name in columns]
        return said, gr.Column(visible=door), needs_key, *shown, *filled

    def begin(set_title: str, set_licence: str, request: gr.Request) -> tuple[Any, Any]:
        """A new set, and its address to go to."""
        try:
            who = instructor_of(request)
            require_new_title(services.workshop, set_title)
            work = services.workshop.create(set_title, set_licence, who)
            return "", f"/build?set={work.id}"
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), ""

    outputs = [head, signing_in, key, *columns.values(), *(one for some in parts.values() for one in some)]
    gr.on(None, arrive, None, outputs, queue=False, api_visibility="private").then(None, js=SETTLE)
    enter.click(None, [name, key], refused, js=SIGN_IN)
    create.click(begin, [title, licence], [made, going], queue=False, api_visibility="private").then(
        None, going, None, js=GO
    )


def require_new_title(shop: Workshop, title: str) -> None:
    """Raises BadInput where another set has the title: nobody could tell the two apart in a list."""
    if title.strip().casefold() in {str(work.head.get("title", "")).strip().casefold() for work in shop.store.sets()}:
        raise BadInput(W["same_title"].format(title=title.strip()))


def removed_html(shop: Workshop, asked: Mapping[str, str]) -> str:
    """That a case was removed, where one comes from its page; said only while it is."""
    if not asked.get("removed"):
        return ""
    gone = [work for work in shop.store.removed_cases(asked.get("set", "")) if work.case_id == asked["removed"]]
    return "".join(good(W["case_removed"].format(title=work.body.get("title") or work.case_id)) for work in gone)


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


def _hello(who: str, has_key: bool, brief: bool = False) -> str:
    """What stands above; ``brief``: in one line, since the image belongs on the first screen."""
    if brief:
        signed = tag("span", text(W["signed_in"].format(name=who)), class_="hint") + _leave() if has_key else ""
        return tag("div", tag("h1", text(W["title"])), signed, class_="brief")
    if not has_key:  # on one's own computer there is nothing to sign out of
        return tag("h1", text(W["title"])) + tag("p", text(W["lead"]), class_="hint")
    return tag("h1", text(W["title"])) + tag("p", text(W["signed_in"].format(name=who)) + " " + _leave(), class_="hint")


def _leave() -> str:
    return tag("button", text(W["leave"]), type="button", class_="chip", onclick="window.ssgBuild.leave()")
