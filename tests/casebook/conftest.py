"""A small valid case set that tests change in one place: two cases, 64 × 48 pixels."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

WIDTH, HEIGHT = 64, 48


def png(width: int = WIDTH, height: int = HEIGHT, seed: int = 0) -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    Image.fromarray(pixels).save(out, format="PNG")
    return out.getvalue()


def case_row(name: str, data: bytes) -> dict[str, Any]:
    return {
        "id": name,
        "title": "Short of breath",
        "history": "58-year-old man. Three weeks of it.\nNo fever.",
        "modality": "DX",
        "view": "PA",
        "difficulty": 2,
        "image": {
            "file": f"images/{name}.png",
            "width": WIDTH,
            "height": HEIGHT,
            "spacing_mm": [0.5, 0.4],
            "sha256": hashlib.sha256(data).hexdigest(),
        },
        "readers": [
            {
                "id": "A",
                "regions": [
                    {"finding": "pleural effusion", "side": "right", "box": [2, 20, 30.5, 48]},
                    {"finding": "cardiomegaly", "box": [20, 10, 50, 40]},
                ],
                "absent": ["pneumothorax"],
            },
            {"id": "B", "regions": [{"finding": "pleural effusion", "side": "right", "box": [3, 21, 29, 48]}]},
        ],
        "question": ["pleural effusion", "pneumothorax"],
        "teaching_points": [{"text": "It climbs.", "region": 0}, {"text": "Look up.", "finding": "pneumothorax"}],
    }


class Folder:
    """A case set on disk: change ``manifest``, then ``save``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "images").mkdir(parents=True)
        pictures = {name: png(seed=number) for number, name in enumerate(("c1", "c2"))}
        for name, data in pictures.items():
            (path / "images" / f"{name}.png").write_bytes(data)
        self.manifest: dict[str, Any] = {
            "format": "ssg-case-set/2",
            "id": "small",
            "title": "A small set",
            "version": "1.0.0",
            "licence": "CC-BY-4.0",
            "provenance": "Noise.",
            "reviewed": False,
            "cases": [case_row(name, data) for name, data in pictures.items()],
        }
        self.save()

    @property
    def case(self) -> dict[str, Any]:
        """The first case's row."""
        row: dict[str, Any] = self.manifest["cases"][0]
        return row

    def save(self) -> Path:
        (self.path / "case_set.json").write_text(json.dumps(self.manifest), encoding="utf-8")
        return self.path


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "set")
