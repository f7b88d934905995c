"""Image processor and tokenizer as one processor, for images only.

``transformers`` builds ``Qwen3VLProcessor`` only where torchvision is installed, because of its video half. This one
has no video half: it repeats the image token once for each merged patch and marks image tokens in
``mm_token_type_ids``, which is all that Qwen3-VL and Qwen2.5-VL need.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from transformers import AutoTokenizer, ProcessorMixin, Qwen2VLImageProcessorPil


class GroundingProcessor(ProcessorMixin):
    """Qwen-VL's processor without video. ``image_processor`` and ``tokenizer`` are transformers' own."""

    return_mm_token_type_ids = True

    def __init__(self, image_processor: Any = None, tokenizer: Any = None, chat_template: str | None = None) -> None:
        self.image_token = "<|image_pad|>"  # noqa: S105 - a control token, not a password
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        super().__init__(image_processor, tokenizer, chat_template=chat_template or tokenizer.chat_template)

    def replace_image_token(self, image_inputs: dict[str, Any], image_idx: int, **_: Any) -> str:
        """As many image tokens as the language model receives for image number ``image_idx``."""
        merged = int(image_inputs["image_grid_thw"][image_idx].prod()) // self.image_processor.merge_size**2
        return self.image_token * merged

    @property
    def model_input_names(self) -> list[str]:
        """Tensors that the model takes from here."""
        return [*super().model_input_names, "mm_token_type_ids"]

    @classmethod
    def load(cls, folder: Path) -> GroundingProcessor:
        """From a checkpoint's folder; raises ValueError where its chat template cannot be used."""
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        made = cls(Qwen2VLImageProcessorPil.from_pretrained(folder), tokenizer)
        try:
            prompt_halves(made)
        except (TemplateError, TypeError, ValueError) as error:
            raise ValueError(f"its chat template does not take a question about an image: {error}") from None
        return made


def image_processor(pixels: int, patch_size: int, temporal_patch_size: int, merge_size: int = 2) -> Any:
    """An image processor that brings every image to about ``pixels`` pixels, sides divisible by the merged patch."""
    return Qwen2VLImageProcessorPil(
        size={"shortest_edge": pixels, "longest_edge": pixels},
        patch_size=patch_size,
        temporal_patch_size=temporal_patch_size,
        merge_size=merge_size,
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.25, 0.25, 0.25],
        resample=2,  # bilinear with antialiasing, as the training stream does
    )


def prompt_halves(processor: Any) -> tuple[str, str]:
    """A checkpoint's chat form taken apart at the question: the text before it (with the image) and after it."""
    mark = "\x00question\x00"
    messages = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": mark}]}]
    before, after = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True).split(mark)
    return before, after
