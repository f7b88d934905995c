"""Text that is burned into a picture, found by an OCR (RapidOCR with the models that its package brings, Apache-2.0).

It helps whoever reviews pictures for names; it cannot promise that there are none.
"""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Box
from ssg.errors import Unavailable
from ssg.imaging.types import Pixels

LEAST_SCORE = 0.6
LEAST_LETTERS = 2
"""Letters and digits: a single one is the marker of a side, or a shape in the picture that looks like one."""

LONGEST = 100
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Writing:
    """A line of text: where it stands in the picture, what it seems to say, and how sure that is, 0 to 1."""

    box: Box
    words: str
    score: float


def text_in(pixels: Pixels) -> list[Writing]:
    """The text in a picture, uint8 (height, width), as it is shown. Raises Unavailable where no OCR is installed."""
    height, width = pixels.shape
    colour = np.ascontiguousarray(np.broadcast_to(pixels[..., None], (height, width, 3)))
    with _LOCK:  # a session is large, and one picture keeps all cores busy
        found = _reader()(colour, use_det=True, use_cls=False, use_rec=True)
    if found.boxes is None or found.txts is None:
        return []
    lines = zip(found.boxes, found.txts, found.scores, strict=True)
    return [
        Writing(_around(corners, width, height), words.strip()[:LONGEST], float(score))
        for corners, words, score in lines
        if score >= LEAST_SCORE and sum(letter.isalnum() for letter in words) >= LEAST_LETTERS
    ]


def _around(corners: NDArray[np.float64], width: int, height: int) -> Box:
    """The upright box around a line that may be slanted."""
    left, top = np.floor(np.min(corners, axis=0))
    right, bottom = np.ceil(np.max(corners, axis=0))
    x0, y0 = max(0.0, float(left)), max(0.0, float(top))
    return Box(x0, y0, min(float(width), max(float(right), x0 + 1)), min(float(height), max(float(bottom), y0 + 1)))


@functools.cache
def _reader() -> Any:
    try:
        from rapidocr import RapidOCR
    except ImportError:
        raise Unavailable(
            "Text burned into pictures cannot be looked for: install it with `pip install rapidocr onnxruntime`."
        ) from None
    return RapidOCR(params={"Global.log_level": "error"})
