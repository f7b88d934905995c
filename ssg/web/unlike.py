"""Whether an uploaded picture can be what the policy was shown: frontal chest radiographs, in grey.

A policy answers about anything, and is as sure of a grey card as of a chest. What can be told cheaply is told: hardly
any structure, few pixels, colour, another modality. That a picture passes does not make it a chest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ssg.web import words
from ssg.web.images import Shown

W = words.ASK

RADIOGRAPHS = ("CR", "DX")
SMALLEST_SIDE = 64
"""Pixels. The policy looks at far more of them; below this nothing of a chest is left."""

FLAT_BELOW = 8.0
"""Standard deviation in grey levels of 256. Our synthetic radiographs have 43 to 77."""

LOOKED_AT = 512
"""Rows and columns that the deviation is computed from, evenly taken, so that a large picture costs no more memory."""


def unlike(image: Shown, pixels: NDArray[np.uint8]) -> str:
    """Why the picture, uint8 (height, width), is unlike what the policy was shown; empty where it may be."""
    if image.modality and image.modality not in RADIOGRAPHS:
        return W["other_modality"].format(seen="chest radiographs", modality=image.modality)
    reasons = []
    if min(image.width, image.height) < SMALLEST_SIDE:
        reasons.append(W["unlike_small"].format(width=image.width, height=image.height))
    if _deviation(pixels) < FLAT_BELOW:
        reasons.append(W["unlike_flat"])
    if any(note.startswith("Colour") for note in image.notes):  # the decoder says that colour was turned to grey
        reasons.append(W["unlike_colour"])
    return W["unlike"].format(why=" and ".join(reasons)) if reasons else ""


def _deviation(pixels: NDArray[np.uint8]) -> float:
    rows, columns = (max(1, length // LOOKED_AT) for length in pixels.shape)
    return float(np.std(pixels[::rows, ::columns]))
