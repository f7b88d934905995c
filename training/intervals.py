"""95 % percentile bootstraps over images (Efron 1979), because what is asked about one image is not independent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

BOOTSTRAPS = 1000

Interval = list[float] | None
"""Lower and upper end; None where nothing was counted, or where there is but one image to draw from."""


def redrawn(images: int, seed: int = 0) -> Iterator[NDArray[np.int64]]:
    """How often each image is drawn, (images,), :data:`BOOTSTRAPS` times."""
    rng = np.random.default_rng(seed)
    for _ in range(BOOTSTRAPS):
        yield np.bincount(rng.integers(images, size=images), minlength=images)


def of_ratios(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> list[Interval]:
    """Intervals of k ratios; ``sums`` and ``counts`` (images, k) hold what each image adds to both of their parts."""
    if len(sums) < 2:
        return [None] * sums.shape[1]
    drawn = np.array([(weights @ sums, weights @ counts) for weights in redrawn(len(sums))])
    return [_of_ratio(*drawn[:, :, place].T) for place in range(sums.shape[1])]


def _of_ratio(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> Interval:
    usable = counts > 0
    return of_values(sums[usable] / counts[usable])


def of_means(values: NDArray[np.float64]) -> list[Interval]:
    """Intervals of the means of k columns (images, k), NaN where an image has no such value."""
    known = ~np.isnan(values)
    return of_ratios(np.where(known, values, 0.0), known.astype(np.float64))


def of_values(values: ArrayLike) -> Interval:
    """The interval of what the bootstraps gave."""
    values = np.asarray(values, dtype=np.float64)
    if not len(values):
        return None
    low, high = np.percentile(values, [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]
