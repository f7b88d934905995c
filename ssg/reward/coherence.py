"""Coherence: do the answers to related findings fit one another and the anatomy?

Every relation (``relations.toml``) whose first end a reader marks, whose other end that reader marks as well, and which
that reader's own regions hold to, is asked of the answer. What was asked about is taken from the answer; what was not
(the lung, say, where only its nodule was asked about) from the reader. The component is the weighted share of the
relations that hold, each counted by how well it holds in comparison with the reader's own boxes. Where no relation
applies the component is absent, never 1.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from ssg.boxes import as_boxes
from ssg.reward.answers import Answer, ReaderAnswer, Region
from ssg.reward.relations import End, Relation, relations
from ssg.vocabulary import vocabulary

HELD = 0.9
"""Degree from which a reader's own regions hold to a relation; below it the reader has seen an exception."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One relation that is asked of an answer: the reader's regions hold to it ``count`` times, on average ``held``."""

    relation: Relation
    count: int
    held: float


@dataclass(frozen=True, slots=True)
class Check:
    """How well the answer holds to a relation, in [0, 1]."""

    relation: Relation
    degree: float


@functools.lru_cache(maxsize=4096)
def asked_of(reader: ReaderAnswer, question: tuple[str, ...] | None) -> tuple[Asked, ...]:
    """The relations that hold among a reader's regions and of which at least one end was asked about."""
    found = []
    for relation in relations():
        if not (_is_asked(relation.a, question) or _is_asked(relation.b, question)):
            continue
        degrees = relation.degrees(*_ends(relation, reader.regions, reader.regions))
        if len(degrees) and degrees.mean() >= HELD:
            found.append(Asked(relation, len(degrees), float(degrees.mean())))
    return tuple(found)


def check(one: Asked, reader: ReaderAnswer, answer: Answer, question: Sequence[str] | None) -> Check:
    """A relation, held against the answer."""
    relation = one.relation
    if relation.is_presence and any(vocabulary().is_a(relation.b, denied) for denied in answer.absent):
        return Check(relation, 0.0)  # "pneumonia, and no opacity" contradicts itself
    of_a, of_b = (answer.regions if _is_asked(name, question) else reader.regions for name in (relation.a, relation.b))
    degrees = relation.degrees(*_ends(relation, of_a, of_b))
    return Check(relation, min(float(degrees.sum()) / max(len(degrees), one.count) / one.held, 1.0))


def coherence(checks: Sequence[Check]) -> float | None:
    """Weighted share of the relations that hold; None where none applies."""
    weight = sum(check.relation.weight for check in checks)
    return sum(check.relation.weight * check.degree for check in checks) / weight if checks else None


def _is_asked(name: str, question: Sequence[str] | None) -> bool:
    words = vocabulary()
    return question is None or any(words.is_a(name, asked) or words.is_a(asked, name) for asked in question)


def _ends(relation: Relation, of_a: Sequence[Region], of_b: Sequence[Region]) -> tuple[End, End]:
    """Both ends; what counts for the first is no partner of its own: a pneumonia is an opacity, and proves no other."""
    is_a = vocabulary().is_a
    first = [region for region in of_a if is_a(region.finding, relation.a)]
    second = [region for region in of_b if is_a(region.finding, relation.b) and not is_a(region.finding, relation.a)]
    return _end(first), _end(second)


def _end(found: Sequence[Region]) -> End:
    return End(as_boxes([region.box for region in found]), tuple(region.side for region in found))
