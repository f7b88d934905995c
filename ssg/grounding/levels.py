"""By what an encoder's checkpoint normalises images: mean and standard deviation of the channels."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

Levels = tuple[tuple[float, ...], tuple[float, ...]]
LEVELS: Levels = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
"""SigLIP's."""

FILE_NAME = "preprocessor_config.json"
OF_PROCESSOR = "processor_config.json"
"""Where transformers 5 writes what an image processor needs, within that of the whole processor."""


def read_levels(folder: Path) -> Levels:
    """A checkpoint's own, SigLIP's where it says nothing; raises ValueError where they are none."""
    found = _said(folder / FILE_NAME) or _said(folder / OF_PROCESSOR).get("image_processor", {})
    mean, deviation = (
        tuple(map(float, found.get(key, usual))) for key, usual in zip(("image_mean", "image_std"), LEVELS, strict=True)
    )
    whole = len(mean) == len(deviation) == 3 and all(map(math.isfinite, (*mean, *deviation)))
    if not whole or min(deviation) <= 0:
        raise ValueError(f"image_mean and image_std must be three numbers each, got {mean} and {deviation}")
    return mean, deviation


def write_levels(levels: Levels, folder: Path) -> None:
    """Write beside the weights."""
    row = {"image_mean": list(levels[0]), "image_std": list(levels[1])}
    (folder / FILE_NAME).write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")


def _said(path: Path) -> dict[str, Any]:
    found: Any = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} is not a JSON object")
    return found
