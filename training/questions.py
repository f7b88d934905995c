"""What GRPO is asked: question clusters on scenes, each with the reference that its completions are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.random import Generator
from PIL import Image

from ssg.grounding.grammar import question
from ssg.reward import ReaderAnswer, Reference, Region
from ssg.reward.answers import said
from ssg.vocabulary import read, vocabulary
from training.clusters import draw_cluster
from training.rows import Row
from training.scene import Key, Scene
from training.stream import SceneStream, StreamConfig
from training.tasks import boxes_of, draw_tasks

SINGLE = 0.35
"""Share of questions about one finding only, as the app asks them."""


class ClusterQuestions:
    """Questions by number, ``length`` of them; number ``i`` depends on the stream's seed and ``i`` alone.

    ``each`` questions in a row are about one image, which is then encoded once for all of them.

    Columns as TRL and ``training.rewards`` want them: ``prompt`` (messages), ``image`` (PIL, grey, ``size`` pixels a
    side) and ``reference`` (JSON).
    """

    def __init__(
        self, config: StreamConfig, length: int, rows: Sequence[Row] = (), most: int = 4, each: int = 1
    ) -> None:
        self._stream, self._config, self._length, self._most = SceneStream(config, rows), config, length, most
        self._each = each
        self._scene = lru_cache(16)(self._known_scene)
        self._made = lru_cache(64)(self._make)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, number: int) -> dict[str, Any]:
        if not 0 <= number < self._length:
            raise IndexError(number)
        return dict(self._made(number))

    def as_dataset(self) -> Any:
        """The same as a data set of Hugging Face's ``datasets``, made as they are looked at."""
        from datasets import Dataset

        def made(rows: dict[str, list[int]]) -> dict[str, list[Any]]:
            found = [self[number] for number in rows["number"]]
            return {name: [one[name] for one in found] for name in found[0]}

        return Dataset.from_dict({"number": list(range(len(self)))}).with_transform(made)

    def _make(self, number: int) -> dict[str, Any]:
        scene = self._scene(number // self._each)
        rng = np.random.default_rng([self._config.seed, number, 5])
        keys = draw_cluster(scene, rng, self._most) if rng.random() >= SINGLE else []
        if not keys:
            keys = _one(scene, rng)
        return {
            "prompt": [{"role": "user", "content": question(said(*key) for key in keys)}],
            "image": Image.fromarray(scene.pixels),
            "reference": reference_of(scene, keys).to_json(),
        }

    def _known_scene(self, number: int) -> Scene:
        """Scene ``number``, or one of another number where a crop of it shows nothing that anybody knows."""
        while True:
            scene = _in_words(self._stream.scene(number, (self._config.size, self._config.size)))
            if scene.present or scene.absent or scene.anatomy:
                return scene
            number += self._length


def _in_words(scene: Scene) -> Scene:
    """A scene without what no question can say: "edema" alone is read as that of the lung."""
    present, anatomy = (
        {key: boxes for key, boxes in found.items() if _is_read_back(key)} for found in (scene.present, scene.anatomy)
    )
    absent = tuple(name for name in scene.absent if _is_read_back((name, None)))
    return replace(scene, present=present, anatomy=anatomy, absent=absent)


@lru_cache(maxsize=2048)
def _is_read_back(key: Key) -> bool:
    return [(one.finding, one.side) for one in read(said(*key)).statements] == [key]


def _one(scene: Scene, rng: Generator) -> list[Key]:
    """One task's question: half the time about what is absent, else about a finding or now and then a structure."""
    tasks = draw_tasks(scene, 6, rng)
    there = [task for task in tasks if any(boxes_of(scene, key) for key in task.asked)]
    gone = [task for task in tasks if task not in there]
    some = (gone if gone and (not there or rng.random() < 0.5) else there)[:3]
    return list(some[int(rng.integers(len(some)))].asked)


def reference_of(scene: Scene, keys: Sequence[Key]) -> Reference:
    """What a scene's truth says about what is asked, and the anatomy around it for coherence.

    A finding that is asked about on one side is there only where it is on that side.
    """
    regions: list[Region] = []
    absent: list[str] = []
    for key in keys:
        found = boxes_of(scene, key)
        regions += [Region(name, box, side) for (name, side), box in found]
        if not found:
            absent.append(key[0])
    asked = tuple(dict.fromkeys(name for name, _ in keys))
    absent = [name for name in dict.fromkeys(absent) if all(region.finding != name for region in regions)]
    around = [
        Region(name, box, side) for (name, side), boxes in scene.anatomy.items() if name not in asked for box in boxes
    ]
    urgent = sorted(dict.fromkeys(regions), key=lambda region: -vocabulary().get(region.finding).urgency)
    height, width = scene.pixels.shape
    return Reference(width, height, (ReaderAnswer((*urgent, *around), tuple(absent), id="truth"),), asked)
