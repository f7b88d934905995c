"""A DICOM data set as it is displayed: modality transform, VOI window or table, polarity, and the notes on all that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from ssg.imaging import grey
from ssg.imaging.dicom_file import Stored, read, stored_values
from ssg.imaging.dicom_header import Header, kept_tags_of, orientation_of, spacing_of
from ssg.imaging.grey import (
    TAIL,
    LookupTable,
    Reals,
    Window,
    as_bytes,
    counted,
    full_range,
    looked_up,
    percentile_window,
)
from ssg.imaging.labels import as_image, labels_of
from ssg.imaging.levels import Levels, rescaled, through_table
from ssg.imaging.refusals import Problem
from ssg.imaging.types import REDUCED, DisplayImage

SCANNERS = frozenset({"CR", "CT", "DX", "IO", "MG", "MR", "PX", "RF", "RG", "XA"})
"""Modalities whose few extreme values (markers, metal, air) would spoil the contrast of a full-range window."""

Modality = Callable[[Reals], NDArray[Any]]
"""The way of stored values to real ones."""


def decode_dicom(data: bytes) -> DisplayImage:
    """Read, decode and display one DICOM file; raises Problem, or whatever pydicom and its decoders raise."""
    dataset = read(data)
    del data
    stored = stored_values(dataset)
    del dataset.PixelData
    return displayed(stored, Header(dataset))


def displayed(stored: Stored, header: Header, words: str = "") -> DisplayImage:
    """The picture of ``stored`` as ``header`` wants it shown; ``words`` are known ones of the series' description."""
    notes: list[str] = []
    levels, real = _levels(stored, header, notes)
    way = _way_of_file(stored, header, levels, notes)
    if way is None:
        way, window = _way_of_ours(stored, header, levels, real, notes)
    else:
        window = _as_window(way, levels)
    table = as_bytes(way.shown(levels.reals))
    inverted = _is_inverted(stored, header, notes)
    pixels = looked_up(255 - table if inverted else table, levels.samples)
    deep = stored.bits > 8
    if deep:
        notes.append(f"{stored.bits} {REDUCED}")
    if stored.colourful:
        notes.append("Colour was turned to grey.")
    if header.text("BurnedInAnnotation") == "YES":
        notes.append("The file says that text is burned into the picture: look for names before you share it.")
    spacing, spacing_notes = spacing_of(header)
    kept = kept_tags_of(header)
    return DisplayImage(
        pixels=pixels,
        samples=levels.samples if deep else None,
        samples_offset=levels.offset if deep else 0.0,
        samples_slope=levels.slope if deep else 1.0,
        window=window,
        inverted=inverted,
        spacing_mm=spacing,
        modality=kept.get("Modality", ""),
        orientation=orientation_of(header),
        kept_tags=kept | ({"SeriesDescription": words} if words else {}),
        notes=(*notes, *spacing_notes),
    )


def labelled(stored: Stored, header: Header) -> DisplayImage:
    """The frame of a mask, ``stored`` with indices where it has a palette; raises Problem where it is none.

    Its numbers are rescaled as the header says where that leaves labels. Headers that were copied from a CT take 1024
    off, which makes no labels, and is then no part of the mask.
    """
    if stored.colourful:
        raise Problem("no_mask", what="it has colours and no palette")
    try:
        labels = labels_of(_rescaled(stored, header))
    except Problem:
        labels = labels_of(stored.values.astype(np.float64))
    return as_image(labels, spacing_of(header)[0], orientation_of(header))


def _rescaled(stored: Stored, header: Header) -> NDArray[Any]:
    values = stored.values.astype(np.float64)
    item = header.item("ModalityLUTSequence")
    if not stored.is_grey:
        return values
    if item is not None:
        return lookup_table(item).through(values)
    return (header.number("RescaleSlope", 1.0) or 1.0) * values + header.number("RescaleIntercept", 0.0)


def _levels(stored: Stored, header: Header, notes: list[str]) -> tuple[Levels, Modality]:
    """The modality transform, a lookup table where there is one: samples, and the way of any value to a real one."""
    slope, intercept = 1.0, 0.0
    if stored.is_grey:
        item = header.item("ModalityLUTSequence")
        if item is not None:
            table = lookup_table(item)
            return through_table(stored.values, table), table.through
        slope, intercept = header.number("RescaleSlope", 1.0), header.number("RescaleIntercept", 0.0)
        if slope == 0:
            slope = 1.0
            notes.append("The rescale slope is 0 and was ignored.")
    return rescaled(stored.values, slope, intercept), lambda values: slope * values + intercept


def _way_of_file(stored: Stored, header: Header, levels: Levels, notes: list[str]) -> Window | LookupTable | None:
    """The VOI table of the file, else its first window, as most viewers choose; None where it has neither."""
    if not stored.is_grey:
        return None
    item = header.item("VOILUTSequence")
    if item is not None:
        try:
            table = lookup_table(item)
        except Problem:
            notes.append("The lookup table of the file cannot be read and was ignored.")
        else:
            notes.append("Shown through the lookup table of the file; a window of your own is a straight line.")
            # Its input is signed where real values are, whatever the descriptor's VR says.
            misread = table.first > max(32767, levels.reals[-1])
            return replace(table, first=table.first - 65536) if misread else table
    return _window_of_file(header, notes)


