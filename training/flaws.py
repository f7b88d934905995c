"""Flawed answers: what a reader's boxes are turned into for the acceptability model to tell from the reader's own.

Three kinds are those of the reference experiment (docs/reward.md), as they are described there: they may reach over the
edge of the image. The others are more varied, and all of them are cut to the image, as every answer is that the app
takes; the ``UNSEEN`` ones are never trained on: they show what the model makes of a flaw that nobody told it of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ssg.boxes import Boxes, areas, centres, clipped, hull, mirrored

LEAST_KEPT = 0.3
"""Share of a flawed box that must still lie on the image."""


@dataclass(frozen=True, slots=True)
class Case:
    """One reader's boxes of a finding on an image of ``size``, beside the ``others``' and what they mark otherwise."""

    image: str
    finding: str
    reader: str
    boxes: Boxes
    others: tuple[Boxes, ...]
    elsewhere: Boxes
    size: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pool:
    """All cases of each finding, and the median of their boxes as shares of their images."""

    by_finding: dict[str, list[Case]] = field(default_factory=dict)
    medians: dict[str, Boxes] = field(default_factory=dict)

    @classmethod
    def of(cls, cases: list[Case]) -> Pool:
        """Collect cases."""
        pool = cls()
        for case in cases:
            pool.by_finding.setdefault(case.finding, []).append(case)
        for finding, found in pool.by_finding.items():
            pool.medians[finding] = np.median(np.concatenate([_as_shares(case) for case in found]), axis=0)[None]
        return pool

    def another(self, case: Case, rng: np.random.Generator) -> Case | None:
        """A case of the same finding on another image."""
        found = self.by_finding[case.finding]
        drawn = (found[rng.integers(len(found))] for _ in range(20))
        return next((other for other in drawn if other.image != case.image), None)


def _as_shares(case: Case) -> Boxes:
    return case.boxes / np.tile(case.size, 2)


Flaw = Callable[[Case, Pool, np.random.Generator], Boxes | None]


def flawed(kind: str, case: Case, pool: Pool, rng: np.random.Generator) -> Boxes | None:
    """A flawed answer of a kind; None where the kind does not apply or nothing of it is left on the image."""
    made = FLAWS[kind](case, pool, rng)
    if made is None or kind in REFERENCE:
        return made
    width, height = case.size
    cut = clipped(made, width, height, LEAST_KEPT)
    return cut if len(cut) and (cut[:, 2:] - cut[:, :2] >= 1).all() else None


def _moved(boxes: Boxes, shares: np.ndarray) -> Boxes:
    return boxes + np.tile(shares * (boxes[:, 2:] - boxes[:, :2]), 2)


def _scaled(boxes: Boxes, factors: np.ndarray | float) -> Boxes:
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * factors
    return np.concatenate([centres(boxes) - half, centres(boxes) + half], axis=1)


def _signs(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.choice([-1.0, 1.0], shape)


def _shifted(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    shape = (len(case.boxes), 2)
    return _moved(case.boxes, rng.uniform(0.6, 1.5, shape) * _signs(rng, shape))


def _resized(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    return _scaled(case.boxes, rng.uniform(0.25, 0.45) if rng.random() < 0.5 else rng.uniform(2.2, 3.5))


def _another_patients(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes | None:
    other = pool.another(case, rng)
    return None if other is None else other.boxes


def _another_patients_scaled(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes | None:
    """The same, where it lies on the other image."""
    other = pool.another(case, rng)
    return None if other is None else _as_shares(other) * np.tile(case.size, 2)


def _moved_away(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    angle = rng.uniform(0, 2 * np.pi)
    return _moved(case.boxes, rng.uniform(0.45, 2.5) * np.array([np.cos(angle), np.sin(angle)])[None])


def _grown_or_shrunk(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    return _scaled(case.boxes, float(np.exp(rng.choice([-1, 1]) * rng.uniform(0.65, 1.6))))


def _stretched(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    factor = float(np.exp(rng.choice([-1, 1]) * rng.uniform(0.5, 1.2)))
    return _scaled(case.boxes, np.array([factor, 1 / factor]))


def _careless(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    shape = (len(case.boxes), 2)
    moved = _moved(case.boxes, rng.uniform(0.4, 1.2, shape) * _signs(rng, shape))
    return _scaled(moved, float(np.exp(rng.choice([-1, 1]) * rng.uniform(0.4, 1.0))))


def _usual_place(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    """What one draws without looking."""
    return pool.medians[case.finding] * np.tile(case.size, 2)


def _part_of_it(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    made, axis, share = case.boxes.copy(), int(rng.integers(2)), rng.uniform(0.25, 0.5)
    length = made[:, 2 + axis] - made[:, axis]
    if rng.random() < 0.5:
        made[:, 2 + axis] = made[:, axis] + share * length
    else:
        made[:, axis] = made[:, 2 + axis] - share * length
    return made


def _anywhere(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    size = np.exp(rng.normal(0, 0.5, 2)) * (case.boxes[0, 2:] - case.boxes[0, :2])
    middle = rng.uniform(0, 1, 2) * case.size
    return np.concatenate([middle - size / 2, middle + size / 2])[None]


def _one_more_anywhere(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    return np.concatenate([case.boxes, _anywhere(case, pool, rng)])


def _one_more_of_another(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes | None:
    other = _another_patients_scaled(case, pool, rng)
    return None if other is None else np.concatenate([case.boxes, other[:1]])


def _wrong_side(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    return mirrored(case.boxes, case.size[0])


def _neighbouring_organ(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes | None:
    return case.elsewhere[[int(rng.integers(len(case.elsewhere)))]] if len(case.elsewhere) else None


def _one_missing(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes | None:
    if len(case.boxes) < 2:
        return None
    return np.delete(case.boxes, int(rng.integers(len(case.boxes))), axis=0)


def _merged(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes | None:
    return hull(case.boxes)[None] if len(case.boxes) > 1 else None


def _split(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    index, axis = int(areas(case.boxes).argmax()), int(rng.integers(2))
    first, second = case.boxes[index].copy(), case.boxes[index].copy()
    first[2 + axis] = second[axis] = first[axis] + rng.uniform(0.35, 0.65) * (first[2 + axis] - first[axis])
    return np.concatenate([np.delete(case.boxes, index, axis=0), first[None], second[None]])


def _whole_image(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    return np.array([[0.0, 0.0, *case.size]])


def _grid(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    corners = np.stack(np.meshgrid(np.arange(3), np.arange(3)), axis=-1).reshape(-1, 2) / 3
    return np.concatenate([corners, corners + 1 / 3], axis=1) * np.tile(case.size, 2)


def _many_times(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    return np.repeat(case.boxes, int(rng.integers(2, 8)), axis=0)


def _upside_down(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    top, bottom = case.size[1] - case.boxes[:, 3], case.size[1] - case.boxes[:, 1]
    return np.stack([case.boxes[:, 0], top, case.boxes[:, 2], bottom], axis=1)


def _one_edge_far_out(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes:
    made, edge = case.boxes.copy(), int(rng.integers(4))
    length = made[:, 2 + edge % 2] - made[:, edge % 2]
    made[:, edge] += (1 if edge > 1 else -1) * rng.uniform(0.8, 2.0) * length
    return made


def _one_box_exchanged(case: Case, pool: Pool, rng: np.random.Generator) -> Boxes | None:
    """One of several boxes is another patient's."""
    other = _another_patients_scaled(case, pool, rng)
    if len(case.boxes) < 2 or other is None:
        return None
    made = case.boxes.copy()
    made[int(rng.integers(len(made)))] = other[0]
    return made


REFERENCE: dict[str, Flaw] = {"shifted": _shifted, "scaled": _resized, "another patient's": _another_patients}
VARIED: dict[str, Flaw] = {
    "shifted on the image": _shifted,
    "scaled on the image": _resized,
    "another patient's on the image": _another_patients_scaled,
    "moved": _moved_away,
    "grown or shrunk": _grown_or_shrunk,
    "stretched": _stretched,
    "careless": _careless,
    "usual place": _usual_place,
    "part of it": _part_of_it,
    "anywhere": _anywhere,
    "one more anywhere": _one_more_anywhere,
    "one more of another patient": _one_more_of_another,
    "wrong side": _wrong_side,
    "neighbouring organ": _neighbouring_organ,
    "one missing": _one_missing,
    "merged": _merged,
    "split": _split,
    "whole image": _whole_image,
    "grid": _grid,
    "many times": _many_times,
}
UNSEEN: dict[str, Flaw] = {
    "upside down": _upside_down,
    "one edge far out": _one_edge_far_out,
    "one box exchanged": _one_box_exchanged,
}
FLAWS: dict[str, Flaw] = {**REFERENCE, **VARIED, **UNSEEN}
