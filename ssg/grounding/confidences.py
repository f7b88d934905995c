"""How sure a policy was of what it wrote, from the probabilities of the pieces of its answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ssg.grounding.grammar import ANSWER_LIST


def in_percent(confidence: float) -> str:
    """A confidence of 0 to 1 in whole percent: "84%"; nobody is wholly sure, so that the ends are "<1%" and ">99%".

    >>> in_percent(0.999), in_percent(0.004), in_percent(0.84)
    ('>99%', '<1%', '84%')
    """
    percent = round(100 * confidence)
    return "<1%" if percent < 1 else ">99%" if percent > 99 else f"{percent}%"


def entry_confidences(pieces: Sequence[str], probabilities: Sequence[float]) -> list[tuple[float, float]]:
    """For each box of the answer: how probable it was to begin it, and the geometric mean over its numbers.

    A box after the first is begun by the comma before it; what the grammar then forces has probability 1.
    """
    spans, position = [], 0
    for piece, probability in zip(pieces, probabilities, strict=True):
        spans.append((position, piece, probability))
        position += len(piece)
    text = "".join(pieces)
    before = start = text.rfind("<answer>") + len("<answer>")
    result = []
    while (start := text.find('{"bbox_2d"', start)) >= 0:
        end = text.find("}", start)
        end = len(text) if end < 0 else end
        inside = [(at, piece, p) for at, piece, p in spans if at + len(piece) > start and at <= end]
        begun = [p for at, piece, p in spans if at >= before and at + len(piece) <= start]
        numbers = [p for _, piece, p in inside if piece.strip().isdigit()]
        certainty = float(np.exp(np.mean(np.log(np.maximum(numbers, 1e-6))))) if numbers else 1.0
        result.append((float(np.prod([*begun, inside[0][2]])), certainty))
        before = start = end + 1
    return result


def closing_confidence(pieces: Sequence[str], probabilities: Sequence[float]) -> float | None:
    """How probable the empty list was, where the answer is one."""
    text = ""
    for piece, probability in zip(pieces, probabilities, strict=True):
        if text.endswith(ANSWER_LIST) and piece.startswith("]"):
            return float(probability)
        text += piece
    return None
