"""Ways to please the reward without reading the image, and readers to compare them with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Box, Boxes, as_boxes, mirrored
from ssg.reward import Agreement, Answer, Reference, Region
from ssg.reward.pairing import pair_quality
from ssg.reward.wording import OTHER
from ssg.vocabulary import vocabulary
from training.prior import LocationPrior

LUNGS = ((0.10, 0.12, 0.47, 0.82), (0.53, 0.12, 0.90, 0.82))
GRID = 3


@dataclass(frozen=True, slots=True)
class Case:
    """A reference, what is asked of it, and the regions of one reader, which some strategies are given.

    ``pixels`` opens its image, grey (height, width); None where there is none.
    """

    reference: Reference
    asked: tuple[str, ...]
    right: tuple[Region, ...]
    source: str
    pixels: Callable[[], NDArray[np.uint8]] | None = None

    def scaled(self, *boxes: tuple[float, float, float, float]) -> list[Box]:
        """Boxes in shares of the image, in its pixels."""
        width, height = self.reference.width, self.reference.height
        return [Box(x0 * width, y0 * height, x1 * width, y1 * height) for x0, y0, x1, y1 in boxes]


Strategy = Callable[[Case, LocationPrior, np.random.Generator], Answer]


def _everywhere(case: Case, boxes: list[Box], findings: tuple[str, ...] = ()) -> Answer:
    return Answer(tuple(Region(name, box) for name in findings or case.asked for box in boxes))


def whole_image(case: Case, prior: LocationPrior, rng: np.random.Generator) -> Answer:
    """One box over the whole image for each finding."""
    return _everywhere(case, case.scaled((0, 0, 1, 1)))


def both_lungs(case: Case, prior: LocationPrior, rng: np.random.Generator) -> Answer:
    """A box over each lung for each finding."""
    return _everywhere(case, case.scaled(*LUNGS))


def mean_position(case: Case, prior: LocationPrior, rng: np.random.Generator) -> Answer:
    """The place where each finding usually is."""
    found = [(name, box) for name in case.asked for box in _usual(case, prior, name)]
    return Answer(tuple(Region(name, box) for name, box in found))


def _usual(case: Case, prior: LocationPrior, name: str) -> list[Box]:
    boxes = prior.predict(case.source, name, case.reference.width, case.reference.height)
    return [Box.of(row.tolist()) for row in boxes]


def grid(case: Case, prior: LocationPrior, rng: np.random.Generator) -> Answer:
    """A grid of boxes for each finding."""
    steps = np.arange(GRID) / GRID
    cells = [(float(x), float(y), float(x + 1 / GRID), float(y + 1 / GRID)) for x in steps for y in steps]
    return _everywhere(case, case.scaled(*cells))


def right_box_ten_times(case: Case, prior: LocationPrior, rng: np.random.Generator) -> Answer:
    """The right boxes, each ten times."""
    return Answer((case.right * 10)[:500])


def everything_claimed(case: Case, prior: LocationPrior, rng: np.random.Generator) -> Answer:
    """Every finding of the vocabulary, where it usually is or in the middle."""
    middle = case.scaled((0.25, 0.25, 0.75, 0.75))
    rows = [(one.name, box) for one in vocabulary() for box in _usual(case, prior, one.name) or middle]
    return Answer(tuple(Region(name, box) for name, box in rows[:500]))


def everything_denied(case: Case, prior: LocationPrior, rng: np.random.Generator) -> Answer:
    """No finding, whatever is asked."""
    return Answer((), case.asked)


def wrong_finding(case: Case, prior: LocationPrior, rng: np.random.Generator) -> Answer:
    """The right boxes under the name of a finding that is no relative of what is there."""
    words = vocabulary()
    real = [region.finding for region in case.right]
    strangers = [
        one.name
        for one in words
        if one.kind == "finding" and not any(words.label_match(one.name, name) for name in real)
    ]
    return Answer(tuple(replace(region, finding=str(rng.choice(strangers))) for region in case.right))


def wrong_side(case: Case, prior: LocationPrior, rng: np.random.Generator) -> Answer:
    """The right findings in their mirrored places; those without a side are left out."""
    sided = [region for region in case.right if region.side in OTHER]
    return Answer(
        tuple(
            Region(r.finding, Box.of(mirrored(as_boxes([r.box]), case.reference.width)[0].tolist()), OTHER[r.side])
            for r in sided
            if r.side is not None
        )
    )


def wrong_side_named(case: Case, prior: LocationPrior, rng: np.random.Generator) -> Answer:
    """The right boxes, called by the other side; findings without a side are left out."""
    sided = [region for region in case.right if region.side in OTHER]
    return Answer(tuple(replace(r, side=OTHER[r.side]) for r in sided if r.side is not None))


STRATEGIES: dict[str, Strategy] = {
    "whole image": whole_image,
    "box over each lung": both_lungs,
    "mean position": mean_position,
    "grid": grid,
    "right box ten times": right_box_ten_times,
    "every finding claimed": everything_claimed,
    "every finding denied": everything_denied,
    "right box, wrong finding": wrong_finding,
    "right finding, wrong side": wrong_side,
    "right box, wrong side named": wrong_side_named,
}


def median_reader(case: Case) -> Answer:
    """Somebody as far from the reader as the median of two radiologists on each finding, who claims nothing absent.

    Each box is moved sideways until its quality is that median (``ssg/reward/agreement.json``).
    """
    moved = tuple(
        replace(region, box=_moved(region.box, float(Agreement.load().curve(region.finding).quantiles[50])))
        for region in case.right
    )
    named = {region.finding for region in moved}
    return Answer(moved, tuple(name for name in case.asked if name not in named))


def _moved(box: Box, quality: float) -> Box:
    low, high = 0.0, 2.0
    for _ in range(40):
        share = (low + high) / 2
        low, high = (share, high) if _quality_at(box, share) > quality else (low, share)
    return _shifted(box, low)


def _shifted(box: Box, share: float) -> Box:
    return Box(box.x0 + share * box.width, box.y0, box.x1 + share * box.width, box.y1)


def _quality_at(box: Box, share: float) -> float:
    _, quality = pair_quality(_array(box), _array(_shifted(box, share)))
    return float(quality[0, 0])


def _array(box: Box) -> Boxes:
    return as_boxes([box])
