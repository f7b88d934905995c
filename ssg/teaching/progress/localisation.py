"""FROC and LROC curves of one learner, from the confidence that they gave to their boxes.

FROC (Bunch and others 1978): the share of all lesions that is found, against false boxes for each image, with boxes of
at least a given confidence. LROC (Starr and others 1975): the share of abnormal images whose surest box lies on a
lesion, against the share of normal images with any box, at the same confidence. Only what was answered at first sight
counts: a case whose reference was seen before says nothing of seeing. Intervals are percentiles of a bootstrap over
cases (Efron 1979), seeded, so that a page shows the same figure twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssg.teaching.mastery import DrawnBox, History, Visit

THRESHOLDS = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)
"""The five grades of confidence, and at last boxes for which none was given."""

FEWEST_CASES = 5
"""Cases (of LROC: normal ones, and abnormal ones) below which a curve would be noise."""

AT_FALSE = 0.5
"""False boxes for each image at which the FROC curve is read off."""

DRAWS = 400
SEED = 7

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """``x`` and ``y`` rise from (0, 0), with the least confidence of each point; ``cases`` is how many it is made of.

    ``figure`` sums it up (FROC: the share found at AT_FALSE false boxes an image; LROC: the area below the curve), with
    nine tenths of the bootstrap between ``low`` and ``high``. ``why_not`` says why there is none.
    """

    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    thresholds: tuple[float, ...] = ()
    cases: int = 0
    figure: float | None = None
    low: float | None = None
    high: float | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One image at first sight: the lesions that are there, and every box with its confidence and whether it hits."""

    lesions: int
    boxes: tuple[DrawnBox, ...]

    @property
    def surest(self) -> float:
        """The highest confidence of a box; below 0 where none was drawn."""
        return max(map(_sure, self.boxes), default=-1.0)

    @property
    def is_located(self) -> float:
        """The share of the surest boxes that lie on a lesion: of several equally sure ones, any may be meant."""
        best = [box for box in self.boxes if _sure(box) == self.surest]
        return sum(box.is_hit for box in best) / len(best) if best else 0.0


def readings(history: History) -> list[Reading]:
    """The images that the learner read at first sight, drawing, without hints."""
    drawn = [visit for visit in history.visits if visit.kind == "boxes" and visit.outcomes]
    return [_reading(visit) for visit in drawn if all(outcome.is_fresh for outcome in visit.outcomes)]


def _reading(visit: Visit) -> Reading:
    lesions = sum(outcome.marked for outcome in visit.outcomes)
    return Reading(lesions, tuple(box for outcome in visit.outcomes for box in outcome.boxes))


def _sure(box: DrawnBox) -> float:
    return 0.0 if box.confidence is None else box.confidence


def froc(read: Sequence[Reading]) -> Curve:
    """The FROC curve of images read at first sight."""
    lesions = sum(one.lesions for one in read)
    if len(read) < FEWEST_CASES or not lesions:
        return Curve(cases=len(read), why_not=_too_few(len(read), "cases", lesions, "findings that are there"))
    x, y = _froc_points(read)
    low, high = _interval(read, lambda some: _read_off(*_froc_points(some)))
    return Curve((0.0, *x), (0.0, *y), (1.01, *THRESHOLDS), len(read), _read_off(x, y), low, high)


def _froc_points(read: Sequence[Reading]) -> tuple[Array, Array]:
    lesions = max(sum(one.lesions for one in read), 1)
    sure = np.array([_sure(box) for one in read for box in one.boxes])
    hit = np.array([box.is_hit for one in read for box in one.boxes], dtype=bool)
    taken = sure[:, None] >= np.array(THRESHOLDS) if len(sure) else np.zeros((0, len(THRESHOLDS)), dtype=bool)
    found = np.minimum((taken & hit[:, None]).sum(axis=0) / lesions, 1.0)
    false = (taken & ~hit[:, None]).sum(axis=0) / max(len(read), 1)
    return false.astype(np.float64), found.astype(np.float64)


def _read_off(x: Array, y: Array) -> float:
    """The share found at AT_FALSE false boxes an image, between two points by a straight line; behind the last, its."""
    return float(np.interp(AT_FALSE, np.concatenate([[0.0], x]), np.concatenate([[0.0], y])))


def lroc(read: Sequence[Reading]) -> Curve:
    """The LROC curve of images read at first sight."""
    normal, abnormal = _split(read)
    if min(len(normal), len(abnormal)) < FEWEST_CASES:
        why = _too_few(len(normal), "normal cases", len(abnormal), "cases with a finding")
        return Curve(cases=len(read), why_not=why)
    x, y = _lroc_points(read)
    low, high = _interval(read, lambda some: _area(*_lroc_points(some)))
    return Curve((0.0, *x, 1.0), (0.0, *y, y[-1]), (1.01, *THRESHOLDS, -1.0), len(read), _area(x, y), low, high)


def _lroc_points(read: Sequence[Reading]) -> tuple[Array, Array]:
    normal, abnormal = _split(read)
    levels = np.array(THRESHOLDS)
    false = np.array([one.surest for one in normal])[:, None] >= levels
    surest = np.array([one.surest for one in abnormal])[:, None] >= levels
    located = np.array([one.is_located for one in abnormal])[:, None]
    return false.sum(axis=0) / max(len(normal), 1), (surest * located).sum(axis=0) / max(len(abnormal), 1)


def _area(x: Array, y: Array) -> float:
    return float(np.trapezoid(np.concatenate([[0.0], y, y[-1:]]), np.concatenate([[0.0], x, [1.0]])))


def _split(read: Sequence[Reading]) -> tuple[list[Reading], list[Reading]]:
    return [one for one in read if not one.lesions], [one for one in read if one.lesions]


def _interval(read: Sequence[Reading], figure: Callable[[Sequence[Reading]], float]) -> tuple[float, float]:
    """Nine tenths of the figure over samples of the cases, normal and abnormal ones drawn apart."""
    rng = np.random.default_rng(SEED)
    groups = [group for group in _split(read) if group]
    found = []
    for _ in range(DRAWS):
        sample = [group[number] for group in groups for number in rng.integers(len(group), size=len(group))]
        found.append(figure(sample))
    low, high = np.quantile(found, (0.05, 0.95))
    return float(low), float(high)


def _too_few(count: int, things: str, others: int, other_things: str) -> str:
    return f"{count} {things} and {others} {other_things} so far; a curve needs at least {FEWEST_CASES} of each."
