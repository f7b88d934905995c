"""Rollouts for GRPO: an image is encoded once for all completions of a group; what the grammar forces is not asked.

TRL's own generation repeats the image for every completion and samples every token, brackets and all. Here all
completions of the questions on one image grow side by side from its keys and values, as in the app
(``ssg.grounding.decoding``), but sampled. Tokens that the grammar forced are flagged, so that nothing is learned from
what was no choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ssg.errors import BadInput
from ssg.grounding.chain import places
from ssg.grounding.constraint import Constraint, ConstraintFactory
from ssg.grounding.coordinates import Convention, CoordinateFrame
from ssg.grounding.decoding import Decoded, Decoder, EncodedImage
from ssg.grounding.grammar import AnswerForm, question
from ssg.grounding.grounder import labels_of
from ssg.grounding.kept import digest
from ssg.grounding.processor import prompt_halves
from ssg.grounding.tokenizer import coordinate_tokens
from ssg.reward.answers import said, unique
from ssg.vocabulary import Side, read

MOST_BOXES = 12
"""Boxes and absences that a rollout may write, at most."""


Offered = dict[int, NDArray[np.int64]]
"""For each token of a completion that was chosen, by its place: the tokens that it was chosen from."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """One completion: its tokens with the end, the logarithm of each one's probability, and which were chosen.

    ``offered`` says of each chosen one what it was chosen from.
    """

    tokens: list[int]
    logprobs: list[float]
    chosen: list[bool]
    offered: Offered = field(default_factory=dict)


class Sampler(Decoder):
    """A decoder that samples at ``temperature`` instead of taking the likeliest, and keeps what was to be had."""

    def __init__(self, *arguments: Any, temperature: float, **others: Any) -> None:
        super().__init__(*arguments, **others)
        self._temperature = temperature
        self.rng = np.random.default_rng()
        self.offered: dict[int, Offered] = {}

    def _allowed(self, row: Any) -> np.ndarray:
        if isinstance(row.constraint, Free):
            return row.constraint.ids  # one array for all: each token's is kept
        return super()._allowed(row)

    def _choose(self, row: Any, scores: np.ndarray) -> tuple[int, float]:
        ids = self._allowed(row)
        if len(ids) < len(scores):
            self.offered.setdefault(id(row.out), {})[len(row.out.tokens)] = ids
        heights = scores[ids] / self._temperature
        chances = np.exp(heights - heights.max())
        chances /= chances.sum()
        pick = int(self.rng.choice(len(ids), p=chances))
        return int(ids[pick]), float(chances[pick])


class Free:
    """No grammar: any token of a text, of those ``ids``, may come next, until the end."""

    def __init__(self, ids: NDArray[np.int64], vocabulary: int, stop: Sequence[int]) -> None:
        self.ids, self._vocabulary, self._stop = ids, vocabulary, set(stop)
        self.finished = False

    def allowed(self) -> NDArray[np.bool_]:
        """Whatever a text may hold, as flags by token."""
        return np.isin(np.arange(self._vocabulary), self.ids)

    def accept(self, token: int) -> None:
        """Move on by one token."""
        self.finished = token in self._stop


class Rollouts:
    """Samples completions of questions on images with one model; ``constrained`` holds them to the grammar.

    ``recent`` keeps what the tokens of the last generation were chosen from, by the tokens of question and completion:
    learning needs each one's probability among those, not among all tokens.
    """

    def __init__(
        self, model: Any, processor: Any, seed: int = 0, temperature: float = 1.0, constrained: bool = True
    ) -> None:
        tokenizer = processor.tokenizer
        self.processor, self._constrained, self.temperature, self._seed = processor, constrained, temperature, seed
        self.recent: dict[tuple[int, ...], Offered] = {}
        self._stop = (int(tokenizer.eos_token_id),)
        self._size = model.get_input_embeddings().weight.shape[0]
        self._before, self._after = prompt_halves(processor)
        self._text = np.setdiff1d(np.arange(len(tokenizer)), control_tokens(tokenizer))
        self._constraints = ConstraintFactory(tokenizer, self._size, self._stop)
        numbers = coordinate_tokens(tokenizer)
        if numbers is None:
            raise BadInput("Rollouts of groups need a tokenizer that writes 0 … 1000 as one token each.")
        self._sampler = Sampler(
            model,
            tokenizer.pad_token_id,
            self._stop,
            numbers if constrained else None,
            lambda token: tokenizer.decode([token]),
            temperature=temperature,
        )
        self.begin(0)

    def begin(self, step: int) -> None:
        """Begin the generation of a step: it samples the same whether the run was cut off before it or not."""
        self._sampler.rng = np.random.default_rng([self._seed, step])
        self.recent.clear()

    def __call__(self, image: Image.Image, questions: Sequence[str]) -> list[Rollout]:
        """One completion for each question on one image; a question that is repeated gets another each time."""
        encode = self.processor.tokenizer.encode
        tails = [encode(text + self._after, add_special_tokens=False) for text in questions]
        constraints = [self._constraint(text) for text in questions]
        decoded = self._sampler.decode(self._encoded(image), tails, constraints, [0.5] * len(tails))
        made = [self._with_end(one) for one in decoded]
        self._sampler.offered.clear()
        self.recent |= {(*tail, *one.tokens): one.offered for tail, one in zip(tails, made, strict=True)}
        return made

    def prompt(self, image: Image.Image, text: str) -> list[int]:
        """All tokens before the completion, the image's among them."""
        batch = self.processor(images=[image], text=[self._before])
        head: list[int] = list(batch["input_ids"][0])
        return head + self.processor.tokenizer.encode(text + self._after, add_special_tokens=False)

    def _encoded(self, image: Image.Image) -> EncodedImage:
        batch = self.processor(images=[image], text=[self._before], return_tensors="pt")
        frame = CoordinateFrame(Convention.RELATIVE_1000, image.size, image.size)
        return self._sampler.encode({k: v.to(self._sampler.model.device) for k, v in batch.items()}, frame)

    def _constraint(self, text: str) -> Constraint:
        if not self._constrained:
            return Free(self._text, self._size, self._stop)
        return self._constraints.for_form(form_of(text))

    def _with_end(self, one: Decoded) -> Rollout:
        ended = [*one.tokens, self._stop[0]] if one.complete else one.tokens
        free = [chance < 1.0 or not self._constrained for chance in one.probabilities]
        logs = [float(np.log(max(chance, 1e-12))) for chance in one.probabilities]
        offered = self._sampler.offered.get(id(one), {})
        return Rollout(ended, [*logs, 0.0][: len(ended)], [*free, not self._constrained][: len(ended)], offered)


