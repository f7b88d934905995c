"""Whether a picture can be what our models were shown: frontal chest radiographs, in grey.

A model answers about anything, and is as sure of a grey card as of a chest. What can be told cheaply is told: hardly
any structure, few pixels, colour, another modality. That a picture passes does not make it a chest.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ssg.imaging import RADIOGRAPHS

SMALLEST_SIDE = 64
"""Pixels. The policy looks at far more of them; below this nothing of a chest is left."""

FLAT_BELOW = 8.0
"""Standard deviation in grey levels of 256. Our synthetic radiographs have 43 to 77."""

LOOKED_AT = 512
"""Rows and columns that the deviation is computed from, evenly taken, so that a large picture costs no more memory."""


def unlike(pixels: NDArray[np.uint8], modality: str = "", notes: Iterable[str] = ()) -> str:
    """A sentence on why the picture is unlike what the policy was shown; empty where it may be like it.

    ``pixels`` uint8 (height, width), ``modality`` DICOM's or "" where unknown, ``notes`` those of the decoder.
    """
    if modality and modality not in RADIOGRAPHS:
        return (
            f"The policy has only seen chest radiographs: what it answers about this image ({modality}) means little."
        )
    why = strangeness(pixels, modality, notes)
    return f"This picture is unlike what the policy was shown: {why}. Whatever it answers means nothing." if why else ""


def strangeness(pixels: NDArray[np.uint8], modality: str = "", notes: Iterable[str] = ()) -> str:
    """What about the picture is unlike a chest radiograph in grey, as a clause; empty where nothing is.

    Arguments as for :func:`unlike`.
    """
    height, width = pixels.shape
    reasons = []
    if modality and modality not in RADIOGRAPHS:
        reasons.append(f"its modality is {modality}")
    if min(width, height) < SMALLEST_SIDE:
        reasons.append(f"it is only {width} × {height} pixels")
    if _deviation(pixels) < FLAT_BELOW:
        reasons.append("it has hardly any structure")
    if any(note.startswith("Colour") for note in notes):  # the decoder says that colour was turned to grey
        reasons.append("it is in colour")
    return " and ".join(reasons)


def _deviation(pixels: NDArray[np.uint8]) -> float:
    rows, columns = (max(1, length // LOOKED_AT) for length in pixels.shape)
    return float(np.std(pixels[::rows, ::columns]))
