"""How much memory of one GPU a large policy takes while it is trained: arithmetic by preset, before anything is loaded.

Weights are counted from the architecture itself, without weights (``training.architectures``), the adapter from the
names that it is put on. Activations follow what one layer keeps for the way back (compare Korthikanti et al. 2022,
"Reducing activation recomputation in large transformer models"), for attention that keeps no matrix of scores. All
figures are bytes; GB in words are 10^9 bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn
from transformers.quantizers.quantizers_utils import should_convert_module

from ssg.errors import BadInput, Unavailable
from training.architectures import full_config, without_weights

HALF, FULL = 2, 4
"""Bytes of a number in bfloat16 and in float32."""

NF4_BLOCK, SCALES_BLOCK = 64, 256
"""Values that share a scale (Dettmers et al. 2023), and scales that share one where they are quantised too."""

ADAM_STATES = 2

CONTEXT = 10**9
"""What CUDA, cuBLAS and the allocator keep for themselves: about 1 GB, as ``nvidia-smi`` shows it."""

SLACK = 0.1
"""Share added for memory that is reserved in pieces and cannot be used."""

QUESTION = 24
"""Tokens of a question with the chat's own, without its image; about."""

ANSWER = 130
"""Tokens of the answer to one question: a chain of two boxes and one box, about forty each."""

HEAD_PART = 32768
"""Tokens of the vocabulary whose logits TRL takes at once."""

