"""How one policy writes places, on images of any size: its convention and how it resizes what it sees.

What is taught, what is asked for and what is rewarded must agree on it, and with what the app reads
(:class:`ssg.grounding.coordinates.CoordinateFrame`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ssg.errors import BadInput
from ssg.grounding.coordinates import Convention, CoordinateFrame


@dataclass(frozen=True, slots=True)
class Frames:
    """The frame of each image by its size.

    A policy that writes pixels resizes an image so that both sides are multiples of ``factor`` and their product lies
    within ``pixels`` (least, most). For one that writes relative numbers neither matters.
    """

    convention: Convention = Convention.RELATIVE_1000
    factor: int = 1
    pixels: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.convention is Convention.RESIZED_PIXELS and self.pixels is None:
            raise BadInput("A policy that writes pixels of resized images needs to know how many pixels it resizes to.")

    def __call__(self, width: int, height: int) -> CoordinateFrame:
        """How boxes on an image of this size, in pixels, are written."""
        if self.convention is Convention.RELATIVE_1000 or self.pixels is None:
            return CoordinateFrame(self.convention, (width, height), (width, height))
        from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

        tall, wide = smart_resize(height, width, self.factor, *self.pixels)
        return CoordinateFrame(self.convention, (width, height), (wide, tall))

    @classmethod
    def of(cls, convention: Convention, image_processor: Any) -> Frames:
        """Those of a checkpoint with this image processor (of the Qwen-VL family)."""
        size = image_processor.size
        factor = image_processor.patch_size * image_processor.merge_size
        return cls(convention, factor, (int(size["shortest_edge"]), int(size["longest_edge"])))


RELATIVE = Frames()
"""Numbers from 0 to 1000 on any image, as the project's own policies write."""
