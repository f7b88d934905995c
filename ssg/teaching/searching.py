"""What a reader checks on an image of some kind: lists of our own for a systematic search (``search_lists.toml``)."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "search_lists.toml"


@dataclass(frozen=True, slots=True)
class SearchList:
    """A search in its order: ``steps`` are (where, what to look at there). No clinician has reviewed it.

    ``kinds`` are the vocabulary's modalities that it is for, ``views`` DICOM views; empty ``views`` are all.
    """

    title: str
    steps: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]
    views: tuple[str, ...] = ()

    def fits(self, kind: str, view: str) -> bool:
        """Whether it is for images of this kind and view."""
        return kind in self.kinds and (not self.views or view.casefold() in self.views)


@functools.cache
def search_lists() -> tuple[SearchList, ...]:
    """All lists; those for one view stand before those for all."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["list"]
    return tuple(
        SearchList(
            row["title"],
            tuple((where, what) for where, what in row["steps"]),
            tuple(row["kinds"]),
            tuple(row.get("views", ())),
        )
        for row in rows
    )


def search_list(kinds: Iterable[str], view: str = "") -> SearchList:
    """The list for an image of one of these kinds (the vocabulary's modalities); that for any image where none fits."""
    for kind in (*kinds, ""):
        for one in search_lists():
            if one.fits(kind, view):
                return one
    raise LookupError("The search lists have none for any image.")
