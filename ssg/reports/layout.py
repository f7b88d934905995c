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
_PROGRAMS = re.compile(r"<(script|style)\b[^<>]{0,300}>.{0,2000}?</\1\s*>", re.IGNORECASE | re.DOTALL)
_BREAKS = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^<>]{0,100}>", re.IGNORECASE)
_HEADING = re.compile(
    r"(?:^[ \t]*|(?<=[.;:?!)])[ \t]+)(?P<name>[A-Za-z][A-Za-z /&-]{1,40}?)[ \t]*:"  # "Findings: ..."
    r"|(?:^|(?<=[ \t]))(?P<capitals>[A-Z][A-Z /&-]{2,40}?)[ \t]*(?::|[-–—]+(?=[ \t]))"  # "cough FINDINGS: ..."
    r"|^[ \t]*(?P<alone>[A-Z][A-Za-z /&-]{2,40})[ \t]*\r?$",  # "FINDINGS" or "Findings" on a line of its own
    re.MULTILINE,
)
_TEXT = re.compile(r"\S")
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a report below one heading: characters [first, last), whether it speaks of the image.

    It begins with its heading where that is a word of what it says: "Heart: enlarged".
    """

    heading: str
    span: tuple[int, int]
    is_seen: bool


def untagged(text: str) -> str:
    """The text with HTML blanked out, of the same length: as it is shown to who wrote it."""
    text = _PROGRAMS.sub(_blank, text)
    text = _BREAKS.sub(lambda tag: "\n" + " " * (len(tag[0]) - 1), text)
    for pattern in (_TAG, _ENTITY):
        text = pattern.sub(_blank, text)
    return text.replace("\t", " ").replace("\x00", " ").replace("\xa0", " ")


def unmarked(text: str) -> str:
    """The text with HTML and Markdown signs blanked out, of the same length: as it is read."""
    return _MARKDOWN.sub(_blank, untagged(text))


def _blank(found: re.Match[str]) -> str:
    return "".join("\n" if letter == "\n" else " " for letter in found[0])


def parts(text: str) -> list[Part]:
    """The report by its headings; what stands above the first one speaks of the image.

    A heading that is not known ("Note:") is a word of the part that it stands in.
    """
    found: list[Part] = []
    heading, start, body, kind = "", 0, 0, "seen"
    for name, first, last, named in [*_headings(text), ("", len(text), len(text), "seen")]:
        if text[body:first].strip():
            found.append(Part(heading, (start, first), kind != "unseen"))
        heading, start, body, kind = name, first if named == "organs" else last, last, named
    if not any(part.is_seen for part in found):
        found = [piece for part in found for piece in _first_paragraph(part, text)]
    return found


def _first_paragraph(part: Part, text: str) -> Iterator[Part]:
    """Where nothing else speaks of the image, an indication ends with its paragraph."""
    first, last = part.span
    begun = _TEXT.search(text, first, last)
    end = _PARAGRAPH.search(text, begun.start(), last) if begun else None
    if end is None:
        yield part
    else:
        yield Part(part.heading, (first, end.start()), False)
        yield Part("", (end.start(), last), True)


def _headings(text: str) -> Iterator[tuple[str, int, int, str]]:
    at = 0
    while found := _HEADING.search(text, at):
        group, written = next((group, written) for group, written in found.groupdict().items() if written)
        known = known_headings().get(" ".join(written.lower().replace("&", "and").split()))
        at = found.end()
        if known is not None:
            yield written.strip(), found.start(group), found.end(), known
        elif space := re.search(r"\s", written):  # "cough FINDINGS:" ends in a heading
            at = found.start(group) + space.start()


def joined(text: str) -> str:
    """The text with organs on one line with what stands below them ("Heart", "Enlarged."), of the same length."""
    letters = list(text)
    for _, first, last, kind in _headings(text):
        body = _TEXT.search(text, last)
        if kind == "organs" and body is not None:
            letters[last : body.start()] = " " * (body.start() - last)
            if last < body.start() and ":" not in text[first:last]:
                letters[last] = ":"
    return "".join(letters)


@functools.cache
def known_headings() -> dict[str, str]:
    """Headings in lower case with their list in words.toml: "seen", "organs" or "unseen"."""
    table = words_table()["sections"]
    return {name.replace("_", " "): kind for kind, names in table.items() for name in names.split()}


@functools.cache
def words_table() -> dict[str, Any]:
    """words.toml."""
    return tomllib.loads(resources.files("ssg.reports").joinpath("words.toml").read_text(encoding="utf-8"))
