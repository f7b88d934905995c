"""Build, one case: draw as one of its readers, state what is not there, write the texts, save, merge with others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from ssg.casebook import Case
from ssg.casebook.schema import rule_of
from ssg.store import Conflict
from ssg.teaching.workshop import OpenedCase
from ssg.vocabulary import vocabulary
from ssg.web.build_cases import head_of_case
from ssg.web.build_form import FIELDS, KIND, READ, differences, fields_of, merged, ties, values_of
from ssg.web.build_html import address, sides_html
from ssg.web.build_view import BuildView
from ssg.web.finding_names import names_for
from ssg.web.html import tag, text
from ssg.web.instructors import NAMELESS
from ssg.web.learner import instructor_of
from ssg.web.pages import build_propose, build_reader, build_readers, build_series
from ssg.web.pages.build_parts import GO_AFRESH, QUIET, SETTLE, Editor, Handle, Part, good, in_words
from ssg.web.pages.build_saved import not_saved, saved_html
from ssg.web.pages.build_text import TextOfCase
from ssg.web.services import Services
from ssg.web.viewer import image_viewer
from ssg.web.words_build import BUILD as W

LONG = {
    "history": 3, "findings": 3, "differential": 3, "discussion": 6, "points": 5, "tags": 2, "report": 4, "weights": 2,
}  # fmt: skip


CHOICES = ("absent", "unknown", "question")
MODALITIES: list[str] = list(rule_of("case", "modality")["enum"])


def lay_out(services: Services, view: BuildView) -> Part:
    """The components, wired, and what fills them."""
    shop = services.workshop
    every = sorted(finding.name for finding in vocabulary())  # what a page may send; it offers those of its case
    head = gr.HTML("", elem_id="work-head", js_on_load=None)
    with gr.Row(elem_classes="page"):
        with gr.Column(scale=5, min_width=320, elem_classes="stage-column"):
            viewer = image_viewer(elem_id="work-viewer", empty_hint=W["empty_hint"])
        with gr.Column(scale=2, min_width=320, elem_classes="side-column"):
            reader = gr.Dropdown(
                [], label=W["reader"], info=W["reader_hint"], allow_custom_value=True, elem_id="work-reader"
            )
            absent = _names(every, "absent")
            unknown = _names(every, "unknown")
            texts = TextOfCase(services)
            with gr.Column(elem_id="work-bar"):
                with gr.Row():
                    save = gr.Button(W["save"], variant="primary", elem_id="work-save")
                    preview = gr.Button(W["preview"], elem_id="work-preview")
                said = gr.HTML("", elem_id="work-said", js_on_load=None)
            with gr.Column(visible=False, elem_id="work-merge") as merge:
                sides = gr.HTML("", elem_id="work-sides", js_on_load=None)
                taken = gr.CheckboxGroup([], label=W["take_theirs"], info=W["take_hint"], elem_id="work-taken")
                with gr.Row():
                    join = gr.Button(W["merge"], variant="primary", elem_id="work-join")
                    theirs = gr.Button(W["theirs"], elem_id="work-theirs")
            with gr.Accordion(W["proposals"], open=False, elem_id="work-proposals"):
                proposing = build_propose.lay_out()
            with gr.Accordion(W["agreement"], open=False, elem_id="work-readers"):
                readers = build_readers.lay_out()
            with gr.Accordion(W["texts"], open=True, elem_id="work-texts"):
                boxes = {}
                for name in READ:
                    if name == "points":
                        question = _names(every, "question")
                        tie = gr.Dropdown([], value=None, label=W["tie"], info=W["tie_hint"], elem_id="work-tie")
                    boxes[name] = gr.Textbox(
                        label=W["case_title" if name == "title" else name],
                        info=W["points_hint"] if name == "points" else None,
                        lines=LONG.get(name, 1),
                        elem_id=f"work-{name}",
                    )
                difficulty = gr.Slider(1, 5, value=3, step=1, label=W["difficulty"], elem_id="work-difficulty")
            with gr.Accordion(W["kind"], open=False, elem_id="work-kind"):
                for name in KIND:
                    boxes[name] = _field(name)
            with gr.Accordion(W["series"], open=False, elem_id="work-series"):
                series = build_series.lay_out(view)
            with gr.Accordion(W["more"], open=False, elem_id="work-more"):
                gr.HTML(tag("p", text(W["cover_hint"]), class_="note"), js_on_load=None)
                blacken = gr.Button(W["cover"], elem_id="work-blacken")
                with gr.Row(visible=False) as asked:
                    sure = gr.Button(W["cover_sure"], variant="stop", elem_id="work-sure")
                    not_sure = gr.Button(W["cover_not"], elem_id="work-not-sure")
                remove = gr.Button(W["remove"], elem_id="work-remove", size="sm", elem_classes="quiet")
    handle, going, beside = (gr.Textbox(visible=False) for _ in range(3))
    drawing = [viewer, tie, *readers.outputs, *series.outputs, *texts.outputs, handle]
    written = [absent, unknown, question, *boxes.values(), difficulty]
    outputs = [head, reader, *written, *drawing]

    def opened(set_id: str, case_id: str, name: str) -> tuple[Any, ...]:
        return shown(shop.open(set_id, case_id), name)

    def shown(found: OpenedCase, name: str) -> tuple[Any, ...]:
        case = view.readable(found)
        known = list(dict.fromkeys([*(one.id for one in case.readers), name]))
        values = values_of(found.work.body, case, name)
        return (
            head_of_case(shop, found.work),
            gr.Dropdown(choices=known, value=name),
            *(gr.Dropdown(choices=offered(case, values[one]), value=values[one]) for one in CHOICES),
            *(values[one] for one in (*FIELDS, "difficulty")),
            *drawn(found, name),
        )

    def offered(case: Case, chosen: list[str]) -> list[str]:
        return names_for(case.modality, case.body_part, chosen)

    def drawn(found: OpenedCase, name: str) -> tuple[Any, ...]:
        case = view.readable(found)
        tied = gr.Dropdown(choices=ties(case), value=None)
        held = Handle.of(found, case, name).written()
        parts = (*readers.opened(case), *series.opened(found, case), *texts.opened(found, case))
        return view.scene(found, case, name), tied, *parts, held

    def of_page(form: tuple[Any, ...], found: OpenedCase, case: Case, here: Handle) -> Mapping[str, Any]:
        """The values of the page as :func:`values_of` has those that are saved."""
        picture, not_there, cannot_tell, is_asked, *given, hard = form
        texts = {one: value or "" for one, value in zip(FIELDS, given, strict=True)}
        return {
            **texts,
            "absent": not_there or [],
            "unknown": cannot_tell or [],
            "question": is_asked or [],
            "difficulty": int(hard),
            "regions": view.drawn_regions(found, case, here.reader, picture, here.layout),
        }

    def save_case(request: gr.Request, *form: Any) -> tuple[Any, ...]:
        """Save what is drawn and written; where somebody was faster, set both side by side."""
        return keep(request, form[:-1], form[-1], None)

    def save_merged(request: gr.Request, *form: Any) -> tuple[Any, ...]:
        """Save what is on the page with what was chosen of the other version."""
        *page, held, take, at = form
        return keep(request, tuple(page), held, take or [], str(at))

    def keep(
        request: gr.Request, form: tuple[Any, ...], held: str, take: list[str] | None, at: str = ""
    ) -> tuple[Any, ...]:
        quiet = [gr.skip()] * len(outputs)
        try:
            who, here = instructor_of(request), Handle.read(held)
            before = shop.open(here.set_id, here.case_id)
            case = view.readable(before)
            mine = dict(of_page(form, before, case, here))
            revision = here.revision
            if take is not None:
                # What was chosen holds for the version that was set beside the page: a third one is a conflict again.
                revision = int(at) if at.isdigit() else -1
                mine = merged(mine, values_of(before.work.body, case, here.reader), take)
            fields = fields_of(mine, before.work.body, case, here.reader)
            # Where nobody has to sign in, whoever draws is who has saved it, for those who draw beside them.
            after = shop.save(here.set_id, here.case_id, fields, revision, here.reader if who == NAMELESS else who)
            done = gr.Column(visible=False), gr.skip(), gr.skip(), ""
        except Conflict as conflict:
            try:
                return side_by_side(conflict, form, here)
            except Exception as error:  # noqa: BLE001 - told in words, or logged
                return not_saved(error), *[gr.skip()] * 4, *quiet
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return not_saved(error), *[gr.skip()] * 4, *quiet
        try:
            return saved_html(after), *done, *shown(after, here.reader)
        except Exception as error:  # noqa: BLE001 - told in words, or logged: it is saved all the same
            return saved_html(after) + in_words(error), *done, *quiet

    def side_by_side(conflict: Conflict, form: tuple[Any, ...], here: Handle) -> tuple[Any, ...]:
        """What differs, to be chosen; the page stays as it is, and goes on from what is saved now."""
        found = shop.open(here.set_id, here.case_id)
        case = view.readable(found)
        mine = dict(of_page(form, found, case, here))
        rows = differences(mine, values_of(found.work.body, case, here.reader), here.base)
        now = conflict.current
        told = W["conflict"].format(name=now.saved_by, time=now.saved_at.strftime("%H:%M"))
        choices = gr.CheckboxGroup(
            choices=[(f"{number}. {row.what}", row.key) for number, row in enumerate(rows, start=1)],
            value=[row.key for row in rows if row.take],
        )
        scene = view.scene(found, case, here.reader, theirs=True, drawn=mine["regions"])
        quiet = [gr.skip()] * (len(outputs) - len(drawing))
        return (
            tag("p", text(told), class_="note", role="alert"),
            gr.Column(visible=True),
            sides_html(rows, now.saved_by),
            choices,
            str(found.work.revision),
            *quiet,
            scene,
            *[gr.skip()] * (len(drawing) - 1),
        )

    def cover(picture: Any, held: str, request: gr.Request) -> tuple[Any, ...]:
        """Blacken the boxes without a name."""
        try:
            who, here = instructor_of(request), Handle.read(held)
            found, revision = shop.open(here.set_id, here.case_id), here.revision
            case = view.readable(found)
            regions = view.named_regions(found, case, here.reader, picture)
            places = view.places_to_cover(found, case, here.reader, picture)
            for one, boxes_there in places.items():
                found = shop.cover(here.set_id, here.case_id, one, boxes_there, revision, who)
                revision = found.work.revision
            # The boxes that have a name stay on the page, saved or not.
            covered = view.scene(found, view.readable(found), here.reader, drawn=regions)
            count = sum(map(len, places.values()))
            told = good(W["covered"].format(count=W["one_place"] if count == 1 else W["places"].format(count=count)))
            kept = {picture.file for picture in view.readable(found).pictures}
            gone = [picture for picture in case.pictures if picture.file not in kept]
            if versions := shop.versions.holding(here.set_id, gone):
                told += tag(
                    "p", text(W["still_shown"].format(versions=", ".join(versions))), class_="note", role="alert"
                )
            return told, gr.Row(visible=False), covered, *drawn(found, here.reader)[1:]
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), gr.Row(visible=False), *[gr.skip()] * len(drawing)

    def anew(held: str) -> tuple[Any, Any]:
        """The address of this case, to see what is there now."""
        try:
            here = Handle.read(held)
            return gr.skip(), address(here.set_id, here.case_id, here.reader)
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), ""

    def take_out(held: str, request: gr.Request) -> tuple[Any, Any]:
        """Remove the case; its set is what is seen next."""
        try:
            here = Handle.read(held)
            shop.store.remove_case(here.set_id, here.case_id, instructor_of(request))
            return gr.skip(), f"{address(here.set_id)}&{urlencode({'removed': here.case_id})}"
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), ""

    form = [viewer, *written, handle]
    saved = [said, merge, sides, taken, beside, *outputs]
    editor = Editor(viewer, handle, said, drawing, drawn)
    again = proposing.wire(services, view, editor)
    readers.wire(services, view, editor, again)
    series.wire(services, view, editor, again)
    texts.wire(services, view, editor, again)
    again(save.click(save_case, form, saved, **QUIET)).then(None, said, None, js=SETTLE)
    again(join.click(save_merged, [*form, taken, beside], saved, **QUIET)).then(None, said, None, js=SETTLE)
    theirs.click(anew, handle, [said, going], **QUIET).then(None, going, None, js=GO_AFRESH)
    preview.click(anew, handle, [said, going], **QUIET).then(None, going, None, js=PREVIEW)
    blacken.click(lambda: gr.Row(visible=True), None, asked, **QUIET)
    not_sure.click(lambda: gr.Row(visible=False), None, asked, **QUIET)
    again(sure.click(cover, [viewer, handle], [said, asked, *drawing], **QUIET))
    build_reader.wire(services, view, editor, (reader, absent, unknown), again)
    remove.click(take_out, handle, [said, going], **QUIET).then(None, going, None, js=GO_AFRESH)
    tie.input(None, [boxes["points"], tie], [boxes["points"], tie], js=ADD_LINE)
    return Part(outputs, opened)


def _names(names: list[str], name: str) -> Any:
    """A list that names are chosen of; build.js takes a name that is typed in full for that very one."""
    return gr.Dropdown(
        names,
        label=W[name],
        info=W.get(f"{name}_hint"),
        multiselect=True,
        num_choices_shown=len(names),
        elem_id=f"work-{name}",
        elem_classes="names",
    )


def _field(name: str) -> Any:
    """A field of KIND."""
    if name == "modality":
        return gr.Dropdown(MODALITIES, label=W[name], info=W["modality_hint"], elem_id="work-modality")
    lines = LONG.get(name, 1)
    return gr.Textbox(label=W[name], info=W.get(f"{name}_hint"), lines=lines, elem_id=f"work-{name}")


PREVIEW = "(address) => window.ssgBuild.preview(address)"

ADD_LINE = "(points, tie) => [[points.trimEnd(), tie].filter(Boolean).join('\\n'), null]"
"""Begins a new line of the teaching points."""
