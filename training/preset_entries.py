"""Which entries the tables of a preset have: a slip in a name is found when it is read, not by what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from ssg.errors import BadInput

_LEARNS = ("steps", "learning_rate", "warmup", "weight_decay", "clip", "train_seeds")
_SUPERVISED = (*_LEARNS, "batch", "real_share")
_ANSWERS = (*_SUPERVISED, "brief", "sigma_start", "sigma_end", "expected_l1", "presence", "dense")
_MAY = ("kinds", "workers", "reuse", "pool", "seed", "seconds", "slow")

NEEDED: dict[str, tuple[str, ...]] = {
    "vision": _SUPERVISED,
    "sft": _ANSWERS,
    "adapt": (*_ANSWERS, "rank"),
    "pretrain": (*_SUPERVISED, "regions"),
    "grpo": (
        *_LEARNS, "images", "generations", "rewards", "aggregation", "temperature", "beta", "watch_every",
        "watch_images", "real_share", "kinds",
    ),
    "model": (
        "image_pixels", "patch_size", "vision_hidden", "vision_layers", "vision_heads", "vision_mlp", "deepstack",
        "text_hidden", "text_layers", "text_heads", "text_kv_heads", "text_mlp",
    ),
    "region_text": (
        "image_size", "patch_size", "vision_hidden", "vision_layers", "vision_heads", "vision_mlp", "text_hidden",
        "text_layers", "text_heads", "text_mlp", "text_length",
    ),
}  # fmt: skip
"""What the stages of small policies cannot do without."""

ALLOWED: dict[str, tuple[str, ...]] = {
    "vision": _MAY,
    "sft": (*_MAY, "questions", "brief_until", "prior_phantoms", "accumulate", "checkpointing"),
    "adapt": (*_MAY, "questions", "brief_until", "prior_phantoms"),
    "pretrain": (*_MAY, "calibrate_on", "measure_on"),
    "grpo": (
        *_MAY, "questions", "constrained", "train_tower", "epsilon", "epsilon_high", "iterations", "loss",
        "scale_rewards", "accumulate", "batch", "checkpointing", "completion_length", "vllm",
    ),
    "model": (),
    "region_text": (),
    "run": (
        "stages", "kinds", "adapt", "size", "threshold_phantoms", "evaluate_phantoms", "reader_phantoms", "readers",
        "seconds", "gpu",
    ),
    "lora": ("rank", "alpha", "targets"),
    "quantisation": ("type", "double", "keep"),
    "base": ("architecture", "convention", "image_pixels", "name", "text", "vision", "revision"),
}  # fmt: skip
"""What tables may have beside what they need."""


def require_known(table: str, entries: Mapping[str, Any]) -> None:
    """Raise BadInput for an entry that no stage reads; tables that no stage reads may hold anything."""
    if table not in ALLOWED:
        return
    known = (*NEEDED.get(table, ()), *ALLOWED[table])
    for name in entries:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.6)
            meant = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}."
            raise BadInput(f"{name[:60]} is no entry of it: {meant}")


def require_needed(preset: Mapping[str, Any], tables: tuple[str, ...]) -> None:
    """Raise BadInput for the first of ``tables`` that the preset lacks, and the first entry that one of them does."""
    for table in tables:
        entries = preset[table]
        for name in NEEDED.get(table, ()):
            entries[name]
