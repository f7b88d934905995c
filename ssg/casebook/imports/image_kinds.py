"""Kinds of images in the vocabulary's words, by DICOM's modality and part of the body."""

from __future__ import annotations

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
RADIOGRAPHS = ("DX", "CR")


def kind_of(modality: str, body_part: str) -> str:
    """ "chest x-ray", "brain mr", ...; "" for a kind that the vocabulary has no word for."""
    modality, body_part = modality.strip().upper(), body_part.strip().upper()
    if modality in RADIOGRAPHS:
        return "chest x-ray" if body_part in ("", "CHEST", "THORAX") else "bone x-ray"
    return KINDS.get((modality, body_part), "")
