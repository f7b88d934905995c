"""Masks laid on their pictures: turned to them where they are stored another way round, left out where they do not fit.

The grids of both are compared (:func:`ssg.imaging.fit`), never only their sizes: two volumes of one size may be of
different parts of a patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ssg.boxes import Box
from ssg.casebook.imports.marks import Corners, LeftOut, Mark
from ssg.casebook.imports.placing import scale_to
from ssg.imaging import LARGEST_FILE_MB, Belonging, DisplayImage, Grid, Quad, Turn, decode_all, fit, kind_of, quad_of

SALT = b"pictures"
HEAD = 64 * 1024
"""Bytes that tell what a file is, packed or not."""

SCALED = "Masks of another size than their pictures, but of the same shape, were scaled to them"


class Fits:
    """Lays masks on pictures; ``left_out`` hears of those that do not fit, with what differs."""

    def __init__(self, left_out: LeftOut) -> None:
        self._left_out = left_out
        self._scaled: list[str] = []

    def placed(self, marks: Sequence[Mark], picture: Grid | None) -> list[Mark]:
        """The marks in pixels of the picture; those that were drawn on no mask stay as they are."""
        grids = {id(mark.grid): mark for mark in marks if mark.grid is not None}
        ways = {number: self._way(mark, picture) for number, mark in grids.items()}
        found = []
        for mark in marks:
            if mark.grid is None or picture is None:
                found.append(mark)
            elif (way := ways[id(mark.grid)]) is not None:
                frames, turn = way
                box = mark.box and _turned(mark.box, mark.grid, turn, picture)
                found.append(replace(mark, frame=frames[mark.frame], box=box))
        return found

    def _way(self, mark: Mark, picture: Grid | None) -> tuple[tuple[int, ...], Turn] | None:
        """How the mask of a mark lies on the picture, None where it does not."""
        assert mark.grid is not None
        if picture is None:
            return None
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


def decoded(path: Path) -> list[tuple[DisplayImage, Belonging]]:
    """The frames of a picture, each with where it lies; none where the file only marks others. Raises ImageRefused."""
    frames: list[tuple[DisplayImage, Belonging]] = []
    decode_all(path, str(path), SALT, lambda *frame: frames.append(frame), largest_mb=LARGEST_FILE_MB)
    return frames


def grid_of(path: Path, frames: Sequence[tuple[DisplayImage, Belonging]]) -> Grid:
    """The grid of a file that was decoded; raises OSError where it cannot be read."""
    (first, _), kind = frames[0], file_kind(path)
    quads = [_quad(*frame) for frame in frames]
    known = tuple(quad for quad in quads if quad)
    return Grid(
        size=(first.width, first.height),
        slices=len(frames),
        quads=known if len(known) == len(frames) else (),
        as_stored=kind != "nifti",
        bare=kind in ("png", "jpeg"),
    )


def _quad(image: DisplayImage, belonging: Belonging) -> Quad | None:
    """The corners of a frame; one that does not tell how the patient lies tells no place either."""
    if image.orientation is None:
        return None
    return quad_of(belonging.place, image.spacing_mm, image.width, image.height)


def file_kind(path: Path) -> str:
    """What a file is that was decoded: "png", "jpeg", "dicom" or "nifti"."""
    with path.open("rb") as file:
        return kind_of(file.read(HEAD), volumes=True)
