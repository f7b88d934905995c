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

import numpy as np
from numpy.typing import NDArray

from ssg.reward import segments
from ssg.reward.answers import ReaderAnswer
from ssg.reward.layout import Layout, Marks, require_comparable
from ssg.reward.pairing import in_order
from ssg.reward.relations import IMPLIES, Ends, Relation, degrees, relations
from ssg.reward.segments import Index
from ssg.reward.truth import asked_about
from ssg.vocabulary.kinship import kinship

HELD = 0.9
"""Degree from which a reader's own regions hold to a relation; below it the reader has seen an exception."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Relations by number (c,), each asked because a reader's regions hold to it ``count`` times, on average ``held``.

    ``from_answer`` (c, 2): whether an end was asked about, so that the answer must know it.
    """

    relation: Index
    count: NDArray[np.float64]
    held: NDArray[np.float64]
    from_answer: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Check:
    """How well the answer holds to a relation, in [0, 1]."""

    relation: Relation
    degree: float


@dataclass(frozen=True, slots=True)
class Coherent:
    """The component of every judgement, NaN where no relation applies; and how well each relation holds, of whom.

    Checks are rows: ``degree``, ``relation``, and ``owner``, a number for each answer and reader; of a judgement
    ``reader`` is the owner whom the answer fits best (−1: none).
    """

    score: NDArray[np.float64]
    degree: NDArray[np.float64]
    relation: Index
    owner: Index
    reader: Index


@functools.cache
def _table() -> tuple[Index, NDArray[np.str_], NDArray[np.bool_], NDArray[np.float64]]:
    """The relations as arrays: ends (56, 2), kind, same side, weight."""
    rows = relations()
    return (
        np.array([kinship().numbers((row.a, row.b)) for row in rows]),
        np.array([row.kind for row in rows]),
        np.array([row.same_side for row in rows]),
        np.array([row.weight for row in rows]),
    )


def coherent(layout: Layout) -> Coherent:
    """Ask every answer what its readers hold to."""
    judgements = len(layout.answer_of_judgement)
    readers = [reader for one in layout.outlines for reader in one.reference.readers]
    new = [one for one in layout.outlines if len(one.asked) < len(one.reference.readers)]
    found = iter(asked_of([(reader, asked_about(one.reference)) for one in new for reader in one.reference.readers]))
    for one in new:
        one.asked[:] = [next(found) for _ in one.reference.readers]
    asked = [one for outline in layout.outlines for one in outline.asked]
    reader_counts = np.array([len(one.reference.readers) for one in layout.outlines], dtype=np.int64)
    answer, reader = segments.expanded(layout.outline_of_answer, reader_counts)
    check_counts = np.array([len(one.relation) for one in asked], dtype=np.int64)
    owner, check = segments.expanded(reader, check_counts)
    if not len(check):
        empty = np.zeros(0)
        none = np.full(judgements, -1)
        return Coherent(np.full(judgements, np.nan), empty, empty.astype(np.int64), empty.astype(np.int64), none)
    everything = _joined([one for one in asked if len(one.relation)])
    every = Asked(
        everything.relation[check], everything.count[check], everything.held[check], everything.from_answer[check]
    )
    read = Marks.of([one.regions for one in readers])
    require_comparable(len(check), layout.answers, read)
    degree = _held(every, layout, answer[owner], read[reader[owner]])
    weight = _table()[3][every.relation]
    whole = segments.sums(weight, owner, len(answer))
    score = np.full(len(answer), np.nan)
    score[whole > 0] = (segments.sums(weight * degree, owner, len(answer))[whole > 0]) / whole[whole > 0]
    chosen = _chosen(layout, score, answer, reader, reader_counts)
    return Coherent(np.where(chosen >= 0, score[chosen], np.nan), degree, every.relation, owner, chosen)


