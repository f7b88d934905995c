"""Phantoms of every kind as scenes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from ssg import phantoms
from ssg.boxes import Box
from ssg.vocabulary import vocabulary
from training.rows import side_named
from training.scene import Key, Scene


def phantom_scene(seed: int, size: int, kind: str = "chest-xray") -> Scene:
    """One phantom of a site that is trained on, with all its truth; ``size`` in pixels a side."""
    return scene_of(phantoms.draw(kind, seed, size=size, with_masks=True, site=training_site(seed, kind)))


def training_site(seed: int, kind: str) -> str:
    """The site of a phantom that is trained on: one of those that may be, by its seed."""
    sites = phantoms.kind_of(kind).training_sites
    return sites[int(np.random.default_rng([seed, 77]).integers(len(sites)))]


def scene_of(drawn: phantoms.Phantom) -> Scene:
    """A phantom, drawn with its masks, as a scene."""
    masks = {(name, side_named(side)): mask for (name, side), mask in drawn.masks.items()}
    return Scene(drawn.pixels, _by_key(drawn.findings), drawn.absent, _by_key(drawn.anatomy), masks, drawn.kind)


def with_parents(scene: Scene) -> Scene:
    """The scene where what is of a special kind is there under its general name too, if that is a name phantoms teach.

    Whoever asks for a brain tumor wants to see a glioma. A general name that is marked itself stays what is so called.
    """
    present, masks = dict(scene.present), dict(scene.masks)
    named = {name for name, _ in scene.present}
    for (name, side), boxes in scene.present.items():
        for parent in _taught_parents(name):
            if parent in named:
                continue
            key = (parent, side)
            present[key] = (*present.get(key, ()), *boxes)
            if (mask := scene.masks.get((name, side))) is not None:
                masks[key] = masks[key] | mask if key in masks else mask
    absent = tuple(name for name in scene.absent if not any(name == key[0] for key in present))
    return replace(scene, present=present, masks=masks, absent=absent)


@lru_cache(maxsize=1024)
def _taught_parents(name: str) -> tuple[str, ...]:
    words = vocabulary()
    return tuple(other for other in phantoms.all_findings() if other != name and words.is_a(name, other))


def _by_key(findings: Iterable[Any]) -> dict[Key, tuple[Box, ...]]:
    grouped: dict[Key, tuple[Box, ...]] = {}
    for finding in findings:
        key = (finding.finding, side_named(finding.side))
        grouped[key] = (*grouped.get(key, ()), *finding.boxes)
    return grouped
