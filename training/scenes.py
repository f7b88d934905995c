"""Where scenes come from: phantoms of every kind, and annotation lists of real images."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ssg import phantoms
from ssg.boxes import Box, Boxes, as_boxes
from ssg.errors import BadInput
from ssg.imaging.grey import as_bytes, full_range, looked_up
from ssg.imaging.levels import rescaled
from ssg.vocabulary import Side, vocabulary
from training.scene import Key, Scene, body_of

LARGEST_ANNOTATION = 200 * 2**20

UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises for a file that is no picture, or too large a one."""

NEIGHBOURS = 150
"""Slices of one block, where only numbers and no patients are known; between blocks a part of them is missing."""

TO_THE_GAP = 28
"""Blocks begin so many numbers before a multiple of ``NEIGHBOURS``: in the middle of what is missing, numbers 97 to 147
of each 150. Anywhere else the cut would lie between neighbouring slices of one patient."""

DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I")
"""Pillow's names of grey of more than 8 bits."""

PHANTOM, REAL = "phantom", "real"

MINED = "image_labels_textmined"
MINED_LABELS = (
    "atelectasis", "cardiomegaly", "pleural effusion", "infiltrate", "mass", "nodule", "pneumonia", "pneumothorax",
    "consolidation", "pulmonary edema", "emphysema", "fibrosis", "pleural thickening", "hernia",
)  # fmt: skip
"""What the text mining of ChestX-ray14 looks for (Wang et al. 2017); about 90 % of its labels are right."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an annotation list: an image file, its size in pixels, and what is known of it.

    ``place`` says where the row stands ("LIST.json, entry 3"), for whoever has to mend it.
    """

    path: Path
    size: tuple[int, int]
    present: dict[Key, tuple[Box, ...]]
    absent: tuple[str, ...]
    group: str
    source: dict[str, Any]
    place: str = ""

    @property
    def origin(self) -> str:
        """ "phantom" or "real", and the modality where it is not a radiograph ("phantom CT")."""
        return origin_of("seed" in self.source, str(self.source.get("modality") or "DX"))

    @property
    def body(self) -> str:
        """The part of the body: see :func:`training.scene.body_of`."""
        return body_of([*(name for name, _ in self.present), *self.absent])

    def boxes_by_name(self) -> dict[str, Boxes]:
        """All boxes (n, 4) of each finding, whatever their side."""
        names = dict.fromkeys(name for name, _ in self.present)
        return {
            name: as_boxes([box for key, boxes in self.present.items() if key[0] == name for box in boxes])
            for name in names
        }


def origin_of(phantom: bool, modality: str) -> str:
    """Where an image comes from, as the location prior tells them apart."""
    made = PHANTOM if phantom else REAL
    return made if modality in ("DX", "CR") else f"{made} {modality}"


def phantom_scene(seed: int, size: int, kind: str = "chest-xray") -> Scene:
    """One phantom of a site that is trained on, with all its truth; ``size`` in pixels a side."""
    return scene_of(phantoms.draw(kind, seed, size=size, with_masks=True, site=training_site(seed, kind)))


def training_site(seed: int, kind: str) -> str:
    """The site of a phantom that is trained on: one of those that may be, by its seed."""
    sites = phantoms.kind_of(kind).training_sites
    return sites[int(np.random.default_rng([seed, 77]).integers(len(sites)))]


def scene_of(drawn: phantoms.Phantom) -> Scene:
    """A phantom, drawn with its masks, as a scene."""
    masks = {(name, _side(side)): mask for (name, side), mask in drawn.masks.items()}
    return Scene(drawn.pixels, _by_key(drawn.findings), drawn.absent, _by_key(drawn.anatomy), masks, drawn.kind)


def with_parents(scene: Scene) -> Scene:
    """The scene where what is of a special kind is there under its general name too, if that is a name phantoms teach.

    Whoever asks for a brain tumor wants to see a glioma. A general name that is marked itself stays what is so called.
    """
    present, masks = dict(scene.present), dict(scene.masks)
    named = {name for name, _ in scene.present}
    for (name, side), boxes in scene.present.items():
        for parent in _taught_parents(name):
            if parent in named:
                continue
            key = (parent, side)
            present[key] = (*present.get(key, ()), *boxes)
            if (mask := scene.masks.get((name, side))) is not None:
                masks[key] = masks[key] | mask if key in masks else mask
    absent = tuple(name for name in scene.absent if not any(name == key[0] for key in present))
    return replace(scene, present=present, masks=masks, absent=absent)


@lru_cache(maxsize=1024)
def _taught_parents(name: str) -> tuple[str, ...]:
    words = vocabulary()
    return tuple(other for other in phantoms.all_findings() if other != name and words.is_a(name, other))


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
    place = f"{path}, entry {number}"
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
        # label sets without kinds exclude "lung opacity" beside a consolidation: that says nothing of other opacities
        marked = {name for name, _ in present}
        absent = tuple(name for name in absent if not any(vocabulary().is_a(kind, name) for kind in marked))
        _mined(entry)
        return Row(path.parent / entry["image"], size, present, absent, _group(entry), entry, place)
    except BadInput as error:
        raise BadInput(f"{place}: {error}") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{place} is not of the expected form ({error!r}).") from None


