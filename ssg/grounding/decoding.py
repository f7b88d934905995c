"""Answers from keys and values that are kept for each image.

The image is encoded once; a question then only decodes. What the grammar forces is never asked of the model: forced
tokens wait and go in together with the next free one, so a box costs its four coordinates and little else. Questions on
one image are decoded side by side.

Where every coordinate is one token, the *median* of its distribution is written rather than the mode: it minimises the
expected absolute error, and neighbouring integers support one another instead of competing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from ssg.grounding.cache import cache_name, kept_layers, roomy_cache
from ssg.grounding.constraint import Constraint
from ssg.grounding.coordinates import CoordinateFrame

MOST_TOKENS = 600
STILL_GOING = 0.75
"""Share of the answers from which on those that have ended are no longer computed; leaving each at once copies more."""
NEIGHBOURHOOD = 0.03
"""Coordinates within this share of the image count as the same when a coordinate's certainty is taken."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Where an answer says that something is there, as tokens of one tokenizer.

    ``after`` are the tokens that begin the answer's list; then ``opened`` begins a box and ``closed`` ends the list
    empty.
    """

    after: tuple[int, ...]
    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """One image as the language model keeps it: keys and values of every layer, each (1, heads, tokens, dim)."""

    layers: tuple[tuple[torch.Tensor, torch.Tensor], ...]
    next_position: int
    frame: CoordinateFrame

    @property
    def tokens(self) -> int:
        """Length of the prefix in tokens."""
        return int(self.layers[0][0].shape[2])

    @property
    def bytes(self) -> int:
        """Memory that it holds."""
        return sum(k.nbytes + v.nbytes for k, v in self.layers)


@dataclass(slots=True)
class Decoded:
    """One answer: token ids, how probable each was (1 where forced), and whether it came to its end."""

    tokens: list[int] = field(default_factory=list)
    probabilities: list[float] = field(default_factory=list)
    complete: bool = False


@dataclass(slots=True)
class _Row:
    """The state of one question while it is answered."""

    constraint: Constraint
    pending: list[int]
    position: int
    present_from: float
    out: Decoded = field(default_factory=Decoded)
    corners: list[int] = field(default_factory=list)


class Decoder:
    """Decodes questions on an encoded image with one model.

    ``coordinates`` are the token ids of "0" … "1000" where each is one token, else None; ``presence`` is None where the
    likelier token decides, as everywhere else.
    """

    def __init__(
        self,
        model: Any,
        pad: int,
        stop: Sequence[int],
        coordinates: Sequence[int] | None,
        letters: Any,
        presence: Presence | None = None,
    ) -> None:
        self.model = model
        self.presence = presence
        self._pad, self._stop = pad, set(stop)
        self._coordinates = None if coordinates is None else np.asarray(coordinates)
        self._value_of = {} if coordinates is None else {token: value for value, token in enumerate(coordinates)}
        self._letters = letters

    @torch.inference_mode()
    def encode(self, inputs: dict[str, torch.Tensor], frame: CoordinateFrame) -> EncodedImage:
        """Run the prefix (text before the image, and the image) once; ``inputs`` as the processor makes them."""
        output = self.model(**inputs, use_cache=True, logits_to_keep=1)
        length = inputs["input_ids"].shape[1]
        delta = int(self.model.model.rope_deltas.reshape(-1)[0])
        return EncodedImage(kept_layers(output), length + delta, frame)

    @torch.inference_mode()
    def decode(
        self,
        image: EncodedImage,
        prompts: Sequence[Sequence[int]],
        constraints: Sequence[Constraint],
        present_from: Sequence[float],
    ) -> list[Decoded]:
        """Answer several questions on one image greedily; ``prompts`` are the tokens that follow the image.

        ``present_from`` is for each question the probability of a box from which one is begun.
        """
        rows = [
            _Row(constraint, list(prompt), image.next_position, threshold)
            for prompt, constraint, threshold in zip(prompts, constraints, present_from, strict=True)
        ]
        cache = roomy_cache(self.model, image.layers, len(rows))
        mask = torch.ones((len(rows), image.tokens), dtype=torch.long, device=self.model.device)
        for row in rows:
            self._take_forced(row)
        going = rows
        while any(not row.constraint.finished for row in going):
            left = [number for number, row in enumerate(going) if not row.constraint.finished]
            if len(left) <= STILL_GOING * len(going):
                going, mask = [going[number] for number in left], mask[left]
                cache.batch_select_indices(torch.tensor(left, device=mask.device))
            logits, mask = self._step(going, cache, mask)
            for row, scores in zip(going, logits, strict=True):
                if row.constraint.finished:
                    continue
                self._take(row, *self._choose(row, scores))
                self._take_forced(row)
                if len(row.out.tokens) > MOST_TOKENS:
                    row.constraint.finished = True
        return [row.out for row in rows]

    def _step(self, rows: list[_Row], cache: Any, mask: torch.Tensor) -> tuple[np.ndarray, torch.Tensor]:
        """Feed every row's pending tokens, padded on the left to one length; logits (rows, vocabulary)."""
        longest = max(len(row.pending) for row in rows)
        ids = torch.full((len(rows), longest), self._pad)
        fresh = torch.zeros((len(rows), longest), dtype=torch.long)
        positions = torch.zeros((len(rows), longest), dtype=torch.long)
        for index, row in enumerate(rows):
            count = len(row.pending)
            if count:
                ids[index, longest - count :] = torch.tensor(row.pending)
                fresh[index, longest - count :] = 1
                positions[index, longest - count :] = torch.arange(row.position, row.position + count)
            row.position += count
            row.pending = []
        device = self.model.device
        mask = torch.cat([mask, fresh.to(device)], dim=1)
        output = self.model(
            input_ids=ids.to(device),
            attention_mask=mask,
            position_ids=positions.to(device).expand(3, -1, -1),
            use_cache=True,
            logits_to_keep=1,
            **{cache_name(self.model): cache},
        )
        return output.logits[:, -1].float().cpu().numpy(), mask

    def _allowed(self, row: _Row) -> np.ndarray:
        """Ids of the tokens that may come next, as the tokenizer itself would split the text."""
        ids = np.flatnonzero(row.constraint.allowed())
        if self._coordinates is None or len(ids) == 1:
            return ids
        numbers = np.isin(ids, self._coordinates)
        if numbers.any():
            if row.out.tokens and row.out.tokens[-1] in self._value_of:
                ids = ids[~numbers]  # a number goes on as one token, never digit by digit
            else:
                ids = self._ordered(row, ids[numbers])
        return self._longest(ids)

    def _ordered(self, row: _Row, ids: np.ndarray) -> np.ndarray:
        """Right and bottom edges lie beyond left and top."""
        values = np.array([self._value_of[int(token)] for token in ids])
        written = len(row.corners) % 4
        if written < 2:
            return ids[values < values.max()]
        return ids[values > row.corners[written - 2]]

    def _longest(self, ids: np.ndarray) -> np.ndarray:
        """Without single letters that begin another allowed token: the tokenizer would not spell that out."""
        texts = {int(token): self._letters(int(token)) for token in ids} if len(ids) < 64 else {}
        keep = [
            token
            for token, text in texts.items()
            if len(text) > 1 or not any(other != text and other.startswith(text) for other in texts.values())
        ]
        return np.array(keep) if keep else ids

    def _choose(self, row: _Row, scores: np.ndarray) -> tuple[int, float]:
        """The token to write and its probability among the allowed ones."""
        ids = self._allowed(row)
        chances = _softmax(scores[ids])
        if self._coordinates is None or int(ids[0]) not in self._value_of or len(ids) < 2:
            best, chance = self._decided(row, ids, chances)
            return int(ids[best]), chance
        values = np.array([self._value_of[int(token)] for token in ids])
        order = np.argsort(values)
        middle = order[min(int(np.searchsorted(np.cumsum(chances[order]), 0.5)), len(order) - 1)]
        near = np.abs(values - values[middle]) <= NEIGHBOURHOOD * len(self._coordinates)
        return int(ids[middle]), float(chances[near].sum())

    def _decided(self, row: _Row, ids: np.ndarray, chances: np.ndarray) -> tuple[int, float]:
        """Index and probability of the likeliest token; where the answer begins, of the box or the end by threshold."""
        here = self.presence
        if here and set(ids.tolist()) == {here.opened, here.closed}:
            begun = tuple(row.out.tokens[-len(here.after) :]) == here.after
            opening = int(np.flatnonzero(ids == here.opened)[0])
            if begun:
                present = bool(chances[opening] >= row.present_from)
                chance = calibrated(float(chances[opening]), row.present_from)
                return (opening, chance) if present else (1 - opening, 1 - chance)
        best = int(chances.argmax())
        return best, float(chances[best])

    def _take(self, row: _Row, token: int, probability: float) -> None:
        row.constraint.accept(token)
        if token in self._stop:
            row.out.complete = True
            return
        row.out.tokens.append(token)
        row.out.probabilities.append(probability)
        row.pending.append(token)
        if token in self._value_of:
            row.corners = [*row.corners, self._value_of[token]] if len(row.corners) < 4 else [self._value_of[token]]

    def _take_forced(self, row: _Row) -> None:
        while not row.constraint.finished:
            ids = self._allowed(row)
            if len(ids) != 1:
                return
            self._take(row, int(ids[0]), 1.0)


def calibrated(chance: float, threshold: float) -> float:
    """A probability with its odds divided by those of the threshold, which becomes 0.5: how sure, not how frequent.

    Questions in training are half about what is there, and a policy learns some findings less well than others
    (Saerens, Latinne and Decaestecker 2002). A threshold of 0 or 1 forces the answer and leaves the probability.
    """
    if threshold in (0.0, 1.0):
        return chance
    there, not_there = chance * (1 - threshold), (1 - chance) * threshold
    return there / (there + not_there)


def _softmax(scores: np.ndarray) -> np.ndarray:
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()
