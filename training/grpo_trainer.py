"""TRL's ``GRPOTrainer`` for small policies: an image is encoded once for all completions that are about it.

Three things differ from TRL: where completions come from (``training.rollouts``, through TRL's ``rollout_func``), how
their log-probabilities are computed, and that the reference of the KL divergence is the very model that was given. The
text before the question and the image go through the model once, with gradients, and all completions on that image
continue from its keys and values. And a token's probability is the one among the tokens that the grammar offered, at
the temperature of sampling: of all others it was never drawn, and what it has taken from them is nothing to be rewarded
for.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.feature_extraction_utils import BatchFeature
from trl import GRPOTrainer

from ssg.grounding.cache import cache_name, cache_of
from ssg.grounding.processor import GroundingProcessor
from training.rollouts import Offered, Rollouts, in_groups, same_image


class GroupProcessor(GroundingProcessor):
    """The same processor for many copies of few images: each image becomes patches once."""

    def __call__(self, images: Any = None, text: Any = None, **how: Any) -> BatchFeature:
        """As its parent; ``images`` may be nested, one list for each text."""
        flat = [one for group in images for one in (group if isinstance(group, list) else [group])] if images else []
        if len(flat) < 2 or how.get("return_tensors") != "pt":
            return super().__call__(images=images, text=text, **how)
        names = [same_image(image) for image in flat]
        first = dict(zip(names, flat, strict=True))
        patches = {name: self.image_processor(images=[image], return_tensors="pt") for name, image in first.items()}
        grid = torch.cat([patches[name]["image_grid_thw"] for name in names])
        merged = [int(rows.prod()) // self.image_processor.merge_size**2 for rows in grid]
        texts = [one.replace(self.image_token, self.image_token * many) for one, many in zip(text, merged, strict=True)]
        tokens = self.tokenizer(
            texts, padding=how.get("padding", False), padding_side="left", add_special_tokens=False, return_tensors="pt"
        )
        return BatchFeature(
            {
                "input_ids": tokens["input_ids"],
                "attention_mask": tokens["attention_mask"],
                "mm_token_type_ids": (tokens["input_ids"] == self.image_token_id).long(),
                "pixel_values": torch.cat([patches[name]["pixel_values"] for name in names]),
                "image_grid_thw": grid,
            }
        )


class GroupTrainer(GRPOTrainer):
    """GRPO on one device with shared images. ``rollouts`` samples; everything else is TRL's."""

    def __init__(self, *arguments: Any, rollouts: Rollouts, **others: Any) -> None:
        self.rollouts = rollouts
        others["rollout_func"] = _sampled(rollouts)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*rollout_func.*experimental")  # known, and pinned by version
            super().__init__(*arguments, **others)
        if self.ref_model is not None:
            # TRL reads the reference anew from the folder that the model came from, where it may lie quantised
            reference: Any = copy.deepcopy(self.model)
            self.ref_model = reference.eval().requires_grad_(False)

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """Nothing: TRL's card among the states knows neither data nor figures; ``export`` writes the card."""

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: Tensor,
        attention_mask: Tensor,
        logits_to_keep: int,
        batch_size: int | None = None,
        compute_entropy: bool = False,
        pixel_values: Tensor | None = None,
        image_grid_thw: Tensor | None = None,
        **others: Any,
    ) -> tuple[Tensor, Tensor | None, None]:
        plain = self.accelerator.unwrap_model(model)
        plain = plain.get_base_model() if hasattr(plain, "get_base_model") else plain
        assert pixel_values is not None and image_grid_thw is not None, "a grounding question comes with its image"
        patches = pixel_values.split(image_grid_thw.prod(dim=1).tolist())
        logps = torch.zeros(len(input_ids), logits_to_keep, device=input_ids.device)
        entropies = torch.zeros_like(logps)
        for rows in _same(patches):
            with self.accelerator.autocast():
                found = _shared(
                    plain,
                    input_ids[rows],
                    attention_mask[rows],
                    logits_to_keep,
                    patches[rows[0]],
                    image_grid_thw[rows[:1]],
                    getattr(self, "rollouts", None),
                )
            logps[rows], entropies[rows] = found
        return logps, entropies.detach() if compute_entropy else None, None


