"""What findings count by how urgent they are, and what an order of report earns.

The normalised discounted cumulative gain of Järvelin & Kekäläinen 2002, "Cumulated gain-based evaluation of IR
techniques": what is urgent counts more the earlier it is reported.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ssg.vocabulary import vocabulary


def gain(urgency: NDArray[np.int64]) -> NDArray[np.float64]:
    """What findings count: 1 for an incidental one, 4 for one that cannot wait."""
    return urgency.astype(np.float64) + 1


def discount(rank: NDArray[np.int64]) -> NDArray[np.float64]:
    """What a place in the report is worth; the first one has rank 0 and is worth 1."""
    places: NDArray[np.float64] = np.log2(rank + 2).astype(np.float64)
    return 1 / places


def order_gain(findings: Sequence[str], by_urgency: bool) -> float:
    """Discounted cumulative gain of findings that are reported as they stand, or in the order of their urgency."""
    gains = gain(np.array([vocabulary().get(name).urgency for name in findings], dtype=np.int64))
    if by_urgency:
        gains = np.sort(gains)[::-1]
    return float((gains * discount(np.arange(len(gains)))).sum())
