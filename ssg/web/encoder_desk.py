"""Lets the one image-text encoder that all share look at images, for the reward.

Where it cannot, names are judged by themselves, and the breakdown says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ssg.reward.sight import Sight
from ssg.settings import NO_ENCODER
from ssg.web import words
from ssg.web.loading import Loading

if TYPE_CHECKING:
    from ssg.grounding.region_text import RegionText
    from ssg.settings import Settings

PATIENCE_S = 30.0
"""How long a judgement waits for an encoder that is being loaded; after a start somebody may be quick."""


def load_encoder(settings: Settings) -> RegionText | None:
    """The encoder that the settings name, None where they want none; raises Unavailable."""
    if settings.encoder == NO_ENCODER:
        return None
    from ssg.grounding.region_text import RegionText

    return RegionText.load(settings.encoder, settings.device, settings.encoder_revision or None)


class EncoderDesk(Loading["RegionText | None"]):
    """``load`` makes the encoder, or None where none is wanted."""

    def __init__(self, load: Callable[[], RegionText | None]) -> None:
        super().__init__(load, "image-text encoder")

    def look(
        self,
        pixels: Callable[[], NDArray[np.uint8]],
        modality: str = "",
        body_part: str = "",
        patience_s: float = PATIENCE_S,
    ) -> tuple[Sight | None, str]:
        """An image as the encoder sees it; or None and, in words, why it does not.

        ``pixels`` opens it, grey (height, width), and is only called where there is an encoder; ``modality`` and
        ``body_part`` are DICOM's or "" where unknown.
        """
        if not self.wait(patience_s):
            return None, words.ENCODER["loading"]
        if self.loaded is None:
            return None, words.ENCODER["unavailable"] if self.problem else ""
        return self.loaded.look(pixels(), modality, body_part=body_part)
