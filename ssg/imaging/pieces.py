"""Masks as boxes: one around each piece that hangs together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Corners = tuple[float, float, float, float]
"""(left, top, right, bottom) in pixels."""

LEAST = 30
"""Pixels of the smallest piece that gets a box of its own, unless nothing is larger: masks have crumbs."""

TOUCHING = np.ones((3, 3), dtype=np.int8)
"""Pixels that touch at a corner hang together."""


def boxes_of_pieces(mask: NDArray[Any], least: int = LEAST) -> list[Corners]:
    """Boxes (left, top, right, bottom) of the pieces of a mask (height, width), the largest piece first.

    Pieces of fewer than ``least`` pixels are left out where a larger one is there.
    """
    there = np.asarray(mask) != 0
    down, across = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if not len(down):
        return []
    top, left = down[0], across[0]
    numbered, _ = ndimage.label(there[top : down[-1] + 1, left : across[-1] + 1], structure=TOUCHING)
    sizes = np.bincount(numbered.ravel())[1:]
    found = ndimage.find_objects(numbered)
    order = np.argsort(-sizes, kind="stable")
    kept = [place for place in order if sizes[place] >= least] or list(order[:1])
    return [
        (float(left + columns.start), float(top + rows.start), float(left + columns.stop), float(top + rows.stop))
        for rows, columns in (found[place] for place in kept)
    ]
