"""Where scenes come from: the endless phantom stream and annotation lists, with augmentation that keeps truth true."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from PIL import Image

from ssg import phantoms
from ssg.boxes import Box, Boxes, as_boxes, clipped, rescaled
from ssg.errors import BadInput
from ssg.vocabulary import Side, vocabulary
from training.tasks import Key, Scene

LEAST_SHARE = 0.4
"""A finding that keeps less of its area in a crop is no longer asked about."""

LARGEST_ANNOTATION = 200 * 2**20

PHANTOM, REAL = "phantom", "real"

MINED = "image_labels_textmined"
MINED_LABELS = (
    "atelectasis", "cardiomegaly", "pleural effusion", "infiltrate", "mass", "nodule", "pneumonia", "pneumothorax",
    "consolidation", "pulmonary edema", "emphysema", "fibrosis", "pleural thickening", "hernia",
)  # fmt: skip
"""What the text mining of ChestX-ray14 looks for (Wang et al. 2017); about 90 % of its labels are right."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an annotation list: an image file, its size in pixels, and what is known of it."""

    path: Path
    size: tuple[int, int]
    present: dict[Key, tuple[Box, ...]]
    absent: tuple[str, ...]
    group: str
    source: dict[str, Any]

    @property
    def origin(self) -> str:
        """ "phantom" or "real"."""
        return PHANTOM if "seed" in self.source else REAL

    def boxes_by_name(self) -> dict[str, Boxes]:
        """All boxes (n, 4) of each finding, whatever their side."""
        names = dict.fromkeys(name for name, _ in self.present)
        return {
            name: as_boxes([box for key, boxes in self.present.items() if key[0] == name for box in boxes])
            for name in names
        }


def phantom_scene(seed: int, size: int) -> Scene:
    """One phantom chest with all its truth; ``size`` in pixels a side."""
    return scene_of(phantoms.chest_xray(seed, size=size, with_masks=True))


def scene_of(drawn: phantoms.Phantom) -> Scene:
    """A phantom, drawn with its masks, as a scene."""
    return Scene(
        drawn.pixels,
        _by_key(drawn.findings),
        drawn.absent,
        _by_key(drawn.anatomy),
        {(name, _side(side)): mask for (name, side), mask in drawn.masks.items()},
    )


def _by_key(findings: Iterable[Any]) -> dict[Key, tuple[Box, ...]]:
    grouped: dict[Key, tuple[Box, ...]] = {}
    for finding in findings:
        key = (finding.finding, _side(finding.side))
        grouped[key] = (*grouped.get(key, ()), *finding.boxes)
    return grouped


def _side(side: Any) -> Side | None:
    return None if side in (None, "", "midline") else Side(str(side))


def read_annotations(path: Path) -> list[Row]:
    """Read a list in the format of ``annotations.json``; every problem is one BadInput that names the row."""
    try:
        if path.stat().st_size > LARGEST_ANNOTATION:
            raise BadInput(f"{path} is larger than {LARGEST_ANNOTATION >> 20} MiB: split the list.")
        rows = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}): give the path of an annotations.json.") from None
    except ValueError as error:
        raise BadInput(f"{path} is not valid JSON ({error}).") from None
    if not isinstance(rows, list) or not rows:
        raise BadInput(f"{path} holds no list of images: it must be a JSON list with at least one entry.")
    return [_row(entry, number, path) for number, entry in enumerate(rows, start=1)]


def _row(entry: Any, number: int, path: Path) -> Row:
    if not isinstance(entry, dict):
        raise BadInput(f"{path}, entry {number}: an image is an object with its fields, got {entry!r:.60}.")
    for field, kind in (("image", str), ("width", int), ("height", int), ("findings", list), ("absent", list)):
        if not isinstance(entry.get(field, [] if kind is list else None), kind):
            expected = {str: "a path", int: "a number of pixels", list: "a list"}[kind]
            raise BadInput(f'{path}, entry {number}: "{field}" must be {expected}, got {entry.get(field)!r:.60}.')
    try:
        size = (int(entry["width"]), int(entry["height"]))
        present: dict[Key, tuple[Box, ...]] = {}
        for finding in entry.get("findings", ()):
            name = vocabulary().get(finding["label"]).name
            boxes = as_boxes([Box.of(box).require_inside(*size) for box in finding.get("boxes", ())])
            for box in boxes:
                key = (name, _side_of(name, finding.get("side"), box, size[0]))
                present[key] = (*present.get(key, ()), Box.of(box.tolist()))
        absent = tuple(vocabulary().get(name).name for name in entry.get("absent", ()))
        if both := [name for name in absent if any(name == marked for marked, _ in present)]:
            raise BadInput(f"{both[0]} is both marked and absent: decide on one.")
        group = str(entry.get("patient", entry.get("figshare_id", entry["image"])))
        return Row(path.parent / entry["image"], size, present, absent, group, entry)
    except BadInput as error:
        raise BadInput(f"{path}, entry {number}: {error}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path}, entry {number} is not of the expected form ({error!r}).") from None


def _side_of(name: str, given: Any, box: np.ndarray, width: int) -> Side | None:
    """The side as annotated, else by where the box lies: the patient's right is at the image's left."""
    if given:
        return _side(given)
    if vocabulary().get(name).laterality == "midline":
        return None
    return Side.RIGHT if (box[0] + box[2]) / 2 < width / 2 else Side.LEFT


