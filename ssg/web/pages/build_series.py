"""Build, the series of a case: what each is called and when it was made, which is met first, which is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ssg.casebook import Case, Series
from ssg.errors import BadInput
from ssg.teaching import arranging
from ssg.teaching.arranging import Arranged
from ssg.teaching.workshop import OpenedCase
from ssg.web.build_html import images_in_words, plane_of
from ssg.web.build_view import BuildView
from ssg.web.learner import instructor_of
from ssg.web.pages.build_parts import QUIET, Editor, Handle, good, in_words
from ssg.web.services import Services
from ssg.web.words_build import BUILD as W


class SeriesOfCase:
    """The components, to be wired when the rest of the editor is there."""

    def __init__(self, view: BuildView) -> None:
        self._view = view
        self.choice = gr.Radio([], label=W["which_series"], elem_id="work-series-choice", elem_classes="absent")
        with gr.Row():
            self.title = gr.Textbox(label=W["series_title"], elem_id="work-series-title", max_lines=1, scale=2)
            # Not rounded by Gradio: half a day is told, and does not become none.
            self.days = gr.Number(0, label=W["days"], info=W["days_hint"], step=1, elem_id="work-series-days")
        with gr.Row(visible=False) as self.windowing:
            self.width = gr.Number(None, label=W["window_width"], info=W["window_hint"], elem_id="work-series-width")
            self.level = gr.Number(None, label=W["window_level"], elem_id="work-series-level")
        with gr.Row():
            self.save = gr.Button(W["save_series"], elem_id="work-series-save", min_width=80, size="sm")
            self.first = gr.Button(W["series_first"], elem_id="work-series-first", min_width=80, size="sm")
            self.leave = gr.Button(W["series_out"], elem_id="work-series-out", min_width=80, size="sm")
        self.said = gr.HTML("", elem_id="work-series-said", js_on_load=None)
        with gr.Row(visible=False) as self.asked:
            self.sure = gr.Button(W["series_sure"], variant="stop", elem_id="work-series-sure", min_width=120)
            self.not_sure = gr.Button(W["series_not"], elem_id="work-series-not", min_width=90)
        self._of_one = [self.title, self.days, self.windowing, self.width, self.level]
        self.outputs = [self.choice, *self._of_one, self.first, self.leave]

    def opened(self, found: OpenedCase, case: Case, chosen: str = "") -> tuple[Any, ...]:
        """The series of a case, of which one is ``chosen``, else the first."""
        several = len(case.series) > 1
        rows = [(_line(number, one, case), one.id) for number, one in enumerate(case.series, start=1)]
        shown = _of(case, chosen)
        buttons = gr.Button(visible=several), gr.Button(visible=several)
        return gr.Radio(choices=rows, value=shown.id), *self._values(found, shown), *buttons

    def _values(self, found: OpenedCase, shown: Series) -> tuple[Any, ...]:
        """Of one series; a window is asked where its pictures have more levels of grey than are shown at once."""
        width, level = shown.window or (None, None)
        return shown.title, shown.days, gr.Row(visible=self._view.is_deep(found, shown)), width, level

    def wire(self, services: Services, view: BuildView, editor: Editor, again: Callable[[Any], Any]) -> None:
        """Each button saves what it does at once; boxes on the page stay, saved or not."""
        shop = services.workshop

        def chosen(series_id: str | None, held: str, request: gr.Request) -> tuple[Any, ...]:
            """The title and the days of another series."""
            instructor_of(request)
            here = Handle.read(held)
            found = shop.open(here.set_id, here.case_id)
            return self._values(found, _of(view.readable(found), series_id or ""))

        def arranged(how: Callable[..., Arranged]) -> Callable[..., tuple[Any, ...]]:
            def save(
                series_id: str, title: str, days: float, width: float, level: float, drawn: Any, held: str,
                request: gr.Request,
            ) -> Any:  # fmt: skip
                """Save the case with its series in the new way."""
                try:
                    who, here = instructor_of(request), Handle.read(held)
                    found = shop.open(here.set_id, here.case_id)
                    if found.case is None:
                        raise BadInput(W["correct_first"])
                    regions = view.named_regions(found, found.case, here.reader, drawn)
                    made = how(found.case, series_id or "", title, days, width, level)
                    if len(made.moved(regions)) < len(regions):
                        raise BadInput(W["drawn_there"])
                    after = shop.arrange(found, made.case, here.revision, who)
                    rest = list(editor.drawn(after, here.reader))
                    case = view.readable(after)
                    rest[0] = view.scene(after, case, here.reader, drawn=made.moved(regions))
                    at = editor.drawing.index(self.choice)
                    rest[at : at + len(self.outputs)] = self.opened(after, case, series_id)
                    return good(W["series_saved"]), "", gr.Row(visible=False), *rest
                except Exception as error:  # noqa: BLE001 - told in words, or logged
                    return "", in_words(error), gr.Row(visible=False), *[gr.skip()] * len(editor.drawing)

            return save

        given = [self.choice, self.title, self.days, self.width, self.level, editor.viewer, editor.handle]
        outputs = [editor.said, self.said, self.asked, *editor.drawing]
        self.choice.input(chosen, [self.choice, editor.handle], self._of_one, **QUIET)
        for button, how in ((self.save, _described), (self.first, _first), (self.sure, _without)):
            again(button.click(arranged(how), given, outputs, **QUIET))
        self.leave.click(lambda: gr.Row(visible=True), None, self.asked, **QUIET)
        self.not_sure.click(lambda: gr.Row(visible=False), None, self.asked, **QUIET)


def lay_out(view: BuildView) -> SeriesOfCase:
    """Put the components on the page."""
    return SeriesOfCase(view)


def _of(case: Case, series_id: str) -> Series:
    return next((one for one in case.series if one.id == series_id), case.series[0])


def _described(
    case: Case, series_id: str, title: str, days: float | None, width: float | None, level: float | None
) -> Arranged:
    if days is None or days != int(days):
        raise BadInput(W["no_days"])
    if (width is None) != (level is None):
        raise BadInput(W["half_a_window"])
    window = None if width is None or level is None else (float(width), float(level))
    return arranging.described(case, series_id, title or "", int(days), window)


def _first(case: Case, series_id: str, *_: Any) -> Arranged:
    return arranging.put_first(case, series_id)


def _without(case: Case, series_id: str, *_: Any) -> Arranged:
    return arranging.without(case, series_id)


def _line(number: int, series: Series, case: Case) -> str:
    facts = [series.title or series.modality or case.modality, images_in_words(len(series.frames))]
    if plane := plane_of(series):
        facts.append(W[plane])
    if series.days:
        facts.append(W["days_of"].format(days=f"{series.days:+,}"))
    return f"{number}. {' · '.join(facts)}"
