"""Pictures that look alike, by a difference hash of each (Krawetz 2013, "Kind of like that").

Files of the same content have the same checksum; a picture that was made smaller, saved anew or shown a little brighter
has another checksum and nearly the same hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ssg.casebook.types import CaseImage

ACROSS, DOWN = 16, 16
"""Comparisons of a row of neighbours, and rows: 256 bits, because radiographs are more like each other than photos."""

NEAR = 10
"""Bits that the hashes of one picture may differ by."""


def held_by(pictures: Iterable[tuple[str, CaseImage]]) -> list[tuple[str, ...]]:
    """For each content that several cases have, their ids; ``pictures`` are those of cases, each with its id."""
    holders: dict[str, dict[str, None]] = {}
    for name, picture in pictures:
        holders.setdefault(picture.sha256, {})[name] = None
    return [tuple(names) for names in holders.values() if len(names) > 1]


def picture_hash(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """256 bits as 32 bytes: whether each of 16 × 16 patches is darker than its neighbour to the right."""
    small = Image.fromarray(pixels).resize((ACROSS + 1, DOWN), Image.Resampling.BOX)
    grey = np.asarray(small, dtype=np.int16)
    return np.packbits(grey[:, 1:] > grey[:, :-1])


def alike(hashes: Mapping[str, NDArray[np.uint8]], near: int = NEAR) -> list[list[str]]:
    """Groups of names whose hashes differ by at most ``near`` bits from one of their group, each of two or more."""
    names = list(hashes)
    if len(names) < 2:
        return []
    bits = np.stack([hashes[name] for name in names])
    group = np.arange(len(names))
    for index in range(1, len(names)):
        differing = np.bitwise_count(bits[:index] ^ bits[index]).sum(axis=1)
        for other in {int(group[place]) for place in np.flatnonzero(differing <= near)}:
            group[group == other] = group[index]
    return [_named(names, group, int(number)) for number in np.unique(group) if (group == number).sum() > 1]


def _named(names: Sequence[str], group: NDArray[np.int64], number: int) -> list[str]:
    return [names[int(place)] for place in np.flatnonzero(group == number)]
