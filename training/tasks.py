"""From a picture whose truth is known to questions and their right answers, as text.

Questions are drawn so that present and absent findings balance, with hard negatives (the same finding on the other
side, and what it is mistaken for); answers begin with the chain of boxes — where to look first, then the landmark —
derived from the anatomy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from numpy.random import Generator

from ssg.boxes import Box, as_boxes, hull
from ssg.grounding.chain import landmarks_of
from ssg.grounding.coordinates import CoordinateFrame
from ssg.grounding.grammar import WrittenBox, question, write_answer
from ssg.reward.answers import said
from ssg.reward.wording import OTHER, siblings
from ssg.vocabulary import Side, vocabulary
from training.clusters import draw_cluster
from training.scene import Key, Scene, elsewhere

THOUGHT = "</think>"

ELSEWHERE = 0.15
"""Share of images that are also asked about a finding of another part of the body, which is never there."""

HARD = 0.6
"""Share of images whose absent findings begin with hard negatives."""

CLUSTERS = 0.4
"""Share of images that are also asked about several related findings at once."""

STRUCTURES_ASKED = 2
"""Questions about normal anatomy on each image: it is always there, so they teach to read places before findings."""


@dataclass(frozen=True, slots=True)
class Task:
    """A question about ``asked`` (finding, side) and its right answer as text.

    ``given`` begins the answer without being taught: the empty chain of an image whose anatomy nobody marked, which
    must not teach that on real images there is nowhere to look.
    """

    asked: tuple[Key, ...]
    prompt: str
    answer: str
    given: str = ""


def draw_tasks(scene: Scene, count: int, rng: Generator, brief: float = 0.0) -> list[Task]:
    """About ``count`` questions on one scene: what is there, what is not, and a little anatomy.

    A share ``brief`` of them is answered without a chain.
    """
    wanted: list[Key] = [_ask(scene, key, rng) for key in scene.present]
    rng.shuffle(wanted)
    wanted = list(dict.fromkeys(wanted))[: max(1, (count + 1) // 2)]
    excluded = _excluded(scene, rng)
    structures = [_ask(scene, key, rng) for key in scene.anatomy]
    wanted += [structures[int(index)] for index in rng.permutation(len(structures))[:STRUCTURES_ASKED]]
    wanted += excluded[: max(0, count - len(wanted))]
    tasks = [make_task(scene, [key], rng) for key in dict.fromkeys(wanted)]
    if rng.random() < CLUSTERS and (cluster := draw_cluster(scene, rng)):
        tasks[min(len(tasks), count) - 1] = make_task(scene, cluster, rng)
    return [without_chain(task) if rng.random() < brief else task for task in tasks[:count]]


def without_chain(task: Task) -> Task:
    """The same task with an empty chain, given and not taught: more questions fit into the same time."""
    spoken = (task.given + task.answer).partition(THOUGHT)[2]
    return Task(task.asked, task.prompt, spoken, f"<think>[]{THOUGHT}")


def _ask(scene: Scene, key: Key, rng: Generator) -> Key:
    """Ask with or without the side; with it where a crop lost the other one, for then nobody knows all of it."""
    return key if rng.random() < 0.5 or scene.is_lost((key[0], None)) else (key[0], None)


def _excluded(scene: Scene, rng: Generator) -> list[Key]:
    """Findings that are not there: on the other side of one that is, mistaken for one that is, others at random."""
    hard: list[Key] = []
    for name, side in scene.present:
        other = OTHER.get(side) if side else None
        if (
            other
            and scene.anatomy
            and (name, other) not in scene.present
            and (name, Side.BILATERAL) not in scene.present
            and not scene.is_lost((name, other))
        ):
            hard.append((name, other))
    easy: list[Key] = []
    for name in scene.absent:
        paired = vocabulary().get(name).laterality == "paired"
        draw = rng.random()
        side = None if not paired or draw < 0.6 else (Side.LEFT if draw < 0.8 else Side.RIGHT)
        easy.append((name, side))
    order = rng.permutation(len(easy))
    keys = [easy[int(index)] for index in order]
    if rng.random() < ELSEWHERE and (others := elsewhere(scene.body)):
        keys.insert(0, (others[int(rng.integers(len(others)))], None))
    if rng.random() < HARD:
        taken_for = {mimic for name, _ in scene.present for mimic in siblings(name)}
        keys.sort(key=lambda key: key[0] not in taken_for)  # stable: others stay in random order
        return [*hard[:1], *keys]
    return keys


def boxes_of(scene: Scene, asked: Key) -> list[tuple[Key, Box]]:
    """All boxes that answer one question, from left to right in the image; empty where it is absent."""
    name, side = asked
    found = [
        ((name, box_side), box)
        for source in (scene.present, scene.anatomy)
        for (other, box_side), boxes in source.items()
        for box in boxes
        if other == name and (side is None or box_side in (side, Side.BILATERAL, None))
    ]
    return sorted(found, key=lambda pair: (pair[1].x0, pair[1].y0))


def make_task(scene: Scene, asked: Sequence[Key], rng: Generator) -> Task:
    """The right answer to one question of one or several findings."""
    rows: list[WrittenBox] = []
    denied: list[str] = []
    for key in asked:
        found = boxes_of(scene, key)
        rows += [_written(scene, said(*found_key), box) for found_key, box in found]
        if not found:
            denied.append(said(*key))
    rows = list(dict.fromkeys(rows))  # "lung" and "right lung" asked together: what is on the right is said once
    chain = chain_of(scene, asked, rng)
    absent = denied if len(asked) > 1 else []
    prompt, answer = question(said(*key) for key in asked), write_answer(chain, rows, absent)
    if scene.anatomy:
        return Task(tuple(asked), prompt, answer)
    return without_chain(Task(tuple(asked), prompt, answer))


def chain_of(scene: Scene, asked: Sequence[Key], rng: Generator) -> list[WrittenBox]:
    """Where to look first, then the landmark, for each finding asked about; at most four boxes.

    For a finding without a side both sides' search regions come first; the landmark is that of the side where it is,
    or of either side where it is nowhere.
    """
    keys: list[Key] = []
    for name, side in asked:
        places = landmarks_of(name)
        if places is None:
            continue
        found = boxes_of(scene, (name, side))
        there = side or (found[0][0][1] if found else None)
        there = there if there in (Side.LEFT, Side.RIGHT) else (Side.LEFT, Side.RIGHT)[int(rng.integers(2))]
        keys += [key for key in places.search_keys(side) if key in scene.anatomy]
        keys += [key for key in places.landmark_keys(there) if key in scene.anatomy]
    return [
        _written(scene, said(*key), Box.of(hull(as_boxes(scene.anatomy[key])).tolist()))
        for key in list(dict.fromkeys(keys))[:4]
    ]


def _written(scene: Scene, label: str, box: Box) -> WrittenBox:
    return WrittenBox(label, _corners(scene.frame, box))


@lru_cache(maxsize=4096)
def _corners(frame: CoordinateFrame, box: Box) -> tuple[int, int, int, int]:
    """A box as it is written; chains name the same structures again and again."""
    x0, y0, x1, y1 = frame.write(as_boxes([box]))[0]
    return x0, y0, x1, y1
