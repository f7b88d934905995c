"""What the entries of a preset may be, checked when it is read: nobody trains for an hour to fail on a slip."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ssg.errors import BadInput
from ssg.phantoms import KINDS
from ssg.phantoms.request import LARGEST, LAST_SEED, SMALLEST
from training.preset_entries import require_known

FIRST_TRAINED = 1_000_000
"""Phantoms of lower seeds are never trained on: they choose thresholds and evaluate."""

STAGES = ("pretrain", "vision", "sft", "grpo", "adapt")
WIDTHS = ("vision_hidden", "vision_mlp", "text_hidden", "text_mlp")
BLOCK = 64
"""Values that NF4 packs together."""

MANY_READ = 10
"""Phantoms for readers who are drawn: with fewer, too few are marked by two of them."""

SHAPES = ("model", "region_text")
"""Tables of sizes: whole numbers from 1, and lists of layers."""

LEAST = {
    "steps": 1,
    "batch": 1,
    "workers": 0,
    "warmup": 0,
    "questions": 1,
    "reuse": 1,
    "pool": 1,
    "images": 1,
    "generations": 2,
    "iterations": 1,
    "accumulate": 1,
    "completion_length": 1,
    "rank": 1,
    "alpha": 1,
    "regions": 1,
    "calibrate_on": 1,
    "measure_on": 1,
    "watch_every": 0,
    "watch_images": 1,
    "prior_phantoms": 0,
    "seed": 0,
    "threshold_phantoms": 1,
    "evaluate_phantoms": 1,
}
"""Whole numbers, and the least that each may be; no workers: the trainer draws its batches itself."""

ABOVE_NOTHING = ("learning_rate", "clip", "sigma_start", "sigma_end", "temperature", "epsilon", "epsilon_high")
NOT_NEGATIVE = ("weight_decay", "expected_l1", "presence", "dense", "beta")
SHARES = ("real_share", "brief", "brief_until")
SWITCHES = ("constrained", "checkpointing", "gpu", "double", "train_tower")
OBJECTIVES = ("half", "iou", "semantic", "clinical", "full")
"""What GRPO may be rewarded for (training/objectives.py, which takes seconds to load)."""

AGGREGATIONS = ("sum_then_normalize", "normalize_then_sum")
"""Whether a group's answers are ranked by the sum of their rewards, or by each component and the ranks are added."""
WORDS = {
    "aggregation": AGGREGATIONS,
    "loss": ("grpo", "dr_grpo", "dapo", "bnpo"),
    "scale_rewards": ("group", "batch", "none"),
}


Rule = tuple[Callable[[Any], bool], str]
"""Whether a value fits, and what it must be."""


def require_values(name: str, preset: Mapping[str, Any]) -> None:
    """Raise BadInput, which names table and entry, for the first of the preset ``name`` that no stage can work with."""
    for table, entries in preset.items():
        if not isinstance(entries, Mapping):
            raise BadInput(f"{table} of the preset '{name}' must be a table, [{table}], got {entries!r:.60}.")
        try:
            require_known(table, entries)
            if table in SHAPES:
                require_shape_values(entries)
            elif table == "run":
                require_entries(entries, RULES | OF_RUN)
            elif table in (*STAGES, "lora", "quantisation"):
                require_entries(entries)
            if table == "model":
                require_policy_shape(entries)
        except BadInput as error:
            raise BadInput(f"[{table}] {error}") from None


def require_entries(entries: Mapping[str, Any], rules: Mapping[str, Rule] | None = None) -> None:
    """Raise BadInput for the first of a stage's entries that it cannot work with."""
    rules = RULES if rules is None else rules
    for name, value in entries.items():
        if name in rules and not rules[name][0](value):
            raise _refused(name, rules[name][1], value)


def require_policy_shape(shape: Mapping[str, Any]) -> None:
    """Raise BadInput for a policy that could not be taught, or not be used when it is packed in four bits."""
    for name in WIDTHS:
        if name in shape and shape[name] % BLOCK:
            raise _refused(name, f"a multiple of {BLOCK}, because NF4 packs blocks of so many", shape[name])
    if "image_pixels" in shape and "patch_size" in shape:
        side, patch = math.isqrt(shape["image_pixels"]), 2 * shape["patch_size"]
        if side**2 != shape["image_pixels"] or side % patch:
            what = f"the square of a multiple of {patch}, twice the patch_size"
            raise _refused("image_pixels", what, shape["image_pixels"])


