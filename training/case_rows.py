"""Case sets as what may be trained on: what half of the readers mark is there, what all of them exclude is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ssg.boxes import Box, as_boxes
from ssg.casebook import read_case_set
from ssg.casebook.files import MANIFEST, file_inside
from ssg.reward import ReaderAnswer, Region
from training.metrics import matched_iou
from training.rows import Row, without_marked
from training.scene import Key


def case_rows(folder: Path) -> list[Row]:
    """One row for each case of the set in ``folder``; raises InvalidCaseSet with every problem of it.

    Which patient a case is of is not known, so each is split off by itself.
    """
    case_set = read_case_set(folder)
    return [
        Row(
            file_inside(folder, case.image.file),
            (case.width, case.height),
            _present(case.readers),
            _absent(case.readers),
            f"{case_set.id}/{case.id}",
            {
                "image": case.image.file,
                "modality": case.modality,
                "body_part": case.body_part,
                "anatomy": [_entry(region) for region in case.structures],
                **({"phantom": True} if case_set.synthetic else {}),
            },
            f"{folder / MANIFEST}, case {case.id}",
        )
        for case in case_set.cases
    ]


def _present(readers: Sequence[ReaderAnswer]) -> dict[Key, tuple[Box, ...]]:
    """What at least half of the readers mark, with the boxes of the one whom the others agree with best."""
    drawn = [_by_key(reader) for reader in readers]
    keys = dict.fromkeys(key for found in drawn for key in found)
    often = [key for key in keys if 2 * sum(key in found for found in drawn) >= len(drawn)]
    return {key: _agreed([found[key] for found in drawn if key in found]) for key in often}


def _by_key(reader: ReaderAnswer) -> dict[Key, tuple[Box, ...]]:
    found: dict[Key, tuple[Box, ...]] = {}
    for region in reader.regions:
        key = (region.finding, region.side)
        found[key] = (*found.get(key, ()), region.box)
    return found


def _agreed(boxes: Sequence[tuple[Box, ...]]) -> tuple[Box, ...]:
    fit = [sum(matched_iou(as_boxes(one), as_boxes(other)) for other in boxes) for one in boxes]
    return boxes[int(np.argmax(fit))]


def _absent(readers: Sequence[ReaderAnswer]) -> tuple[str, ...]:
    """What every reader excludes and none marks, nor a special kind of it; all else is unknown."""
    marked = {region.finding for reader in readers for region in reader.regions}
    excluded = [name for name in readers[0].absent if all(name in other.absent for other in readers)] if readers else []
    return without_marked(excluded, marked)


def _entry(region: Region) -> dict[str, object]:
    side = region.side.value if region.side else None
    return {"label": region.finding, "side": side, "boxes": [list(region.box)]}
