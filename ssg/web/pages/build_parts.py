"""A part of the Build page: its outputs, and what fills them when its address is opened."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from ssg.casebook import Case, InvalidCaseSet, Problem
from ssg.errors import BadInput, SSGError
from ssg.teaching.workshop import OpenedCase
from ssg.web import words
from ssg.web.build_form import digests, values_of
from ssg.web.build_html import problem_lines
from ssg.web.html import tag, text
from ssg.web.learner import instructor_of
from ssg.web.words_build import BUILD as W

log = logging.getLogger(__name__)

MOST_LINES = 20
MOST_FRAMES = 200_000
"""Of all series of a case, as a page may claim them; a case takes 40 series of 4,000."""
GO = "(address) => window.ssgBuild.go(address)"
"""Goes to an address that a handler gave."""

GO_AFRESH = "(address) => window.ssgBuild.goAfresh(address)"
"""The same, giving up what was drawn and typed here."""

SETTLE = "(said) => window.ssgBuild.settle(said)"
"""Brings the open case into the row of cases when that has been written, and hears whether texts are saved."""

QUIET: dict[str, Any] = {"queue": False, "api_visibility": "private"}


@dataclass(frozen=True)
class Part:
    """``outputs`` are components; ``opened`` gives a value for each."""

    outputs: list[Any]
    opened: Callable[..., tuple[Any, ...]]


@dataclass(frozen=True)
class Editor:
    """What the parts of a case's editor share. ``drawing`` are the components that follow when boxes are saved.

    Texts that are being typed are not among them, so that nothing of those is lost; ``drawn`` gives their values.
    """

    viewer: Any
    handle: Any
    said: Any
    drawing: list[Any]
    drawn: Callable[[OpenedCase, str], tuple[Any, ...]]


@dataclass(frozen=True)
class Handle:
    """Which case is open at which revision, drawn as which reader, and marks of the values that were shown then.

    ``layout`` are its series, (id, number of frames) of each.
    """

    set_id: str
    case_id: str
    revision: int
    reader: str
    base: dict[str, Any] = field(default_factory=dict)
    layout: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, found: OpenedCase, case: Case, reader: str) -> Handle:
        """What is shown now."""
        work = found.work
        base = digests(values_of(work.body, case, reader))
        layout = tuple((series.id, len(series.frames)) for series in case.series)
        return cls(work.set_id, work.case_id, work.revision, reader, base, layout)

    @classmethod
    def read(cls, value: str) -> Handle:
        """What the page sent back; raises BadInput for anything else."""
        try:
            row = json.loads(value)
            names = [row[name] for name in ("set", "case", "reader")]
            revision, base = row["revision"], row.get("base", {})
            layout = tuple((str(name), max(int(count), 0)) for name, count in row.get("layout") or ())
        except (ValueError, TypeError, KeyError, RecursionError):
            raise BadInput(W["not_open"]) from None
        if (
            not all(isinstance(one, str) for one in names)
            or not isinstance(revision, int)
            or not isinstance(base, dict)
            or sum(count for _, count in layout) > MOST_FRAMES
        ):
            raise BadInput(W["not_open"])
        return cls(names[0], names[1], revision, names[2], base, layout)

    def written(self) -> str:
        """The same for the page."""
        row = {"set": self.set_id, "case": self.case_id, "reader": self.reader, "revision": self.revision}
        return json.dumps({**row, "base": self.base, "layout": self.layout})


class Running:
    """What is under way on each set, so that it can be given up from the page."""

    def __init__(self) -> None:
        self._stops: dict[str, list[threading.Event]] = {}

    @contextmanager
    def on(self, set_id: str) -> Iterator[threading.Event]:
        """While the block runs, :meth:`give_up` sets the event that it is given."""
        stop = threading.Event()
        under_way = self._stops.setdefault(set_id, [])
        under_way.append(stop)
        try:
            yield stop
        finally:
            under_way.remove(stop)

    def give_up(self, set_id: str, request: gr.Request) -> None:
        """Cancel what is under way on a set; a handler of the page's. It says nothing: what is cancelled does."""
        try:
            instructor_of(request)
        except SSGError:
            return
        for stop in tuple(self._stops.get(set_id, ())):
            stop.set()


def folder_files(label: str, name: str, megabytes: float) -> Any:
    """A field that takes files and, by build.js, folders that are dropped on it or chosen; with what is too large."""
    files = gr.File(label=label, file_count="multiple", elem_id=name, elem_classes="takes-folders", height=140)
    chip = tag(
        "button", text(W["folder"]), type="button", class_="chip", onclick=f"window.ssgBuild.chooseFolder('{name}')"
    )
    limit = tag("span", text(W["too_large"].format(megabytes=f"{megabytes:g}")), class_="hint")
    gr.HTML(chip + limit, elem_id=f"{name}-folder", elem_classes="beside-files", js_on_load=None)
    return files


def listed(problems: Iterable[Problem], before: str = "", of_open: bool = False) -> str:
    """What is wrong with a case or a set, as HTML, after a sentence; ``of_open`` as in :func:`problem_lines`."""
    lines = (tag("li", text(line)) for line in problem_lines(problems, of_open))
    said = tag("p", text(before)) if before else ""
    return tag("div", said, tag("ul", *lines), class_="note", role="alert")


def good(sentence: str) -> str:
    """That something was done, as HTML."""
    return tag("p", text(sentence), class_="good", role="status")


def in_words(error: Exception) -> str:
    """What is wrong, as HTML; our own faults are logged and not told."""
    if isinstance(error, InvalidCaseSet):
        return listed(error.problems)
    if isinstance(error, SSGError):
        lines = "".join(tag("p", text(line)) for line in str(error).split("\n")[:MOST_LINES])
        return tag("div", lines, class_="note", role="alert")
    log.exception("on the Build page", exc_info=error)
    return tag("p", text(words.OUR_FAULT), class_="note", role="alert")