def require_shape_values(shape: Mapping[str, Any]) -> None:
    """Raise BadInput for the first size of a model that cannot be."""
    for name, value in shape.items():
        if name == "deepstack":
            depth = shape.get("vision_layers", 0)
            if not (isinstance(value, list) and all(_whole(layer, 0) and layer < depth for layer in value)):
                raise _refused(name, f"a list of vision layers, 0 to {depth - 1}", value)
        elif not _whole(value, 1):
            raise _refused(name, "a whole number of at least 1", value)
    for part, of in (
        ("vision_heads", "vision_hidden"),
        ("text_heads", "text_hidden"),
        ("text_kv_heads", "text_heads"),
    ):
        if part in shape and of in shape and shape[of] % shape[part]:
            raise BadInput(f"{part} must divide {of}, got {shape[part]} and {shape[of]}: correct the preset.")


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _which_kinds(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and set(map(str, value)) <= set(KINDS)


def _shares_of_kinds(value: Any) -> bool:
    if not isinstance(value, Mapping) or not value or not set(value) <= set(KINDS):
        return False
    return all(_number(share) and share > 0 for share in value.values())


def _seeds(value: Any) -> bool:
    if not (isinstance(value, list) and len(value) == 2 and all(_whole(seed, FIRST_TRAINED) for seed in value)):
        return False
    return bool(value[0] < value[1] <= LAST_SEED)


def _paces(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_number(pace) and pace >= 0 for pace in value.values())


def _durations(value: Any) -> bool:
    if not isinstance(value, Mapping) or not set(value) <= set(STAGES):
        return False
    return all(_number(seconds) and seconds > 0 for seconds in value.values())


def _specialties(value: Any) -> bool:
    return isinstance(value, list) and set(map(str, value)) <= set(KINDS)


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


RULES: dict[str, Rule] = {
    **{name: (partial(_whole, least=least), f"a whole number of at least {least}") for name, least in LEAST.items()},
    **dict.fromkeys(ABOVE_NOTHING, (lambda value: _number(value) and value > 0, "a number above 0")),
    **dict.fromkeys(NOT_NEGATIVE, (lambda value: _number(value) and value >= 0, "a number of at least 0")),
    **dict.fromkeys(SHARES, (lambda value: _number(value) and 0 <= value <= 1, "a share from 0 to 1")),
    **dict.fromkeys(SWITCHES, (lambda value: isinstance(value, bool), "true or false")),
    **{name: (words.__contains__, f"one of {', '.join(words)}") for name, words in WORDS.items()},
    "kinds": (_shares_of_kinds, f"kinds of phantoms ({', '.join(KINDS)}), each with a share above 0"),
    "train_seeds": (_seeds, f"two whole numbers, the first at least {FIRST_TRAINED:,} and below the second"),
    "slow": (_paces, "a table of modules, each with a share of the learning rate"),
    "seconds": (lambda value: _number(value) and value > 0, "a number above 0"),
    "adapt": (_specialties, f"a list of {', '.join(KINDS)}"),
    "stages": (lambda value: _names(value) and bool(value), "a list of stages, at least one"),
    "readers": (_names, "a list of tables of readers"),
    "size": (lambda value: _whole(value, SMALLEST) and value <= LARGEST, f"{SMALLEST} to {LARGEST} pixels"),
    "rewards": (OBJECTIVES.__contains__, f"one of {', '.join(OBJECTIVES)}"),
}


OF_RUN: dict[str, Rule] = {
    "kinds": (_which_kinds, f"a list of kinds of phantoms ({', '.join(KINDS)})"),
    "seconds": (_durations, f"a table of stages ({', '.join(STAGES)}), each with seconds above 0"),
    "reader_phantoms": (partial(_whole, least=MANY_READ), f"a whole number of at least {MANY_READ}"),
}
"""What ``[run]`` means by entries that stages have too: which, and not how much of each."""


def _refused(name: str, what: str, value: object) -> BadInput:
    return BadInput(f"{name} must be {what}, got {value!r:.60}: correct the preset.")
