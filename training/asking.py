"""A policy is asked about what is known of an image, and each answer is put beside the truth.

It is asked for its box of everything, with how sure it is; what it says itself follows from its threshold. So one
question gives both the answer and the candidates of FROC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.boxes import Boxes, as_boxes
from ssg.grounding.decoding import calibrated
from ssg.grounding.grounder import MOST_FINDINGS, Grounder
from ssg.grounding.manifest import Manifest
from ssg.grounding.policy import Policy
from ssg.grounding.types import FindingAnswer
from training.froc import Candidate
from training.metrics import Item
from training.scene import Key

Asked = tuple[FindingAnswer, Item]
"""What was answered, and that beside the truth."""


def asking_for_all(policy: Policy) -> Policy:
    """The policy that gives its box for whatever is asked, with how probable it is."""
    adapters = {name: _without_threshold(manifest) for name, manifest in policy.adapters.items()}
    return replace(policy, manifest=_without_threshold(policy.manifest), adapters=adapters)


def _without_threshold(manifest: Manifest) -> Manifest:
    return replace(manifest, present_from=0.0, present_from_of={})


def ask_about(
    grounder: Grounder,
    pixels: NDArray[np.uint8],
    present: Mapping[str, Boxes],
    absent: Sequence[str],
    image: str,
    adapter: str = "",
    whence: tuple[str, str] = ("", ""),
) -> list[Asked]:
    """Ask about all that is ``present`` (with its boxes) and ``absent`` on one image, as many at once as the app does.

    ``whence`` are site and modality, where they are known.
    """
    names = [*present, *(name for name in absent if name not in present)]
    asked: list[Asked] = []
    for first in range(0, len(names), MOST_FINDINGS):
        keys: list[Key] = [(name, None) for name in names[first : first + MOST_FINDINGS]]
        answers, _ = grounder.answer(pixels, keys, adapter=adapter)
        for key in keys:
            predicted = as_boxes([region.box for region in answers[key].regions])
            reference = present.get(key[0], as_boxes([]))
            asked.append((answers[key], Item(image, key[0], reference, predicted, float(pixels.size), None, *whence)))
    return asked


def thresholded(manifest: Manifest, answer: FindingAnswer, item: Item) -> Asked:
    """What the policy itself says, from the answer that gives a box in any case; and all boxes as candidates."""
    threshold = manifest.threshold(answer.finding)
    chance = answer.confidence if answer.regions and answer.confidence is not None else 0.0
    candidates = tuple(_candidate(region, threshold) for region in answer.regions)
    if chance >= threshold and answer.regions:
        return answer, replace(item, candidates=candidates)
    nothing = FindingAnswer(answer.finding, answer.side, answer.present if not answer.regions else False)
    return nothing, replace(item, predicted=as_boxes([]), candidates=candidates)


def _candidate(region: Any, threshold: float) -> Candidate:
    sure = calibrated(float(region.confidence or 0.0), threshold)
    return sure, (region.box.x0, region.box.y0, region.box.x1, region.box.y1)
