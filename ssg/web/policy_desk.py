"""Hands questions to the one policy that all learners share."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ssg.errors import BadInput, Unavailable
from ssg.grounding.image_kinds import in_order
from ssg.grounding.specialties import BASE
from ssg.web.loading import Loading

if TYPE_CHECKING:
    from ssg.grounding.grounder import Grounder
    from ssg.grounding.image_kinds import ImageKind
    from ssg.grounding.policy import PolicyInfo
    from ssg.grounding.types import Grounding
    from ssg.settings import Settings


log = logging.getLogger(__name__)


class NoAdapter(BadInput):
    """An adapter was asked for that is not loaded."""


def load_grounder(settings: Settings) -> Grounder:
    """The grounder that the settings name; raises Unavailable."""
    from ssg.grounding.grounder import Grounder
    from ssg.grounding.policy import load_policy

    revision = settings.policy_revision or None
    policy = load_policy(settings.policy, settings.device, revision, settings.wanted_adapters)
    for problem in policy.problems:
        log.warning("an adapter is left out: %s", problem)
    return Grounder(policy)


class PolicyDesk(Loading["Grounder"]):
    """``load`` makes the grounder."""

    def __init__(self, load: Callable[[], Grounder]) -> None:
        super().__init__(load, "policy")

    @property
    def info(self) -> PolicyInfo | None:
        """What is loaded; None while loading or where nothing could be."""
        return self.loaded.policy.info if self.loaded else None

    @property
    def adapters(self) -> tuple[str, ...]:
        """Names of the adapters beside the policy; none while it loads."""
        return in_order(self.loaded.policy.adapters) if self.loaded else ()

    @property
    def adapter_problems(self) -> tuple[str, ...]:
        """Sentences on adapters that could not be used."""
        return self.loaded.policy.problems if self.loaded else ()

    def adapter_for(self, modality: str, body_part: str) -> str:
        """The adapter that answers about an image of these DICOM terms, "" for the base."""
        return self.loaded.policy.adapter_for(modality, body_part) if self.loaded else ""

    def shown(self, adapter: str = "") -> tuple[ImageKind, ...] | None:
        """What an adapter or the base says that it was shown, empty where it does not say; None while it loads."""
        return self.loaded.policy.manifest_of(adapter).shown if self.loaded else None

    def knows(self, finding: str, modality: str = "", body_part: str = "") -> bool:
        """Whether what answers about images of these DICOM terms was trained on a finding; True while it loads."""
        if not self.loaded:
            return True
        policy = self.loaded.policy
        return policy.manifest_of(policy.adapter_for(modality, body_part)).knows(finding)

    def ground(
        self,
        pixels: NDArray[np.uint8],
        texts: Sequence[str],
        modality: str = "",
        body_part: str = "",
        adapter: str | None = None,
    ) -> list[Grounding]:
        """Answers to texts on one image, as :meth:`ssg.grounding.grounder.Grounder.ground` gives them.

        Raises Unavailable or BadInput (NoAdapter); neither says where anything lies, since a page is for everybody.
        """
        if not self.wait():
            raise Unavailable("The policy is still being loaded: ask again in a minute.")
        if self.loaded is None:
            raise Unavailable("The policy could not be loaded; the log says why.")
        if adapter and adapter not in self.adapters:
            there = ", ".join((*self.adapters, BASE))
            raise NoAdapter(f"There is no adapter '{adapter[:60]}': choose one of {there}.")
        return self.loaded.ground(pixels, texts, modality, body_part, adapter)
