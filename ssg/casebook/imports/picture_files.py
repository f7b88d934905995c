"""What the files of pictures are called, and how large they may be."""

from __future__ import annotations

LARGEST_MB = 200.0
"""Megabytes of the file of a picture, a volume or a mask, packed as it is."""

PACKED = ".nii.gz"
VOLUMES = (".nii", PACKED)
DICOM = (".dcm", ".dicom", ".dic", ".ima")
MASKS = (".png", *DICOM, *VOLUMES)
"""Of files that keep the numbers of a mask."""

PICTURES = (".png", ".jpg", ".jpeg", *DICOM, *VOLUMES)


def ending_of(name: str) -> str:
    """The ending of a file's name in lower case, ".nii.gz" as one; "" where there is none."""
    name = name.lower()
    if name.endswith(PACKED):
        return PACKED
    stem, dot, ending = name.rpartition(".")
    return f".{ending}" if dot and stem else ""


def stem_of(name: str) -> str:
    """The name of a file without the ending of a picture; one that has another ending is left as it is."""
    ending = ending_of(name)
    return name[: -len(ending)] if ending in PICTURES else name
