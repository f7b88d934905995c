"""Build, one case: draw as one of its readers, state what is not there, write the texts, save, compare the readers."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from ssg.casebook import Case
from ssg.store import Conflict
from ssg.teaching.workshop import OpenedCase
from ssg.vocabulary import vocabulary
from ssg.web.build_view import BuildView, address
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.pages.build_parts import GO, Part, in_words, listed
from ssg.web.services import Services
from ssg.web.viewer import image_viewer
from ssg.web.words_build import BUILD as W

FIELDS = ("title", "history", "findings", "diagnosis", "differential", "discussion", "points", "tags")
LONG = {"history": 3, "findings": 3, "differential": 3, "discussion": 6, "points": 5, "tags": 2}


def lay_out(services: Services, view: BuildView) -> Part:
    """The components, wired, and what fills them."""
    shop = services.workshop
    # Short names first: who types "pneumothorax" does not mean "hydropneumothorax".
    names = sorted((finding.name for finding in vocabulary()), key=lambda name: (len(name), name))
    head = gr.HTML("", elem_id="work-head", js_on_load=None)
    with gr.Row(elem_classes="page"):
        with gr.Column(scale=5, min_width=320, elem_classes="stage-column"):
            viewer = image_viewer(elem_id="work-viewer", empty_hint=W["empty_hint"])
        with gr.Column(scale=2, min_width=320, elem_classes="side-column"):
            reader = gr.Dropdown(
                [], label=W["reader"], info=W["reader_hint"], allow_custom_value=True, elem_id="work-reader"
            )
            absent = gr.Dropdown(
                names, label=W["absent"], info=W["absent_hint"], multiselect=True, elem_id="work-absent"
            )
            unknown = gr.Dropdown(names, label=W["unknown"], multiselect=True, elem_id="work-unknown")
            save = gr.Button(W["save"], variant="primary", elem_id="work-save")
            said = gr.HTML("", elem_id="work-said", js_on_load=None)
            with gr.Row(visible=False) as merge:
                over = gr.Button(W["over"], elem_id="work-over")
                theirs = gr.Button(W["theirs"], elem_id="work-theirs")
            blacken = gr.Button(W["cover"], elem_id="work-blacken")
            with gr.Column(visible=False) as asked:
                gr.HTML(tag("p", text(W["cover_hint"]), class_="note"), js_on_load=None)
                with gr.Row():
                    sure = gr.Button(W["cover_sure"], elem_id="work-sure")
                    not_sure = gr.Button(W["cover_not"], elem_id="work-not-sure")
            agreement = gr.HTML("", elem_id="work-agreement", js_on_load=None)
            boxes = {
                name: gr.Textbox(
                    label=W["case_title" if name == "title" else name],
                    info=W["points_hint"] if name == "points" else None,
                    lines=LONG.get(name, 1),
                    elem_id=f"work-{name}",
                )
                for name in FIELDS
            }
            difficulty = gr.Slider(1, 5, value=3, step=1, label=W["difficulty"], elem_id="work-difficulty")
            remove = gr.Button(W["remove"], elem_id="work-remove")
    handle, going = gr.Textbox(visible=False), gr.Textbox(visible=False)
    outputs = [head, viewer, reader, absent, unknown, agreement, *boxes.values(), difficulty, handle]

    def opened(set_id: str, case_id: str, name: str) -> tuple[Any, ...]:
        return shown(shop.open(set_id, case_id), name)

    def shown(found: OpenedCase, name: str) -> tuple[Any, ...]:
        case = _readable(found)
        body = found.work.body
        own = next((one for one in case.readers if one.id == name), None)
        known = list(dict.fromkeys([*(one.id for one in case.readers), name]))
        texts = view.texts_of(body)
        return (
            _head(found),
            view.scene(found, case, name),
            gr.Dropdown(choices=known, value=name),
            list(own.absent) if own else [],
            list(own.unknown) if own else [],
            view.agreement_html(case),
            *(texts[field] for field in boxes),
            int(body.get("difficulty", 3)) if isinstance(body.get("difficulty", 3), int) else 3,
            json.dumps([found.work.set_id, found.work.case_id, found.work.revision, name]),
        )

    def _readable(found: OpenedCase) -> Case:
        case = found.case or shop.pictures_of(found).case
        assert case is not None
        return case

    def _head(found: OpenedCase) -> str:
        works = shop.store.cases(found.work.set_id)
        ids = [work.case_id for work in works]
        at = ids.index(found.work.case_id)
        links = [tag("a", text(W["back_to_set"]), href=address(found.work.set_id), class_="chip")]
        for label, place in ((W["previous"], at - 1), (W["next"], at + 1)):
            if 0 <= place < len(ids):
                links.append(tag("a", text(label), href=address(found.work.set_id, ids[place]), class_="chip"))
        return tag("div", *links, class_="chips") + view.cases_html(found.work.set_id, found.work.case_id)

    def keep(form: tuple[Any, ...], request: gr.Request, force: bool) -> tuple[Any, ...]:
        drawn, not_there, cannot_tell, *texts, hard, held = form
        set_id, case_id, revision, as_whom = json.loads(held)
        try:
            who = instructor_of(request)
            before = shop.open(set_id, case_id)
            fields = view.drawn_fields(before, _readable(before), as_whom, drawn, not_there or [], cannot_tell or [])
            # Points as they are tied now; the page's words decide which of them stay.
            tied = {**before.work.body, "teaching_points": fields.pop("teaching_points") or []}
            fields |= view.fields_of(dict(zip(boxes, texts, strict=True)), tied) | {"difficulty": int(hard)}
            after = shop.save(set_id, case_id, fields, before.work.revision if force else revision, who)
            return _saved(after), gr.Row(visible=False), *shown(after, as_whom)
        except Conflict as conflict:
            now = conflict.current
            words = W["conflict"].format(name=now.saved_by, time=now.saved_at.strftime("%H:%M"))
            return tag("p", text(words), class_="note", role="alert"), gr.Row(visible=True), *[gr.skip()] * len(outputs)
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), gr.skip(), *[gr.skip()] * len(outputs)

    def save_case(
        drawn: Any, absent: Any, unknown: Any, title: str, history: str, findings: str, diagnosis: str,
        differential: str, discussion: str, points: str, tags: str, hard: float, held: str, request: gr.Request,
    ) -> tuple[Any, ...]:  # fmt: skip
        """Save what is drawn and written; where somebody was faster, ask."""
        texts = (title, history, findings, diagnosis, differential, discussion, points, tags)
        return keep((drawn, absent, unknown, *texts, hard, held), request, force=False)

    def save_over(
        drawn: Any, absent: Any, unknown: Any, title: str, history: str, findings: str, diagnosis: str,
        differential: str, discussion: str, points: str, tags: str, hard: float, held: str, request: gr.Request,
    ) -> tuple[Any, ...]:  # fmt: skip
        """Save over what somebody else has saved, who was told of."""
        texts = (title, history, findings, diagnosis, differential, discussion, points, tags)
        return keep((drawn, absent, unknown, *texts, hard, held), request, force=True)

    def cover(drawn: Any, held: str, request: gr.Request) -> tuple[Any, ...]:
        """Blacken the boxes without a name."""
        set_id, case_id, revision, as_whom = json.loads(held)
        try:
            who = instructor_of(request)
            found = shop.open(set_id, case_id)
            places = view.places_to_cover(found, _readable(found), as_whom, drawn)
            for series, boxes_there in places.items():
                found = shop.cover(set_id, case_id, series, boxes_there, revision, who)
                revision = found.work.revision
            count = sum(map(len, places.values()))
            told = W["covered"].format(count=W["one_place"] if count == 1 else W["places"].format(count=count))
            return tag("p", text(told), class_="good"), gr.Column(visible=False), *shown(found, as_whom)
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), gr.Column(visible=False), *[gr.skip()] * len(outputs)

    def as_reader(name: str, held: str, request: gr.Request) -> str:
        """The address of this case for another reader, whose boxes are drawn next."""
        instructor_of(request)
        set_id, case_id, _, before = json.loads(held)
        return address(set_id, case_id, name) if name and name != before else ""

    def anew(held: str) -> str:
        """The address of this case, to see what is there now."""
        set_id, case_id, _, name = json.loads(held)
        return address(set_id, case_id, name)

    def take_out(held: str, request: gr.Request) -> str:
        """Remove the case; its set is what is seen next."""
        set_id, case_id, *_ = json.loads(held)
        shop.store.remove_case(set_id, case_id, instructor_of(request))
        return address(set_id)

    form = [viewer, absent, unknown, *boxes.values(), difficulty, handle]
    quiet: dict[str, Any] = {"queue": False, "api_visibility": "private"}
    save.click(save_case, form, [said, merge, *outputs], **quiet)
    over.click(save_over, form, [said, merge, *outputs], **quiet)
    theirs.click(anew, handle, going, **quiet).then(None, going, None, js=GO)
    blacken.click(lambda: gr.Column(visible=True), None, asked, **quiet)
    not_sure.click(lambda: gr.Column(visible=False), None, asked, **quiet)
    sure.click(cover, [viewer, handle], [said, asked, *outputs], **quiet)
    reader.input(as_reader, [reader, handle], going, **quiet).then(None, going, None, js=GO)
    remove.click(take_out, handle, going, **quiet).then(None, going, None, js=GO)
    return Part(outputs, opened)


def _saved(after: OpenedCase) -> str:
    if not after.problems:
        return tag("p", text(W["saved"]), class_="good")
    return listed(after.problems, W["saved_with"])
