"""What the region-text encoder is asked when it is measured: regions, what they are called, and whether they show it.

Of every scene, a region for each finding that is there; the same region under the name of something similar or the
other side, which is not there; and for each finding that is not there a region where it lies on other images. Scenes
are phantoms of seeds that are never trained on, or real images of patients that are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from ssg import phantoms
from ssg.boxes import Box, Boxes, as_boxes
from ssg.grounding.region_text import Encoded, RegionText
from ssg.reward.answers import said
from ssg.reward.wording import OTHER, siblings
from ssg.vocabulary import Side
from training.augment import resized
from training.pictures import load_scene
from training.region_pairs import FALSE, Texts, truths
from training.rows import Row
from training.scene import Key, Scene
from training.scenes import phantom_scene

SIZE = 256
DISTRACTORS = 20
USUAL_SEEDS = range(620_000, 620_400)
SIMILAR_SHARE = 0.5
"""Share of the regions that is kept where something that is easily taken for the finding is there."""

THERE, MISNAMED, EMPTY = "there", "misnamed", "empty"
"""What a region is: it shows its finding; it shows another one; it is where the finding would lie."""

Called = tuple[Key, str, Box]
Usual = Mapping[str | None, Mapping[Key, Boxes]]
"""Where findings lie, by the kind of phantom; None of real images."""


@dataclass(frozen=True, slots=True)
class Example:
    """A region called ``key``: what it is, and by how much the words fit better than their counterfactuals.

    ``image`` is the mean of its image's patches. ``found`` is whether its text fits best among twenty that are false of
    it; None where it does not show it.
    """

    key: Key
    what: str
    leads: tuple[float, ...]
    image: NDArray[np.float64]
    found: bool | None

    @property
    def shown(self) -> bool:
        """Whether it shows what it is called."""
        return self.what == THERE


def examples(
    encoder: RegionText, scenes: Iterable[Scene], usual: Usual, names: Sequence[str], seed: int = 0
) -> Iterator[Example]:
    """Ask about every scene; ``usual`` are places (n, 4) in shares of the image, ``names`` all that may be said."""
    texts = Texts.of(names)
    for number, scene in enumerate(scenes):
        rng = np.random.default_rng([seed, number])
        there = [(key, THERE, box) for key, boxes in scene.present.items() for box in boxes]
        called = [*there, *_misnamed(scene), *_empty(scene, usual.get(scene.kind, {}), rng)]
        if not called:
            continue
        encoded = encoder.encode(scene.pixels)
        leads = encoder.leads(encoded, [(*key, box) for key, _, box in called]).tolist()
        found = truths(scene, as_boxes([box for _, _, box in called]), texts)
        hits, image = _found(encoder, encoded, called, found, texts, rng), encoded.mean
        for (key, what, _), row, hit in zip(called, leads, hits, strict=True):
            yield Example(key, what, tuple(row), image, hit)


def phantom_scenes(seeds: Iterable[int], kinds: Sequence[str]) -> Iterator[Scene]:
    """Phantoms by their seeds, as many of each kind as there are seeds."""
    for kind in kinds:
        for seed in seeds:
            yield phantom_scene(seed, SIZE, kind)


def real_scenes(rows: Iterable[Row]) -> Iterator[Scene]:
    """Images of an annotation list."""
    for row in rows:
        yield resized(load_scene(row), (SIZE, SIZE))


def usual_on_phantoms(kinds: Sequence[str]) -> dict[str | None, dict[Key, Boxes]]:
    """Where each finding lies on phantoms of each kind; none of them are asked about."""
    return {kind: _usual_on(kind) for kind in kinds}


def _usual_on(kind: str) -> dict[Key, Boxes]:
    found: dict[Key, list[Boxes]] = {}
    for seed in USUAL_SEEDS:
        for one in phantoms.draw(kind, seed, size=64).findings:
            key = (one.finding, Side(one.side) if one.side in ("left", "right") else None)
            found.setdefault(key, []).append(as_boxes(list(one.boxes)) / 64)
    return {key: np.concatenate(boxes) for key, boxes in found.items()}


def usual_on(rows: Iterable[Row]) -> dict[Key, Boxes]:
    """Where each finding lies on the images of an annotation list."""
    found: dict[Key, list[Boxes]] = {}
    for row in rows:
        for key, boxes in row.present.items():
            found.setdefault(key, []).append(as_boxes(boxes) / np.array([*row.size] * 2))
    return {key: np.concatenate(boxes) for key, boxes in found.items()}


def _misnamed(scene: Scene) -> list[Called]:
    rows: list[Called] = []
    for (name, side), boxes in scene.present.items():
        others = [(other, side) for other in siblings(name) if other in scene.absent]
        if side in OTHER and _only_on_the_other_side(scene, (name, OTHER[side])):
            others.append((name, OTHER[side]))
        rows += [(key, MISNAMED, box) for key in others for box in boxes]
    return rows


def _empty(scene: Scene, usual: Mapping[Key, Boxes], rng: Generator) -> list[Called]:
    rows: list[Called] = []
    for key, places in usual.items():
        if key[0] not in scene.absent and not _only_on_the_other_side(scene, key):
            continue
        box = places[int(rng.integers(len(places)))] * SIZE
        similar = any(name in siblings(key[0]) for name, _ in scene.present)
        if not similar or rng.random() < SIMILAR_SHARE:
            rows.append((key, EMPTY, Box.of(box.tolist())))
    return rows


def _only_on_the_other_side(scene: Scene, key: Key) -> bool:
    sides = {side for name, side in scene.present if name == key[0]}
    return key[1] in (Side.LEFT, Side.RIGHT) and bool(sides) and not sides & {key[1], None, Side.BILATERAL}


@torch.inference_mode()
def _found(
    encoder: RegionText,
    encoded: Encoded,
    called: Sequence[Called],
    found: NDArray[np.int8],
    texts: Texts,
    rng: Generator,
) -> list[bool | None]:
    seen = encoder.boxes(encoded, [box for _, _, box in called])
    fit = (seen @ encoder.cached(texts.all).T).cpu().numpy()
    own = (seen * encoder.cached([said(*key) for key, _, _ in called])).sum(-1).cpu().numpy()
    hits: list[bool | None] = []
    for row, (_, what, _) in enumerate(called):
        false = np.flatnonzero(found[row] == FALSE)
        if what != THERE or len(false) < DISTRACTORS:
            hits.append(None)
            continue
        drawn = rng.choice(false, DISTRACTORS, replace=False)
        hits.append(bool(own[row] > fit[row, drawn].max()))
    return hits
