"""What a phantom becomes in a case: its picture as a PNG, the series that shows it, its boxes as regions."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ssg.casebook.types import SINGLE, CaseImage, CaseSet, OtherMark, Series
from ssg.errors import BadInput
from ssg.phantoms import Phantom, PhantomFinding
from ssg.reward import Region
from ssg.vocabulary import Side

LOWEST_HU = -1024
"""Hounsfield units of a stored 0; what lies outside of the scanner's field is no lower."""

MOST_ROUNDED = 1e-3
"""Share of the pixels that may be one number off in a picture that is still the same."""

_EDGES: dict[str, tuple[str, str, str, str]] = {
    "axial": ("R", "L", "A", "P"),
    "coronal": ("R", "L", "H", "F"),
    "sagittal": ("A", "P", "H", "F"),
}
"""What lies at the left, right, top and bottom edge of a slice."""


def stored(phantom: Phantom) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """The numbers that the PNG holds: Hounsfield units from ``LOWEST_HU`` on in 16 bits, else the 8-bit picture."""
    if phantom.values is None:
        return phantom.pixels
    return np.asarray(np.clip(np.rint(phantom.values) - LOWEST_HU, 0, 65_535), np.uint16)


def to_png(phantom: Phantom) -> bytes:
    """The picture as a PNG, packed as small as it gets."""
    out = io.BytesIO()
    Image.fromarray(stored(phantom)).save(out, format="PNG", optimize=True)
    return out.getvalue()


def same_png(before: CaseSet | None, case_id: str, number: int, phantom: Phantom) -> bytes | None:
    """The PNG that a case had, where it holds the same pixels: another zlib packs them differently.

    Another processor rounds a few of them to the next number: that is no new picture.
    """
    if before is None:
        return None
    try:
        case = before.case(case_id)
        if number >= len(case.pictures):
            return None
        data = before.image_bytes(case, number)
        with Image.open(io.BytesIO(data)) as picture:
            kept = np.asarray(picture).astype(np.int32)
    except (BadInput, OSError, ValueError):
        return None
    drawn = stored(phantom)
    if kept.shape != drawn.shape:
        return None
    apart = np.abs(kept - drawn)
    return data if apart.max() <= 1 and np.count_nonzero(apart) <= MOST_ROUNDED * apart.size else None


def series_of(phantom: Phantom, png: bytes, name: str = SINGLE, title: str = "", days: int = 0) -> Series:
    """The series of one picture that shows a phantom as its machine would."""
    image = CaseImage.of_png(png, (round(phantom.spacing_mm[1], 4), round(phantom.spacing_mm[0], 4)))
    width_level = phantom.window if phantom.values is not None else None
    return Series(
        id=name,
        frames=(image,),
        title=title,
        days=days,
        orientation=_EDGES.get(phantom.view),
        window=None if width_level is None else (round(width_level[0], 1), round(width_level[1], 1)),
        values=(0.0, 1.0) if phantom.values is None else (float(LOWEST_HU), 1.0),
    )


def regions_of(found: Iterable[PhantomFinding], picture: int = 0) -> tuple[Region, ...]:
    """Every box of what was drawn, findings or anatomy, as a region of a picture."""
    return tuple(
        Region(one.finding, box, Side(one.side) if one.side else None, picture=picture)
        for one in found
        for box in one.boxes
    )


def lesion_of(region: Region, number: int) -> str:
    """The word by which a thing is known at several dates; ``number`` counts those of its finding and side."""
    side = f"-{region.side}" if region.side else ""
    return f"{region.finding.replace(' ', '-')}{side}-{number}"


def gone(region: Region) -> OtherMark:
    """A mark of what an earlier examination shows and the one that is asked about does not.

    As a region it would be a finding of the case, and learners are asked what is there now.
    """
    return OtherMark(f"{region.called}, gone since", region.box, picture=region.picture)
