"""Whether a picture can be what a model was shown: grey images of the kinds that its manifest names.

A model answers about anything, and is as sure of a grey card as of a chest. What can be told cheaply is told: hardly
any structure, few pixels, colour, another modality or part of the body. That a picture passes does not make it a chest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ssg.grounding.image_kinds import ImageKind, in_words, known_body_part

SMALLEST_SIDE = 64
"""Pixels. The policy looks at far more of them; below this nothing of a chest is left."""

FLAT_BELOW = 8.0
"""Standard deviation in grey levels of 256. Our synthetic radiographs have 43 to 77."""

LOOKED_AT = 512
"""Rows and columns that the deviation is computed from, evenly taken, so that a large picture costs no more memory."""


def unlike(
    pixels: NDArray[np.uint8],
    shown: Sequence[ImageKind],
    modality: str = "",
    body_part: str = "",
    notes: Iterable[str] = (),
    specialty: str = "",
) -> str:
    """A sentence on why the picture is unlike what the policy was shown; empty where it may be like it.

    ``pixels`` uint8 (height, width); ``shown`` what the manifest says, empty where that is not known; ``modality`` and
    ``body_part`` DICOM's or "" where unknown; ``notes`` those of the decoder; ``specialty`` the title of the adapter
    that answers.
    """
    if foreign(shown, modality, body_part):
        who = f"The specialty {specialty} was adapted to" if specialty else "The policy has only seen"
        only = " only" if specialty else ""
        image = ", ".join(filter(None, (modality, known_body_part(body_part))))
        return f"{who} {in_words(shown)}{only}: what it answers about this image ({image}) means little."
    why = strangeness(pixels, shown, modality, body_part, notes)
    return f"This picture is unlike what the policy was shown: {why}. Whatever it answers means nothing." if why else ""


def foreign(shown: Sequence[ImageKind], modality: str = "", body_part: str = "") -> bool:
    """Whether the file itself says that it is of none of the kinds; what it does not say is not held against it."""
    return bool(shown) and not any(kind.fits(modality, body_part) for kind in shown)


def strangeness(
    pixels: NDArray[np.uint8],
    shown: Sequence[ImageKind],
    modality: str = "",
    body_part: str = "",
    notes: Iterable[str] = (),
) -> str:
    """What about the picture is unlike a grey image of these kinds, as a clause; empty where nothing is.

    Arguments as for :func:`unlike`.
    """
    height, width = pixels.shape
    reasons = []
    if foreign(shown, modality):
        reasons.append(f"its modality is {modality}")
    elif foreign(shown, modality, body_part):
        reasons.append(f"its body part is {known_body_part(body_part)}")
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
