"""Annotation lists: what is known of an image, row by row, and which rows may be trained on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ssg import phantoms
from ssg.boxes import Box, Boxes, as_boxes
from ssg.errors import BadInput
from ssg.vocabulary import Side, vocabulary
from training.scene import Key, body_of, boxes_by_name

LARGEST_ANNOTATION = 200 * 2**20

NEIGHBOURS = 150
"""Slices of one block, where only numbers and no patients are known; between blocks a part of them is missing."""

TO_THE_GAP = 28
"""Blocks begin so many numbers before a multiple of ``NEIGHBOURS``: in the middle of what is missing, numbers 97 to 147
of each 150. Anywhere else the cut would lie between neighbouring slices of one patient."""

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
        return origin_of("seed" in self.source or "phantom" in self.source, str(self.source.get("modality") or "DX"))

    @property
    def body(self) -> str:
        """The part of the body: see :func:`training.scene.body_of`."""
        return body_of([*(name for name, _ in self.present), *self.absent])

    def boxes_by_name(self) -> dict[str, Boxes]:
        """All boxes (n, 4) of each finding, whatever their side."""
        return boxes_by_name(self.present)


def origin_of(phantom: bool, modality: str) -> str:
    """Where an image comes from, as the location prior tells them apart."""
    made = PHANTOM if phantom else REAL
    return made if modality in ("DX", "CR") else f"{made} {modality}"


def read_annotations(path: Path) -> list[Row]:
    """Read a list in the format of ``annotations.json``; every problem is one BadInput that names the row."""
    try:
        if path.stat().st_size > LARGEST_ANNOTATION:
            raise BadInput(f"{path} is larger than {LARGEST_ANNOTATION >> 20} MiB: split the list.")
        rows = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}): give the path of an annotations.json.") from None
    except ValueError as error:
        raise BadInput(f"{path} is not valid JSON ({error}).") from None
    except RecursionError:
        raise BadInput(f"{path} is nested too deeply: give a list of images.") from None
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
    for side in ("width", "height"):
        if isinstance(entry[side], bool) or entry[side] < 1:
            raise BadInput(
                f'{path}, entry {number}: "{side}" must be a number of pixels, at least 1, got {entry[side]!r}.'
            )
    place = f"{path}, entry {number}"
    try:
        size = (int(entry["width"]), int(entry["height"]))
        present: dict[Key, tuple[Box, ...]] = {}
        for finding in entry.get("findings", ()):
            _require_form(finding)
            name = vocabulary().get(finding["label"]).name
            boxes = as_boxes([Box.of(box).require_inside(*size) for box in finding.get("boxes", ())])
            if not len(boxes):
                raise BadInput(f"{name} is there but has no boxes: draw them, or leave it out, which says nothing.")
            for box in boxes:
                key = (name, _side_of(name, finding.get("side"), box, size[0]))
                present[key] = (*present.get(key, ()), Box.of(box.tolist()))
        if strange := [name for name in entry.get("absent", ()) if not isinstance(name, str)]:
            raise BadInput(f'"absent" lists names of findings, got {strange[0]!r:.40}.')
        absent = tuple(vocabulary().get(name).name for name in entry.get("absent", ()))
        if both := [name for name in absent if any(name == marked for marked, _ in present)]:
            raise BadInput(f"{both[0]} is both marked and absent: decide on one.")
        absent = without_marked(absent, {name for name, _ in present})
        _mined(entry)
        return Row(path.parent / entry["image"], size, present, absent, _group(entry), entry, place)
    except BadInput as error:
        raise BadInput(f"{place}: {error}") from None
    except KeyError as error:
        raise BadInput(f'{place}: a finding has "label" and "boxes", and {error} is missing: add it.') from None
    except (AttributeError, TypeError, ValueError) as error:
        raise BadInput(f"{place} is not of the form that training/README.md describes ({error}).") from None


def _require_form(finding: Any) -> None:
    """Raise BadInput, which names the field, for a finding of another form."""
    if not isinstance(finding, dict):
        raise BadInput(f'a finding is an object with "label" and "boxes", got {finding!r:.60}.')
    if "label" in finding and not isinstance(finding["label"], str):
        raise BadInput(f'"label" is the name of a finding, got {finding["label"]!r:.40}.')
    if "boxes" in finding and not isinstance(finding["boxes"], list):
        raise BadInput(f'"boxes" is a list of [left, top, right, bottom], got {finding["boxes"]!r:.40}.')
    if finding.get("side") not in (None, "", *Side):
        raise BadInput(f'"side" is one of {", ".join(Side)}, got {finding["side"]!r:.40}.')


def without_marked(absent: Iterable[str], marked: Iterable[str]) -> tuple[str, ...]:
    """What is excluded and of which no kind is marked.

    Label sets without kinds exclude "lung opacity" beside a consolidation: that says nothing of other opacities.
    """
    kinds = set(marked)
    return tuple(name for name in absent if not any(vocabulary().is_a(kind, name) for kind in kinds))


def _group(entry: dict[str, Any]) -> str:
    """What must not be split: a patient; a block of slice numbers where neighbours may be of one patient; an image."""
    if entry.get("patient") not in (None, ""):
        return str(entry["patient"])
    if isinstance(number := entry.get("figshare_id"), int):
        return f"block {(number + TO_THE_GAP) // NEIGHBOURS}"
    return str(entry["image"])


def _side_of(name: str, given: Any, box: np.ndarray, width: int) -> Side | None:
    """The side as annotated, else by where the box lies: the patient's right is at the image's left."""
    if given:
        return side_named(given)
    if vocabulary().get(name).laterality in ("midline", "none"):
        return None
    return Side.RIGHT if (box[0] + box[2]) / 2 < width / 2 else Side.LEFT


def side_named(side: Any) -> Side | None:
    """A side by its name; none of what has none."""
    return None if side in (None, "", "midline") else Side(str(side))


def with_mined_absences(row: Row) -> Row:
    """The row with what its report does not mention as absent: weak, never for the evaluation of a policy.

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