def _chosen(layout: Layout, score: NDArray[np.float64], answer: Index, reader: Index, reader_counts: Index) -> Index:
    """Whose relations count: those of the truth's reader; of several readers, of the one whom the answer fits best."""
    judgements = len(layout.answer_of_judgement)
    rows_of_answer = segments.counts(answer, len(layout.outline_of_answer))
    owner, row = segments.expanded(layout.answer_of_judgement, rows_of_answer)
    number = row - (np.cumsum(rows_of_answer) - rows_of_answer)[layout.answer_of_judgement[owner]]
    wanted = np.concatenate([one.reader for one in layout.outlines])[layout.truth]
    applies = ~np.isnan(score[row]) & ((wanted[owner] < 0) | (wanted[owner] == number))
    best = segments.first_best(np.where(applies, score[row], -1.0), owner, judgements)
    return np.where((best >= 0) & applies[best], row[best], -1) if len(row) else np.full(judgements, -1)


def _held(asked: Asked, layout: Layout, answer: Index, read: Marks) -> NDArray[np.float64]:
    """How well answers hold to relations, (c,); ``read`` are the readers' regions."""
    given = layout.answers[answer]
    ends, kinds, same_side, _ = _table()
    widest = max(given.findings.shape[1], read.findings.shape[1])
    given, read = given.widened(widest), read.widened(widest)
    first, second = (Marks.chosen(given, read, asked.from_answer[:, end]) for end in (0, 1))
    a, b = _ends(ends[asked.relation], first, second)
    found, met = degrees(kinds[asked.relation], same_side[asked.relation], a, b)
    met_count = np.maximum(met.sum(axis=-1), asked.count)
    degree = np.minimum(in_order(np.where(met, found, 0.0)) / met_count / asked.held, 1.0)
    # "pneumonia, and no opacity" contradicts itself
    denied = (layout.denied[answer] & kinship().is_a[ends[asked.relation, 1]]).any(axis=-1)
    return np.where((kinds[asked.relation] == IMPLIES) & denied, 0.0, degree)


def _ends(ends: Index, first: Marks, second: Marks) -> tuple[Ends, Ends]:
    """Both ends; what counts for the first is no partner of its own: a pneumonia is an opacity, and proves no other."""
    is_a = kinship().is_a
    of_a = first.sets.there & is_a[first.findings, ends[:, :1]]
    of_b = second.sets.there & is_a[second.findings, ends[:, 1:]] & ~is_a[second.findings, ends[:, :1]]
    return (
        Ends(first.sets.boxes, of_a, first.sides, first.sets.pictures),
        Ends(second.sets.boxes, of_b, second.sides, second.sets.pictures),
    )


def asked_of(readers: Sequence[tuple[ReaderAnswer, tuple[str, ...] | None]]) -> list[Asked]:
    """The relations that hold among each reader's regions and of which at least one end was asked about."""
    if not readers:
        return []
    ends, kinds, same_side, _ = _table()
    is_a, marks = kinship().is_a, Marks.of([reader.regions for reader, _ in readers])
    questioned = np.stack([_questioned(question) for _, question in readers])
    has = [(marks.sets.there[..., None] & is_a[marks.findings[..., None], ends[:, end]]).any(axis=1) for end in (0, 1)]
    row, relation = np.nonzero(has[0] & has[1] & questioned.any(axis=-1))
    require_comparable(len(row), marks, marks)
    own = marks[row]
    a, b = _ends(ends[relation], own, own)
    found, met = degrees(kinds[relation], same_side[relation], a, b)
    count = met.sum(axis=-1).astype(np.float64)
    held = in_order(np.where(met, found, 0.0)) / np.maximum(count, 1)
    good = (count > 0) & (held >= HELD)
    return [
        Asked(relation[at], count[at], held[at], questioned[number, relation[at]])
        for number in range(len(readers))
        for at in [np.flatnonzero(good & (row == number))]
    ]


@functools.lru_cache(maxsize=1024)
def _questioned(question: tuple[str, ...] | None) -> NDArray[np.bool_]:
    """Which ends of all relations were asked about, (56, 2): a finding, what it is a kind of, and its kinds.

    Who is asked for a lobe knows nothing of the whole lung, and who is asked for the lung nothing of its lobes.
    """
    ends = _table()[0]
    if question is None:
        return np.ones(ends.shape, dtype=bool)
    asked, by = kinship().numbers(question), kinship().asked_by
    special, general = by[ends][..., asked], np.moveaxis(by[asked][:, ends], 0, -1)
    return segments.anything(special | general)


def _joined(parts: Sequence[Asked]) -> Asked:
    return Asked(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("relation", "count", "held", "from_answer")
        )
    )
