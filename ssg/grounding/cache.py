"""Keys and values of the language model while it answers: of one image, and of many answers that grow from it."""

from __future__ import annotations

import inspect
from typing import Any

from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

ROOM = 64
"""Tokens that a layer makes room for at a time."""


class RoomyLayer(DynamicLayer):
    """A layer that writes new tokens into room made beforehand, where its parent copies everything for each token.

    Half of the time of an answer went into those copies. Not for gradients: it writes in place.
    """

    _key_room: Tensor
    _value_room: Tensor

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Append (rows, heads, tokens, dim); all keys and values so far, as views."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        held = self.get_seq_length()
        length = held + key_states.shape[-2]
        if not held or length > self._key_room.shape[-2]:
            self._key_room = _with_room(self.keys, key_states, held, length + ROOM)
            self._value_room = _with_room(self.values, value_states, held, length + ROOM)
        self._key_room[..., held:length, :] = key_states
        self._value_room[..., held:length, :] = value_states
        return self._seen(length)

    def batch_select_indices(self, indices: Tensor) -> None:
        """Keep these rows only."""
        length = self.get_seq_length()
        self._key_room, self._value_room = self._key_room[indices], self._value_room[indices]
        self._seen(length)

    def _seen(self, length: int) -> tuple[Tensor, Tensor]:
        self.keys, self.values = self._key_room[..., :length, :], self._value_room[..., :length, :]
        return self.keys, self.values


def _with_room(before: Tensor | None, states: Tensor, held: int, length: int) -> Tensor:
    room = states.new_empty((*states.shape[:-2], length, states.shape[-1]))
    if before is not None and held:
        room[..., :held, :] = before[..., :held, :]
    return room


def roomy_cache(model: Any, layers: tuple[tuple[Tensor, Tensor], ...], rows: int) -> DynamicCache:
    """The keys and values of one image as those of ``rows`` answers; only for models of full attention."""
    cache = DynamicCache(config=model.config)
    cache.layers = [RoomyLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    for index, (keys, values) in enumerate(layers):
        cache.update(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1), index)
    return cache


def kept_layers(output: Any) -> tuple[tuple[Tensor, Tensor], ...]:
    """Keys and values of every layer of a model's output."""
    return tuple((layer.keys, layer.values) for layer in cache_of(output).layers)


def cache_of(output: Any) -> Any:
    """The cache of a model's output, by either of its names."""
    cache = getattr(output, "cache", None)
    return output.past_key_values if cache is None else cache


def cache_name(model: Any) -> str:
    """transformers 5.24 renamed ``past_key_values`` to ``cache``; both names are met in our range."""
    return "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"
