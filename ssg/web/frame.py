"""What every page has around it: brand and navigation above, the notice and what is running below."""

from __future__ import annotations

import gradio as gr

from ssg.grounding.image_kinds import title_of
from ssg.web import words
from ssg.web.html import tag, text
from ssg.web.services import Services
from ssg.web.tour import tour_address
from ssg.web.words_tour import TOUR


def header(current: str) -> gr.HTML:
    """Brand and navigation; ``current`` is the path of the page."""
    links = "".join(
        tag("a", text(name), href=path, aria_current="page" if path == current else None) for name, path in words.PAGES
    )
    brand = tag(
        "a", tag("span", text(words.PRODUCT), class_="mark-name"), text(words.TAGLINE), href="/", class_="brand"
    )
    skip = tag("a", text(words.SKIP_TO_CONTENT), href="#content", class_="skip")
    nav = tag("nav", links, aria_label=words.NAVIGATION)
    return gr.HTML(tag("header", skip, brand, nav, class_="top"), elem_classes="frame", js_on_load=None)


def footer(services: Services) -> gr.HTML:
    """The notice, the policy in use, and whether what people do is kept."""
    return gr.HTML(lambda: _footer(services), elem_classes="frame", js_on_load=None)  # anew at each visit


def _footer(services: Services) -> str:
    parts = [
        tag("strong", text(words.NOTICE)),
        tag("span", text(words.STATUS["policy"].format(status=policy_status(services)))),
    ]
    if not services.settings.keeps_data:
        parts.append(tag("span", text(words.STATUS["lost"]), class_="warning"))
    if address := tour_address(services):
        parts.append(tag("a", text(TOUR["again"]), href=address))
    return tag("footer", *parts, class_="bottom")


def encoder_status(services: Services) -> str:
    """What the reward's image-text encoder is, in one line; meant for whoever starts the app."""
    encoder = services.encoder.loaded
    if encoder:
        return encoder.manifest.name
    return services.encoder.problem or words.ENCODER["none" if services.encoder.state == "none" else "loading"]


def policy_status(services: Services) -> str:
    """What the policy is, in one line."""
    info = services.desk.info
    if info:
        ready = words.STATUS["ready"].format(
            name=info.name,
            parameters=f"{info.parameters / 1e6:.0f}",
            quantisation=info.quantisation.upper(),
            device=info.device,
        )
        return "; ".join([ready, *_beside(services)])
    return words.STATUS["unavailable"] if services.desk.problem else words.STATUS["loading"]


def _beside(services: Services) -> list[str]:
    """What is said of adapters; a page does not say where they lie, the log and the start do."""
    said = []
    if names := services.desk.adapters:
        said.append(words.STATUS["specialties"].format(names=", ".join(map(title_of, names))))
    if problems := services.desk.adapter_problems:
        said.append(words.STATUS["left_out"].format(count=len(problems)))
    return said
