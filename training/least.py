"""The least that a stage of a small policy takes, of memory and of disk, by arithmetic on its preset.

Everything is counted that is there for certain, and nothing that may be: weights, gradients, the optimiser's states,
and of a step what each layer keeps for the way back. So a machine that has less cannot run it, and one that has as
much may still be too small. All figures are bytes. Large policies are counted in full (``training.memory``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from training.memory import ADAM_STATES, FULL, HALF, adapter_size
from training.model import build_policy
from training.optimiser import is_matrix
from training.speed import mixed_precision

QUESTION = 17
"""Tokens of the shortest question with the shortest answer, and what the chat's form puts around them."""

MERGED = 4
"""Patches of a token that the language model reads."""


@dataclass(frozen=True, slots=True)
class Least:
    """Bytes of memory by what they are for, and of files: a saved ``state`` and the ``checkpoint`` at the end.

    ``images`` are phantoms that are kept until they come back, which never lie on a GPU.
    """

    weights: float
    gradients: float
    optimiser: float
    activations: float
    images: float
    state: float
    checkpoint: float

    def memory(self, gpu: bool) -> dict[str, float]:
        """What it takes of a GPU's memory or, without one, of the machine's, by what it is for."""
        named = ("weights", "gradients", "optimiser", "activations", *(() if gpu else ("images",)))
        return {name: getattr(self, name) for name in named}


def least(stage: str, preset: Mapping[str, Any], plan: Mapping[str, Any], half: bool = False) -> Least:
    """What ``stage`` takes at least, one of "pretrain", "vision", "sft", "adapt" and "grpo".

    ``half`` says that its checkpoint is written in half precision.
    """
    if stage == "pretrain":
        return _of_encoder(preset["region_text"], plan)
    shape = preset["model"]
    with torch.device("meta"):
        model, _ = build_policy(shape)
    tower, language = model.model.visual, model.model.language_model
    seen = [part for part in tower.named_parameters() if not part[0].startswith("deepstack")]  # which words alone read
    taught = {
        "vision": seen,
        "sft": [*tower.named_parameters(), *language.named_parameters()],
        "grpo": [*(tower.named_parameters() if plan.get("train_tower", False) else ()), *language.named_parameters()],
        "adapt": [],
    }[stage]
    weights, learned = _size(model.named_parameters()), _size(taught)
    adapter = _adapter(model, plan["rank"]) if stage == "adapt" else 0.0
    if stage == "grpo":  # Adam throughout, and beside the policy the one that it started from
        optimiser, reference = ADAM_STATES * learned, weights * HALF / FULL if plan["beta"] else 0.0
    else:
        optimiser, reference = _optimised(taught) + adapter, 0.0
    saved = _size(tower.named_parameters()) if stage == "vision" else weights
    return Least(
        weights=weights + adapter + reference,
        gradients=learned + adapter,
        optimiser=optimiser,
        activations=_of_step(stage, shape, plan),
        images=_images(plan, shape["image_pixels"]),
        state=saved + adapter + optimiser,
        checkpoint=adapter * HALF / FULL if stage == "adapt" else weights * (HALF / FULL if half else 1),
    )


def _adapter(model: nn.Module, rank: int) -> float:
    from training.adapt import TARGETS

    return float(FULL * adapter_size(model, {"targets": TARGETS, "rank": rank}))


def _of_encoder(shape: dict[str, Any], plan: Mapping[str, Any]) -> Least:
    from training.pretrain import build_encoder

    with torch.device("meta"):
        model, _ = build_encoder(shape)
    patches = (shape["image_size"] // shape["patch_size"]) ** 2
    layers = shape["vision_layers"] * _layer(shape["vision_hidden"], 2 * shape["vision_mlp"])
    weights = _size(model.named_parameters())
    return Least(
        weights=weights,
        gradients=weights,
        optimiser=_optimised(model.named_parameters()),
        activations=plan["batch"] * patches * layers,
        images=_images(plan, shape["image_size"] ** 2),
        state=weights + _optimised(model.named_parameters()),
        checkpoint=weights * HALF / FULL,
    )


def _of_step(stage: str, shape: Mapping[str, Any], plan: Mapping[str, Any]) -> float:
    """Bytes that the layers keep of one step. A tower that does not learn keeps nothing."""
    patches = shape["image_pixels"] // shape["patch_size"] ** 2
    tower = patches * shape["vision_layers"] * _layer(shape["vision_hidden"], 2 * shape["vision_mlp"])
    if stage == "vision":
        return float(plan["batch"] * tower)
    token = shape["text_layers"] * _layer(shape["text_hidden"], 4 * shape["text_mlp"])
    asked = plan.get("questions", 1)
    if stage == "grpo":
        answers = plan["generations"] * asked * QUESTION
        seen = tower if plan.get("train_tower", False) else 0
        return float(plan["images"] * (seen + (patches // MERGED + answers) * token))
    return float(plan["batch"] * (tower + (patches // MERGED + asked * QUESTION) * token))


def _layer(hidden: int, inner: int) -> int:
    """Bytes that one layer keeps for each token: what goes into and comes out of its norms, what attention reads and
    gives, and ``inner`` numbers of its feed-forward part."""
    seen = "cuda" if torch.cuda.is_available() else "cpu"
    return (8 * hidden + inner) * (HALF if mixed_precision(seen) else FULL)


def _images(plan: Mapping[str, Any], pixels: int) -> float:
    """Bytes of the phantoms that wait until they come back, at one for each grey pixel."""
    drawn = plan["steps"] * plan.get("batch", plan.get("images", 1)) if "seconds" not in plan else 0
    return float(min(plan.get("pool", 0), drawn) * pixels) if plan.get("reuse", 1) > 1 else 0.0


def _size(named: Iterable[tuple[str, Tensor]]) -> float:
    return float(FULL * sum(value.numel() for _, value in named))


def _optimised(named: Iterable[tuple[str, nn.Parameter]]) -> float:
    """Bytes of the optimiser's states: one number for each of a matrix, Muon's, and Adam's two for each other."""
    states = ((value.numel(), 1 if is_matrix(name, value) else ADAM_STATES) for name, value in named)
    return float(FULL * sum(numbers * each for numbers, each in states))
