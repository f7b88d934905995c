"""How a checkpoint writes a box, converted in this one place, both ways.

Qwen3-VL writes integers 0–1000 relative to the image; Qwen2.5-VL writes pixels of the image as it was resized for the
model. The convention belongs to the checkpoint and stands in its ``grounding.json``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ssg.boxes import Box, Boxes
from ssg.errors import BadInput

LARGEST_RELATIVE = 1000


class Convention(StrEnum):
    """The unit in which a checkpoint writes coordinates."""

    RELATIVE_1000 = "relative_1000"
    RESIZED_PIXELS = "resized_pixels"


@dataclass(frozen=True, slots=True)
class CoordinateFrame:
    """One image seen by one checkpoint: sizes are (width, height) in pixels."""

    convention: Convention
    image_size: tuple[int, int]
    resized_size: tuple[int, int]

    @property
    def limit(self) -> tuple[int, int]:
        """The largest x and y that the checkpoint may write."""
        if self.convention is Convention.RELATIVE_1000:
            return LARGEST_RELATIVE, LARGEST_RELATIVE
        return self.resized_size

    def write(self, boxes: Boxes) -> list[list[int]]:
        """Boxes in image pixels, shape (n, 4), as the integers that the checkpoint would write.

        Rounded to the nearest integer and at least one unit wide, so that a tiny finding is still a box.
        """
        scale = self._scale()
        whole = np.rint(boxes * scale).astype(int)
        limits = np.array(self.limit)
        first = np.clip(whole[:, :2], 0, limits - 1)
        last = np.clip(np.maximum(whole[:, 2:], first + 1), 1, limits)
        return np.concatenate([first, last], axis=1).tolist()

    def read(self, corners: list[float]) -> Box:
        """Four numbers as written by the checkpoint → a box in image pixels, cut to the image.

        Raises :class:`ssg.errors.InvalidBox` where nothing of it lies in the image.
        """
        if len(corners) != 4:
            raise BadInput(f"A box is four numbers, the policy wrote {len(corners)}.")
        width, height = self.image_size
        x0, y0, x1, y1 = (np.asarray(corners, dtype=np.float64) / self._scale()).tolist()
        return Box(max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height)))

    def _scale(self) -> Boxes:
        units = np.array(self.limit, dtype=np.float64) / np.array(self.image_size, dtype=np.float64)
        return np.concatenate([units, units])