def _sampled(rollouts: Rollouts) -> Any:
    """TRL's hook for generation: prompts as messages in, tokens out; ``env_mask`` leaves out what was forced."""

    def rollout(prompts: Sequence[Any], trainer: Any) -> dict[str, list[list[Any]]]:
        asked = [_taken_apart(prompt) for prompt in prompts]
        model = trainer.model
        training = model.training
        model.eval()
        rollouts.begin(int(trainer.state.global_step))
        made = in_groups(rollouts, [image for image, _ in asked], [text for _, text in asked])
        model.train(training)
        known: dict[tuple[str, str], list[int]] = {}
        for image, text in asked:
            key = (same_image(image), text)
            known[key] = known.get(key) or rollouts.prompt(image, text)
        return {
            "prompt_ids": [known[(same_image(image), text)] for image, text in asked],
            "completion_ids": [one.tokens for one in made],
            "logprobs": [one.logprobs for one in made],
            "env_mask": [[int(chosen) for chosen in one.chosen] for one in made],
        }

    return rollout


def _taken_apart(prompt: Sequence[dict[str, Any]]) -> tuple[Any, str]:
    """The image and the question of a user's message."""
    content = prompt[-1]["content"]
    image = next(part["image"] for part in content if part["type"] == "image")
    return image, next(part["text"] for part in content if part["type"] == "text")


def _same(patches: Sequence[Tensor]) -> list[list[int]]:
    """Rows by image: those whose patches are equal."""
    groups: list[list[int]] = []
    for row, mine in enumerate(patches):
        for group in groups:
            other = patches[group[0]]
            if mine.shape == other.shape and torch.equal(mine, other):
                group.append(row)
                break
        else:
            groups.append([row])
    return groups


def _shared(
    model: Any,
    input_ids: Tensor,
    attention_mask: Tensor,
    keep: int,
    patches: Tensor,
    grid: Tensor,
    rollouts: Rollouts | None,
) -> tuple[Tensor, Tensor]:
    """Log-probabilities and entropies (rows, keep) of the completions on one image, from its keys and values."""
    rows = [ids[mask.bool()] for ids, mask in zip(input_ids, attention_mask, strict=True)]
    image_token = model.config.image_token_id
    prefix = int((rows[0] == image_token).nonzero()[-1]) + 2  # up to the token that ends the image
    head = rows[0][None, :prefix]
    first = model.model(
        input_ids=head,
        attention_mask=torch.ones_like(head),
        pixel_values=patches,
        image_grid_thw=grid,
        mm_token_type_ids=(head == image_token).int(),
        use_cache=True,
    )
    position = prefix + int(model.model.rope_deltas.reshape(-1)[0])
    tails = [ids[prefix:] for ids in rows]
    longest = max(len(tail) for tail in tails)
    ids = torch.stack([torch.nn.functional.pad(tail, (0, longest - len(tail))) for tail in tails])
    real = torch.stack([torch.arange(longest, device=ids.device) < len(tail) for tail in tails])
    seen = torch.cat([torch.ones(len(rows), prefix, device=ids.device, dtype=torch.bool), real], dim=1).long()
    places = (position + torch.arange(longest, device=ids.device)).expand(3, len(rows), -1)
    cache = _spread(model, first, len(rows))
    output = model.model(
        input_ids=ids, attention_mask=seen, position_ids=places, use_cache=True, **{cache_name(model): cache}
    )
    hidden = output.last_hidden_state
    logps = hidden.new_zeros((len(rows), keep), dtype=torch.float32)
    entropies = torch.zeros_like(logps)
    counts = attention_mask[:, -keep:].sum(1).tolist()
    for row, (tail, count) in enumerate(zip(tails, counts, strict=True)):
        logits = model.lm_head(hidden[row, len(tail) - count - 1 : len(tail) - 1]).float()
        if rollouts is not None:
            logits = _offered(logits / rollouts.temperature, rollouts.recent.get(tuple(tail.tolist()), {}))
        chances = logits.log_softmax(-1)
        logps[row, :count] = chances.gather(1, tail[-count:, None])[:, 0]
        entropies[row, :count] = torch.special.entr(chances.detach().exp()).sum(-1)
    return logps, entropies


def _offered(logits: Tensor, offered: Offered) -> Tensor:
    """Logits (tokens, vocabulary) with nothing left of what was not to be had at a place."""
    if not offered:
        return logits
    barred = torch.zeros_like(logits, dtype=torch.bool)
    for place, ids in offered.items():
        barred[place] = True
        barred[place, torch.as_tensor(ids, device=logits.device)] = False
    return logits.masked_fill(barred, float("-inf"))


def _spread(model: Any, output: Any, rows: int) -> DynamicCache:
    """The cache of one row as that of many, with gradients."""
    cache = DynamicCache(config=model.config)
    for number, layer in enumerate(cache_of(output).layers):
        cache.update(layer.keys.expand(rows, -1, -1, -1), layer.values.expand(rows, -1, -1, -1), number)
    return cache
