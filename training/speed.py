"""Two operations of the vision tower, rewritten without changing what they compute.

Measured on two CPU cores with bfloat16 matrices (AMX): the backward pass of the patch embedding's convolution took a
third of a step, and attention was called once for each image. A convolution whose stride is its kernel is one matrix
product; images of one size can attend in one call.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers.models.qwen3_vl.modeling_qwen3_vl import apply_rotary_pos_emb_vision


def speed_up(model: Any) -> None:
    """Replace the patch embedding's and the vision attention's forward methods of ``model`` in place."""
    tower = model.model.visual
    tower.patch_embed.forward = MethodType(_embed_patches, tower.patch_embed)
    for block in tower.blocks:
        plain = block.attn.forward
        block.attn.forward = MethodType(_attend_together(plain), block.attn)


def _embed_patches(self: Any, patches: Tensor) -> Tensor:
    """``patches`` (n, channels · time · height · width) in the order of the kernel."""
    return functional.linear(patches.view(len(patches), -1), self.proj.weight.flatten(1), self.proj.bias)


def _attend_together(plain: Any) -> Any:
    def forward(self: Any, hidden_states: Tensor, cu_seqlens: Tensor, **others: Any) -> Tensor:
        lengths = cu_seqlens.diff()
        if not bool((lengths == lengths[0]).all()):
            result: Tensor = plain(hidden_states, cu_seqlens=cu_seqlens, **others)
            return result
        count, images = len(hidden_states), len(lengths)
        q, k, v = self.qkv(hidden_states).reshape(count, 3, self.num_heads, -1).unbind(1)
        q, k = apply_rotary_pos_emb_vision(q, k, *others["position_embeddings"])
        q, k, v = (part.reshape(images, count // images, self.num_heads, -1).transpose(1, 2) for part in (q, k, v))
        mixed = functional.scaled_dot_product_attention(q, k, v.to(q.dtype), scale=self.scaling)
        projected: Tensor = self.proj(mixed.transpose(1, 2).reshape(count, -1))
        return projected

    return forward


def mixed_precision(device: str) -> bool:
    """Whether bfloat16 matrix products are faster than float32 ones on this device."""
    if device == "cuda":
        return True
    return bool(torch.cpu._is_amx_tile_supported())
