"""Text burned into the pictures of a series: found on what stands for all its frames. covering.py covers it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Box
from ssg.casebook.ingest.studies import Text
from ssg.imaging import text_in
from ssg.whole import append_line, read_rows

FEW = 3
"""Frames that are each looked at; of a longer stack it is the middle one and the brightest of all at every place."""

APART = 0.5
"""Overlap (of the smaller box) from which two finds are one."""


class KnownTexts:
    """What was found in series that were looked at before an ingest was cut off: to look takes longer than all else.

    A line for each series in a file that lies with the frames, in which the texts can be seen, and goes with them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows = {row["frames"]: row["texts"] for row in read_rows(path)}

    def known(self, frames: Sequence[str]) -> tuple[Text, ...] | None:
        """The texts of the series of these frames, None where it was not looked at yet."""
        rows = self._rows.get(_name(frames))
        return None if rows is None else tuple(Text(frame, Box.of(box), words) for frame, box, words in rows)

    def keep(self, frames: Sequence[str], texts: tuple[Text, ...]) -> tuple[Text, ...]:
        """Note the texts of a series, and give them back."""
        rows = [[one.frame, list(one.box), one.words] for one in texts]
        append_line(self._path, json.dumps({"frames": _name(frames), "texts": rows}))
        return texts


def _name(frames: Sequence[str]) -> str:
    return hashlib.sha256("|".join(frames).encode()).hexdigest()[:32]


class Glance:
    """What is looked at for text. Frames are given as they are shown, uint8 (height, width), one after the other."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._looked: list[tuple[int, NDArray[np.uint8]]] = []
        self._brightest: NDArray[np.uint8] | None = None
        self._where: NDArray[np.uint16] | None = None

    def see(self, frame: int, pixels: NDArray[np.uint8]) -> None:
        """Take one frame in."""
        if self._frames <= FEW or frame == self._frames // 2:
            self._looked.append((frame, pixels))
        if self._frames <= FEW:
            return
        if self._brightest is None or self._where is None:
            self._brightest, self._where = pixels.copy(), np.full(pixels.shape, frame, dtype=np.uint16)
            return
        brighter = pixels > self._brightest
        self._brightest[brighter] = pixels[brighter]
        self._where[brighter] = frame

    def texts(self) -> tuple[Text, ...]:
        """The text that is found, each once. Raises Unavailable where nothing can look for it."""
        found: list[Text] = []
        for frame, pixels in self._looked:
            found += [Text(frame, one.box, one.words) for one in text_in(pixels)]
        if self._brightest is not None and self._where is not None:
            for one in text_in(self._brightest):
                x0, y0, x1, y1 = (int(edge) for edge in one.box)
                frames, counts = np.unique(self._where[y0:y1, x0:x1], return_counts=True)
                found.append(Text(int(frames[np.argmax(counts)]), one.box, one.words))
        return tuple(_each_once(found, across=self._frames > FEW))


def _each_once(found: list[Text], across: bool) -> Iterable[Text]:
    kept: list[Text] = []
    for one in found:
        if not any((across or one.frame == other.frame) and _is_same(one.box, other.box) for other in kept):
            kept.append(one)
    return kept


def _is_same(a: Box, b: Box) -> bool:
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return width > 0 and height > 0 and width * height >= APART * min(a.area, b.area)