GB = 1e9


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes on one GPU by what they are for.

    ``weights``, ``adapter`` (with gradients and Adam's states) and ``context`` stay; ``activations`` and ``logits`` are
    there while it learns, ``prefill``, ``cache`` and vLLM's copy of the weights ``vllm`` while it generates. Only where
    vLLM does not sleep (``sleeps``) does its copy stay too.
    """

    weights: float
    adapter: float
    activations: float
    logits: float
    prefill: float = 0.0
    cache: float = 0.0
    vllm: float = 0.0
    sleeps: bool = True
    context: float = CONTEXT

    @property
    def learning(self) -> float:
        """What is there only while it learns."""
        return self.activations + self.logits + (0.0 if self.sleeps else self.vllm)

    @property
    def generating(self) -> float:
        """What is there only while it generates."""
        return self.prefill + self.cache + self.vllm

    @property
    def total(self) -> float:
        """The most that is there at one time, with the slack."""
        return (1 + SLACK) * (self.weights + self.adapter + self.context + max(self.learning, self.generating))

    def in_words(self) -> str:
        """ "9 GB at most: weights 3.1, adapter 0.8, context 1.0, ..."."""
        names = ("weights", "adapter", "context", "activations", "logits", "prefill", "cache", "vllm")
        parts = ", ".join(f"{name} {value / GB:.1f}" for name in names if (value := getattr(self, name)))
        return f"{self.total / GB:.1f} GB at most: {parts}"


def needed(preset: Mapping[str, Any], stage: str, vllm: str = "off", checkpointing: bool | None = None) -> Memory:
    """What ``stage`` ("sft" or "grpo") of a preset takes; ``checkpointing`` in place of the preset's.

    With ``vllm`` ("colocate", "server") the base is whole, because TRL hands whole weights over; "colocate" has
    vLLM's copy of them, and the cache, on the same GPU.
    """
    base, plan = preset["base"], preset[stage]
    config = full_config(base)
    model = without_weights(config)
    again = plan["checkpointing"] if checkpointing is None else checkpointing
    rows, tokens, logits = _lengths(base, plan, stage, config.text_config.vocab_size)
    prompt = _image_tokens(base) + QUESTION
    completions = plan["images"] * plan["generations"] if stage == "grpo" and vllm != "server" else 0
    return Memory(
        weights=weights_size(model, preset["quantisation"], vllm != "off"),
        # weights and gradients, and Adam's two running means, of the adapter alone
        adapter=adapter_size(model, preset["lora"]) * FULL * (2 + ADAM_STATES),
        activations=activations_size(config, rows, tokens, again) + tower_size(config, rows * _patches(base)),
        logits=logits,
        # vLLM takes prompts in pieces; transformers all of them at once
        prefill=prefill_size(config, completions, prompt, _patches(base)) if vllm == "off" else 0.0,
        cache=cache_size(config, completions * (prompt + plan.get("completion_length", 0))),
        vllm=weights_size(model, preset["quantisation"], True) if vllm == "colocate" else 0.0,
        sleeps=vllm != "colocate" or plan["vllm"]["sleep"],
    )


def weights_size(model: nn.Module, quantisation: Mapping[str, Any], whole: bool = False) -> float:
    """Bytes of the weights: linear layers in four bits but for those that are kept, all else in two bytes."""
    of_values = 0.5 + _scale_bytes(quantisation["double"])
    quantised = {
        id(module.weight): module.weight.numel()
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and should_convert_module(name, quantisation["keep"])
    }
    four_bits = 0 if whole else sum(quantised.values())
    return four_bits * of_values + (sum(p.numel() for p in model.parameters()) - four_bits) * HALF


def _scale_bytes(double: bool) -> float:
    return (1 + FULL / SCALES_BLOCK) / NF4_BLOCK if double else FULL / NF4_BLOCK


def adapter_size(model: nn.Module, lora: Mapping[str, Any]) -> int:
    """Numbers of the LoRA matrices: ``rank`` rows in and out of each layer that is adapted."""
    found = [m for name, m in model.named_modules() if re.fullmatch(lora["targets"], name)]
    layers = [layer for layer in found if isinstance(layer, nn.Linear)]
    if not layers:
        raise BadInput("The preset's [lora] targets name no layer of its architecture: correct the expression.")
    return sum(lora["rank"] * (layer.in_features + layer.out_features) for layer in layers)


def layer_size(config: Any) -> int:
    """Bytes that one adapted layer of the language model keeps for each token until the way back.

    In float32 what goes into each norm; in half of that what goes into each adapted matrix (three read the first norm's
    result and two the second's, each with a copy of its own), what attention reads and gives, and of the gated part
    both factors, the activated one and the product. The frozen matrices keep nothing.
    """
    text = config.text_config
    queries, keys = text.num_attention_heads * _head(text), text.num_key_value_heads * _head(text)
    normed = 2 * text.hidden_size + (queries + keys if text.model_type.startswith("qwen3") else 0)
    adapted = 5 * text.hidden_size + queries + text.intermediate_size
    return FULL * normed + HALF * (adapted + 2 * (queries + keys) + 3 * text.intermediate_size)


def _head(text: Any) -> int:
    return int(getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads)


def activations_size(config: Any, rows: int, tokens: int, checkpointing: bool) -> float:
    """Bytes of the language model's activations for ``rows`` sequences of ``tokens``.

    With checkpointing each layer keeps its input alone, and one layer at a time is computed again.
    """
    text = config.text_config
    if not checkpointing:
        return rows * tokens * layer_size(config) * text.num_hidden_layers
    return rows * tokens * (text.hidden_size * HALF * text.num_hidden_layers + layer_size(config))


def tower_size(config: Any, patches: int) -> float:
    """Bytes of the vision tower's activations. It does not learn, so that only what hands on the image is kept."""
    vision = config.vision_config
    merged = vision.hidden_size * vision.spatial_merge_size**2
    handed = patches // vision.spatial_merge_size**2 * (4 * merged + vision.out_hidden_size) * HALF
    return handed * (1 + len(getattr(vision, "deepstack_visual_indexes", ()))) + _passing_tower(vision, patches)


def _passing_tower(vision: Any, patches: int) -> float:
    """Bytes of one layer of the tower at work."""
    return patches * (8 * vision.hidden_size + 2 * vision.intermediate_size) * HALF


def prefill_size(config: Any, rows: int, tokens: int, patches: int) -> float:
    """Bytes of one layer at work, of the tower or the language model, on ``rows`` prompts at once."""
    text = config.text_config
    language = rows * tokens * (6 * text.hidden_size + 3 * text.intermediate_size) * HALF
    return max(language, _passing_tower(config.vision_config, rows * patches))


def cache_size(config: Any, tokens: int) -> float:
    """Bytes of keys and values of so many tokens in all layers."""
    text = config.text_config
    return 2 * text.num_hidden_layers * text.num_key_value_heads * _head(text) * tokens * HALF


def _patches(base: Mapping[str, Any]) -> int:
    return math.ceil(base["image_pixels"] / base["vision"]["patch_size"] ** 2)


def _image_tokens(base: Mapping[str, Any]) -> int:
    return math.ceil(_patches(base) / base["vision"]["spatial_merge_size"] ** 2)


def _lengths(base: Mapping[str, Any], plan: Mapping[str, Any], stage: str, vocabulary: int) -> tuple[int, int, float]:
    """Sequences at once, tokens of each, and bytes of their logits."""
    rows, image = plan["batch"], _image_tokens(base)
    if stage == "grpo":
        # TRL multiplies with a part of the head at a time, in float32, there and back
        answers = rows * plan["completion_length"]
        return rows, image + QUESTION + plan["completion_length"], answers * min(vocabulary, HEAD_PART) * 2 * FULL
    answers = rows * plan["questions"] * ANSWER
    # the logits, the same in float32 for the loss, and their gradient
    return rows, image + plan["questions"] * (QUESTION + ANSWER), answers * vocabulary * (HALF + 2 * FULL)


def require_gpu(preset: Mapping[str, Any], stage: str, vllm: str = "off") -> str:
    """Refuse, in one line, where there is no GPU or it has too little free memory; else its name and what is needed."""
    import torch

    name = preset["base"]["name"]
    if not torch.cuda.is_available():
        raise Unavailable(
            f"{name} needs a GPU and none is usable here: run this where there is one, or add --dry-run to try every "
            "step on a miniature of it."
        )
    need = needed(preset, stage, vllm)
    free, _ = torch.cuda.mem_get_info()
    if need.total > free:
        raise Unavailable(
            f"{stage} of {name} needs about {need.total / GB:.0f} GB of the GPU and {free / GB:.0f} GB are free "
            f"({need.in_words()}): free some, take a smaller preset, or lower batch or image_pixels in a copy of it."
        )
    return f"{torch.cuda.get_device_name()}, {free / GB:.0f} GB free; {stage} needs {need.in_words()}"
