"""What a policy's answers would earn as a student's: the reward's components over an annotation list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Box
from ssg.grounding.region_text import RegionText
from ssg.grounding.types import FindingAnswer
from ssg.reward import Answer, ReaderAnswer, Reference, Region, score_many
from ssg.reward.rubric import COMPONENTS
from ssg.vocabulary import Side, vocabulary
from training.intervals import Interval, of_means
from training.pictures import load_scene
from training.rows import Row


def rewarded(asked: Sequence[tuple[Row, Sequence[FindingAnswer]]], encoder: RegionText | None = None) -> dict[str, Any]:
    """Mean total and components over all images that can be scored; names are held against ``encoder`` where given.

    A component that applies to no image is left out. The same of every site and modality stands in ``reward_by_site``
    and ``reward_by_modality``; intervals in ``reward_ci95``, and in ``ci95`` of each group.
    """
    references = [reference_of_row(row) for row, _ in asked]
    answers = [_answer(found) for _, found in asked]
    sights = None
    if encoder:
        looked = [encoder.look(load_scene(row).pixels) for row, _ in asked]
        sights = [sight for sight, _ in looked]
    scores = score_many(references, answers, sights=sights)
    columns = {"total": scores.total, **{name: scores.components[name] for name in COMPONENTS}}
    rows = [row for row, _ in asked]
    parts = {f"reward_by_{part}": _grouped(rows, part, columns) for part in ("site", "modality")}
    return _means(columns) | {"reward_ci95": _intervals(columns)} | parts


def _means(columns: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    return {name: round(float(np.nanmean(v)), 4) for name, v in columns.items() if not np.isnan(v).all()}


def _intervals(columns: Mapping[str, NDArray[np.float64]]) -> dict[str, Interval]:
    return dict(zip(columns, of_means(np.stack(list(columns.values()), axis=1)), strict=True))


def _grouped(rows: Sequence[Row], part: str, columns: Mapping[str, NDArray[np.float64]]) -> dict[str, dict[str, Any]]:
    """Means over the images of each site or modality; images whose rows do not say it are in none."""
    said = np.array([str(row.source.get(part) or "") for row in rows])
    return {
        name: _means(chosen) | {"ci95": _intervals(chosen)}
        for name in sorted(set(said.tolist()) - {""})
        for chosen in [{column: values[said == name] for column, values in columns.items()}]
    }


def reference_of_row(row: Row) -> Reference:
    """What a row says, as one reader, asked about all that it marks or excludes; and the anatomy around it."""
    regions = [Region(name, box, side) for (name, side), boxes in row.present.items() for box in boxes]
    urgent = tuple(sorted(regions, key=lambda region: -vocabulary().get(region.finding).urgency))
    asked = tuple(dict.fromkeys([*(region.finding for region in urgent), *row.absent]))
    width, height = row.size
    known = (*urgent, *(one for one in _anatomy(row) if one.finding not in asked))
    return Reference(width, height, (ReaderAnswer(known, row.absent, id="annotation"),), asked)


def _anatomy(row: Row) -> list[Region]:
    """The structures of a phantom, which the reward's relations are about."""
    return [
        Region(vocabulary().get(one["label"]).name, Box.of(box), Side(one["side"]) if one.get("side") else None)
        for one in row.source.get("anatomy", ())
        for box in one["boxes"]
    ]


def _answer(found: Sequence[FindingAnswer]) -> Answer:
    regions = tuple(region for answer in found for region in answer.regions)
    urgent = tuple(sorted(regions, key=lambda region: -vocabulary().get(region.finding).urgency))
    return Answer(urgent, tuple(answer.finding for answer in found if answer.present is False))
