"""Question clusters: related findings that are asked about together, some of them there and some not.

The findings of one cluster are of one group, mistaken for one another, or bound by a relation of the reward, as far as
there are enough (others fill it up), so that an answer has something to be coherent about and rollouts of one question
something to be ranked by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from numpy.random import Generator

from ssg.reward.relations import relations
from ssg.reward.wording import OTHER, siblings
from ssg.vocabulary import vocabulary
from training.scene import Key, Scene

MOST = 4
"""Findings of a cluster, at most."""

HARD = 0.5
"""Share of clusters whose absent findings begin with hard negatives."""


@cache
def related(name: str) -> frozenset[str]:
    """Findings and structures that belong with one: of its group, its mimics, and partners of a relation."""
    words = vocabulary()
    near = set(siblings(name)) | {finding.name for finding in words if finding.group == words.get(name).group}
    near |= {words.get(mimic).name for mimic in words.get(name).mimics if mimic in words}
    return frozenset((near | partners()[name]) - {name})


@cache
def partners() -> dict[str, set[str]]:
    """For each name those that a relation of the reward binds it to."""
    bound: dict[str, set[str]] = defaultdict(set)
    for relation in relations():
        bound[relation.a].add(relation.b)
        bound[relation.b].add(relation.a)
    return bound


def draw_cluster(scene: Scene, rng: Generator, most: int = MOST) -> list[Key]:
    """Two to ``most`` related things to ask about on one scene, half of them there where that can be.

    Begins with a finding that is there (three times in four, if any is) or is not; then come what is related to it and
    known here, there and absent in turn; half the time the absent begin with what it is mistaken for or with itself on
    the other side. What is related to nothing here is filled up from all that is known. Fewer than two known things
    give an empty list.
    """
    there = [key for key in scene.present if key[0] not in {name for name, _ in scene.anatomy}]
    gone: list[Key] = [(name, None) for name in scene.absent]
    if len(there) + len(gone) < 2:
        return []
    first = _one(there, rng) if there and (not gone or rng.random() < 0.75) else _one(gone, rng)
    chosen = [first]
    present = _ordered([*there, *scene.anatomy], first, rng)
    absent = _ordered([*gone, *_other_side(scene, first)], first, rng)
    if rng.random() < HARD:
        absent.sort(key=lambda key: key[0] != first[0] and key[0] not in siblings(first[0]))
    size = int(rng.integers(2, most + 1))
    while len(chosen) < size and (present or absent):
        have = sum(key in scene.present or key in scene.anatomy for key in chosen)
        source = present if present and (have * 2 <= len(chosen) or not absent) else absent
        if (key := source.pop(0)) not in chosen:
            chosen.append(key)
    order = rng.permutation(len(chosen))
    asked = list(dict.fromkeys(_asked(scene, chosen[int(number)], rng) for number in order))
    return asked if len(asked) > 1 else chosen  # both sides of one finding, asked without a side, are one question


def _one(keys: Sequence[Key], rng: Generator) -> Key:
    return keys[int(rng.integers(len(keys)))]


def _ordered(keys: Sequence[Key], first: Key, rng: Generator) -> list[Key]:
    """Related ones first, each part in random order."""
    mixed = [keys[int(number)] for number in rng.permutation(len(keys))]
    return sorted(mixed, key=lambda key: key[0] not in related(first[0]) and key[0] != first[0])


def _other_side(scene: Scene, key: Key) -> list[Key]:
    """The same finding on the side where it is not, known from a phantom only: a reader need not have looked there."""
    other = OTHER.get(key[1]) if key[1] else None
    sides = {side for name, side in scene.present if name == key[0]}
    known = scene.kind and sides and other not in sides
    return [(key[0], other)] if other and known and not scene.is_lost((key[0], other)) else []


def _asked(scene: Scene, key: Key, rng: Generator) -> Key:
    """What is there with its side or, where a crop lost none of it, without; what is absent as it is known."""
    there = (key in scene.present or key in scene.anatomy) and not scene.is_lost((key[0], None))
    return (key[0], None) if there and rng.random() < 0.5 else key
