"""What a hint says of a finding on an image of some kind, and where it is looked for (``finding_hints.toml``)."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ssg.casebook import Case
from ssg.grounding.image_kinds import IMAGE_KINDS, words_on
from ssg.vocabulary import vocabulary

FILE = Path(__file__).parent / "finding_hints.toml"

Place = tuple[str, float, float, float, float]
"""A structure, and a box in shares of that structure's."""


@dataclass(frozen=True, slots=True)
class FindingHint:
    """A row of the table. No clinician has reviewed it. ``on`` is what is said only of a sequence that a view names."""

    finding: str
    kinds: tuple[str, ...]
    text: str = ""
    on: Mapping[str, str] = field(default_factory=dict)
    landmarks: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()

    def of_view(self, view: str) -> str:
        """The text, with what depends on the sequence where the view names it."""
        named = [words for words in self.on if words in view.casefold()]
        return f"{self.text} {self.on[max(named, key=len)]}" if named else self.text


@functools.cache
def finding_hints() -> tuple[FindingHint, ...]:
    """All rows."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["hint"]
    return tuple(
        FindingHint(
            row["finding"],
            tuple(row["kinds"]),
            row.get("text", ""),
            row.get("on", {}),
            tuple(row["landmarks"]),
            tuple((name, *map(float, shares)) for name, *shares in row.get("places", ())),
        )
        for row in rows
    )


def kinds_of(case: Case) -> tuple[str, ...]:
    """The vocabulary's modalities that a case's images are of."""
    return words_on(IMAGE_KINDS, case.modality, case.body_part)


def finding_hint(case: Case, finding: str) -> FindingHint | None:
    """The row for a finding on a case's images; None where there is none."""
    kinds = kinds_of(case)
    return next((one for one in finding_hints() if one.finding == finding and set(one.kinds) & set(kinds)), None)


def what_to_look_for(case: Case, finding: str) -> str:
    """The sentences of a hint that fit the case's kind of image.

    The vocabulary's own are written for the first of its modalities; on any other the finding's definition stands in
    their place, which fits all.
    """
    entry, kinds = vocabulary().get(finding), kinds_of(case)
    row = finding_hint(case, finding)
    if row is not None and row.text:
        return row.of_view(case.view)
    return entry.search_hint if not kinds or entry.modalities[0] in kinds else entry.definition
