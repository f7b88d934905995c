"""Build, data sets: annotations of another format with their pictures, looked at first, then taken into the set."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import gradio as gr

from ssg.casebook.imports.formats import AUTOMATIC, FORMATS
from ssg.casebook.imports.marks import LeftOut
from ssg.casebook.imports.report import Report
from ssg.casebook.ingest import Limits
from ssg.counting import some_of
from ssg.errors import BadInput, Cancelled
from ssg.teaching.importing import OWN, Importing, Looked
from ssg.teaching.sources import unlike_licences
from ssg.web.build_html import cases_in_words
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.pages.build_parts import QUIET, Running, folder_files, good, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W

FORMS = [(W["form_auto"], AUTOMATIC), *((f"{name}: {what}", name) for name, what in FORMATS.items())]

MOST_CHANGES = 30
"""Lines of what was changed in an export since it was written."""


def lay_out(services: Services, limits: Limits, here: Any, outputs: list[Any], opened: Any) -> None:
    """The wizard, wired; ``outputs`` of the set are filled by ``opened`` when cases have come."""
    importing = Importing(services.workshop)
    running = Running()
    with gr.Accordion(W["import"], open=False, elem_id="set-import"):
        gr.HTML(tag("p", text(W["import_hint"]), class_="hint"), js_on_load=None)
        files = folder_files(W["import_files"], "import-files", limits.file_mb)
        form = gr.Dropdown(FORMS, value=AUTOMATIC, label=W["form"], elem_id="import-form")
        with gr.Row():
            look = gr.Button(W["look"], variant="primary", elem_id="import-look")
            cancel = gr.Button(W["cancel"], elem_id="import-cancel")
        report = gr.HTML("", elem_id="import-report", js_on_load=None)
        meanings = gr.Textbox(
            label=W["meanings"], info=W["meanings_hint"], lines=4, visible=False, elem_id="import-meanings"
        )
        take = gr.Button(W["import_take"], variant="primary", visible=False, elem_id="import-take")
    laid = gr.Textbox(visible=False)

    def look_at(
        paths: list[str] | None,
        kind: str,
        set_id: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[Any, ...]:
        """Lay the files down and say what is in them; nothing is taken in."""
        quiet = gr.skip(), gr.Button(visible=False), ""
        try:
            instructor_of(request)
            if not paths:
                raise BadInput(W["no_files"])
            progress(None, desc=W["laying"])
            with running.on(set_id) as stop:
                given = [Path(path) for path in paths]
                token, refused = importing.lay(set_id, given, limits, lambda: _require(stop))
            try:
                found = importing.look(set_id, token, kind)
            except BaseException:
                importing.forget(set_id, token)
                raise
            # What may have been meant is told above and not filled in: nobody would notice a wrong one.
            lines = [f"{label} =" for label, _ in found.unknown]
            asked = gr.Textbox(value="\n".join(lines), visible=bool(lines))
            told = looked_html(found) + _refused(refused.to_json())
            return told, asked, gr.Button(visible=True), f"{token} {found.form}"
        except Cancelled:
            return tag("p", text(W["import_cancelled"]), class_="note"), *quiet
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), *quiet

    def take_in(
        held: str,
        words: str,
        set_id: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[Any, ...]:
        """Take in what was looked at, with the labels as they are written now."""
        stay = gr.skip(), gr.skip(), gr.skip(), gr.skip(), *[gr.skip()] * len(outputs)
        try:
            who = instructor_of(request)
            token, _, kind = held.partition(" ")
            with running.on(set_id) as stop:

                def heard(done: int) -> None:
                    _require(stop)
                    progress(None, desc=W["pictures_done"].format(count=done))

                works, made = importing.take_in(set_id, token, kind, words or "", who, heard)
            told = good(W["taken_in"].format(cases=cases_in_words(len(works))))
            head = services.workshop.store.set(set_id).head
            for line in unlike_licences(head, [work.case_id for work in works]):
                told += tag("p", text(line), class_="note", role="alert")
            if made is not None:
                told += taken_html(made)
            gone = gr.Textbox(value="", visible=False), gr.Button(visible=False)
            return told, *gone, None, "", *opened(set_id)
        except Cancelled:
            return tag("p", text(W["import_cancelled"]), class_="note"), *stay
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), *stay

    seen: dict[str, Any] = {"api_visibility": "private", "show_progress_on": report}
    look.click(look_at, [files, form, here], [report, meanings, take, laid], **seen)
    take.click(take_in, [laid, meanings, here], [report, meanings, take, files, laid, *outputs], **seen)
    cancel.click(running.give_up, here, None, **QUIET)


def _require(stop: threading.Event) -> None:
    if stop.is_set():
        raise Cancelled("The import was cancelled.")


def looked_html(found: Looked) -> str:
    """What was found, in a sentence; the rest folded below it."""
    if found.form == OWN or found.report is None:
        lines = [tag("li", text(line)) for line in found.changed[:MOST_CHANGES]]
        if more := len(found.changed) - len(lines):
            lines.append(tag("li", text(W["more_changes"].format(count=f"{more:,}"))))
        said = tag("p", text(W["own_changed"])) + tag("ul", *lines) if lines else ""
        return good(W["own_set"].format(cases=cases_in_words(found.cases))) + said
    words = W["looked"].format(form=found.form, named=f"{found.named:,}", found=f"{found.found:,}")
    missing, reading = found.named - found.found, found.report.reading
    told = good(words)
    told += _left_out("rows_refused", reading.refused)
    if missing:
        told += tag("p", text(W["missing"].format(count=f"{missing:,}")), class_="note", role="alert")
    if found.unnamed:
        count, names = f"{len(found.unnamed):,}", some_of(found.unnamed)
        told += tag("p", text(W["unnamed"].format(count=count, names=names)), class_="note", role="alert")
    if found.found and any(mark.box for picture in reading.pictures.values() for mark in picture.marks):
        told += tag("p", text(W["boxes_later"]), class_="hint")
    if found.unknown:
        near = [W["meant"].format(label=label, names=", ".join(some)) for label, some in found.unknown if some]
        listed = tag("ul", *(tag("li", text(line)) for line in near)) if near else ""
        said = tag("p", text(W["unknown_labels"].format(count=len(found.unknown))))
        told += tag("div", said, listed, class_="note", role="alert")
    return told + _folded(found.report.in_words())


def taken_html(made: Report) -> str:
    """What was left out when a data set was taken in; all the rest is folded."""
    return _left_out("marks_left_out", made.left_out) + _folded(made.in_words())


def _left_out(what: str, left: LeftOut) -> str:
    """How much is left out, in the words ``what``, and why; "" where nothing is."""
    if not left.counts:
        return ""
    said = tag("p", text(W[what].format(count=f"{left.counts.total():,}")))
    return tag("div", said, _reasons(left.to_json()), class_="note", role="alert")


def _refused(rows: dict[str, Any]) -> str:
    return tag("p", text(W["files_refused"])) + _reasons(rows) if rows else ""


def _reasons(rows: dict[str, Any]) -> str:
    """What is left out by its reasons: how often, and where the first of them stand."""
    lines = [
        tag("li", text(f"{row['times']:,} × {why}: {some_of(row['examples'], of=row['times'])}"))
        for why, row in rows.items()
    ]
    return tag("ul", *lines)


def _folded(words: str) -> str:
    return tag("details", tag("summary", text(W["import_report"])), tag("pre", text(words)))