def control_tokens(tokenizer: Any) -> list[int]:
    """The tokens that no answer holds but its end. One that stands for a place of an image would want an image."""
    added = tokenizer.added_tokens_decoder.items()
    return [token for token, one in added if one.special and token != tokenizer.eos_token_id]


def form_of(text: str) -> AnswerForm:
    """What an answer to a question may look like; raises BadInput for a text that asks about nothing known."""
    keys = keys_of(text)
    labels = unique([label for key in keys for label in labels_of(*key)])
    chain = unique([label for key in keys for label in places(*key)])
    return AnswerForm(labels, chain, lists_absent=len(keys) > 1, most=MOST_BOXES)


def keys_of(text: str) -> tuple[tuple[str, Side | None], ...]:
    """The findings that a question names ("Locate: left pleural effusion; cardiomegaly.")."""
    start, _, end = question(["\n"]).partition("\n")
    named = text.removeprefix(start).removesuffix(end).split("; ")
    keys = tuple((said_one.finding, said_one.side) for name in named for said_one in read(name).statements)
    if len(keys) != len(named) or question(said(*key) for key in keys) != text:
        raise BadInput(f"{text[:80]!r} is no question of the grammar: write it with ssg.grounding.grammar.question.")
    return keys


def same_image(image: Image.Image) -> str:
    """What tells images apart by their content."""
    return digest(np.asarray(image))


@torch.no_grad()
def in_groups(rollouts: Rollouts, images: Sequence[Image.Image], questions: Sequence[str]) -> list[Rollout]:
    """One completion for each pair of image and question; every image is encoded once, wherever it stands."""
    places_of: dict[str, list[int]] = {}
    for place, image in enumerate(images):
        places_of.setdefault(same_image(image), []).append(place)
    found: dict[int, Rollout] = {}
    for places_here in places_of.values():
        asked = [questions[place] for place in places_here]
        found |= zip(places_here, rollouts(images[places_here[0]], asked), strict=True)
    return [found[place] for place in range(len(images))]