def _group(entry: dict[str, Any]) -> str:
    """What must not be split: a patient; a block of slice numbers where neighbours may be of one patient; an image."""
    if "patient" in entry:
        return str(entry["patient"])
    if isinstance(number := entry.get("figshare_id"), int):
        return f"block {(number + TO_THE_GAP) // NEIGHBOURS}"
    return str(entry["image"])


def _side_of(name: str, given: Any, box: np.ndarray, width: int) -> Side | None:
    """The side as annotated, else by where the box lies: the patient's right is at the image's left."""
    if given:
        return _side(given)
    if vocabulary().get(name).laterality in ("midline", "none"):
        return None
    return Side.RIGHT if (box[0] + box[2]) / 2 < width / 2 else Side.LEFT


def load_scene(row: Row) -> Scene:
    """Read one row's image as grey uint8; raises BadInput where the file is not what the row says."""
    try:
        with Image.open(row.path) as picture:
            pixels = _grey(picture)
    except UNREADABLE as error:
        raise BadInput(f"{row.path} cannot be read as an image ({error}).") from None
    _require_size(row, (pixels.shape[1], pixels.shape[0]))
    return Scene(pixels, row.present, row.absent)


def require_images(rows: Iterable[Row]) -> None:
    """Raise BadInput for the first row whose image is missing, is none or has another size; reads headers only.

    A run would otherwise end by it hours later, when that image is drawn.
    """
    for row in rows:
        try:
            with Image.open(row.path) as picture:
                size = picture.size
        except UNREADABLE as error:
            why = getattr(error, "strerror", None) or "it is no image"
            raise BadInput(f"{row.place}: {row.path} cannot be read ({why}).") from None
        _require_size(row, size)


def _require_size(row: Row, size: tuple[int, int]) -> None:
    if size != row.size:
        said = f"{row.size[0]} × {row.size[1]}"
        raise BadInput(f"{row.place}: {row.path} has {size[0]} × {size[1]} pixels, its entry says {said}.")


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    """Grey of 8 bits; deeper grey is shown over the range of its values, as the app shows it."""
    if picture.mode not in DEEP_MODES:
        return np.asarray(picture.convert("L"))
    levels = rescaled(np.clip(np.asarray(picture), 0, 65535).astype(np.uint16), 1.0, 0.0)
    window = full_range(levels.offset, levels.offset + levels.kinds - 1)
    return looked_up(as_bytes(window.shown(levels.reals)), levels.samples)


def with_mined_absences(row: Row) -> Row:
    """The row with what its report does not mention as absent: weak, for training only, never for evaluation.

    A finding is taken as absent only where nothing of its group is mentioned or marked, because reports name the same
    shadow differently.
    """
    mined = _mined(row.source)
    if mined is None:
        return row
    words = vocabulary()
    said = [*mined, *(name for name, _ in row.present)]
    free = [name for name in MINED_LABELS if not any(words.label_match(name, other) for other in said)]
    return replace(row, absent=tuple(dict.fromkeys([*row.absent, *free])))


def _mined(entry: dict[str, Any]) -> list[str] | None:
    """The names of the labels that were mined from the report; None where nobody looked."""
    mined = entry.get(MINED)
    if mined is None:
        return None
    if not isinstance(mined, list) or not all(isinstance(label, str) for label in mined):
        raise BadInput(f'"{MINED}" must be a list of names, got {mined!r:.60}.')
    return [vocabulary().get(label).name for label in mined if label != "No Finding"]


def is_held_out(row: Row) -> bool:
    """Whether an image is never trained on: those of one patient in five, the same ones in every list.

    And every phantom of a site that is kept apart, where a list of phantoms was drawn of all sites.
    """
    if row.source.get("site") in _sites_kept_apart(str(row.source.get("kind"))):
        return True
    return hashlib.sha256(row.group.encode()).digest()[0] % 5 == 0


@lru_cache(maxsize=16)
def _sites_kept_apart(kind: str) -> tuple[str, ...]:
    return phantoms.kind_of(kind).held_out_sites if kind in phantoms.KINDS else ()


def part_of(rows: Iterable[Row], part: str) -> list[Row]:
    """Rows of "all" patients, of the "training" ones or of the "held-out" ones (never split by image)."""
    return [row for row in rows if part == "all" or is_held_out(row) == (part == "held-out")]


def real_rows(lists: Iterable[Path]) -> list[Row]:
    """Training rows of the given lists: without the held-out patients, with absences mined from reports.

    Raises BadInput for a list that nothing can be trained on, and for images that are not what their row says.
    """
    rows: list[Row] = []
    for path in lists:
        allowed = part_of(read_annotations(path), "training")
        if not allowed:
            raise BadInput(f"{path}: all its patients are held out, so none is trained on; leave it out of --real.")
        known = [row for row in map(with_mined_absences, allowed) if row.present or row.absent]
        if not known:
            raise BadInput(f"{path}: of no image that may be trained on is anything known; leave it out of --real.")
        require_images(known)
        rows += known
    return rows
