"""The relation graph as data: what lies in, on or beside what, and how well boxes hold to it.

``relations.toml`` lists the relations with a reason each. Every kind of geometry is a degree in [0, 1] that falls
smoothly, so that a box that is nearly right is not judged as if it were elsewhere.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Boxes, areas, centres, intersections
from ssg.reward.pairing import same_picture
from ssg.reward.segments import anything
from ssg.vocabulary import vocabulary
from ssg.vocabulary.kinship import OPPOSITE

TABLE = Path(__file__).parent / "relations.toml"

WHOLLY = 0.8
"""Share of a box that must lie within another to be inside it: readers' boxes are generous."""

PARTLY = 0.1
"""Share of the smaller box from which two overlap."""

NEAR, FAR = 0.1, 0.5
"""Gap between two borders, as a share of the smaller box's diagonal, that still touches, and that does not at all."""

BRUSHED, MIXED = 0.05, 0.3
"""Share of the smaller box that two boxes which are apart may have in common, and at which they are not apart."""

Compared = Callable[[Boxes, Boxes], NDArray[np.float64]]
IMPLIES, CONTAINS, APART = "implies", "contains", "apart"


@dataclass(frozen=True, slots=True)
class Relation:
    """``a`` lies to ``b`` as ``kind`` says; ``same_side`` where only boxes of one side are compared."""

    a: str
    kind: str
    b: str
    why: str
    same_side: bool = False
    weight: float = 1.0

    @property
    def is_presence(self) -> bool:
        """Whether it is about what is there and not about where."""
        return self.kind == IMPLIES


@dataclass(frozen=True, slots=True)
class Ends:
    """One end of several relations: padded boxes (c, n, 4), which of them are ``there``, and their side numbers.

    ``pictures`` (c, n) says which picture each box is on; None where all are on the first.
    """

    boxes: Boxes
    there: NDArray[np.bool_]
    sides: NDArray[np.int64]
    pictures: NDArray[np.int64] | None = None


def degrees(
    kinds: NDArray[np.str_], same_side: NDArray[np.bool_], a: Ends, b: Ends
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How well each box of ``a`` holds to its relation ("contains": each of ``b``), in [0, 1].

    A box is compared with those of its side, and with all where either has none; and with those on its picture, but for
    relations of presence, which are about the whole case. Returns degrees and which boxes have
    something to be compared with, both (c, n).
    """
    contains = (kinds == CONTAINS)[:, None]
    first, second = _exchanged(a, b, contains), _exchanged(b, a, contains)
    opposite = OPPOSITE[first.sides[:, :, None], second.sides[:, None]]
    partners = first.there[:, :, None] & second.there[:, None] & ~(opposite & same_side[:, None, None])
    if first.pictures is not None or second.pictures is not None:
        here = same_picture(first.pictures, second.pictures, partners)
        partners = np.where((kinds == IMPLIES)[:, None, None], partners, here)
    found = np.ones(first.there.shape)
    for kind, compared in COMPARED.items():
        rows = np.flatnonzero((kinds == kind) | ((kinds == CONTAINS) & (kind == inside.__name__)))
        if len(rows):
            held, met = compared(first.boxes[rows], second.boxes[rows]), partners[rows]
            found[rows] = np.where(met, held, 1.0).min(-1) if kind == APART else np.where(met, held, 0.0).max(-1)
    return found, anything(partners)


def _exchanged(a: Ends, b: Ends, where: NDArray[np.bool_]) -> Ends:
    """``b`` where it says so, else ``a``."""
    return Ends(
        np.where(where[..., None], b.boxes, a.boxes),
        np.where(where, b.there, a.there),
        np.where(where, b.sides, a.sides),
        _pictures(a, b, where),
    )


def _pictures(a: Ends, b: Ends, where: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    if a.pictures is None and b.pictures is None:
        return None
    return np.where(where, 0 if b.pictures is None else b.pictures, 0 if a.pictures is None else a.pictures)


@functools.cache
def relations() -> tuple[Relation, ...]:
    """All relations, checked against the vocabulary."""
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["relation"]
    return tuple(_relation(row) for row in rows)


def _relation(row: dict[str, object]) -> Relation:
    a, b, kind = (str(row[name]) for name in ("a", "b", "kind"))
    for name in (a, b):
        if vocabulary().get(name).name != name:
            raise ValueError(f"relations.toml: {name!r} is not the vocabulary's own name")
    if kind not in (IMPLIES, CONTAINS, *COMPARED):
        raise ValueError(f"relations.toml: {a} {kind} {b}: there is no such kind")
    return Relation(a, kind, b, str(row["why"]), row.get("side") == "same", float(str(row.get("weight", 1))))


def inside(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """The share of ``a`` that lies in ``b``, full from 80 % on: (..., n, 4) × (..., m, 4) → (..., n, m), as all that
    follow."""
    return np.minimum(intersections(a, b) / areas(a)[..., None] / WHOLLY, 1)


def overlaps(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """What they have in common, full from a tenth of the smaller box on."""
    return np.minimum(_in_common(a, b) / PARTLY, 1)


def apart(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """How little they have in common."""
    return _falling(_in_common(a, b), BRUSHED, MIXED)


def touches(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """How near their borders come."""
    between = np.maximum(
        0, np.maximum(a[..., :, None, :2] - b[..., None, :, 2:], b[..., None, :, :2] - a[..., :, None, 2:])
    )
    diagonal = np.minimum(_diagonals(a)[..., :, None], _diagonals(b)[..., None, :])
    return _falling(np.sqrt(between[..., 0] ** 2 + between[..., 1] ** 2) / diagonal, NEAR, FAR)


def above(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """Whether the middle of ``a`` is higher in the image than that of ``b``: half where they are level."""
    lower = centres(b)[..., None, :, 1] - centres(a)[..., :, None, 1]
    height = b[..., None, :, 3] - b[..., None, :, 1]
    higher: NDArray[np.float64] = np.clip(0.5 + lower / (0.4 * height), 0, 1)
    return higher


COMPARED: dict[str, Compared] = {one.__name__: one for one in (inside, overlaps, apart, touches, above)}


def _in_common(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    return intersections(a, b) / np.minimum(areas(a)[..., :, None], areas(b)[..., None, :])


def _diagonals(boxes: Boxes) -> NDArray[np.float64]:
    width, height = boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]
    diagonals: NDArray[np.float64] = np.sqrt(width**2 + height**2)
    return diagonals


def _falling(value: NDArray[np.float64], full: float, none: float) -> NDArray[np.float64]:
    """1 up to ``full``, 0 from ``none`` on, a straight line between."""
    falling: NDArray[np.float64] = np.clip((none - value) / (none - full), 0, 1)
    return falling
