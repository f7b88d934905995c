"""What DICOM objects mark on pictures: segmentations (SEG, by highdicom) and structured reports (SR) as boxes.

A segmentation gives a box around each piece of a segment on each picture that it was drawn on; a report one around each
of its regions (SCOORD, PS3.3 C.18.6). Pictures are named by the same keyed digests as in ``dicom_place``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset

from ssg.imaging.dicom_place import digest
from ssg.imaging.pieces import Corners, boxes_of_pieces
from ssg.imaging.refusals import Problem, require_size
from ssg.imaging.types import PictureMark

MOST_MARKS = 20_000
DEEPEST = 40
HALF = 0.5
FINDINGS = ("121071", "121069", "111001")
"""Codes of DICOM's own scheme for the concepts that name what a region is: Finding, Previous Finding, Algorithm's."""

SCHEMES = {
    "SCT": r"[1-9][0-9]{5,17}",
    **dict.fromkeys(("SRT", "SNM3"), r"[A-Z]{1,2}-[0-9A-F]{4,6}"),
    "DCM": r"1[0-9]{5}",
    "RADLEX": r"R(ID|PID)[0-9]{1,6}",
    "FMA": r"[0-9]{1,6}",
    "NCIT": r"C[0-9]{4,6}",
    "UMLS": r"C[0-9]{7}",
    **dict.fromkeys(("ICD10", "I10"), r"[A-TV-Z][0-9]{2}(\.[0-9]{1,2})?"),
    "LN": r"[0-9]{3,6}-[0-9]",
}
"""Public schemes of codes (PS3.16, chapter 8), and what their codes look like: in others anything may stand."""

NO_CODE = "-"
LONGEST = 60
"""Letters of a meaning with its code that come through; see ``protocol.py``."""

SITES = ("G-C0E3", "363698007")
TRACKING = "112040"
REPORTS = ("SR",)
SEGMENTATIONS = ("SEG",)


def decode_marks(data: bytes, salt: bytes) -> Iterator[PictureMark]:
    """The marks of a SEG or SR object; raises Problem, or whatever pydicom and highdicom raise."""
    dataset = dcmread(BytesIO(data), force=True)
    del data
    found = of_segmentation(dataset, salt) if dataset.Modality in SEGMENTATIONS else of_report(dataset, salt)
    for number, mark in enumerate(found):
        if number >= MOST_MARKS:
            raise Problem("too_many_marks", limit=f"{MOST_MARKS:,}")
        yield mark


def of_segmentation(dataset: Dataset, salt: bytes) -> Iterator[PictureMark]:
    """A box around each piece of each segment, on each picture that the segmentation was drawn on."""
    from highdicom.seg import Segmentation

    size = int(dataset.Columns), int(dataset.Rows)
    require_size(*size)
    segmentation = Segmentation.from_dataset(dataset, copy=False)
    named = {number: _named(dataset, number) for number in segmentation.segment_numbers}
    for *_, instance in segmentation.get_source_image_uids():
        for frame, segments in enumerate(_masks(segmentation, instance)):
            for place, number in enumerate(segmentation.segment_numbers):
                for box in boxes_of_pieces(segments[..., place] >= HALF):
                    label, meaning = named[number]
                    lesion = digest(salt, f"{dataset.SOPInstanceUID}{number}")[:8]
                    where = digest(salt, instance), frame
                    yield PictureMark(*where, label, meaning, box, f"segment-{lesion}", size)


def _masks(segmentation: Any, instance: str) -> NDArray[Any]:
    """(frames, height, width, segments) of one picture, or of one file of several frames."""
    how = {"combine_segments": False, "ignore_spatial_locations": True}
    try:
        masks: NDArray[Any] = segmentation.get_pixels_by_source_instance([instance], **how)
    except (ValueError, RuntimeError, KeyError):
        masks = segmentation.get_pixels_by_source_frame(instance, **how)
    return masks


def _named(dataset: Dataset, number: int) -> tuple[str, str]:
    """The label of a segment, which is free text, and its code."""
    for segment in dataset.SegmentSequence:
        if segment.SegmentNumber == number:
            return str(segment.get("SegmentLabel", "")), _coded(segment.get("SegmentedPropertyTypeCodeSequence"))
    return "", ""


def _coded(sequence: Any) -> str:
    """A code and what its file says that it means, "SCT:27925004 Nodule"; "-" in place of one of no public scheme.

    The meaning is free text, and left out where it does not come through whole.
    """
    if not sequence:
        return ""
    scheme, value, meaning = (
        " ".join(str(sequence[0].get(keyword, "")).split())
        for keyword in ("CodingSchemeDesignator", "CodeValue", "CodeMeaning")
    )
    pattern = SCHEMES.get(scheme.upper())
    code = f"{scheme.upper()}:{value}" if pattern and re.fullmatch(pattern, value) else NO_CODE
    whole = f"{code} {meaning}".strip()
    return whole if len(whole) <= LONGEST else code


@dataclass(frozen=True, slots=True)
class _Said:
    """What a report says around a region: its finding, and what is tracked."""

    finding: str = ""
    site: str = ""
    lesion: str = ""


def of_report(dataset: Dataset, salt: bytes) -> Iterator[PictureMark]:
    """A box around each region of a structured report that lies on a picture."""
    if not dataset.get("ContentSequence"):
        raise Problem("no_pixels", what="it is a report without content")
    yield from _regions(dataset.ContentSequence, _Said(), salt, 0)


def _regions(items: Sequence[Dataset], said: _Said, salt: bytes, depth: int) -> Iterator[PictureMark]:
    if depth > DEEPEST:
        raise Problem("damaged", what="it is nested too deeply")
    said = _heard(items, said, salt)
    for item in items:
        inside = item.get("ContentSequence") or []
        if item.get("ValueType") in ("SCOORD", "SCOORD3D"):
            yield from _region(item, inside, said, salt)
        if inside:
            yield from _regions(inside, said, salt, depth + 1)


def _heard(items: Sequence[Dataset], said: _Said, salt: bytes) -> _Said:
    """What these items say of the regions beside and below them."""
    for item in items:
        concept = item.get("ConceptNameCodeSequence")
        code = str(concept[0].get("CodeValue", "")) if concept else ""
        if item.get("ValueType") == "CODE" and code in FINDINGS:
            said = replace(said, finding=_coded(item.get("ConceptCodeSequence")))
        elif item.get("ValueType") == "CODE" and code in SITES:
            said = replace(said, site=_coded(item.get("ConceptCodeSequence")))
        elif code == TRACKING:
            said = replace(said, lesion=f"tracked-{digest(salt, str(item.get('UID', '')))[:8]}")
    return said


def _region(item: Dataset, inside: Sequence[Dataset], said: _Said, salt: bytes) -> Iterator[PictureMark]:
    """A region on each picture that it names, so that each is counted: without area where it has none.

    One that names no picture, as those in millimetres of the patient, is on the picture "".
    """
    flat = item.get("ValueType") == "SCOORD"
    box = around(str(item.get("GraphicType", "")), [float(one) for one in item.get("GraphicData") or []])
    if box is None or not flat:
        box = (0.0, 0.0, 0.0, 0.0)
    references = [
        reference
        for child in inside
        if child.get("ValueType") == "IMAGE"
        for reference in child.get("ReferencedSOPSequence") or []
    ]
    for reference in references if flat and references else [Dataset()]:
        instance = digest(salt, str(reference.get("ReferencedSOPInstanceUID", "")))
        frames = reference.get("ReferencedFrameNumber") or 1
        for frame in [frames] if isinstance(frames, int | str) else frames:
            yield PictureMark(instance, int(frame) - 1, "", said.finding or said.site, box, said.lesion)


def around(kind: str, values: Sequence[float]) -> Corners | None:
    """The box around a graphic of column and row pairs; None for one without area (PS3.3 C.18.6.1.2)."""
    points = np.array(values[: len(values) // 2 * 2]).reshape(-1, 2)
    if not len(points) or not np.isfinite(points).all():
        return None
    if kind == "CIRCLE" and len(points) == 2:
        radius = float(np.hypot(*(points[1] - points[0])))
        low, high = points[0] - radius, points[0] + radius
    elif kind == "ELLIPSE" and len(points) == 4:
        centre, major, minor = points[:2].mean(axis=0), points[1] - points[0], points[3] - points[2]
        reach = np.sqrt((major / 2) ** 2 + (minor / 2) ** 2)
        low, high = centre - reach, centre + reach
    elif kind in ("POLYLINE", "MULTIPOINT"):
        low, high = points.min(axis=0), points.max(axis=0)
    else:
        return None
    if (high - low).min() < 1:
        return None
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
