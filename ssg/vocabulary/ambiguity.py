"""Words that mean more than one finding, and which of them remain on one kind of image. Data: ``ambiguous.toml``."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ssg.vocabulary.forms import key

FILE = Path(__file__).parent / "ambiguous.toml"


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """One entry of ``ambiguous.toml``, where the fields are explained."""

    text: tuple[str, ...]
    candidates: tuple[str, ...]
    why: str
    read_as: str | None = None
    always: tuple[str, ...] = ()
    describes: bool = False


@functools.cache
def ambiguities() -> tuple[Ambiguity, ...]:
    """All entries in the order of the file."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["phrase"]
    return tuple(
        Ambiguity(
            tuple(row["text"]),
            tuple(row["candidates"]),
            row["why"],
            row.get("read_as"),
            tuple(row.get("always", ())),
            row.get("describes", False),
        )
        for row in rows
    )


@functools.cache
def ambiguity_of() -> dict[tuple[str, ...], Ambiguity]:
    """The entry for each ambiguous form, by its comparable words."""
    return {key(form): entry for entry in ambiguities() for form in entry.text}
