"""What is read from a DICOM header beside the pixels: numbers, spacing, orientation, and the few tags that are kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset

from ssg.imaging.allowed import allowed, series_words
from ssg.imaging.letters import Edges, edges_along, edges_towards
from ssg.imaging.refusals import Problem

FRAME_GROUPS = ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence")

Spacing = tuple[float, float]

SPACINGS = {
    "PixelSpacing": "",
    "ImagerPixelSpacing": "Spacing is that of the detector; the body is smaller, by the magnification{m}.",
    "NominalScannedPixelSpacing": "Spacing is that of the scanned film, not of the patient.",
}
"""Attributes in the order in which they are trusted, and what to tell the user of each."""


class Header:
    """A frame of a dataset, in which enhanced objects (functional groups) read like the classic ones."""

    def __init__(self, dataset: Dataset, frame: int = 0) -> None:
        self._datasets = [dataset, *_macros(dataset, frame)]

    def optional(self, keyword: str) -> Any:
        """The value of an element, or None where it is missing, empty or unreadable."""
        try:
            return self._value(keyword)
        except Exception:  # noqa: BLE001 - a broken optional element is as good as none; pydicom raises nine kinds
            return None

    def text(self, keyword: str) -> str:
        """A single text value in capitals, or ""."""
        value = self.optional(keyword)
        return value.strip().upper() if isinstance(value, str) else ""

    def number(self, keyword: str, default: float) -> float:
        """A number that the picture depends on; the default where it is missing, Problem where it is unreadable."""
        try:
            value = self._value(keyword)
            number = default if value is None else float(value)
        except Exception:  # noqa: BLE001 - whatever pydicom makes of it, it is not a number
            number = math.nan
        if not math.isfinite(number):
            raise Problem("damaged", what=f"{keyword} is not a number")
        return number

    def integer(self, keyword: str, default: int) -> int:
        """Like :meth:`number`, for whole numbers."""
        number = self.number(keyword, default)
        if number != int(number):
            raise Problem("damaged", what=f"{keyword} is not a whole number")
        return int(number)

    def numbers(self, keyword: str) -> list[float]:
        """All values of an optional element as finite numbers; empty where any of them is not one."""
        value = self.optional(keyword)
        values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        try:
            numbers = [float(each) for each in values]
        except (TypeError, ValueError):
            return []
        return numbers if all(map(math.isfinite, numbers)) else []

    def item(self, keyword: str) -> Dataset | None:
        """The first item of a sequence, or None."""
        value = self.optional(keyword)
        return value[0] if isinstance(value, Sequence) and value and isinstance(value[0], Dataset) else None

    def _value(self, keyword: str) -> Any:
        for dataset in self._datasets:
            if keyword in dataset:
                value = dataset[keyword].value
                return None if value is None or value in ("", b"") or value == [] else value
        return None


def _macros(dataset: Dataset, frame: int) -> list[Dataset]:
    """The first items of the functional groups of a frame, per-frame ones before shared ones."""
    macros: list[Dataset] = []
    for keyword, place in zip(FRAME_GROUPS, (frame, 0), strict=True):
        groups = dataset.get(keyword)
        if isinstance(groups, Sequence) and len(groups) > place:
            macros += [element.value[0] for element in groups[place] if element.VR == "SQ" and element.value]
    return macros


def spacing_of(header: Header) -> tuple[Spacing | None, list[str]]:
    """Millimetres between rows and between columns, with notes; None where no attribute holds two lengths."""
    for keyword, note in SPACINGS.items():
        values = header.numbers(keyword)
        if len(values) == 2 and min(values) > 0:
            notes = [note.format(m=_magnification(header))] if note else []
            if abs(values[0] - values[1]) > 0.001 * max(values):
                notes.append(f"Pixels are not square ({values[0]:g} × {values[1]:g} mm); they are shown as stored.")
            return (values[0], values[1]), notes
    return None, []


def _magnification(header: Header) -> str:
    factor = header.numbers("EstimatedRadiographicMagnificationFactor")
    return f" (about {factor[0]:g})" if len(factor) == 1 and factor[0] > 0 else ""


def orientation_of(header: Header) -> Edges | None:
    """Letters of the left, right, top and bottom edge, from the image plane or else from PatientOrientation."""
    cosines = header.numbers("ImageOrientationPatient")
    edges = edges_along(cosines[:3], cosines[3:]) if len(cosines) == 6 else None
    if edges is not None:
        return edges
    words = header.optional("PatientOrientation")
    if not isinstance(words, Sequence) or isinstance(words, str) or len(words) != 2:
        return None
    right, bottom = (str(word).strip().upper() for word in words)
    return edges_towards(right, bottom)


def series_words_of(header: Header) -> str:
    """What the description of the series says of how it was scanned, in known words."""
    return series_words(header.text("SeriesDescription"))


def kept_tags_of(header: Header) -> dict[str, str]:
    """The allowed elements that have an allowed value."""
    keywords = ("Modality", "BodyPartExamined", "ViewPosition", "ImageLaterality", "PhotometricInterpretation")
    values: dict[str, object] = {keyword: header.text(keyword) for keyword in keywords}
    values |= {keyword: header.optional(keyword) for keyword in ("BitsAllocated", "BitsStored")}
    if not values["ImageLaterality"]:
        values["ImageLaterality"] = header.text("Laterality")
    return allowed(values)
