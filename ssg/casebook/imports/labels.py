"""Labels of data sets as findings of the vocabulary; those that it has no name for are kept as they were written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz

from ssg.casebook.imports.csv_rows import csv_rows
from ssg.casebook.imports.taking import NORMAL, told_by
from ssg.errors import BadInput, UnknownFinding
from ssg.vocabulary import dataset_label, vocabulary
from ssg.vocabulary.ambiguity import ambiguity_of
from ssg.vocabulary.forms import key

LEAST_LIKENESS = 72
"""Of two spellings, in percent, from which one may be meant for the other."""

SIDES = ("left", "right", "bilateral")
"""Words of sides in labels."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label means: a ``finding`` ("" where none has that name), or ``nothing`` for "no finding".

    ``side`` is what the label itself says of it ("Left Lung"); ``candidates`` are what may have been meant.
    """

    finding: str = ""
    side: str = ""
    nothing: bool = False
    candidates: tuple[str, ...] = ()


class Labels:
    """What the labels of a source mean, and how often each was asked for.

    ``kind`` is the kind of image in the vocabulary's words ("chest x-ray"); ``given`` are meanings that somebody knows.
    """

    def __init__(self, kind: str, given: Mapping[str, str] | None = None) -> None:
        self._kind = kind
        self._given = {name.strip().lower(): finding for name, finding in (given or {}).items()}
        self.meanings: dict[str, Meaning] = {}
        self.counts: dict[str, int] = {}

    def meaning(self, label: str) -> Meaning:
        """What a label means."""
        self.counts[label] = self.counts.get(label, 0) + 1
        if label not in self.meanings:
            self.meanings[label] = self._looked_up(label)
        return self.meanings[label]

    def _looked_up(self, label: str) -> Meaning:
        given = self._given.get(label.strip().lower())
        if given is not None:
            return Meaning(given)
        try:
            found = dataset_label(label, self._kind)
        except UnknownFinding as error:
            return self._with_side(label) or Meaning(candidates=_near(label, error.candidates))
        if found is None:  # "unchanged" is none of a finding either, and does not say that nothing is there
            return Meaning(nothing=told_by(label) == NORMAL)
        return Meaning(found.name)

    def _with_side(self, label: str) -> Meaning | None:
        """The meaning of a label that names a side, and perhaps a number: "rib_left_10" is a left rib."""
        words = re.split(r"[\s_-]+", label.strip().lower())
        sides = [word for word in words if word in SIDES]
        rest = " ".join(word for word in words if word not in SIDES and not word.isdigit())
        if not rest or len(sides) > 1 or rest == label.strip().lower():
            return None
        try:
            found = dataset_label(rest, self._kind)
        except UnknownFinding:
            return None
        return None if found is None else Meaning(found.name, sides[0] if sides and found.has_sides else "")


def _near(label: str, candidates: Sequence[str]) -> tuple[str, ...]:
    """Those of the candidates that a label may mean: a word in another language is like many, and means none of them.

    A written form of it is spelled much alike, or has all the words of one of both in the other.
    """
    words = key(label)
    if words in ambiguity_of():
        return tuple(candidates)
    return tuple(name for name in candidates if any(_is_near(words, key(form)) for form in _forms(name)))


def _forms(name: str) -> tuple[str, ...]:
    return tuple(vocabulary().get(name).written_forms)


def _is_near(label: tuple[str, ...], form: tuple[str, ...]) -> bool:
    if label and form and (set(form) <= set(label) or set(label) <= set(form)):
        return True
    return bool(fuzz.ratio(" ".join(label), " ".join(form)) >= LEAST_LIKENESS)


def read_labels(path: Path) -> dict[str, str]:
    """A table of ``label`` and ``finding``; an empty finding keeps the label as it is. Raises BadInput."""
    found = {}
    for row in csv_rows(path, ("label", "finding")):
        name = row.text("finding")
        try:
            found[row.text("label")] = vocabulary().get(name).name if name else ""
        except UnknownFinding as error:
            raise BadInput(f"{path}, {row.where}: {error}") from None
    return found
