"""Build, what is said of a set: its title, licence, where it stands; and what was removed and can be brought back."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ssg.casebook.types import LAST_ORDER, USUAL_ORDER
from ssg.errors import BadInput
from ssg.store import Conflict
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.pages.build_parts import QUIET, Part, good, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W

TEXTS = ("title", "description", "licence", "provenance", "citation")
LONG = {"description": 3, "provenance": 2}


def lay_out(services: Services) -> tuple[Part, Any]:
    """The form of a set's head, and the hidden field that holds its revision."""
    shop = services.workshop
    with gr.Accordion(W["about"], open=False, elem_id="set-about"):
        fields = {
            name: gr.Textbox(
                label=W["set_title" if name == "title" else name],
                info=W.get(f"{name}_hint"),
                lines=LONG.get(name, 1),
                elem_id=f"set-{name}",
            )
            for name in TEXTS
        }
        order = gr.Number(
            USUAL_ORDER, label=W["order"], info=W["order_hint"], precision=0, minimum=0, maximum=LAST_ORDER,
            elem_id="set-order",
        )  # fmt: skip
        reviewed = gr.Checkbox(label=W["reviewed"], info=W["reviewed_hint"], elem_id="set-reviewed")
        save = gr.Button(W["save"], variant="primary", elem_id="set-save")
        said = gr.HTML("", elem_id="set-saved", js_on_load=None)
    place = gr.Textbox(visible=False)
    outputs = [*fields.values(), order, reviewed, place]

    def opened(set_id: str) -> tuple[Any, ...]:
        work = shop.store.set(set_id)
        known = work.head.get("order", USUAL_ORDER)
        return (
            *(str(work.head.get(name, "")) for name in TEXTS),
            known if isinstance(known, int) else USUAL_ORDER,
            bool(work.head.get("reviewed")),
            f"{set_id} {work.revision}",
        )

    def keep(request: gr.Request, *form: Any) -> tuple[Any, ...]:
        """Save what is said of the set; where somebody was faster, say so and keep what was typed."""
        *texts, number, is_reviewed, held = form
        set_id, _, revision = str(held).partition(" ")
        try:
            who = instructor_of(request)
            values = {name: (value or "").strip() for name, value in zip(TEXTS, texts, strict=True)}
            if not isinstance(number, int | float) or number != int(number):
                raise BadInput(W["no_order"])
            told: dict[str, Any] = {**values, "order": int(number), "reviewed": bool(is_reviewed)}
            work = shop.save_head(set_id, told, int(revision or 0), who)
            return good(W["head_saved"]), f"{set_id} {work.revision}"
        except Conflict as conflict:
            now = conflict.current
            told_of = W["head_conflict"].format(name=now.saved_by, time=now.saved_at.strftime("%H:%M"))
            return tag("p", text(told_of), class_="note", role="alert"), f"{set_id} {now.revision}"
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), gr.skip()

    save.click(keep, outputs, [said, place], **QUIET)
    return Part(outputs, opened), place
