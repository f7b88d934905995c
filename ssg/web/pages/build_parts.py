"""A part of the Build page: its outputs, and what fills them when its address is opened."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ssg.casebook import InvalidCaseSet, Problem
from ssg.errors import SSGError
from ssg.web import words
from ssg.web.build_view import problem_lines
from ssg.web.html import tag, text

log = logging.getLogger(__name__)

MOST_LINES = 20
GO = "(address) => window.ssgBuild.go(address)"
"""Goes to an address that a handler gave."""


@dataclass(frozen=True)
class Part:
    """``outputs`` are components; ``opened`` gives a value for each."""

    outputs: list[Any]
    opened: Callable[..., tuple[Any, ...]]


def listed(problems: Iterable[Problem], before: str = "") -> str:
    """What is wrong with a case or a set, as HTML, after a sentence."""
    lines = (tag("li", text(line)) for line in problem_lines(problems))
    said = tag("p", text(before)) if before else ""
    return tag("div", said, tag("ul", *lines), class_="note", role="alert")


def in_words(error: Exception) -> str:
    """What is wrong, as HTML; our own faults are logged and not told."""
    if isinstance(error, InvalidCaseSet):
        return listed(error.problems)
    if isinstance(error, SSGError):
        lines = "".join(tag("p", text(line)) for line in str(error).split("\n")[:MOST_LINES])
        return tag("div", lines, class_="note", role="alert")
    log.exception("on the Build page", exc_info=error)
    return tag("p", text(words.OUR_FAULT), class_="note", role="alert")
