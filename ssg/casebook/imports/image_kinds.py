"""Kinds of images in the vocabulary's words, by DICOM's modality and part of the body."""

from __future__ import annotations

from ssg.casebook.schema import rule_of
from ssg.imaging import RADIOGRAPHS

SPINE = ("LSPINE", "CSPINE", "TSPINE", "SSPINE", "LSSPINE", "TLSPINE", "SPINE")
KINDS = {
    ("CT", "CHEST"): "chest ct",
    ("CT", "ABDOMEN"): "abdominal ct",
    ("CT", "ABDOMENPELVIS"): "abdominal ct",
    ("MR", "BRAIN"): "brain mr",
    ("MR", "HEAD"): "brain mr",
    ("US", "BREAST"): "breast ultrasound",
    **{("MR", part): "spine mr" for part in SPINE},
}


def kind_of(modality: str, body_part: str) -> str:
    """ "chest x-ray", "brain mr", ...; "" for a kind that the vocabulary has no word for."""
    modality, body_part = modality.strip().upper(), body_part.strip().upper()
    if modality in RADIOGRAPHS:
        return "chest x-ray" if body_part in ("", "CHEST", "THORAX") else "bone x-ray"
    return KINDS.get((modality, body_part), "")


NAMES = {
    "DX": "Radiograph",
    "CR": "Radiograph",
    "RF": "Fluoroscopy",
    "XA": "Angiogram",
    "MG": "Mammogram",
    "PX": "Panoramic radiograph",
    "CT": "CT",
    "MR": "MR",
    "US": "Ultrasound",
    "NM": "Scintigram",
    "PT": "PET",
}
OF_KINDS = {"chest x-ray": "Chest radiograph", "chest ct": "Chest CT", "brain mr": "Brain MR", "spine mr": "Spine MR"}


def title_of(modality: str, body_part: str) -> str:
    """What a case is called as long as nobody gives it a title: "Chest radiograph", "MR, knee", "Ultrasound"."""
    modality, body_part = modality.strip().upper(), body_part.strip().upper()
    known = OF_KINDS.get(kind_of(modality, body_part))
    if known and body_part:
        return known
    name = NAMES.get(modality, "Image")
    return f"{name}, {body_part.lower()}" if body_part and name not in ("Mammogram", "Image") else name


def known_modality(modality: str) -> str:
    """The modality where a case set has it, else ""."""
    return modality if modality in rule_of("case", "modality")["enum"] else ""


ANY_KIND = ("", "chest x-ray", "bone x-ray", *dict.fromkeys(KINDS.values()))
"""All that :func:`kind_of` may say: a label may be known on one kind only."""
