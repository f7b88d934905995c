"""The component: a ``gr.HTML`` that the viewer's JavaScript fills. Knows nothing of cases or pages.

A function and not a subclass: Gradio writes an interface file beside the source of every subclass of a component.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import gradio as gr

from ssg.web import words_viewer as words
from ssg.web.html import tag
from ssg.web.viewer.bundle import script
from ssg.web.viewer.scene import Scene

HEIGHT = "clamp(380px, 80svh, 940px)"
STAGE_HEIGHT = "62svh"
_LENGTH = re.compile(r"[\w\s.,()%+*/-]+")


def image_viewer(
    value: Scene | Callable[..., Scene | None] | None = None,
    *,
    height: str = HEIGHT,
    stage_height: str = STAGE_HEIGHT,
    empty_hint: str = words.VIEWER["empty_hint"],
    **options: Any,
) -> gr.HTML:
    """Put a viewer on the page; ``value`` is a :func:`~ssg.web.viewer.scene.scene`, or None for "no image yet".

    ``height`` is that of the whole viewer where the list of boxes stands beside the image, ``stage_height`` the most
    that the image may take where the list is below it (a phone); both are CSS lengths. ``empty_hint`` says
    what to do where there is no image yet. ``options`` go to ``gr.HTML`` (``elem_id``, ``visible``, ...).

    Events: ``input`` (something drawn, named or deleted; several changes may share one event) and ``select`` (its data:
    ``{"case_id", "id", "label"}`` of the box chosen, id None for none). Listen with ``show_progress="hidden"``, and to
    ``input`` with ``trigger_mode="always_last"``. In the browser every change is also a bubbling DOM event
    ``ssg:drawn`` with ``detail = {case_id, drawn}``, for a page that saves by a route of its own, and every choice one
    ``ssg:chosen`` with ``{case_id, id}``. Events on the viewer's element (``.ssg-viewer``) tell it what to do:
    ``ssg:choose`` with ``{id}`` chooses a box, ``ssg:play`` plays the chain from its beginning: the scene's steps, or
    those of ``{steps}``, as they stand in a scene, which are there until the next scene comes.
    """
    for length in (height, stage_height):
        if not _LENGTH.fullmatch(length):
            raise ValueError(f"A height is a CSS length such as '600px' or '80svh', got {length!r}.")
    options.setdefault("apply_default_css", False)
    return gr.HTML(
        value,
        html_template=tag("div", class_="ssg-viewer-waits", data_empty=empty_hint),
        css_template=f"--viewer-height: {height}; --viewer-stage-height: {stage_height};",
        js_on_load=script(),
        **options,
    )
