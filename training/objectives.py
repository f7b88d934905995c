"""What GRPO may be rewarded for: the reward in full, parts of it, and what published code rewards.

The parts are for comparison (``training/RESULTS.md``): each adds one component to the one before.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ssg.boxes import as_boxes, iou
from ssg.errors import BadInput
from ssg.grounding.region_text import RegionText
from ssg.reward import DEFAULT_RUBRIC, Acceptability, Rubric
from training.frames import RELATIVE, Frames
from training.rewards import Completion, answer_of_text, frame_of, reference_of_text, reward_functions, text_of

RewardFunction = Callable[..., list[float | None]]

RUBRICS = {
    "iou": Rubric(semantic=0, clinical=0, coherence=0),
    "semantic": Rubric(clinical=0, coherence=0),
    "clinical": Rubric(coherence=0),
    "full": DEFAULT_RUBRIC,
}
"""Names of :func:`objective` and the rubrics that they stand for."""

HALF = "half"


def first_box_at_half(
    completions: Sequence[Completion], reference: Sequence[Any], frames: Frames = RELATIVE, **_: Any
) -> list[float | None]:
    """1 where the first box overlaps the reader's first with an IoU of 0.5, or both say that nothing is there; else 0.

    What the public code of MedGround-R1 rewards for a place (2025); what it adds for meaning is one sign for the image.
    """
    rewards: list[float | None] = []
    for text, one in zip(map(text_of, completions), map(reference_of_text, reference), strict=True):
        answer = answer_of_text(text, frame_of(one, frames))
        wanted = [region for region in one.readers[0].regions if one.question is None or region.finding in one.question]
        if answer is None or not answer.regions or not wanted:
            rewards.append(float(answer is not None and not answer.regions and not wanted))
            continue
        overlap = iou(as_boxes([answer.regions[0].box]), as_boxes([wanted[0].box]))[0, 0]
        rewards.append(float(overlap >= 0.5))
    return rewards


def objective(
    name: str,
    encoder: RegionText | None = None,
    frames: Frames = RELATIVE,
    acceptability: Acceptability | None = None,
) -> tuple[list[RewardFunction], list[float]]:
    """Reward functions and their weights by name: "half", "iou", "semantic", "clinical" or "full".

    ``frames`` say how the policy that is rewarded writes places; ``acceptability`` stands in for the shipped model.
    """
    if name == HALF:
        judge = functools.partial(first_box_at_half, frames=frames)
        return [functools.update_wrapper(judge, first_box_at_half)], [1.0]
    if name not in RUBRICS:
        raise BadInput(f"There is nothing called '{name[:40]}' to reward: give one of {', '.join([HALF, *RUBRICS])}.")
    functions: list[RewardFunction] = [*reward_functions(RUBRICS[name], encoder, frames, acceptability)]
    return functions, [1.0] * len(functions)


def weights_of_parts(name: str) -> list[float]:
    """The components' weights, for an aggregation that normalises each before it adds them up."""
    if name == HALF:
        return [1.0]
    rubric: Rubric = RUBRICS[name]
    present = {part.__name__: True for part in reward_functions(rubric)}
    return list(rubric.weights(present).values())
