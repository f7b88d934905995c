"""Hands questions to the one policy that all learners share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ssg.errors import Unavailable
from ssg.web.loading import Loading

if TYPE_CHECKING:
    from ssg.grounding.grounder import Grounder
    from ssg.grounding.policy import PolicyInfo
    from ssg.grounding.types import Grounding
    from ssg.settings import Settings


def load_grounder(settings: Settings) -> Grounder:
    """The grounder that the settings name; raises Unavailable."""
    from ssg.grounding.grounder import Grounder
    from ssg.grounding.policy import load_policy

    return Grounder(load_policy(settings.policy, settings.device, settings.policy_revision or None))


class PolicyDesk(Loading["Grounder"]):
    """``load`` makes the grounder."""

    def __init__(self, load: Callable[[], Grounder]) -> None:
        super().__init__(load, "policy")

    @property
    def info(self) -> PolicyInfo | None:
        """What is loaded; None while loading or where nothing could be."""
        return self.loaded.policy.info if self.loaded else None

    @property
    def knows_chests_only(self) -> bool:
        """Whether the policy says of itself that it was shown one kind of image; taken for granted while it loads."""
        return self.loaded is None or bool(self.loaded.policy.manifest.seen)

    def ground(self, pixels: NDArray[np.uint8], texts: Sequence[str], modality: str = "") -> list[Grounding]:
        """Answers to texts on one image; raises Unavailable or BadInput."""
        if not self.wait():
            raise Unavailable("The policy is still being loaded: ask again in a minute.")
        if self.loaded is None:
            raise Unavailable(self.problem)
        return self.loaded.ground(pixels, texts, modality)
