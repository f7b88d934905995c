"""Ask: choose or open an image, type a finding, see where it is or that it is not there."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from ssg.errors import SSGError
from ssg.web import words
from ssg.web.ask_view import AskView, note
from ssg.web.frame import footer, header
from ssg.web.html import tag, text
from ssg.web.learner import learner_of
from ssg.web.services import Services
from ssg.web.viewer import image_viewer

log = logging.getLogger(__name__)
W = words.ASK

KEEP_IN_ADDRESS = """(image, typed) => {
    const wanted = new URLSearchParams(image ? {image} : {});
    if (typed) wanted.set("q", typed);
    history.replaceState(null, "", location.pathname + (wanted.size ? `?${wanted}` : ""));
}"""


def build(services: Services) -> None:
    """Lay the page out inside the current Blocks and wire it."""
    view = AskView(services)
    header("/")
    with gr.Row(elem_classes="page", elem_id="content"):
        with gr.Column(scale=5, min_width=320, elem_classes="stage-column"):
            viewer = image_viewer(elem_id="ask-viewer")
        with gr.Column(scale=2, min_width=320, elem_classes="side-column"):
            gr.HTML(tag("h1", text(W["title"])) + tag("p", text(W["lead"]), class_="lead"), js_on_load=None)
            with gr.Row(elem_classes="ask-line"):
                typed = gr.Textbox(
                    label=W["field"], placeholder=W["placeholder"], lines=1, max_lines=1, scale=4, elem_id="ask-text"
                )
                button = gr.Button(W["button"], variant="primary", scale=1, min_width=72, elem_id="ask-button")
            answer = gr.HTML(tag("p", text(W["empty"]), class_="hint"), elem_id="ask-answer", js_on_load=None)
            more = gr.HTML("", elem_id="ask-more", js_on_load=None)
            images = gr.HTML("", elem_id="ask-images", js_on_load=None)
            hint = W["upload_hint"].format(megabytes=services.settings.max_upload_mb)
            file = gr.File(label=W["upload"], file_count="single", height=110, elem_id="ask-upload")
            gr.HTML(tag("p", text(hint), class_="hint"), js_on_load=None)
            current = gr.Textbox(visible=False)
    footer(services)

    def arrive(request: gr.Request) -> tuple[Any, ...]:
        """The image and the question in the address, else the first image."""
        learner = learner_of(request)
        name, question = request.query_params.get("image", ""), request.query_params.get("q", "")[:1000]
        said = tag("p", text(W["asking"] if question.strip() else W["empty"]), class_="hint")
        try:
            shown = view.look(learner, name or view.first_image()) if name or view.first_image() else None
        except SSGError as error:
            name, said, shown = "", note(str(error)), view.look(learner, view.first_image())
        name = name or view.first_image()
        return shown, said, question, name, _gallery(view, learner, name), _suggestions(view, learner, name)

    def ask(question: str, name: str, request: gr.Request) -> tuple[Any, ...]:
        """Ask about the current image."""
        learner = learner_of(request)
        try:
            answered = view.ask(learner, name, question)
        except SSGError as error:
            return gr.skip(), note(str(error)), gr.skip()
        except Exception:
            log.exception("asking")
            return gr.skip(), note(words.OUR_FAULT), gr.skip()
        return answered.scene, answered.html, _suggestions(view, learner, name)

    def ask_if_asked(question: str, name: str, request: gr.Request) -> tuple[Any, ...]:
        """Ask what stands in the address of the page."""
        return ask(question, name, request) if question.strip() else (gr.skip(), gr.skip(), gr.skip())

    def open_file(path: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Decode an upload; the file itself is deleted whatever comes of it."""
        if not path:
            return (gr.skip(),) * 5
        learner = learner_of(request)
        try:
            image = view.upload(learner, Path(path), Path(path).name)
        except SSGError as error:
            return gr.skip(), note(str(error)), gr.skip(), gr.skip(), None
        except Exception:
            log.exception("opening an upload")
            return gr.skip(), note(words.OUR_FAULT), gr.skip(), gr.skip(), None
        finally:
            Path(path).unlink(missing_ok=True)
        said = "".join(tag("p", text(line), class_="hint") for line in (*image.notes, W["empty"]))
        return view.look(learner, image.id), said, image.id, _gallery(view, learner, image.id), None

    gr.on(
        None, arrive, None, [viewer, answer, typed, current, images, more], queue=False, api_visibility="private"
    ).then(
        ask_if_asked,
        [typed, current],
        [viewer, answer, more],
        concurrency_limit=1,
        concurrency_id="policy",
        show_progress="hidden",
        api_visibility="private",
    )
    gr.on(
        [button.click, typed.submit],
        ask,
        [typed, current],
        [viewer, answer, more],
        concurrency_limit=1,
        concurrency_id="policy",
        show_progress="minimal",
        show_progress_on=answer,
        api_name="ask",
    ).then(None, [current, typed], None, js=KEEP_IN_ADDRESS)
    file.upload(
        open_file, file, [viewer, answer, current, images, file], concurrency_limit=2, api_visibility="private"
    ).then(None, [current, typed], None, js=KEEP_IN_ADDRESS)


def _gallery(view: AskView, learner: str, chosen: str) -> str:
    tiles = []
    for name, title in view.gallery(learner, chosen):
        picture = tag("img", src=f"/media/{name}/small.jpg", alt=title, loading="lazy").removesuffix("</img>")
        current = "true" if name == chosen else None
        tiles.append(tag("a", picture, href="/?" + urlencode({"image": name}), title=title, aria_current=current))
    return tag("h2", text(W["images"])) + tag("div", *tiles, class_="gallery")


def _suggestions(view: AskView, learner: str, image: str) -> str:
    recent = view.recent(learner)
    parts = [_chips(W["examples"], [(image, example) for example in words.EXAMPLES])]
    if recent:
        parts.append(_chips(W["recent"], recent))
    return "".join(parts)


def _chips(title: str, rows: list[tuple[str, str]]) -> str:
    links = [
        tag("a", text(_short(typed)), class_="chip", href="/?" + urlencode({"image": image, "q": typed}))
        for image, typed in rows
    ]
    return tag("h2", text(title)) + tag("div", *links, class_="chips")


def _short(typed: str) -> str:
    return typed if len(typed) <= 42 else typed[:40] + "…"
