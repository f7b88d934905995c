"""What was worked out from images, kept by their content: the latest, as many as fit into so many bytes."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


def digest(pixels: NDArray[np.uint8], *more: object) -> str:
    """Tells images, and whatever ``more`` belongs to them, apart by their content."""
    return hashlib.sha256(repr((pixels.shape, *more)).encode() + np.ascontiguousarray(pixels).tobytes()).hexdigest()


class Kept(Generic[T]):
    """Things by name, the latest asked for last; the oldest go where all take more than ``most`` bytes, one stays.

    Safe to share between threads.
    """

    def __init__(self, most: int, size_of: Callable[[T], int]) -> None:
        self._most, self._size_of = most, size_of
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, name: str) -> T | None:
        """What is kept under this name."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
            return self._kept.get(name)

    def put(self, name: str, made: T) -> T:
        """Keep it, unless another thread was first; what is kept then."""
        with self._lock:
            found = self._kept.setdefault(name, made)
            self._kept.move_to_end(name)
            while len(self._kept) > 1 and sum(map(self._size_of, self._kept.values())) > self._most:
                self._kept.popitem(last=False)
            return found
