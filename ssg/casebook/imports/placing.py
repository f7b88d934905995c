"""Corners as a source writes them to boxes in pixels of the picture; what cannot be right is left out and said."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ssg.boxes import Box
from ssg.casebook.imports.marks import Corners, Size

ROUNDING = 2.0
"""Pixels that a box may reach over the edge of its picture by rounding; one that does is cut, and nobody minds."""

SUSPICIOUS = 0.02
"""Share of boxes over the edge from which it is said that the table may be of other pictures."""


@dataclass(slots=True)
class Edges:
    """How often boxes reached over the edges of their pictures, and how often they would with x and y swapped."""

    boxes: int = 0
    over: int = 0
    over_swapped: int = 0
    cut: list[str] = field(default_factory=list)

    def note(self, corners: Corners, size: Size, where: str) -> None:
        """Count one box."""
        self.boxes += 1
        if _over(corners, size):
            self.over += 1
            if len(self.cut) < 20:
                self.cut.append(where)
        left, top, right, bottom = corners
        self.over_swapped += _over((top, left, bottom, right), size)

    def warning(self) -> str:
        """A sentence where so many reach over the edge that the table may be of other pictures; else ""."""
        if self.over < max(3, SUSPICIOUS * self.boxes):
            return ""
        said = (
            f"{self.over:,} of {self.boxes:,} boxes reach over the edge of their picture by more than {ROUNDING:g} "
            "pixels: are these the pictures that the boxes were drawn on, of the same size, and not mirrored or turned?"
        )
        if self.over_swapped < self.over / 4:
            said += f" With x and y swapped only {self.over_swapped:,} would: the columns may stand in another order."
        return said


def _over(corners: Corners, size: Size) -> bool:
    left, top, right, bottom = corners
    return min(left, top) < -ROUNDING or right > size[0] + ROUNDING or bottom > size[1] + ROUNDING


def scale_to(size: Size | None, picture: Size) -> tuple[float, float] | str:
    """(across, down) factors from the source's pixels to the picture's; in their place why there are none.

    A picture that was made smaller keeps its shape: another shape is another picture.
    """
    if size is None:
        return 1.0, 1.0
    across, down = picture[0] / size[0], picture[1] / size[1]
    if abs(math.log(across / down)) > 0.02:
        return "the picture has another shape than the one that the boxes are measured in"
    return across, down


def placed(corners: Corners, scale: tuple[float, float], picture: Size) -> Box | str:
    """The box of corners in pixels of a picture, cut at its edges; in its place why there is none."""
    if not all(map(math.isfinite, corners)):
        return "the box is not four numbers"
    across, down = scale
    left, top, right, bottom = corners[0] * across, corners[1] * down, corners[2] * across, corners[3] * down
    if right <= left or bottom <= top:
        return "the box has no area"
    inside = (max(0.0, left), max(0.0, top), min(picture[0], right), min(picture[1], bottom))
    if inside[2] <= inside[0] or inside[3] <= inside[1]:
        return "the box lies outside of the picture"
    return Box.of([round(value, 2) for value in inside]) if _wide(inside) else "the box has no area"


def _wide(corners: Corners) -> bool:
    """Whether anything is left when corners are rounded to hundredths."""
    return corners[2] - corners[0] >= 0.02 and corners[3] - corners[1] >= 0.02
