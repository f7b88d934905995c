"""Judging with the image: what an image-text encoder sees is heard, and no judgement fails for want of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from ssg.reward import Answer, Breakdown, Reference, Rubric, score
from ssg.reward.sight import Sight

log = logging.getLogger(__name__)

Look = Callable[[], tuple[Sight | None, str]]
"""An image as an image-text encoder sees it; or None and, in words, why it does not."""

FAILED = "The image-text model failed on this image, so names are judged by themselves."


def judged(reference: Reference, answer: Answer, rubric: Rubric, look: Look | None) -> Breakdown:
    """Judge an answer by names and, where an encoder can look, by what the regions show.

    Raises BadInput where the answer cannot be judged at all.
    """
    unseen = ""
    if look is not None:
        try:
            sight, unseen = look()
            if sight is not None:
                return score(reference, answer, rubric, sight)
        except Exception:  # whatever an encoder or a graphics card does; what is wrong with the answer is raised below
            log.exception("judging with the image")
            unseen = FAILED
    return replace(score(reference, answer, rubric), encoder_note=unseen)
