"""The architectures of large policies from a preset: in full without weights, and as a miniature with random ones.

A preset repeats the shape that the checkpoint's ``config.json`` has, so that memory can be counted and every step be
tried where the checkpoint itself is not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForImageTextToText

from ssg.errors import BadInput
from ssg.grounding.processor import GroundingProcessor, image_processor
from ssg.grounding.tokenizer import build_tokenizer
from ssg.vocabulary import vocabulary

TOKENS = {
    "image_token_id": "<|image_pad|>",
    "video_token_id": "<|video_pad|>",
    "vision_start_token_id": "<|vision_start|>",
    "vision_end_token_id": "<|vision_end|>",
}

SMALL_WIDTH, SMALL_HEADS, SMALL_HEAD = 128, 4, 32
SMALL_VISION = {"hidden_size": 64, "intermediate_size": 128, "num_heads": 2, "out_hidden_size": SMALL_WIDTH}
GRID = 8
"""Patches along each side of the image that a miniature sees."""


def full_config(base: Mapping[str, Any]) -> Any:
    """The configuration of a preset's ``[base]`` table, as transformers knows it."""
    return _config(base["architecture"], dict(base["text"]), dict(base["vision"]), {})


def without_weights(config: Any) -> Any:
    """The model of a configuration on torch's meta device: names and shapes, no memory."""
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(config, dtype=torch.bfloat16)
    model.tie_weights()
    return model


def miniature(base: Mapping[str, Any], seed: int = 0) -> tuple[Any, GroundingProcessor]:
    """A small model of the preset's very architecture with random weights, and its processor.

    Patches, merging, grouped attention, rotary sections, windows and deepstack are as in full; layers, widths and
    vocabulary are few, the tokenizer is the project's own. It looks at images of about 8 × 8 patches.
    """
    torch.manual_seed(seed)
    text, vision = dict(base["text"]), dict(base["vision"])
    tokenizer = build_tokenizer([finding.name for finding in vocabulary()])
    text |= {
        "vocab_size": math.ceil(len(tokenizer) / 64) * 64,
        "hidden_size": SMALL_WIDTH,
        "intermediate_size": 2 * SMALL_WIDTH,
        "num_hidden_layers": 3,  # one more than deepstack feeds, so that all of it is heard
        "num_attention_heads": SMALL_HEADS,
        "num_key_value_heads": max(1, SMALL_HEADS * text["num_key_value_heads"] // text["num_attention_heads"]),
        "max_position_embeddings": 4096,
        "rope_parameters": _smaller_rope(text["rope_parameters"]),
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": None,
    }
    if "head_dim" in text:
        text["head_dim"] = SMALL_HEAD
    vision |= {"depth": 3, **SMALL_VISION}
    if "deepstack_visual_indexes" in vision:
        vision |= {"deepstack_visual_indexes": [0, 1], "num_position_embeddings": GRID**2}
    if "fullatt_block_indexes" in vision:
        vision["fullatt_block_indexes"] = [2]
    ids = {name: tokenizer.convert_tokens_to_ids(token) for name, token in TOKENS.items()}
    model = AutoModelForImageTextToText.from_config(_config(base["architecture"], text, vision, ids))
    # the numbers of the text's end are the generation's too, as in the checkpoints of the Hub
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    pixels = (GRID * vision["patch_size"]) ** 2
    images = image_processor(pixels, vision["patch_size"], vision["temporal_patch_size"], vision["spatial_merge_size"])
    return model, GroundingProcessor(images, tokenizer)


def _smaller_rope(rope: Mapping[str, Any]) -> dict[str, Any]:
    """The same rotary embedding for smaller heads: each axis of an image keeps its share of the frequencies."""
    whole = sum(rope["mrope_section"])
    sections = [section * SMALL_HEAD // 2 // whole for section in rope["mrope_section"]]
    return {**rope, "mrope_section": [SMALL_HEAD // 2 - sum(sections[1:]), *sections[1:]]}


def _config(architecture: str, text: dict[str, Any], vision: dict[str, Any], ids: dict[str, int]) -> Any:
    tied = text["tie_word_embeddings"]
    try:
        return AutoConfig.for_model(
            architecture, text_config=text, vision_config=vision, tie_word_embeddings=tied, **ids
        )
    except ValueError as error:
        raise BadInput(
            f"The preset's architecture '{architecture}' is none that transformers knows ({str(error)[:80]}): give "
            "qwen3_vl or qwen2_5_vl."
        ) from None
