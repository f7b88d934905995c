"""Every form that an entry of the vocabulary is written in, ready to be looked for: :class:`Form`.

Most forms are a *bag* of words, found in any order ("enlarged heart", "the heart is enlarged"). Forms whose preposition
carries meaning ("fluid around the lung") keep their order, and forms with "and" or "/" must stand as they are written.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from ssg.vocabulary.ambiguity import Ambiguity, ambiguities
from ssg.vocabulary.catalogue import Vocabulary
from ssg.vocabulary.forms import key
from ssg.vocabulary.lexicon import COORDINATORS, lexicon

_SOFT = frozenset(("of", "in", "on", "at", "within", "inside"))
"""Prepositions that only link; "around", "under" or "outside" say which finding it is."""

_WIDE = frozenset(("lung", "chest"))
"""Organs so wide that naming them makes no finding more specific: "nodular opacity in the lung" is a nodule."""

_SIDES = frozenset(("left", "right"))


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write an entry, or an ambiguity; ``style`` is "bag", "ordered" or "exact".

    ``normal`` forms say that the finding is not there. The greater ``weight`` wins the words that two forms claim,
    and of equal ones the smaller ``order``.
    """

    words: tuple[str, ...]
    style: str
    finding: str = ""
    kind: str = "finding"
    normal: bool = False
    ambiguity: Ambiguity | None = None
    weight: float = 0.0
    order: int = 0


def forms(findings: Vocabulary) -> list[Form]:
    """All forms, each once; where an ambiguity and an entry are written alike, the ambiguity."""
    kept: dict[tuple[str, ...], Form] = {}
    organs = organ_words(findings)
    for order, (text, said) in enumerate(_texts(findings)):
        words, style = _styled(text, organs)
        weight = len(words) + (0.5 if len(words) > 1 and (organs - _WIDE).intersection(words) else 0.0)
        finding, kind, normal, ambiguity = said
        kept.setdefault(words, Form(words, style, finding, kind, normal, ambiguity, weight, order))
    return list(kept.values())


def organ_words(findings: Vocabulary) -> frozenset[str]:
    """Words that name a structure by themselves."""
    structures = (finding for finding in findings if finding.kind == "anatomy")
    named = (key(form) for finding in structures for form in finding.written_forms)
    return frozenset(words[0] for words in named if len(words) == 1)


def _texts(findings: Vocabulary) -> Iterator[tuple[str, tuple[str, str, bool, Ambiguity | None]]]:
    for entry in ambiguities():
        yield from ((text, ("", "finding", False, entry)) for text in entry.text)
    for finding in findings:
        said, denied = ((finding.name, finding.kind, normal, None) for normal in (False, True))
        yield from itertools.chain(
            ((text, said) for text in finding.written_forms), ((text, denied) for text in finding.normal)
        )


def _styled(text: str, organs: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """The words that a form is found by, and its style."""
    words = key(text)
    if "/" in text or any(word in COORDINATORS for word in words):
        return words, "exact"
    linking = lexicon().prepositions.intersection(words) - {"involving"}
    if not linking:
        return words, "bag"
    if linking <= _SOFT and words[-1] in organs and not _SIDES.intersection(words):
        return tuple(word for word in words if word not in _SOFT), "bag"
    return words, "ordered"
