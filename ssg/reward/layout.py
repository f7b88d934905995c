"""Answers and references as arrays: which boxes of an answer are compared with which boxes of a reader.

A batch is laid out in four tables, each of whose rows belongs to one of the table before it:

    judgements   an answer and one of the truths that its reference allows
    slots        a finding that is present in that truth
    tasks        a reader's marks of that finding, against which the answer's regions are held
    exclusions   a finding that is absent in that truth (belongs to a judgement)
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.errors import InvalidAnswer
from ssg.reward.answers import Answer, Reference, Region
from ssg.reward.pairing import NOTHING, BoxSets
from ssg.reward.segments import Index, expanded
from ssg.reward.truth import Reading, Truth, truths
from ssg.reward.urgency import order_gain
from ssg.vocabulary import vocabulary
from ssg.vocabulary.kinship import SIDES, kinship

MOST_CELLS = 8_000_000
"""Pairs of boxes that are compared at once; more are refused."""

CORNERS = attrgetter("box.x0", "box.y0", "box.x1", "box.y1")
"""Of a region. A batch has tens of thousands of them, and this is the fastest way to their numbers."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Sets of regions, padded: their boxes, and the numbers (t, n) of their findings and sides."""

    sets: BoxSets
    findings: Index
    sides: Index

    @classmethod
    def of(cls, rows: Sequence[Sequence[Region]]) -> Marks:
        """From one sequence of regions each."""
        sets = BoxSets.spaces([len(row) for row in rows])
        there = sets.there
        findings, sides = np.zeros(there.shape, dtype=np.int64), np.zeros(there.shape, dtype=np.int64)
        regions = [region for row in rows for region in row]
        if regions:
            sets.boxes[there] = list(map(CORNERS, regions))
            findings[there] = kinship().numbers(map(attrgetter("finding"), regions))
            sides[there] = list(map(SIDES.__getitem__, map(attrgetter("side"), regions)))
        if any(map(attrgetter("picture"), regions)):
            pictures = np.zeros(there.shape, dtype=np.int64)
            pictures[there] = list(map(attrgetter("picture"), regions))
            sets = BoxSets(sets.boxes, there, pictures)
        return cls(sets, findings, sides)

    def __getitem__(self, rows: Index) -> Marks:
        """Sets by number."""
        return Marks(self.sets[rows], self.findings[rows], self.sides[rows])

    def widened(self, width: int) -> Marks:
        """Padded to ``width`` regions."""
        if self.findings.shape[1] == width:
            return self
        boxes = _widened(self.sets.boxes, width, NOTHING)
        return Marks(
            BoxSets(boxes, _widened(self.sets.there, width, False), _widened_pictures(self.sets.pictures, width)),
            _widened(self.findings, width, 0),
            _widened(self.sides, width, 0),
        )

    @classmethod
    def chosen(cls, one: Marks, other: Marks, first: NDArray[np.bool_]) -> Marks:
        """Of two that are equally wide the one where ``first`` (t,) says so, else the other."""
        column = first[:, None]
        return cls(
            BoxSets(
                np.where(column[..., None], one.sets.boxes, other.sets.boxes),
                np.where(column, one.sets.there, other.sets.there),
                _chosen_pictures(one.sets.pictures, other.sets.pictures, column),
            ),
            np.where(column, one.findings, other.findings),
            np.where(column, one.sides, other.sides),
        )


def _widened_pictures(pictures: Index | None, width: int) -> Index | None:
    return None if pictures is None else _widened(pictures, width, 0)


def _chosen_pictures(one: Index | None, other: Index | None, column: NDArray[np.bool_]) -> Index | None:
    if one is None and other is None:
        return None
    return np.where(column, 0 if one is None else one, 0 if other is None else other)


def _widened(array: NDArray[Any], width: int, filling: object) -> NDArray[Any]:
    more = np.empty((len(array), width - array.shape[1], *array.shape[2:]), dtype=array.dtype)
    more[...] = filling
    return np.concatenate([array, more], axis=1)


@dataclass(frozen=True, slots=True)
class Outline:
    """What one reference asks of every answer: its truths, and the tables of them as numbers.

    ``slots`` and ``exclusions`` are (truth, finding, urgency), ``unasked`` (truth, finding) what is marked and was not
    asked about, ``tasks`` are the slots of the ``readings``. The order
    of report is right where it gains as much as a truth's ``best_order``: that of its ``reader`` (by number), or where
    it is of several (−1) that by urgency. ``asked`` is kept here by :mod:`ssg.reward.coherence`: what each reader's
    regions hold to.
    """

    reference: Reference
    truths: tuple[Truth, ...]
    slots: Index
    exclusions: Index
    unasked: Index
    tasks: Index
    readings: tuple[Reading, ...]
    best_order: NDArray[np.float64]
    reader: Index
    asked: list[Any] = field(default_factory=list)


@functools.lru_cache(maxsize=512)
def outline(reference: Reference) -> Outline:
    """The outline of a reference; kept, because many answers are held against one."""
    possible = truths(reference)
    slots: list[tuple[int, int, int]] = []
    exclusions: list[tuple[int, int, int]] = []
    unasked: list[tuple[int, int]] = []
    tasks: list[int] = []
    readings: list[Reading] = []
    for number, truth in enumerate(possible):
        for finding, found in truth.present.items():
            tasks += [len(slots)] * len(found)
            readings += found
            slots.append(_numbered(number, finding))
        exclusions += [_numbered(number, finding) for finding in truth.absent]
        unasked += [(number, name) for name in kinship().numbers(_marked(reference, truth) - set(truth.present))]
    return Outline(
        reference,
        possible,
        np.array(slots, dtype=np.int64).reshape(-1, 3),
        np.array(exclusions, dtype=np.int64).reshape(-1, 3),
        np.array(unasked, dtype=np.int64).reshape(-1, 2),
        np.array(tasks, dtype=np.int64),
        tuple(readings),
        np.array([order_gain(tuple(truth.present), truth.reader is None) for truth in possible]),
        np.array([-1 if truth.reader is None else truth.reader for truth in possible], dtype=np.int64),
    )


