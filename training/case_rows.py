"""Case sets as what may be trained on: what half of the readers mark is there, what all of them exclude is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ssg.boxes import Box, as_boxes
from ssg.casebook import Case, CaseSet, read_case_set
from ssg.casebook.files import MANIFEST, file_inside
from ssg.reward import ReaderAnswer, Region
from ssg.reward.pairing import matched_iou
from training.rows import Row, without_marked
from training.scene import Key


def case_rows(folder: Path) -> list[Row]:
    """A row for each marked picture of the cases in ``folder``; raises InvalidCaseSet with every problem of it.

    A case in which nothing is marked has a row for the picture that stands for it. Which patient a case is of is not
    known, so each is split off by itself.
    """
    case_set = read_case_set(folder)
    return [_row(case_set, case, picture) for case in case_set.cases for picture in _shown(case)]


def _shown(case: Case) -> list[int]:
    marked = {region.picture for reader in case.readers for region in reader.regions}
    return sorted(marked) or [case.key_picture]


def _row(case_set: CaseSet, case: Case, picture: int) -> Row:
    """What is there on one picture; what the case does not have is on none of its pictures."""
    assert case_set.folder is not None
    image, (series, _) = case.pictures[picture], case.place_of(picture)
    readers = [
        ReaderAnswer(tuple(region for region in reader.regions if region.picture == picture), reader.absent, reader.id)
        for reader in case.readers
    ]
    several = f", picture {picture}" if len(case.pictures) > 1 else ""
    return Row(
        file_inside(case_set.folder, image.file),
        (image.width, image.height),
        _present(readers),
        _absent(readers),
        f"{case_set.id}/{case.id}",
        {
            "image": image.file,
            "modality": series.modality or case.modality,
            "body_part": case.body_part,
            "anatomy": [_entry(region) for region in case.structures if region.picture == picture],
            **({"phantom": True} if case_set.synthetic else {}),
        },
        f"{case_set.folder / MANIFEST}, case {case.id}{several}",
    )


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