def _window_of_file(header: Header, notes: list[str]) -> Window | None:
    widths, centres = header.numbers("WindowWidth"), header.numbers("WindowCenter")
    if not widths or not centres:
        return None
    function = header.text("VOILUTFunction") or grey.LINEAR
    if widths[0] <= 0:
        notes.append("The window of the file has no width and was ignored.")
        return None
    if function not in (grey.LINEAR, grey.LINEAR_EXACT, grey.SIGMOID):
        notes.append("The kind of window in the file is not known and was taken to be linear.")
        function = grey.LINEAR
    if function == grey.SIGMOID:
        notes.append("The window of the file is a sigmoid; a window of your own is a straight line.")
    if function == grey.LINEAR and widths[0] < 1:
        function = grey.LINEAR_EXACT  # the standard forbids it, and maps of small numbers (ADC, PET) do it
    if min(len(widths), len(centres)) > 1:
        notes.append(f"The file has {min(len(widths), len(centres))} windows; its first one is shown.")
    return Window(widths[0], centres[0], function)


def _way_of_ours(
    stored: Stored, header: Header, levels: Levels, real: Modality, notes: list[str]
) -> tuple[Window, tuple[float, float] | None]:
    """A window for a file that names none, and whether it is worth telling: 8-bit values are shown as they are."""
    if stored.bits <= 8 or not stored.is_grey:
        ends = real(np.array(stored.limits, dtype=np.float64))
        window = full_range(float(ends.min()), float(ends.max()))
        return window, ((window.width, window.level) if stored.bits > 8 else None)
    counts = counted(levels.samples, levels.kinds)
    counts[_is_padding(stored, header, levels, real)] = 0
    if header.text("Modality") in SCANNERS:
        notes.append(f"The file names no window; {TAIL:.1%} of its values at each end are shown black or white.")
        window = percentile_window(counts, levels.reals, TAIL)
    else:
        notes.append("The file names no window; the range of its values is shown.")
        window = percentile_window(counts, levels.reals, 0.0)
    return window, (window.width, window.level)


def _is_padding(stored: Stored, header: Header, levels: Levels, real: Modality) -> NDArray[np.bool_]:
    """Which sample values stand for no measurement, (kinds,); all False where that would leave nothing."""
    ends = [*header.numbers("PixelPaddingValue")[:1], *header.numbers("PixelPaddingRangeLimit")[:1]]
    if not ends:
        return np.zeros(levels.kinds, dtype=np.bool_)
    # Written as unsigned by some devices although pixels are signed.
    highest = stored.limits[1]
    signed = [end - 65536 if stored.signed and end > highest else end for end in ends]
    limits = real(np.array(signed, dtype=np.float64))
    return np.asarray((levels.reals >= limits.min()) & (levels.reals <= limits.max()))


def _as_window(way: Window | LookupTable, levels: Levels) -> tuple[float, float] | None:
    """(width, level) of a window, or of the straight line nearest to a rising table."""
    if isinstance(way, Window):
        return way.width, way.level
    table = way.shown(levels.reals)
    above_black, below_white = np.flatnonzero(table > 5), np.flatnonzero(table < 250)
    if not above_black.size or not below_white.size or below_white[-1] <= above_black[0]:
        return None
    window = full_range(float(levels.reals[above_black[0]]), float(levels.reals[below_white[-1]]))
    return window.width, window.level


def _is_inverted(stored: Stored, header: Header, notes: list[str]) -> bool:
    """Whether low values are white. MONOCHROME1 and an INVERSE presentation table say the same thing, once."""
    shape = header.text("PresentationLUTShape") if stored.is_grey else ""
    if stored.photometric == "MONOCHROME1" and shape == "IDENTITY":
        notes.append("The file contradicts itself on what is white; it is shown as MONOCHROME1, low values white.")
    return stored.photometric == "MONOCHROME1" or shape == "INVERSE"


def lookup_table(item: Dataset) -> LookupTable:
    """The table of an item of a modality or VOI LUT sequence; raises Problem where it is none."""
    try:
        count, first, bits = (int(value) for value in item.LUTDescriptor)
        data = item.LUTData
        count = count % 65536 or 65536
        little = item.original_encoding[1] is not False
        entries = _entries(data, count, bits, "<" if little else ">")[:count]
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise Problem("damaged", what="a lookup table cannot be read") from None
    if not entries.size or not 1 <= bits <= 16:
        raise Problem("damaged", what="a lookup table is empty or of unknown depth")
    return LookupTable(entries, first, max(bits, int(entries.max()).bit_length()))


def _entries(data: Any, count: int, bits: int, order: str) -> NDArray[np.uint16]:
    """Entries as numbers: given as words, as bytes of words, or two to a word."""
    if not isinstance(data, bytes):
        words = (np.atleast_1d(np.asarray(data, dtype=np.int64)) & 0xFFFF).astype(f"{order}u2")
        if bits > 8 or words.size >= count:
            return words.astype(np.uint16)
        data = words.tobytes()
    packed = bits <= 8 and len(data) < 2 * count
    return np.frombuffer(data[: len(data) // 2 * 2], dtype="u1" if packed else f"{order}u2").astype(np.uint16)
