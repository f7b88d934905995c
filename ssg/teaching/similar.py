"""Cases like a case: by what readers marked on them, and by how the image-text encoder sees their pictures.

Findings are compared by Jaccard's index, each weighted by how rare it is (−log of its share of the cases, as in inverse
document frequency), kinds of one finding sharing what they are kinds of. Pictures are compared by the cosine of their
embeddings, from which the mean of their modality is taken: what all radiographs have in common says nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ssg.teaching.library import Entry, Name
from ssg.teaching.picture_kinds import Vector, group_of

FINDINGS_COUNT = 0.6
"""Of findings beside pictures, where both are known (benchmarks/similar.py)."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A case and how like it is, in [0, 1]; ``picture`` and ``findings`` are None where they could not be compared."""

    entry: Entry
    like: float
    picture: float | None
    findings: float | None
    shared: tuple[str, ...] = ()


def like_case(entry: Entry, others: Iterable[Entry], vectors: Mapping[Name, Vector], most: int) -> list[Likeness]:
    """The ``most`` cases that are most like ``entry``, the likest first; ``vectors`` are embeddings by name."""
    others = [one for one in others if one.name != entry.name]
    rarity = _rarity([entry, *others])
    pictures = _cosines(group_of(entry.case.modality), vectors.get(entry.name), others, vectors)
    found = []
    for other in others:
        shared = frozenset(entry.case.present) & frozenset(other.case.present)
        alike, picture = _jaccard(entry, other, rarity), pictures.get(other.name)
        like = alike if picture is None else FINDINGS_COUNT * alike + (1 - FINDINGS_COUNT) * picture
        found.append(Likeness(other, like, picture, alike, tuple(sorted(shared))))
    return _best(found, most)


def like_picture(
    vector: Vector, group: str, others: Iterable[Entry], vectors: Mapping[Name, Vector], most: int
) -> list[Likeness]:
    """The ``most`` cases of a group of modalities whose pictures are most like one of which nothing is known."""
    others = list(others)
    pictures = _cosines(group, vector, others, vectors)
    found = [Likeness(one, pictures[one.name], pictures[one.name], None) for one in others if one.name in pictures]
    return _best(found, most)


def _best(found: list[Likeness], most: int) -> list[Likeness]:
    return sorted(found, key=lambda one: -one.like)[:most]


def _cosines(
    group: str, vector: Vector | None, others: Iterable[Entry], vectors: Mapping[Name, Vector]
) -> dict[Name, float]:
    """Cosines in [0, 1] of the cases whose embedding is known; those of other modalities are no pictures to compare."""
    names = [one.name for one in others if one.name in vectors and group_of(one.case.modality) == group]
    if vector is None or not names:
        return {}
    rows = np.stack([vector, *(vectors[name] for name in names)])
    rows = rows - rows.mean(axis=0)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return dict(zip(names, np.clip(rows[1:] @ rows[0], 0, 1).tolist(), strict=True))


def _rarity(entries: list[Entry]) -> dict[str, float]:
    often = Counter(name for entry in entries for name in entry.found)
    return {name: math.log((1 + len(entries)) / count) for name, count in often.items()}


def _jaccard(entry: Entry, other: Entry, rarity: Mapping[str, float]) -> float:
    """1 for two normal pictures of one modality and part of the body, 0 for those of different ones."""
    if entry.is_normal and other.is_normal:
        where = (entry.case.modality, entry.case.body_part) == (other.case.modality, other.case.body_part)
        return 1.0 if where else 0.0
    both, either = entry.found & other.found, entry.found | other.found
    of_all = sum(rarity[name] for name in either)
    return sum(rarity[name] for name in both) / of_all if of_all else 0.0
