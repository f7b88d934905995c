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

from ssg.boxes import Boxes, areas, intersections
from ssg.vocabulary import Side, vocabulary

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
class End:
    """The boxes (n, 4) of one end of a relation, each with its side where it has one."""

    boxes: Boxes
    sides: tuple[Side | None, ...]


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

    def degrees(self, a: End, b: End) -> NDArray[np.float64]:
        """How well each box of ``a`` holds to it ("contains": each of ``b``), in [0, 1].

        A box is compared with those of its side, and with all where either has none; one that has nothing to be
        compared with is left out.
        """
        if self.kind == CONTAINS:
            return Relation(self.b, inside.__name__, self.a, self.why, self.same_side).degrees(b, a)
        partners = self._partners(a, b)
        rows = partners.any(axis=1)
        if self.is_presence:
            return np.ones(int(rows.sum()))
        degrees = COMPARED[self.kind](a.boxes, b.boxes)
        if self.kind == APART:
            best: NDArray[np.float64] = np.where(partners, degrees, 1.0).min(axis=1, initial=1.0)
        else:
            best = np.where(partners, degrees, 0.0).max(axis=1, initial=0.0)
        return best[rows]

    def _partners(self, a: End, b: End) -> NDArray[np.bool_]:
        if not self.same_side:
            return np.ones((len(a.boxes), len(b.boxes)), dtype=bool)
        rows = [[_may_meet(one, other) for other in b.sides] for one in a.sides]
        return np.array(rows, dtype=bool).reshape(len(a.boxes), len(b.boxes))


def _may_meet(one: Side | None, other: Side | None) -> bool:
    return one is other or not {one, other} <= {Side.LEFT, Side.RIGHT}


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
    """The share of ``a`` that lies in ``b``, full from 80 % on: (n, 4) × (m, 4) → (n, m), as all that follow."""
    return np.minimum(intersections(a, b) / areas(a)[:, None] / WHOLLY, 1)


def overlaps(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """What they have in common, full from a tenth of the smaller box on."""
    return np.minimum(_in_common(a, b) / PARTLY, 1)


def apart(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """How little they have in common."""
    return _falling(_in_common(a, b), BRUSHED, MIXED)


def touches(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """How near their borders come."""
    between = np.maximum(0, np.maximum(a[:, None, :2] - b[None, :, 2:], b[None, :, :2] - a[:, None, 2:]))
    diagonal = np.minimum(_diagonals(a)[:, None], _diagonals(b)[None])
    return _falling(np.hypot(between[..., 0], between[..., 1]) / diagonal, NEAR, FAR)


def above(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """Whether the middle of ``a`` is higher in the image than that of ``b``: half where they are level."""
    middle_a, middle_b = (boxes[:, (1, 3)].mean(axis=1) for boxes in (a, b))
    height = b[:, 3] - b[:, 1]
    higher: NDArray[np.float64] = np.clip(0.5 + (middle_b[None] - middle_a[:, None]) / (0.4 * height[None]), 0, 1)
    return higher


COMPARED: dict[str, Compared] = {one.__name__: one for one in (inside, overlaps, apart, touches, above)}


def _in_common(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    return intersections(a, b) / np.minimum(areas(a)[:, None], areas(b)[None])


def _diagonals(boxes: Boxes) -> NDArray[np.float64]:
    return np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])


def _falling(value: NDArray[np.float64], full: float, none: float) -> NDArray[np.float64]:
    """1 up to ``full``, 0 from ``none`` on, a straight line between."""
    falling: NDArray[np.float64] = np.clip((none - value) / (none - full), 0, 1)
    return falling
