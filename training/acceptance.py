"""What the acceptability model is trained on and measured by: experts' answers and flawed ones, with their verdicts."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Boxes
from ssg.errors import BadInput
from ssg.reward import Answer, Reference
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
        return hashed(self.image) % HELD_OUT == 0


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
    """Experts' answers, which are accepted, and flawed ones made of them, which are not."""
    rng, pool = np.random.default_rng(seed), Pool.of(cases)
    rows = []
    for case in cases:
        expert = f"{case.image}/{case.finding}/{case.reader}"
        row = _row(case, EXPERT, expert, case.boxes)
        rows.append(row)
        varied = [*VARIED, *UNSEEN] if row.held_out else rng.choice(list(VARIED), VARIED_EACH, replace=False)
        for kind in (*REFERENCE, *varied):
            boxes = flawed(kind, case, pool, rng)
            if boxes is not None:
                rows.append(_row(case, kind, expert, boxes))
    return rows


def _row(case: Case, kind: str, expert: str, boxes: Boxes) -> Judged:
    return Judged(case.image, case.finding, kind, expert, boxes, case.others, case.elsewhere, case.size, kind == EXPERT)


def read_verdicts(path: Path) -> list[Judged]:
    """Verdicts of instructors, JSON lines of ``{"reference", "answer", "accepted": true, "by": "..."}``.

    A verdict is on the answer as a whole, so it counts for each finding that is marked in the reference. Raises
    BadInput with the line that is wrong.
    """
    rows = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeError as error:
        raise BadInput(f"{path} is not text in UTF-8 ({error}).") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                rows += _verdict(json.loads(line), f"{path}/{number}")
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
                raise BadInput(
                    f'{path}, line {number}: {reason}. A verdict is {{"reference": ..., "answer": ..., '
                    '"accepted": true or false, "by": "..."}.'
                ) from None
            except BadInput as error:
                raise BadInput(f"{path}, line {number}: {error}") from None
    return rows


def _verdict(row: dict[str, object], name: str) -> list[Judged]:
    reference = Reference.from_json(row["reference"])
    answer = Answer.from_json(row["answer"], reference.width, reference.height)
    if not isinstance(row["accepted"], bool) or not isinstance(row["by"], str):
        raise BadInput('"accepted" must be true or false, and "by" say whose verdict it is.')
    found = []
    for finding in dict.fromkeys(region.finding for reader in reference.readers for region in reader.regions):
        marks = [_boxes(reader, finding) for reader in reference.readers]
        elsewhere = [
            region.box for reader in reference.readers for region in reader.regions if region.finding != finding
        ]
        found.append(
            Judged(
                image=name,
                finding=finding,
                kind=VERDICT,
                expert=f"{name}/{row['by']}",
                boxes=_boxes(answer, finding),
                readers=tuple(boxes for boxes in marks if len(boxes)),
                elsewhere=np.array([tuple(box) for box in elsewhere]).reshape(-1, 4),
                size=(reference.width, reference.height),
                accepted=row["accepted"],
            )
        )
    return [one for one in found if len(one.boxes)]


def _boxes(answer: Answer, finding: str) -> Boxes:
    return np.array([tuple(r.box) for r in answer.regions if r.finding == finding]).reshape(-1, 4)
