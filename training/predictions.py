"""Predictions made elsewhere, to be scored by the same figures.

JSON lines, one finding on one image each: ``{"prediction": [[x0, y0, x1, y1], ...], "reference": [[...], ...]}``, boxes
in pixels; no reference box means that it is absent. Where they are given, ``finding``, ``image``, ``site``,
``modality``, ``width`` and ``height`` count too, and ``confidence``, a list of numbers, one for each predicted box,
gives FROC. Without width and height the image is taken to reach as far as the boxes do, which only sizes depend on.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from ssg.boxes import Box, Boxes, as_boxes
from ssg.cli.files import json_lines, naming
from ssg.errors import BadInput
from training.metrics import Item


def read_predictions(path: Path) -> list[Item]:
    """Read a file; every problem is one BadInput that names the line."""
    items = []
    for number, (where, row) in enumerate(json_lines(path), start=1):
        with naming(where):
            items.append(_item(row, number))
    if not items:
        raise BadInput(f"{path} holds no predictions: give one JSON object on each line.")
    return items


def _item(row: Any, number: int) -> Item:
    if not isinstance(row, dict) or "prediction" not in row or "reference" not in row:
        raise BadInput('a line is an object with "prediction" and "reference", lists of boxes.')
    predicted, reference = _boxes(row, "prediction"), _boxes(row, "reference")
    everything = np.concatenate([predicted, reference, np.ones((1, 4))])
    width, height = (_length(row, name, everything[:, place].max()) for name, place in (("width", 2), ("height", 3)))
    confidence = row.get("confidence")
    candidates = None
    for box in np.concatenate([predicted, reference]):
        Box.of(box.tolist()).require_inside(width, height)
    if confidence is not None:
        if not isinstance(confidence, list) or len(confidence) != len(predicted):
            raise BadInput('"confidence" is a list of one number for each predicted box.')
        rows = [(float(box[0]), float(box[1]), float(box[2]), float(box[3])) for box in predicted]
        candidates = tuple(zip(map(_number, confidence), rows, strict=True))
    texts = {name: str(row.get(name, "")) for name in ("finding", "image", "site", "modality")}
    return Item(
        texts["image"] or f"line {number}",
        texts["finding"] or "finding",
        reference,
        predicted,
        width * height,
        candidates,
        texts["site"],
        texts["modality"],
    )


def _boxes(row: dict[str, Any], name: str) -> Boxes:
    boxes = row[name]
    if not isinstance(boxes, list) or any(not isinstance(box, list) or len(box) != 4 for box in boxes):
        raise BadInput(f'"{name}" is a list of boxes [x0, y0, x1, y1], got {boxes!r:.60}.')
    return as_boxes([[_number(value) for value in box] for box in boxes])


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadInput(f"{value!r:.40} is no number.")
    if not math.isfinite(value):
        raise BadInput("a number is too large, or none.")
    return float(value)


def _length(row: dict[str, Any], name: str, otherwise: float) -> float:
    value = _number(row.get(name, float(otherwise)))
    if not value > 0:
        raise BadInput(f'"{name}" is a number of pixels above 0, got {value!r}.')
    return value
