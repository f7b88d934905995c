"""The pictures of a case as they are shown: 16 bits through the window of their series, 8 bits as they are."""

from __future__ import annotations

from pathlib import Path

from ssg.casebook.files import png_depth, sha256_of
from ssg.casebook.types import Case, CaseSet
from ssg.imaging import open_image, png_bytes, windowed
from ssg.imaging.types import Pixels
from ssg.whole import write_whole


def is_shown_as_stored(case_set: CaseSet, case: Case, picture: int | None = None) -> bool:
    """Whether the file itself is what is shown: 8 bits, not inverted."""
    number = case.key_picture if picture is None else picture
    series, _ = case.place_of(number)
    return not series.inverted and png_depth(case_set.image_path(case, number)) <= 8


def shown_pixels(case_set: CaseSet, case: Case, picture: int | None = None) -> Pixels:
    """A picture (None: that which stands for the case) as grey of 8 bits; raises ImageRefused and Unavailable."""
    number = case.key_picture if picture is None else picture
    series, _ = case.place_of(number)
    opened = open_image(case_set.image_path(case, number))
    if opened.samples is None:
        return 255 - opened.pixels if series.inverted else opened.pixels
    offset, slope = series.values
    stored = opened.samples_offset  # what the PNG holds is this and the sample
    return windowed(opened.samples, offset + slope * stored, slope, series.window, series.inverted)


def shown_png(case_set: CaseSet, case: Case, picture: int | None = None) -> bytes:
    """The same as a PNG."""
    return png_bytes(shown_pixels(case_set, case, picture))


def file_of_full_depth(case_set: CaseSet, case: Case, picture: int | None = None) -> Path | None:
    """The stored file of a picture of 16 bits, None where 8 bits are all there is."""
    path = case_set.image_path(case, case.key_picture if picture is None else picture)
    return path if png_depth(path) > 8 else None


def file_shown(case_set: CaseSet, case: Case, place: Path, picture: int | None = None) -> Path:
    """The file of a picture that a browser shows: its own, or one made of it in ``place``, once for its content."""
    if is_shown_as_stored(case_set, case, picture):
        return case_set.image_path(case, picture)
    number = case.key_picture if picture is None else picture
    series, _ = case.place_of(number)
    how = sha256_of(repr((series.window, series.values, series.inverted)).encode())[:8]
    kept = place / f"{case.pictures[number].sha256[:32]}-{how}.png"
    if not kept.is_file():
        place.mkdir(parents=True, exist_ok=True)
        write_whole(kept, shown_png(case_set, case, number))
    return kept
