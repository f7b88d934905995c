"""Images as an image-text encoder sees them, encoded once, and their regions, each looked at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ssg.reward.answers import Region

if TYPE_CHECKING:
    from torch import Tensor

    from ssg.grounding.region_text import RegionText

KEPT_REGIONS = 5_000
"""Regions of one image whose answers are kept."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One image: features of its patches (patches, width) before pooling, and its size (width, height) in pixels."""

    patches: Tensor
    size: tuple[float, float]

    @property
    def mean(self) -> NDArray[np.float64]:
        """Of the patches' features, (width,): what the image is like as a whole."""
        found: NDArray[np.float64] = self.patches.mean(0).double().cpu().numpy()
        return found


class SeenImage:
    """An image as an encoder sees it: a :class:`ssg.reward.sight.Sight`."""

    def __init__(self, encoder: RegionText, encoded: Encoded) -> None:
        self._encoder, self._encoded = encoder, encoded
        self._kept: dict[Region, float] = {}

    @property
    def name(self) -> str:
        """The encoder's name."""
        return self._encoder.manifest.name

    @property
    def size_in_bytes(self) -> int:
        """Of what is kept of the image."""
        return self._encoded.patches.nbytes

    def shown(self, regions: Sequence[Region]) -> NDArray[np.float64]:
        """How likely each region shows what it is called, (n,) in [0, 1]; NaN of findings that it cannot tell."""
        kept = self._kept
        new = [region for region in dict.fromkeys(regions) if region not in kept]
        if len(kept) + len(new) > KEPT_REGIONS:
            kept, new = {}, list(dict.fromkeys(regions))
        if new:
            # a dictionary of its own, because other threads may be reading the old one
            kept = self._kept = kept | dict(zip(new, self._encoder.shown(self._encoded, new).tolist(), strict=True))
        return np.array([kept[region] for region in regions])
