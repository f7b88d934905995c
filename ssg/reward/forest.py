"""Boosted regression trees as arrays: what remains of a trained gradient boosting (Friedman 2001) to ask it.

Leaf values are multiples of 2⁻²⁰, so that their sum is exact and does not depend on the order of addition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device
from numpy.typing import NDArray

GRAIN = 2.0**-20
"""Leaf values are multiples of it."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees of one ensemble, node after node: (nodes,) arrays, and the index of each tree's root (trees,).

    A node asks whether ``feature`` of the row is at most ``threshold`` and goes to ``left`` or ``right``; a leaf leads
    to itself. The score of a row is the sum of the ``value`` of the leaves that it reaches, plus ``start``.
    """

    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]
    depth: int
    start: float

    def logit(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores of rows of features: (t, features) → (t,)."""
        xp = array_namespace(rows)
        feature, threshold, left, right, value = (
            xp.asarray(part, device=device(rows))
            for part in (self.feature, self.threshold, self.left, self.right, self.value)
        )
        count, columns = rows.shape
        flat = xp.reshape(rows, (-1,))
        first = xp.arange(0, count * columns, columns, dtype=xp.int64, device=device(rows))
        node = xp.broadcast_to(xp.asarray(self.roots, device=device(rows))[:, None], (len(self.roots), count))
        for _ in range(self.depth):
            asked = flat[first + feature[node]]
            node = xp.where(asked <= threshold[node], left[node], right[node])
        return xp.sum(value[node], axis=0) + self.start  # type: ignore[no-any-return]

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Compact arrays for a .npz file, each under its name after ``prefix``."""
        return {
            f"{prefix}.{name}": getattr(self, name).astype(np.int32) for name in ("roots", "feature", "left", "right")
        } | {
            f"{prefix}.threshold": self.threshold,
            f"{prefix}.value": np.rint(self.value / GRAIN).astype(np.int32),
            f"{prefix}.depth": np.array(self.depth),
            f"{prefix}.start": np.array(self.start),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], prefix: str) -> Forest:
        """Read what :meth:`arrays` wrote."""
        whole = (arrays[f"{prefix}.{name}"].astype(np.int64) for name in ("roots", "feature", "left", "right"))
        roots, feature, left, right = whole
        return cls(
            roots,
            feature,
            arrays[f"{prefix}.threshold"].astype(np.float64),
            left,
            right,
            arrays[f"{prefix}.value"].astype(np.float64) * GRAIN,
            int(arrays[f"{prefix}.depth"]),
            float(arrays[f"{prefix}.start"]),
        )


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logits as probabilities."""
    return 1 / (1 + array_namespace(logits).exp(-logits))  # type: ignore[no-any-return]
