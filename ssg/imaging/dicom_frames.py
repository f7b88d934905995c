"""All frames of a DICOM file, each as it is displayed and with where it belongs; and what of the file is not kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pydicom import dcmread
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ssg.imaging.allowed import ALLOWED
from ssg.imaging.dicom_file import PIXEL_ELEMENTS, WANTED, file_meta, inflated, read, stored_frames
from ssg.imaging.dicom_header import Header, kept_tags_of, series_words_of
from ssg.imaging.dicom_image import displayed, labelled
from ssg.imaging.dicom_place import PLACES, belonging_of
from ssg.imaging.dicom_place import WANTED as BELONGING
from ssg.imaging.refusals import Problem
from ssg.imaging.sniffing import PREAMBLE
from ssg.imaging.types import Belonging, DisplayImage, Removed

NO_PICTURES = frozenset({"SEG", "RTDOSE", "RTSTRUCT", "RTPLAN", "REG", "RWV", "PR", "SR", "KO"})
"""Modalities whose pixels, where they have any, are no picture of the patient."""

TECHNICAL = frozenset(WANTED) - frozenset(ALLOWED) - {"BurnedInAnnotation"} | set(PLACES)
"""Elements that the picture is made with; they are used up, and nobody asks what became of them."""

DEFERRED = 4096
"""Bytes from which a value stays unread while elements are counted."""


def decode_frames(data: bytes, salt: bytes, labels: bool = False) -> Iterator[tuple[DisplayImage, Belonging]]:
    """Decode frame after frame, as displayed or as the ``labels`` of a mask.

    Raises Problem, or whatever pydicom and its decoders raise.
    """
    dataset = read(data, BELONGING)
    del data
    header = Header(dataset)
    modality = header.text("Modality")
    if modality in NO_PICTURES:
        raise Problem("no_pixels", what=f"it holds {modality}")
    frames = max(header.integer("NumberOfFrames", 1), 1)
    words = series_words_of(header)
    for number, stored in enumerate(stored_frames(dataset, indices=labels)):
        here = Header(dataset, number)
        image = labelled(stored, here) if labels else displayed(stored, here, words)
        yield image, belonging_of(here, salt, number, frames)


def modality_of(data: bytes) -> str:
    """DICOM's modality, read without the pixels; "" where there is none."""
    known = dcmread(BytesIO(data), force=True, stop_before_pixels=True, specific_tags=["Modality"])
    return Header(known).text("Modality")


def removed_of(data: bytes) -> Removed:
    """The elements of a file that hold something and are not kept, nested ones too; empty where they cannot be read."""
    found: Counter[str] = Counter()
    if data.startswith(b"DICM"):
        data = bytes(PREAMBLE) + data
    elif data[PREAMBLE : PREAMBLE + 4] == b"DICM" and any(data[:PREAMBLE]):
        found["preamble"] += 1
    try:
        dataset = _whole(data)
        kept = kept_tags_of(Header(dataset))
        for element in dataset.iterall():
            if element.VR == "SQ" or element.is_empty or element.tag.element == 0:
                continue
            name = _name(element.tag)
            if name not in PIXEL_ELEMENTS and name not in kept and name not in TECHNICAL:
                found[name] += 1
    except Exception:  # noqa: BLE001 - what cannot be counted is removed all the same
        found["elements that cannot be read"] += 1
    return Removed(dict(found))


def _whole(data: bytes) -> Dataset:
    syntax, start = file_meta(data)
    if syntax == DeflatedExplicitVRLittleEndian:
        return read_dataset(BytesIO(inflated(data[start:])), is_implicit_VR=False, is_little_endian=True)
    return dcmread(BytesIO(data), force=True, defer_size=DEFERRED)


def _name(tag: Any) -> str:
    return "private elements" if tag.is_private else keyword_for_tag(tag) or "unknown elements"
