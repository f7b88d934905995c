"""What the acceptability model is trained on and measured by: experts' answers and flawed ones, with their verdicts."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Boxes
from training.flaws import REFERENCE, UNSEEN, VARIED, Case, Pool, flawed
from training.readers import MultiRead

EXPERT = "expert"
VERDICT = "verdict"
HELD_OUT = 5
"""One image in so many is never trained on."""

MARGIN = (1.02, 1.2)
"""The table has no image sizes: an image is taken to be larger than what is marked on it by a factor between these."""

TYPICAL = (2300.0, 2400.0)
"""Width and height that the images with most marks are found to have; smaller ones are taken to be marked in part."""

CHUNK = 4096
"""Answers that are compared at once."""

VARIED_EACH = 5
"""Varied flaws made of each expert's answer for training; all kinds are made for measuring."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer with its verdict. ``kind`` says how it came about, ``expert`` which expert's answer it is made of."""

    image: str
    finding: str
    kind: str
    expert: str
    boxes: Boxes
    readers: tuple[Boxes, ...]
    elsewhere: Boxes
    size: tuple[float, float]
    accepted: bool

    @property
    def held_out(self) -> bool:
        """Whether it is kept for measuring: by image, so that nothing of it was seen in training."""
        return is_held_out(self.image)


def is_held_out(image: str) -> bool:
    """Whether an image is never trained on."""
    return hashed(image) % HELD_OUT == 0


def by_size(rows: Sequence[Judged]) -> list[Judged]:
    """Rows with few boxes first, so that little is padded where they are compared in chunks."""
    return sorted(rows, key=lambda row: (len(row.boxes), max(map(len, row.readers))))


def in_chunks(
    rows: Sequence[Judged], compare: Callable[[Sequence[Judged]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """``compare`` of all rows, a chunk at a time."""
    return np.concatenate([compare(rows[start : start + CHUNK]) for start in range(0, len(rows), CHUNK)])


def hashed(text: str) -> int:
    """The same number for the same text everywhere."""
    return zlib.crc32(text.encode())


def cases_of(images: Sequence[MultiRead]) -> list[Case]:
    """Every reader's boxes of a finding that another reader of the image marks too."""
    cases = []
    for image in images:
        if not any(image.readers.values()):
            continue
        size = _assumed_size(image)
        for reader, marked in image.readers.items():
            rest = {name: found for name, found in image.readers.items() if name != reader}
            for finding, boxes in marked.items():
                others = tuple(found[finding] for found in rest.values() if finding in found)
                if others:
                    elsewhere = [b for found in rest.values() for name, b in found.items() if name != finding]
                    kept = np.concatenate(elsewhere) if elsewhere else np.zeros((0, 4))
                    cases.append(Case(image.image, finding, reader, boxes, others, kept, size))
    return cases


def _assumed_size(image: MultiRead) -> tuple[float, float]:
    everything = np.concatenate([boxes for found in image.readers.values() for boxes in found.values()])
    rng = np.random.default_rng(hashed(image.image))
    typical = np.array(TYPICAL) * rng.uniform(0.9, 1.1)
    width, height = np.maximum(everything[:, 2:].max(axis=0) * rng.uniform(*MARGIN, 2), typical)
    return float(width), float(height)


def judged_of(cases: list[Case], seed: int = 0) -> list[Judged]:
    """Experts' answers, which are accepted, and flawed ones made of them, which are not.

    What flawed answers take of other images they take of the same part, so that nothing held out is trained on.
    """
    rng, rows = np.random.default_rng(seed), []
    pools = {part: Pool.of([case for case in cases if is_held_out(case.image) is part]) for part in (False, True)}
    for case in cases:
        expert = f"{case.image}/{case.finding}/{case.reader}"
        row = _row(case, EXPERT, expert, case.boxes)
        rows.append(row)
        varied = [*VARIED, *UNSEEN] if row.held_out else rng.choice(list(VARIED), VARIED_EACH, replace=False)
        for kind in (*REFERENCE, *varied):
            boxes = flawed(kind, case, pools[row.held_out], rng)
            if boxes is not None:
                rows.append(_row(case, kind, expert, boxes))
    return rows


def _row(case: Case, kind: str, expert: str, boxes: Boxes) -> Judged:
    return Judged(case.image, case.finding, kind, expert, boxes, case.others, case.elsewhere, case.size, kind == EXPERT)
