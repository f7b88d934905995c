"""Masks laid on their pictures: turned to them where they are stored another way round, left out where they do not fit.

The grids of both are compared (:func:`ssg.imaging.fit`), never only their sizes: two volumes of one size may be of
different parts of a patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from ssg.boxes import Box
from ssg.casebook.imports.marks import Corners, LeftOut, Mark
from ssg.casebook.imports.picture_files import LARGEST_MB
from ssg.casebook.imports.placing import scale_to
from ssg.imaging import Belonging, DisplayImage, Grid, Quad, Turn, decode_all, fit, kind_of, quad_of

SALT = b"pictures"
HEAD = 64 * 1024
"""Bytes that tell what a file is, packed or not."""

SCALED = "Masks of another size than their pictures, but of the same shape, were scaled to them"


class Fits:
    """Lays masks on pictures; ``left_out`` hears of those that do not fit, with what differs."""

    def __init__(self, left_out: LeftOut) -> None:
        self._left_out = left_out
        self._scaled: list[str] = []

    def placed(self, marks: Sequence[Mark], picture: Grid) -> list[Mark]:
        """The marks in pixels of the picture; those that were drawn on no mask stay as they are."""
        grids = {id(mark.grid): mark for mark in marks if mark.grid is not None}
        ways = {number: self._way(mark, picture) for number, mark in grids.items()}
        found = []
        for mark in marks:
            if mark.grid is None:
                found.append(mark)
            elif (way := ways[id(mark.grid)]) is not None:
                frames, turn = way
                box = mark.box and _turned(mark.box, mark.grid, turn, picture)
                found.append(replace(mark, frame=frames[mark.frame], box=box))
        return found

    def _way(self, mark: Mark, picture: Grid) -> tuple[tuple[int, ...], Turn] | None:
        """How the mask of a mark lies on the picture, None where it does not."""
        assert mark.grid is not None
        way = fit(mark.grid, picture)
        if not isinstance(way, str) and not mark.grid.quads and mark.grid.size != picture.size:
            scale = scale_to(mark.grid.size, picture.size)
            if isinstance(scale, str):
                way = "the mask has another shape than its picture"
            else:
                self._scaled.append(f"{mark.where}, {mark.grid} for {picture}")
        if isinstance(way, str):
            self._left_out.add(way, f"{mark.where}: {mark.grid}, the picture {picture}")
            return None
        return way

    def notes(self) -> list[str]:
        """What was done that somebody should look at."""
        if not self._scaled:
            return []
        return [f"{SCALED}: {len(self._scaled):,} ({self._scaled[0]}{', ...' * (len(self._scaled) > 1)})."]


def _turned(box: Corners, mask: Grid, turn: Turn, picture: Grid) -> Corners:
    turned = turn.box(Box.of(list(box)), *mask.size)
    width, height = mask.size[::-1] if turn.transposed else mask.size
    across, down = picture.size[0] / width, picture.size[1] / height
    left, top, right, bottom = turned.corners
    return left * across, top * down, right * across, bottom * down


class Framed(Protocol):
    """A frame as a worker gave it, or as it was laid down."""

    @property
    def width(self) -> int:
        """Columns."""

    @property
    def height(self) -> int:
        """Rows."""

    @property
    def spacing_mm(self) -> tuple[float, float] | None:
        """Millimetres between (rows, columns)."""

    @property
    def orientation(self) -> tuple[str, str, str, str] | None:
        """Letters at the edges."""


def corners_of_frame(frame: Framed, belonging: Belonging) -> Quad | None:
    """The corners of a frame in the patient; one that does not tell how the patient lies tells no place either."""
    if frame.orientation is None:
        return None
    return quad_of(belonging.place, frame.spacing_mm, frame.width, frame.height)


class GridOf:
    """The grid of a file, from its frames one after the other: nothing of their pixels is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = (0, 0)
        self._quads: list[Quad] = []
        self.frames = 0

    def add(self, image: DisplayImage, belonging: Belonging) -> None:
        """Take the next frame in."""
        self._size = self._size if self.frames else (image.width, image.height)
        self.frames += 1
        quad = corners_of_frame(image, belonging)
        self._quads += [quad] if quad else []

    def made(self) -> Grid:
        """The grid; raises OSError where the file cannot be read."""
        kind = file_kind(self._path)
        return Grid(
            size=self._size,
            slices=self.frames,
            quads=tuple(self._quads) if len(self._quads) == self.frames else (),
            as_stored=kind != "nifti",
            bare=kind in ("png", "jpeg"),
        )


def first_frame(path: Path) -> tuple[DisplayImage | None, GridOf]:
    """The first frame of a picture, None where it only marks others, and the grid of all. Raises ImageRefused."""
    first: list[DisplayImage] = []
    grid = GridOf(path)

    def see(image: DisplayImage, belonging: Belonging) -> None:
        grid.add(image, belonging)
        if not first:
            first.append(image)

    decode_all(path, str(path), SALT, see, largest_mb=LARGEST_MB)
    return (first[0] if first else None), grid


def file_kind(path: Path) -> str:
    """What a file is that was decoded: "png", "jpeg", "dicom" or "nifti"."""
    with path.open("rb") as file:
        return kind_of(file.read(HEAD), volumes=True)
