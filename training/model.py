"""Build a small policy of the Qwen3-VL architecture from a preset, with its tokenizer and processor."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

from ssg.errors import BadInput
from ssg.grounding.processor import GroundingProcessor, image_processor
from ssg.grounding.tokenizer import build_tokenizer, coordinate_tokens
from ssg.vocabulary import vocabulary


def build_policy(preset: dict[str, Any], seed: int = 0) -> tuple[Any, GroundingProcessor]:
    """An untrained policy and its processor; ``preset`` is the ``[model]`` table of a preset file."""
    torch.manual_seed(seed)
    names = [finding.name for finding in vocabulary()]
    tokenizer = build_tokenizer(names)
    processor = GroundingProcessor(
        image_processor(preset["image_pixels"], preset["patch_size"], temporal_patch_size=1), tokenizer
    )
    model = Qwen3VLForConditionalGeneration(_config(preset, tokenizer))
    _start_numbers_in_order(model, coordinate_tokens(tokenizer) or [])
    return model, processor


def require_shape(model: Any, processor: Any, shape: dict[str, Any], start: Path) -> None:
    """Raise BadInput where the checkpoint ``start`` has another shape than the ``[model]`` table ``shape``."""
    found = _shape(model, processor)
    other = {name: value for name, value in shape.items() if name in found and found[name] != value}
    if other:
        kept = ", ".join(f"{name} {found[name]}" for name in other)
        wanted = ", ".join(f"{name} {value}" for name, value in other.items())
        raise BadInput(
            f"{start} has another shape ({kept}) than the preset's [model] ({wanted}): choose the preset that it was "
            "taught with, or another --start."
        )


def _shape(model: Any, processor: Any) -> dict[str, Any]:
    """The ``[model]`` table of a policy; None where its architecture has nothing of that name."""
    vision = getattr(model.config, "vision_config", None)
    text = getattr(model.config, "text_config", None)
    size = processor.image_processor.size
    return {
        "image_pixels": size["longest_edge"],
        "patch_size": getattr(vision, "patch_size", None),
        "vision_hidden": getattr(vision, "hidden_size", None),
        "vision_layers": getattr(vision, "depth", None),
        "vision_heads": getattr(vision, "num_heads", None),
        "vision_mlp": getattr(vision, "intermediate_size", None),
        "deepstack": getattr(vision, "deepstack_visual_indexes", None),
        "text_hidden": getattr(text, "hidden_size", None),
        "text_layers": getattr(text, "num_hidden_layers", None),
        "text_heads": getattr(text, "num_attention_heads", None),
        "text_kv_heads": getattr(text, "num_key_value_heads", None),
        "text_mlp": getattr(text, "intermediate_size", None),
    }


def _config(preset: dict[str, Any], tokenizer: Any) -> Qwen3VLConfig:
    token = tokenizer.convert_tokens_to_ids
    side = round(math.sqrt(preset["image_pixels"]) / preset["patch_size"])
    head = preset["text_hidden"] // preset["text_heads"]
    rest = head // 2 // 3
    return Qwen3VLConfig(
        vision_config={
            "depth": preset["vision_layers"],
            "hidden_size": preset["vision_hidden"],
            "num_heads": preset["vision_heads"],
            "intermediate_size": preset["vision_mlp"],
            "patch_size": preset["patch_size"],
            "temporal_patch_size": 1,
            "spatial_merge_size": 2,
            "out_hidden_size": preset["text_hidden"],
            "num_position_embeddings": side * side,
            "deepstack_visual_indexes": preset["deepstack"],
        },
        text_config={
            "vocab_size": math.ceil(len(tokenizer) / 64) * 64,
            "hidden_size": preset["text_hidden"],
            "intermediate_size": preset["text_mlp"],
            "num_hidden_layers": preset["text_layers"],
            "num_attention_heads": preset["text_heads"],
            "num_key_value_heads": preset["text_kv_heads"],
            "head_dim": head,
            "max_position_embeddings": 4096,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "mrope_section": [head // 2 - 2 * rest, rest, rest],
                "mrope_interleaved": True,
            },
            "tie_word_embeddings": True,
            "pad_token_id": tokenizer.pad_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "bos_token_id": None,
        },
        tie_word_embeddings=True,
        image_token_id=token("<|image_pad|>"),
        video_token_id=token("<|video_pad|>"),
        vision_start_token_id=token("<|vision_start|>"),
        vision_end_token_id=token("<|vision_end|>"),
    )


@torch.no_grad()
def _start_numbers_in_order(model: Any, numbers: list[int]) -> None:
    """Start the embeddings of "0" … "1000" as smooth curves, so that neighbouring numbers begin as neighbours."""
    table = model.get_input_embeddings().weight
    if table.is_meta:  # shapes alone are asked for; once bitsandbytes is loaded, torch refuses the numbers there
        return
    width = table.shape[1]
    value = torch.linspace(0, 1, len(numbers))[:, None]
    frequency = 2.0 ** torch.linspace(0, 7, width // 2)[None]
    waves = torch.cat([torch.sin(math.pi * value * frequency), torch.cos(math.pi * value * frequency)], dim=1)
    table[numbers] = waves * table.std() * math.sqrt(2) + 0.2 * table[numbers]
