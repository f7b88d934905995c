"""What an answer's tokens are taught by.

Ordinary tokens: cross-entropy. Coordinates: a thousand unrelated classes teach slowly, so the target is a bell around
the true integer ("soft ordinal labels", Díaz & Marathe 2019) plus an L1 on the expected coordinate. Whether anything
is there is one token among twenty that are soon known by heart, so it counts a second time by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


class AnswerLoss:
    """Cross-entropy with soft ordinal coordinates. ``numbers`` are the token ids of "0" … "1000".

    ``expected_l1`` and ``presence`` are the weights of the L1 and of the tokens that decide presence.
    """

    def __init__(self, numbers: Sequence[int], vocabulary: int, expected_l1: float, presence: float) -> None:
        self._numbers = torch.tensor(numbers)
        self._value = torch.full((vocabulary,), -1)
        self._value[self._numbers] = torch.arange(len(numbers))
        self._expected_l1, self._presence = expected_l1, presence

    def __call__(self, logits: Tensor, targets: Tensor, decides: Tensor, sigma: float) -> dict[str, Tensor]:
        """``logits`` (n, vocabulary) and ``targets`` (n,) of the tokens to learn; ``sigma`` in 1/1000 of the image.

        ``decides`` (n,) is true for the tokens that decide presence.
        """
        value = self._value.to(targets.device)[targets]
        is_number = value >= 0
        text = _mean(functional.cross_entropy(logits[~is_number], targets[~is_number], reduction="none"))
        presence = _mean(functional.cross_entropy(logits[decides], targets[decides], reduction="none"))
        numbers = logits[is_number]
        soft = self._bell(value[is_number], sigma)
        ordinal = numbers[:, self._numbers.to(logits.device)]
        coordinate = _mean(functional.cross_entropy(ordinal, soft, reduction="none"))
        # The bell above ranks the numbers among themselves; this keeps probability on numbers at all.
        any_number = _mean(torch.logsumexp(numbers, 1) - torch.logsumexp(ordinal, 1))
        scale = torch.linspace(0, 1, len(self._numbers), device=logits.device)
        expected = (ordinal.softmax(1) * scale).sum(1)
        error = _mean((expected - value[is_number] / (len(self._numbers) - 1)).abs())
        total = text + self._presence * presence + coordinate + any_number + self._expected_l1 * error
        return {
            "loss": total,
            "text": text.detach(),
            "presence": presence.detach(),
            "coordinate": coordinate.detach(),
            "error": error.detach(),
        }

    def _bell(self, value: Tensor, sigma: float) -> Tensor:
        axis = torch.arange(len(self._numbers), device=value.device)
        return torch.softmax(-((axis[None] - value[:, None]) ** 2) / (2 * sigma**2), dim=1)


def _mean(values: Tensor) -> Tensor:
    """The mean; 0 of nothing, as where all that a small batch asks about is absent and no box is written."""
    return values.sum() / max(1, len(values))
