"""A table of readers who are drawn, not real: it tries the stage ``reward-model`` out and teaches nothing of readers.

Each phantom's findings are marked by three readers, every edge a little off and now and then a finding overlooked, in
the columns that ``training/readers.py`` reads.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.readers import COLUMNS
from training.scenes import phantom_scene

READERS = ("R1", "R2", "R3")
OFF = 0.08
"""How far a reader's edge lies from the true one, a standard deviation in sides of the box."""

OVERLOOKED = 0.1
FIRST_SEED = 1_500_000
LENGTH = 2400 / 256
"""Phantoms are drawn at 256 pixels a side and marked in pixels of a radiograph."""


def write_readers(path: Path, count: int) -> Path:
    """Write the table of ``count`` chest radiographs to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            table.writerows(_marks(seed))
    return path


def _marks(seed: int) -> Iterator[list[object]]:
    scene, rng = phantom_scene(seed, 256), np.random.default_rng([seed, 31])
    for reader in READERS:
        for (name, _), boxes in scene.present.items():
            if rng.random() < OVERLOOKED:
                continue
            for box in boxes:
                x0, y0, x1, y1 = (length * LENGTH for length in box)
                sides = np.array([x1 - x0, y1 - y0, x1 - x0, y1 - y0])
                marked = np.array([x0, y0, x1, y1]) + rng.normal(0, OFF, 4) * sides
                yield [f"phantom {seed}", name, reader, *np.maximum(marked, 0).round(1)]
