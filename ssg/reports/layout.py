"""The layout of a report: markup taken out, and which part of it speaks of the image.

Nothing is moved: what is not read is blanked out, so that a place in what is left is the same place in the report.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

_TAG = re.compile(r"<[A-Za-z/!][^<>]{0,300}>|&(?:nbsp|#160|#xa0);", re.IGNORECASE)
_ENTITY = re.compile(r"&[a-z]{2,8};|&#[0-9]{1,6};", re.IGNORECASE)
_MARKDOWN = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]|[-*•+][ \t]|>[ \t]|\d{1,2}[.)][ \t])|[*_`~]{1,3}(?=\S)|(?<=\S)[*`~]{1,3}", re.M
)
_BREAKS = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^<>]{0,100}>", re.IGNORECASE)
_HEADING = re.compile(
    r"(?:^[ \t]*|(?<=[.;:\n])[ \t]+)(?P<name>[A-Za-z][A-Za-z /&-]{1,40}?)[ \t]*(?P<colon>:)"  # "Findings: ..."
    r"|^[ \t]*(?P<alone>[A-Z][A-Z /&-]{2,40})[ \t]*$",  # "FINDINGS" on a line of its own
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a report below one heading: characters [first, last), whether it speaks of the image."""

    heading: str
    span: tuple[int, int]
    is_seen: bool


def unmarked(text: str) -> str:
    """The text with HTML and Markdown signs blanked out, of the same length."""
    text = _BREAKS.sub(lambda tag: "\n" + " " * (len(tag[0]) - 1), text)
    for pattern in (_TAG, _ENTITY, _MARKDOWN):
        text = pattern.sub(_blank, text)
    return text.replace("\t", " ").replace("\x00", " ").replace("\xa0", " ")


def _blank(found: re.Match[str]) -> str:
    return "".join("\n" if letter == "\n" else " " for letter in found[0])


def parts(text: str) -> list[Part]:
    """The report by its headings; what stands above the first one speaks of the image.

    A heading that is not known ("Note:") is a word of the part that it stands in.
    """
    found: list[Part] = []
    heading, start, seen = "", 0, True
    for name, first, last, is_seen in _headings(text):
        found.append(Part(heading, (start, first), seen))
        heading, start, seen = name, last, is_seen
    found.append(Part(heading, (start, len(text)), seen))
    return [part for part in found if text[slice(*part.span)].strip()]


def _headings(text: str) -> Iterator[tuple[str, int, int, bool]]:
    for found in _HEADING.finditer(text):
        written = found["name"] or found["alone"]
        known = known_headings().get(" ".join(written.lower().replace("&", "and").split()))
        if known is not None:
            first = found.start("name") if found["name"] else found.start("alone")
            yield written.strip(), first, found.end(), known


@functools.cache
def known_headings() -> dict[str, bool]:
    """Headings in lower case, and whether what stands below them speaks of the image."""
    table = words_table()["sections"]
    return {name.replace("_", " "): kind == "seen" for kind in ("unseen", "seen") for name in table[kind].split()}


@functools.cache
def words_table() -> dict[str, Any]:
    """words.toml."""
    return tomllib.loads(resources.files("ssg.reports").joinpath("words.toml").read_text(encoding="utf-8"))