def _marked(reference: Reference, truth: Truth) -> set[str]:
    """Everything that the readers of a truth mark, asked or not."""
    readers = reference.readers if truth.reader is None else (reference.readers[truth.reader],)
    return {region.finding for reader in readers for region in reader.regions}


def _numbered(truth: int, finding: str) -> tuple[int, int, int]:
    return truth, kinship().numbers([finding])[0], int(vocabulary().get(finding).urgency)


@dataclass(frozen=True, slots=True)
class Layout:
    """The tables of a batch. ``answers`` are in the order given; owners are row numbers of the table before.

    ``truth`` and ``task`` count the truths and readings of all ``outlines`` on end.
    """

    answers: Marks
    denied: NDArray[np.bool_]
    outlines: tuple[Outline, ...]
    outline_of_answer: Index
    answer_of_judgement: Index
    truth: Index
    best_order: NDArray[np.float64]
    judgement_of_slot: Index
    slot_finding: Index
    slot_urgency: Index
    slot_of_task: Index
    task: Index
    marked: Marks
    judgement_of_exclusion: Index
    excluded: Index
    exclusion_urgency: Index
    judgement_of_unasked: Index
    unasked: Index

    @property
    def answer_of_slot(self) -> Index:
        """The answer whose finding a slot is."""
        return self.answer_of_judgement[self.judgement_of_slot]

    @property
    def answer_of_exclusion(self) -> Index:
        """The answer that an exclusion is held against."""
        return self.answer_of_judgement[self.judgement_of_exclusion]


def require_comparable(rows: int, one: Marks, other: Marks) -> None:
    """Refuse ``rows`` comparisons of sets whose padded boxes would take seconds and gigabytes."""
    widths = one.findings.shape[1], other.findings.shape[1]
    if rows * widths[0] * widths[1] > MOST_CELLS:
        raise InvalidAnswer(
            f"Up to {max(widths):,} regions in {rows:,} comparisons are too many: leave out readers, or draw less."
        )


def lay_out(references: Sequence[Reference], answers: Sequence[Answer]) -> Layout:
    """Lay out answers, each with its reference. Those whose reference says nothing get no judgement."""
    numbers: dict[int, int] = {}
    outlines: list[Outline] = []
    of_answer = np.empty(len(answers), dtype=np.int64)
    for row, reference in enumerate(references):
        number = numbers.get(id(reference))
        if number is None:
            number = numbers[id(reference)] = len(outlines)
            outlines.append(outline(reference))
        of_answer[row] = number
    truth_counts = np.array([len(one.truths) for one in outlines])
    slots, slot_counts = _of_truths([one.slots for one in outlines], truth_counts)
    exclusions, exclusion_counts = _of_truths([one.exclusions for one in outlines], truth_counts)
    unasked, unasked_counts = _of_truths([one.unasked for one in outlines], truth_counts)
    task_counts = np.concatenate([np.bincount(one.tasks, minlength=len(one.slots)) for one in outlines])
    answer_of_judgement, truth = expanded(of_answer, truth_counts)
    judgement_of_slot, slot = expanded(truth, slot_counts)
    slot_of_task, task = expanded(slot, task_counts)
    judgement_of_exclusion, exclusion = expanded(truth, exclusion_counts)
    judgement_of_unasked, other = expanded(truth, unasked_counts)
    return Layout(
        answers=Marks.of([answer.regions for answer in answers]),
        denied=_denied(answers),
        outlines=tuple(outlines),
        outline_of_answer=of_answer,
        answer_of_judgement=answer_of_judgement,
        truth=truth,
        best_order=np.concatenate([one.best_order for one in outlines])[truth],
        judgement_of_slot=judgement_of_slot,
        slot_finding=slots[slot, 1],
        slot_urgency=slots[slot, 2],
        slot_of_task=slot_of_task,
        task=task,
        marked=Marks.of([reading.regions for one in outlines for reading in one.readings])[task],
        judgement_of_exclusion=judgement_of_exclusion,
        excluded=exclusions[exclusion, 1],
        exclusion_urgency=exclusions[exclusion, 2],
        judgement_of_unasked=judgement_of_unasked,
        unasked=unasked[other, 1],
    )


def _of_truths(tables: Sequence[Index], truth_counts: Index) -> tuple[Index, Index]:
    """Tables of (truth, ...) of several references under one another, and how many rows each truth has."""
    found = [np.bincount(table[:, 0], minlength=count) for table, count in zip(tables, truth_counts, strict=True)]
    return np.concatenate(tables), np.concatenate(found)


def _denied(answers: Sequence[Answer]) -> NDArray[np.bool_]:
    """Which findings each answer states to be absent, (answers, findings)."""
    denied = np.zeros((len(answers), len(kinship().index)), dtype=bool)
    rows = [row for row, answer in enumerate(answers) for _ in answer.absent]
    denied[rows, kinship().numbers(name for answer in answers for name in answer.absent)] = True
    return denied
