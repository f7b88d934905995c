"""Several questions on one image in one sequence, so that the image is encoded once.

    prefix  <|im_start|>user <|vision_start|> image <|vision_end|>
    then, each seeing the prefix and itself only, each at the same position after the image:
    question 1 answer 1 | question 2 answer 2 | ...

That is exactly what decoding does later (keys and values of the prefix are kept, each question starts after it), so
nothing is learned here that does not hold there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssg.grounding.grammar import ANSWER_LIST
from ssg.grounding.processor import prompt_halves

PREFIX, PADDING = 0, -1


END = "<|im_end|>"


@dataclass(frozen=True, slots=True)
class Packed:
    """One image's token ids, segment numbers and loss flags, each (length,), and positions (3, length).

    ``decides`` flags the token of each answer that says whether anything is there.
    """

    ids: np.ndarray
    segments: np.ndarray
    learn: np.ndarray
    decides: np.ndarray
    positions: np.ndarray


class Packer:
    """Turns questions with answers into packed sequences for one processor."""

    def __init__(self, processor: Any) -> None:
        self._tokenizer = processor.tokenizer
        self._image_token = processor.image_token_id
        self._merge = processor.image_processor.merge_size
        self._before, self._after = prompt_halves(processor)
        self._list = self._encode(ANSWER_LIST)

    def pack(self, grid: tuple[int, int], tasks: Sequence[tuple[str, str, str]]) -> Packed:
        """``grid`` is the image's patches (rows, columns); ``tasks`` are texts (question, given, answer).

        What is given begins the answer without being learned.
        """
        rows, columns = grid[0] // self._merge, grid[1] // self._merge
        prefix, positions, next_position = self._prefix(rows, columns)
        ids, segments, learn, decides, places = (
            [prefix],
            [np.zeros(len(prefix), int)],
            [np.zeros(len(prefix), bool)],
            [np.zeros(len(prefix), bool)],
            [positions],
        )
        for number, (asked, given, answer) in enumerate(tasks, start=1):
            head = self._encode(asked + self._after + given)
            tail = self._encode(answer + END)
            both = np.concatenate([head, tail])
            ids.append(both)
            segments.append(np.full(len(both), number))
            learn.append(np.arange(len(both)) >= len(head))
            decides.append(learn[-1] & self._follows_list(both))
            places.append(np.tile(next_position + np.arange(len(both)), (3, 1)))
        return Packed(
            np.concatenate(ids),
            np.concatenate(segments),
            np.concatenate(learn),
            np.concatenate(decides),
            np.concatenate(places, axis=1),
        )

    def _follows_list(self, ids: np.ndarray) -> np.ndarray:
        """Which tokens come right after the beginning of an answer's list."""
        follows = np.zeros(len(ids), bool)
        for place in range(len(self._list), len(ids)):
            follows[place] = np.array_equal(ids[place - len(self._list) : place], self._list)
        return follows

    def _encode(self, text: str) -> np.ndarray:
        return np.array(self._tokenizer.encode(text, add_special_tokens=False), dtype=int)

    def _prefix(self, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Ids and M-RoPE positions (Qwen2-VL, Wang et al. 2024, §2.1) of the text before the question."""
        once = self._encode(self._before)
        at = int(np.flatnonzero(once == self._image_token)[0])
        ids = np.concatenate([once[:at], np.full(rows * columns, self._image_token), once[at + 1 :]])
        row, column = np.divmod(np.arange(rows * columns), columns)
        image = np.stack([np.full(rows * columns, at), at + row, at + column])
        after = at + max(rows, columns)
        tail = len(once) - at - 1
        positions = np.concatenate(
            [np.tile(np.arange(at), (3, 1)), image, np.tile(after + np.arange(tail), (3, 1))], axis=1
        )
        return ids, positions, after + tail


def collate(rows: Sequence[Packed], pad: int, image_token: int) -> dict[str, Tensor]:
    """Pad packed rows to one length; attention (b, 1, L, L) is True where a token may look.

    A token sees earlier tokens of its own segment and the whole prefix; the prefix sees itself causally.
    """
    length = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), length), pad)
    segments = torch.full((len(rows), length), PADDING)
    learn = torch.zeros((len(rows), length), dtype=torch.bool)
    decides = torch.zeros((len(rows), length), dtype=torch.bool)
    positions = torch.zeros((3, len(rows), length), dtype=torch.long)
    for index, row in enumerate(rows):
        count = len(row.ids)
        ids[index, :count] = torch.from_numpy(row.ids)
        segments[index, :count] = torch.from_numpy(row.segments)
        learn[index, :count] = torch.from_numpy(row.learn)
        decides[index, :count] = torch.from_numpy(row.decides)
        positions[:, index, :count] = torch.from_numpy(row.positions)
    order = torch.arange(length)
    causal = order[:, None] >= order[None, :]
    same = segments[:, :, None] == segments[:, None, :]
    allowed = causal & (same | (segments == PREFIX)[:, None, :])
    return {
        "input_ids": ids,
        "attention_mask": allowed[:, None],
        "position_ids": positions,
        "mm_token_type_ids": (ids == image_token).int(),
        "learn": learn,
        "decides": decides,
    }
