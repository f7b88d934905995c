"""Ask: choose or open an image, type a finding, see where it is or that it is not there."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import gradio as gr

from ssg.errors import BadInput, SSGError
from ssg.grounding.image_kinds import title_of
from ssg.grounding.specialties import AUTOMATIC
from ssg.web import words
from ssg.web.ask_view import AskView, note
from ssg.web.frame import footer, header
from ssg.web.html import tag, text
from ssg.web.learner import learner_of
from ssg.web.services import Services
from ssg.web.tour import invitation
from ssg.web.viewer import image_viewer

log = logging.getLogger(__name__)
W = words.ASK

STAGE_ON_A_PHONE = "44svh"
"""Low enough that the field for the question stands on the first screen, below the image."""


def build(services: Services) -> None:
    """Lay the page out inside the current Blocks and wire it."""
    view = AskView(services)
    header("/")
    with gr.Row(elem_classes="page", elem_id="content"):
        title = tag("h1", text(W["title"])) + tag("p", text(W["lead"]), class_="lead")
        gr.HTML(title, elem_classes="head-block", js_on_load=None)
        with gr.Column(scale=5, min_width=320, elem_classes="stage-column"):
            viewer = image_viewer(elem_id="ask-viewer", stage_height=STAGE_ON_A_PHONE)
        with gr.Column(scale=2, min_width=320, elem_classes="side-column"):
            with gr.Row(elem_classes="ask-line"):
                typed = gr.Textbox(
                    label=W["field"], placeholder=W["placeholder"], lines=1, max_lines=1, scale=4, elem_id="ask-text"
                )
                button = gr.Button(W["button"], variant="primary", scale=1, min_width=72, elem_id="ask-button")
            specialty = gr.Dropdown(
                [(W["automatic"], AUTOMATIC)],
                value=AUTOMATIC,
                label=W["specialty"],
                filterable=False,
                visible=False,
                elem_id="ask-specialty",
            )
            answer = gr.HTML(tag("p", text(W["empty"]), class_="hint"), elem_id="ask-answer", js_on_load=None)
            welcome = gr.HTML("", elem_id="ask-welcome", js_on_load=None)
            more = gr.HTML("", elem_id="ask-more", js_on_load=None)
            images = gr.HTML("", elem_id="ask-images", js_on_load=None)
            hint = W["upload_hint"].format(megabytes=services.settings.max_upload_mb)
            file = gr.File(label=W["upload"], file_count="single", height=140, elem_id="ask-upload")
            gr.HTML(tag("p", text(hint), class_="hint"), js_on_load=None)
            # Of the browser only: the image that is seen, the question as it was asked, the answer with its image.
            current, asked, result = (gr.Textbox(visible=False) for _ in range(3))
    footer(services)

    def arrive(request: gr.Request) -> tuple[Any, ...]:
        """The image in the address, else the first one; and the question in the address, to be asked next."""
        learner = learner_of(request)
        name, question = request.query_params.get("image", ""), request.query_params.get("q", "")[:1000].strip()
        chosen = view.held(request.query_params.get("specialty", AUTOMATIC)[:100])
        said = tag("p", text(W["asking"] if question else W["empty"]), class_="hint")
        first = view.first_image()
        try:
            shown = view.look(learner, name or first) if name or first else None
        except SSGError as error:
            name, question, said, shown = "", "", note(str(error)), view.look(learner, first) if first else None
        name = name or first
        question = json.dumps({"image": name, "text": question, "specialty": chosen}) if question else ""
        around = _gallery(view, learner, name), _suggestions(view, learner, name)
        return shown, said, question, name, *around, _choice(view, chosen), invitation(services, learner)

    def ask(question: str, request: gr.Request) -> str:
        """The answer to a question as it was asked, for the browser to show where its image is still there."""
        return json.dumps(answered(view, learner_of(request), question)) if question else ""

    def open_file(path: str | None, request: gr.Request) -> tuple[Any, ...]:
        """Decode an upload; the file itself is deleted whatever comes of it."""
        if not path:
            return (gr.skip(),) * 6
        learner = learner_of(request)
        try:
            image = view.upload(learner, Path(path), Path(path).name)
            shown, said = view.look(learner, image.id), view.opened(learner, image)
        except SSGError as error:
            return gr.skip(), note(str(error)), gr.skip(), gr.skip(), gr.skip(), None
        except Exception:
            log.exception("opening an upload")
            return gr.skip(), note(words.OUR_FAULT), gr.skip(), gr.skip(), gr.skip(), None
        finally:
            Path(path).unlink(missing_ok=True)
        gallery, suggestions = _gallery(view, learner, image.id), _suggestions(view, learner, image.id)
        return shown, said, image.id, gallery, suggestions, None

    def suggest(name: str, request: gr.Request) -> tuple[Any, ...]:
        """The questions of before, with the one just asked; and the specialties, where they were loaded meanwhile."""
        return _suggestions(view, learner_of(request), name), _choice(view)

    def then_answer(event: Any, progress: Literal["minimal", "hidden"]) -> None:
        """Ask what was taken down, and of all that was asked meanwhile the last."""
        event.then(
            ask,
            asked,
            result,
            trigger_mode="always_last",
            concurrency_limit=1,
            concurrency_id="policy",
            show_progress=progress,
            show_progress_on=answer,
            api_visibility="private",
        ).then(
            None,
            [result, current],
            [viewer, answer, specialty],
            js="(result, image) => window.ssgAsk.shown(result, image)",
        ).then(suggest, current, [more, specialty], queue=False, show_progress="hidden", api_visibility="private")

    gr.on(None, None, None, typed, js="() => window.ssgAsk.restored()")
    page = [viewer, answer, asked, current, images, more, specialty, welcome]
    arrival = gr.on(None, arrive, None, page, queue=False, api_visibility="private")
    arrival.then(None, specialty, None, js="(specialty) => window.ssgAsk.arrived(specialty)")
    then_answer(arrival, "hidden")  # the page says itself that it looks
    taken = "(text, image, specialty) => window.ssgAsk.taken(text, image, specialty)"
    press = gr.on(
        [button.click, typed.submit], None, [typed, current, specialty], asked, js=taken, trigger_mode="multiple"
    )
    specialty.change(None, specialty, None, js="(specialty) => window.ssgAsk.chosen(specialty)")
    then_answer(press, "minimal")
    file.upload(
        open_file, file, [viewer, answer, current, images, more, file], concurrency_limit=2, api_visibility="private"
    ).then(None, current, None, js="(image) => window.ssgAsk.opened(image)")


def answered(view: AskView, learner: str, question: str) -> dict[str, Any]:
    """What the browser shows of one question: ``text`` is what was answered, and is left out where nothing was.

    ``chosen`` is the specialty that was asked for, ``specialty`` the one that answered: the tab goes on with that.
    """
    name = ""
    try:
        name, typed, specialty = _read(question)
        told = view.ask(learner, name, typed, specialty)
    except SSGError as error:
        return {"image": name, "html": note(str(error))}
    except Exception:
        log.exception("asking")
        return {"image": name, "html": note(words.OUR_FAULT)}
    by = {"specialty": told.specialty, "chosen": specialty}
    return {"image": name, "text": typed, **by, "scene": told.scene, "html": told.html}


def _read(question: str) -> tuple[str, str, str]:
    """(image id, text, specialty) of a question as the browser took it down; it may send anything."""
    try:
        row = json.loads(question)
        name, typed, specialty = row["image"], row["text"], row.get("specialty", AUTOMATIC)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BadInput(W["not_a_question"]) from None
    if not isinstance(name, str) or not isinstance(typed, str) or not isinstance(specialty, str):
        raise BadInput(W["not_a_question"])
    return name, typed.strip(), specialty


def _choice(view: AskView, chosen: str | None = None) -> Any:
    """The choice of a specialty, seen where there is one; ``chosen`` is what it holds, where that changes."""
    choices = view.specialties()
    if chosen is None:
        return gr.update(choices=choices, visible=True) if choices else gr.skip()
    waiting = [(W["automatic"], AUTOMATIC), (title_of(chosen), chosen)]  # it is chosen before the policy is there
    return gr.update(choices=choices or waiting, visible=bool(choices), value=chosen)


def _gallery(view: AskView, learner: str, chosen: str) -> str:
    tiles = []
    for name, title in view.gallery(learner):
        picture = tag("img", src=f"/media/{name}/small.jpg", alt=title, loading="lazy").removesuffix("</img>")
        current = "true" if name == chosen else None
        tiles.append(tag("a", picture, href="/?" + urlencode({"image": name}), title=title, aria_current=current))
    return tag("h2", text(W["images"].format(count=len(tiles)))) + tag("div", *tiles, class_="gallery")


def _suggestions(view: AskView, learner: str, image: str) -> str:
    recent = view.recent(learner)
    examples = view.examples(learner, image)
    parts = [_chips(W["examples"], [(image, example) for example in examples])] if examples else []
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