def load_scene(row: Row) -> Scene:
    """Read one row's image as grey uint8; raises BadInput where the file is not what the row says."""
    try:
        with Image.open(row.path) as picture:
            pixels = np.asarray(picture.convert("L"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{row.path} cannot be read as an image ({error}).") from None
    if pixels.shape != (row.size[1], row.size[0]):
        raise BadInput(f"{row.path} has {pixels.shape[1]} × {pixels.shape[0]} pixels, its entry says {row.size}.")
    return Scene(pixels, row.present, row.absent)


def cropped(scene: Scene, window: tuple[int, int, int, int]) -> Scene:
    """The part of a scene inside ``window`` (x0, y0, x1, y1): boxes are cut, findings that leave become unknown."""
    x0, y0, x1, y1 = window
    inside = (slice(y0, y1), slice(x0, x1))
    present, lost = _moved(scene.present, window)
    anatomy, _ = _moved(scene.anatomy, window)
    masks = {key: mask[inside] for key, mask in scene.masks.items()}
    absent = tuple(name for name in scene.absent if name not in lost)
    return replace(scene, pixels=scene.pixels[inside], present=present, anatomy=anatomy, masks=masks, absent=absent)


def _moved(
    found: dict[Key, tuple[Box, ...]], window: tuple[int, int, int, int]
) -> tuple[dict[Key, tuple[Box, ...]], set[str]]:
    x0, y0, x1, y1 = window
    kept: dict[Key, tuple[Box, ...]] = {}
    lost: set[str] = set()
    for key, boxes in found.items():
        moved = as_boxes(boxes) - np.array([x0, y0, x0, y0])
        inside = clipped(moved, x1 - x0, y1 - y0, LEAST_SHARE)
        if len(inside) == len(moved):
            kept[key] = tuple(Box.of(box.tolist()) for box in inside)
        else:
            lost.add(key[0])
    return {key: boxes for key, boxes in kept.items() if key[0] not in lost}, lost


def resized(scene: Scene, size: tuple[int, int]) -> Scene:
    """The scene at (width, height) pixels."""
    height, width = scene.pixels.shape
    if (width, height) == size:
        return scene
    picture = Image.fromarray(scene.pixels).resize(size, Image.Resampling.BILINEAR)

    def grow(found: dict[Key, tuple[Box, ...]]) -> dict[Key, tuple[Box, ...]]:
        return {
            key: tuple(Box.of(box.tolist()) for box in rescaled(as_boxes(boxes), (width, height), size))
            for key, boxes in found.items()
        }

    rows = (np.arange(size[1]) + 0.5) * height // size[1]
    columns = (np.arange(size[0]) + 0.5) * width // size[0]
    nearest = np.ix_(rows.astype(int), columns.astype(int))
    masks = {key: mask[nearest] for key, mask in scene.masks.items()}
    return replace(
        scene,
        pixels=np.asarray(picture),
        present=grow(scene.present),
        anatomy=grow(scene.anatomy),
        masks=masks,
    )


def random_window(
    scene: Scene, rng: Generator, aspect: float | None = None, least: float = 0.75
) -> tuple[int, int, int, int]:
    """A crop window of a width-to-height ratio ``aspect`` (None: the scene's own).

    It keeps at least ``least`` of each side of the largest such window.
    """
    height, width = scene.pixels.shape
    aspect = aspect or width / height
    scale = rng.uniform(least, 1.0)
    w = max(1, round(scale * min(width, height * aspect)))
    h = max(1, min(height, round(w / aspect)))
    x0, y0 = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
    return x0, y0, x0 + w, y0 + h


def regraded(scene: Scene, rng: Generator) -> Scene:
    """Other grey levels: gamma, contrast and noise, as another machine would give; truth is untouched."""
    grey = scene.pixels.astype(np.float32) / 255
    grey = np.clip(grey, 0, 1) ** np.exp(rng.normal(0, 0.25))
    grey = (grey - 0.5) * rng.uniform(0.8, 1.2) + 0.5 + rng.normal(0, 0.05)
    grey += rng.normal(0, rng.uniform(0, 0.02), grey.shape).astype(np.float32)
    return replace(scene, pixels=(np.clip(grey, 0, 1) * 255).astype(np.uint8))


def with_mined_absences(row: Row) -> Row:
    """The row with what its report does not mention as absent: weak, for training only, never for evaluation.

    A finding is taken as absent only where nothing of its group is mentioned or marked, because reports name the same
    shadow differently.
    """
    mined = row.source.get(MINED)
    if mined is None:
        return row
    words = vocabulary()
    said = [words.get(label).name for label in mined if label != "No Finding"] + [name for name, _ in row.present]
    free = [name for name in MINED_LABELS if not any(words.label_match(name, other) for other in said)]
    return replace(row, absent=tuple(dict.fromkeys([*row.absent, *free])))


def is_held_out(row: Row) -> bool:
    """Whether a patient's images are never trained on: one patient in five, the same ones in every list."""
    return hashlib.sha256(row.group.encode()).digest()[0] % 5 == 0


def part_of(rows: Iterable[Row], part: str) -> list[Row]:
    """Rows of "all" patients, of the "training" ones or of the "held-out" ones (never split by image)."""
    return [row for row in rows if part == "all" or is_held_out(row) == (part == "held-out")]


def real_rows(lists: Iterable[Path]) -> list[Row]:
    """Training rows of the given lists: without the held-out patients, with absences mined from reports."""
    rows = [with_mined_absences(row) for path in lists for row in part_of(read_annotations(path), "training")]
    return [row for row in rows if row.present or row.absent]
