"""A policy is asked about what is known of an image, and each answer is put beside the truth.

It is asked for its box of everything, with how sure it is; what it says itself follows from its thresholds. So one
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
from ssg.grounding.image_kinds import words_on
from ssg.grounding.kinds import answered, asked_as
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


def boxes_in_any_case(
    grounder: Grounder, pixels: NDArray[np.uint8], keys: Sequence[Key], adapter: str = ""
) -> dict[Key, FindingAnswer]:
    """The answers of a grounder that asks for all, as many at once as the app asks."""
    found: dict[Key, FindingAnswer] = {}
    for first in range(0, len(keys), MOST_FINDINGS):
        found |= grounder.answer(pixels, keys[first : first + MOST_FINDINGS], adapter=adapter)[0]
    return found


def chance_of(answer: FindingAnswer) -> float:
    """How probable a box was, whether or not it is said to be there."""
    return answer.confidence if answer.regions and answer.confidence is not None else 0.0


def ask_about(
    grounder: Grounder,
    manifest: Manifest,
    pixels: NDArray[np.uint8],
    present: Mapping[str, Boxes],
    absent: Sequence[str],
    image: str,
    adapter: str = "",
    whence: tuple[str, str] = ("", ""),
) -> list[Asked]:
    """Ask about all that is ``present`` (with its boxes) and ``absent`` on one image, and hear what the policy says.

    ``grounder`` asks for all; the thresholds are those of ``manifest``, as in the app: a general finding is there
    where one of its kinds is, by the threshold of that kind. ``whence`` are site and modality, where they are known.
    """
    names = dict.fromkeys([*present, *absent])
    meant = words_on(manifest.shown)
    instead = {name: asked_as((name, None), manifest, meant) for name in names}
    wanted = list(dict.fromkeys(key for one in instead.values() for key in one.keys))
    given = boxes_in_any_case(grounder, pixels, wanted, adapter)
    meant_by = {key: _thresholded(manifest, answer) for key, answer in given.items()}
    asked: list[Asked] = []
    for name, one in instead.items():
        answer = answered((name, None), one, meant_by)
        candidates = tuple(
            _candidate(region, manifest.threshold(key[0])) for key in one.keys for region in given[key].regions
        )
        predicted = as_boxes([region.box for region in answer.regions])
        reference = present.get(name, as_boxes([]))
        asked.append((answer, Item(image, name, reference, predicted, float(pixels.size), candidates, *whence)))
    return asked


def _thresholded(manifest: Manifest, answer: FindingAnswer) -> FindingAnswer:
    """What the policy itself says, from the answer that gives a box in any case."""
    if not answer.regions or chance_of(answer) >= manifest.threshold(answer.finding):
        return answer
    return FindingAnswer(answer.finding, answer.side, False)


def _candidate(region: Any, threshold: float) -> Candidate:
    sure = calibrated(float(region.confidence or 0.0), threshold)
    return sure, (region.box.x0, region.box.y0, region.box.x1, region.box.y1)
