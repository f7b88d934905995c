"""Rows that belong to owners: the rows of one owner stand together, and owners may have none.

All sums run from the first row to the last, so that they do not depend on what else is in the arrays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


def anything(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether anything is true along the last axis."""
    found: NDArray[np.bool_] = np.logical_or.reduce(mask, axis=-1)
    return found


def expanded(owner_group: Index, counts: Index) -> tuple[Index, Index]:
    """Give every owner the elements of its group: owners (n,) of groups that have ``counts`` elements.

    Returns the owner and the element, counted over all groups, of each row.
    """
    starts = np.cumsum(counts) - counts
    of_owner = counts[owner_group]
    owner = np.repeat(np.arange(len(owner_group)), of_owner)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(of_owner) - of_owner, of_owner)
    return owner, starts[owner_group][owner] + within


def sums(values: NDArray[np.float64], owner: Index, owners: int) -> NDArray[np.float64]:
    """Sum over each owner's rows, 0 where there are none: (rows,) → (owners,)."""
    summed: NDArray[np.float64] = np.bincount(owner, values, owners)[:owners].astype(np.float64)
    return summed


def counts(owner: Index, owners: int) -> Index:
    """How many rows each owner has."""
    return np.bincount(owner, minlength=owners)


def largest(values: NDArray[np.float64], owner: Index, owners: int, otherwise: float = 0.0) -> NDArray[np.float64]:
    """Largest value over each owner's rows: (rows, ...) → (owners, ...)."""
    result = np.full((owners, *values.shape[1:]), otherwise)
    if len(values):
        first = np.flatnonzero(np.diff(owner, prepend=-1))
        result[owner[first]] = np.maximum.reduceat(values, first, axis=0)
    return result


def first_best(values: NDArray[np.float64], owner: Index, owners: int) -> Index:
    """The row with the largest value of each owner, of equal ones the first; −1 for owners without rows."""
    rows = np.flatnonzero(values == largest(values, owner, owners)[owner])[::-1]
    result = np.full(owners, -1)
    result[owner[rows]] = rows
    return result


def spread(values: NDArray[np.float64], owner: Index, owners: int, otherwise: float) -> NDArray[np.float64]:
    """Each owner's rows side by side, padded: (rows,) → (owners, most)."""
    number = counts(owner, owners)
    table = np.full((owners, int(number.max(initial=0))), otherwise)
    table[np.arange(table.shape[1]) < number[:, None]] = values
    return table
