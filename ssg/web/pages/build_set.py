"""Build, one set: its cases, pictures taken in with their report, what is wrong, publishing, versions, ways out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from ssg.casebook.ingest import Ingested, Limits
from ssg.casebook.ingest.cases import files_of_cases
from ssg.errors import BadInput, Cancelled
from ssg.store import WorkCase
from ssg.teaching.workshop import Workshop, stays_in_the_house
from ssg.web.build_cases import cases_html, twice_html, unreadable
from ssg.web.build_html import cases_in_words, check_html, strips_html, version_in_words
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.pages import build_away, build_head, build_import, build_kind, build_removed
from ssg.web.pages.build_parts import GO, QUIET, Part, Running, folder_files, good, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W

VISIBLE_TO = [(W[name], name) for name in ("private", "unlisted", "public")]
MADE_BY = [(W[f"by_{name}"], name) for name in ("study", "series", "patient")]
MOST_STRIPS = 20
"""Cases whose series are shown when they have been taken in; all stand in the list."""

DECODED_GB = 8.0
"""Of one upload: a CT of 2,000 slices takes one."""


def lay_out(services: Services) -> Part:
    """The components, wired, and what fills them."""
    shop = services.workshop
    running = Running()
    head = gr.HTML("", elem_id="set-head", js_on_load=None)
    about, place = build_head.lay_out(services)
    cases = gr.HTML("", elem_id="set-cases", js_on_load=None)
    removed = build_removed.of_cases(services)
    gr.HTML(tag("h2", text(W["add"])), js_on_load=None)
    hint = W["add_hint"].format(megabytes=services.settings.max_upload_mb)
    gr.HTML(tag("p", text(hint), class_="hint"), js_on_load=None)
    files = folder_files(W["files"], "set-files", services.settings.max_upload_mb)
    by = gr.Radio(MADE_BY, value="study", label=W["by"], elem_id="set-by")
    with gr.Row():
        take = gr.Button(W["take_in"], variant="primary", elem_id="set-take")
        cancel = gr.Button(W["cancel"], elem_id="set-cancel")
    report = gr.HTML("", elem_id="set-report", js_on_load=None)
    importing = gr.Column()
    gr.HTML(tag("h2", text(W["check"])), elem_id="set-publishing", js_on_load=None)
    check = gr.HTML("", elem_id="set-check", js_on_load=None)
    visibility = gr.Radio(VISIBLE_TO, value="private", label=W["who"], elem_id="set-visibility")
    with gr.Row(visible=False) as to_all:
        open_up = gr.Button(W["public_sure"], variant="stop", elem_id="set-public-sure")
        stay = gr.Button(W["public_not"], elem_id="set-public-not")
    with gr.Row():
        version = gr.Textbox(label=W["version"], elem_id="set-version", max_lines=1, scale=1)
        note = gr.Textbox(label=W["note"], elem_id="set-note", max_lines=2, scale=3)
    publish = gr.Button(W["publish"], variant="primary", elem_id="set-publish")
    said = gr.HTML("", elem_id="set-said", js_on_load=None)
    versions = gr.Radio([], label=W["versions"], elem_id="set-versions", visible=False)
    with gr.Row():
        use = gr.Button(W["use"], elem_id="set-use", visible=False)
        drop = gr.Button(W["remove_version"], elem_id="set-drop", visible=False)
    with gr.Row(visible=False) as asked:
        sure = gr.Button(W["remove_sure"], variant="stop", elem_id="set-drop-sure")
        not_sure = gr.Button(W["remove_not"], elem_id="set-drop-not")
    here, going = gr.Textbox(visible=False), gr.Textbox(visible=False)
    away = build_away.lay_out(services, here)
    remove = gr.Button(W["remove_set"], elem_id="set-remove", size="sm", elem_classes="quiet")
    own = [head, cases, check, publish, visibility, version, versions, use, drop, asked, here]
    parts = (about, removed, away)
    outputs = [*own, *(one for part in parts for one in part.outputs)]
    limits = Limits(file_mb=float(services.settings.max_upload_mb), decoded_gb=DECODED_GB)

    def opened(set_id: str) -> tuple[Any, ...]:
        work = shop.store.set(set_id)
        back = tag("a", text(W["back"]), href="/build", class_="chip")
        known = shop.store.versions(set_id)
        made, problems = shop.draft(set_id)  # which reads every case: once for all that the page says of it
        lost = unreadable(shop, set_id) if made is None else ()
        rows = [(version_in_words(one, work.version), one.version) for one in known]
        return (
            back + tag("h2", text(work.head.get("title", set_id)), class_="set-title"),
            cases_html(shop, set_id, moving=True, lost=lost),
            check_html(shop, set_id, made, problems),
            gr.Button(interactive=made is not None),
            work.visibility,
            shop.versions.next_number(set_id),
            gr.Radio(choices=rows, value=work.version, visible=bool(known)),
            gr.Button(visible=bool(known)),
            gr.Button(visible=len(known) > 1),
            gr.Row(visible=False),
            set_id,
            *(value for part in (about, removed) for value in part.opened(set_id)),
            *away.opened(set_id, made),
        )

    def take_in(
        paths: list[str] | None,
        way: str,
        set_id: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio hands it in
    ) -> tuple[Any, ...]:
        """Take files in; what was taken and removed is told, and the cases stand in the list."""
        try:
            who = instructor_of(request)
            if not paths:
                raise BadInput(W["no_files"])
            with running.on(set_id) as stop:
                made, found = shop.take_in(
                    set_id,
                    [Path(path) for path in paths],
                    who,
                    cases_by=way,
                    limits=limits,
                    on_step=lambda step, done, of: progress((done, of), desc=step),
                    is_cancelled=stop.is_set,
                )
            return _taken(shop, made, found, way), None, *opened(set_id)
        except Cancelled:
            return tag("p", text(W["cancelled"]), class_="note"), gr.skip(), *[gr.skip()] * len(outputs)
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), gr.skip(), *[gr.skip()] * len(outputs)

    def put_out(number: str, what: str, set_id: str, request: gr.Request) -> tuple[Any, ...]:
        """Publish a version, and offer it to those who may see the set, whatever an older page says of that."""
        try:
            who = instructor_of(request)
            before, (made, _) = shop.store.set(set_id).version, shop.draft(set_id)
            same = before is not None and made is not None and not shop.versions.changes_since(made)
            shop.publish(set_id, number.strip(), what, who)
            told = tag("p", text(W["same_as"].format(version=before)), class_="note") if same else ""
            return _offered(request, set_id, number.strip()) + told, *opened(set_id)
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), *[gr.skip()] * len(outputs)

    def shown_to(seen_by: str, set_id: str, request: gr.Request, sure: bool) -> tuple[Any, ...]:
        """Say who may see the version in use; whether pictures that stay in the house shall be seen by all is asked."""
        try:
            who = instructor_of(request)
            before = shop.store.set(set_id)
            if seen_by == "public" and not sure and before.visibility != seen_by and stays_in_the_house(before.head):
                told = tag(
                    "p", text(W["public_asked"].format(licence=before.head["licence"])), class_="note", role="alert"
                )
                return told, gr.skip(), before.visibility, gr.Row(visible=True)
            work = shop.store.set_visibility(set_id, seen_by, who)
            told = "" if work.version is None else _offered(request, set_id, work.version, W[f"now_{work.visibility}"])
            return told, f"{set_id} {work.revision}", work.visibility, gr.Row(visible=False)
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), gr.skip(), gr.skip(), gr.skip()

    def seen(seen_by: str, set_id: str, request: gr.Request) -> tuple[Any, ...]:
        """What was chosen of who may see it."""
        return shown_to(seen_by, set_id, request, sure=False)

    def seen_by_all(set_id: str, request: gr.Request) -> tuple[Any, ...]:
        """The same for everybody, when that was asked and answered."""
        return shown_to("public", set_id, request, sure=True)

    def take_out(set_id: str, request: gr.Request) -> tuple[str, str]:
        """Remove the set, also from what learners are offered; it can be brought back."""
        try:
            shop.store.remove_set(set_id, instructor_of(request))
            services.withdraw(set_id)
            return "", "/build"
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), ""

    def go_back(number: str | None, set_id: str, request: gr.Request) -> tuple[Any, ...]:
        """Put another published version into use."""
        try:
            instructor_of(request)
            shop.store.use_version(set_id, number)
            return _offered(request, set_id, number or "", W["in_use"]), *opened(set_id)
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), *[gr.skip()] * len(outputs)

    def take_away(number: str | None, set_id: str, request: gr.Request) -> tuple[Any, ...]:
        """Delete a published version that is not in use."""
        try:
            instructor_of(request)
            shop.versions.remove(set_id, number or "")
            return good(W["version_removed"].format(version=number)), *opened(set_id)
        except Exception as error:  # noqa: BLE001 - told in words, or logged
            return in_words(error), *[gr.skip()] * len(outputs)

    def _offered(request: gr.Request, set_id: str, number: str, words: str = W["published"]) -> str:
        work, made = shop.store.set(set_id), shop.versions.read(set_id, number)
        services.offer(made, work.visibility)
        told = good(words.format(version=number, cases=cases_in_words(len(made.cases))))
        if work.visibility == "private":
            return told
        # The whole address, as the browser has it: it is there to be sent.
        link = f"{request.headers.get('origin', '')}/practise?set={set_id}"
        return told + tag("p", text(W["link"]) + ": ", tag("a", text(link), href=link))

    with importing:
        build_import.lay_out(services, limits, here, outputs, opened)
        build_kind.lay_out(services, here, outputs, opened)
    take.click(take_in, [files, by, here], [report, files, *outputs], api_visibility="private", show_progress_on=report)
    cancel.click(running.give_up, here, None, **QUIET)
    publish.click(put_out, [version, note, here], [said, *outputs], **QUIET)
    visibility.input(seen, [visibility, here], [said, place, visibility, to_all], **QUIET)
    open_up.click(seen_by_all, here, [said, place, visibility, to_all], **QUIET)
    stay.click(lambda: ("", gr.Row(visible=False)), None, [said, to_all], **QUIET)
    drop.click(lambda: gr.Row(visible=True), None, asked, **QUIET)
    not_sure.click(lambda: gr.Row(visible=False), None, asked, **QUIET)
    sure.click(take_away, [versions, here], [said, *outputs], **QUIET)
    use.click(go_back, [versions, here], [said, *outputs], **QUIET)
    remove.click(take_out, here, [said, going], **QUIET).then(None, going, None, js=GO)
    return Part(outputs, opened)


def _taken(shop: Workshop, made: Sequence[WorkCase], found: Ingested, way: str) -> str:
    texts = sum(any(series.texts for series in study.series) for study in found.studies)
    parts = [tag("p", text(W["taken_in"].format(cases=cases_in_words(len(made)))), class_="good")]
    if texts:
        parts.append(tag("p", text(W["text_found"].format(count=cases_in_words(texts))), class_="note", role="alert"))
    parts.append(twice_html(shop, made))
    cases = [shop.open(work.set_id, work.case_id).case for work in made[:MOST_STRIPS]]
    files = dict(zip((work.case_id for work in made), files_of_cases(found.studies, way), strict=False))
    parts.append(strips_html(made[0].set_id, [case for case in cases if case is not None], files) if made else "")
    summary = tag("summary", text(W["review"]))
    parts.append(tag("details", summary, tag("pre", text(found.report.in_words())), open=True))
    return "".join(parts)
