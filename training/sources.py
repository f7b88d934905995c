"""What an annotation list is and whose it is: counted in the list, and read from the ``SOURCE.md`` beside it.

``SOURCE.md`` is prose for people. What is looked for in it are the provider ("Data provider: ...", "Data set: ...",
else what stands under "Where it comes from"), how to cite it ("Cite: ...") and the terms (under a heading "Licence" or
"Terms", else the sentence that names a known licence). What is not found is said not to be known, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ssg.cli.files import read_text
from training.lists import read_rows
from training.rows import PHANTOM, Row, is_held_out

FILE_NAME = "SOURCE.md"
LICENCE = re.compile(
    r"\b(CC0|CC[ -]BY(-SA|-NC|-ND)*|Apache-2\.0|MIT licen[cs]e|public domain|no restrictions)\b", re.IGNORECASE
)
TERMS = re.compile(r"^#+\s*(?:Licen[cs]e|Terms)[^\n]*\n(.+?)(?=^#|\Z)", re.DOTALL | re.MULTILINE | re.IGNORECASE)
ORIGIN = re.compile(r"^#+\s*(?:Where it comes from|Source|Origin)[^\n]*\n(.+?)(?=^#|\Z)", re.DOTALL | re.MULTILINE)
CITE = re.compile(r"(?:^|\s)(?:[Cc]ite:?|Citation:)\s+(?=[A-Z])")
LONGEST = 700
"""Characters of one statement in a card."""


@dataclass(frozen=True, slots=True)
class Source:
    """An annotation list in words. ``groups`` counts what is never split (``grouped`` says what that is).

    Texts are "" where they are not known; ``images`` is 0 where the list itself is not there.
    """

    name: str
    images: int = 0
    held_out_images: int = 0
    groups: int = 0
    held_out_groups: int = 0
    grouped: str = "images"
    phantoms: bool = False
    provider: str = ""
    citation: str = ""
    licence: str = ""


def source_of(path: Path) -> Source:
    """What is known of an annotation list; raises BadInput for a list that is there and cannot be read."""
    name = path.parent.name or path.stem
    if not path.is_file():
        return Source(name)
    rows = read_rows(path)
    note = path.parent / FILE_NAME
    text = read_text(note) if note.is_file() else ""
    apart = [row for row in rows if is_held_out(row)]
    return Source(
        name,
        len(rows),
        len(apart),
        len({row.group for row in rows}),
        len({row.group for row in apart}),
        _grouped(rows),
        all(row.origin.startswith(PHANTOM) for row in rows),
        provider_of(text),
        citation_of(text),
        licence_of(text),
    )


def provider_of(text: str) -> str:
    """Who made and gives the data, in the note's own words; "" where it does not say."""
    for item in _items(text):
        if found := re.match(r"(?:Data provider|Data set|Provider)\s*:\s*(.+)", item, re.IGNORECASE):
            return _short(re.split(CITE, found[1])[0])
    origin = ORIGIN.search(text)
    return _short(re.split(CITE, _items(origin[1])[0])[0]) if origin and _items(origin[1]) else ""


def citation_of(text: str) -> str:
    """How the data is to be cited; "" where the note does not say."""
    for item in _items(text):
        if len(parts := re.split(CITE, item, maxsplit=1)) == 2:
            return _short(parts[1])
    return ""


def licence_of(text: str) -> str:
    """The terms: what stands under a heading that says so, else the first sentence that names a known licence."""
    if found := TERMS.search(text):
        return _short(" ".join(_items(found[1])))
    for item in _items(text):
        for part in re.split(r"(?<=[.;)])\s+|,\s+(?=CC|Apache|MIT)", item):
            if LICENCE.search(part):
                return _short(part)
    return ""


def _grouped(rows: Sequence[Row]) -> str:
    if all("patient" in row.source for row in rows):
        return "patients"
    return "blocks of neighbouring slices" if all("figshare_id" in row.source for row in rows) else "images"


def _items(text: str) -> list[str]:
    """Paragraphs and list entries, each on one line and without Markdown's emphasis."""
    blocks = re.split(r"\n\s*\n|\n(?=\s*[-*] )|\n(?=#)|(?<=\n)(?=#)|(?:^|(?<=\n))#[^\n]*\n", text)
    lines = (" ".join(re.sub(r"^\s*[-*] ", "", block).replace("**", "").split()) for block in blocks)
    return [line for line in lines if line and not line.startswith("#")]


def _short(text: str) -> str:
    text = text.strip().rstrip(";,")
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"
