"""The one policy that all learners share: loaded in the background, so that the first page does not wait for it.

A policy that cannot be loaded is no reason not to start: whoever asks is told why, and everything else works.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ssg.errors import Unavailable

if TYPE_CHECKING:
    from ssg.grounding.grounder import Grounder
    from ssg.grounding.policy import PolicyInfo
    from ssg.grounding.types import Grounding
    from ssg.settings import Settings

log = logging.getLogger(__name__)

LOADING_PATIENCE_S = 120.0


def load_grounder(settings: Settings) -> Grounder:
    """The grounder that the settings name; raises Unavailable."""
    from ssg.grounding.grounder import Grounder
    from ssg.grounding.policy import load_policy

    return Grounder(load_policy(settings.policy, settings.device, settings.policy_revision or None))


class PolicyDesk:
    """Hands questions to the policy. ``load`` makes the grounder; it runs once, in a thread of its own."""

    def __init__(self, load: Callable[[], Grounder]) -> None:
        self._load = load
        self._ready = threading.Event()
        self._grounder: Grounder | None = None
        self._problem = ""
        self._thread = threading.Thread(target=self._work, name="policy", daemon=True)

    def start(self) -> None:
        """Begin to load; returns at once."""
        self._thread.start()

    def wait(self, patience_s: float = LOADING_PATIENCE_S) -> bool:
        """Wait until the policy is loaded or known to be unavailable; False where that took too long."""
        return self._ready.wait(patience_s)

    @property
    def info(self) -> PolicyInfo | None:
        """What is loaded; None while loading or where nothing could be."""
        return self._grounder.policy.info if self._grounder else None

    @property
    def knows_chests_only(self) -> bool:
        """Whether the policy says of itself that it was shown one kind of image; taken for granted while it loads."""
        return self._grounder is None or bool(self._grounder.policy.manifest.seen)

    @property
    def problem(self) -> str:
        """Why there is no policy, in words; empty while loading and when it is there."""
        return self._problem

    def ground(self, pixels: NDArray[np.uint8], texts: Sequence[str], modality: str = "") -> list[Grounding]:
        """Answers to texts on one image; raises Unavailable or BadInput."""
        if not self.wait():
            raise Unavailable("The policy is still being loaded: ask again in a minute.")
        if self._grounder is None:
            raise Unavailable(self._problem)
        return self._grounder.ground(pixels, texts, modality)

    def _work(self) -> None:
        try:
            self._grounder = self._load()
        except Unavailable as error:
            self._problem = str(error)
            log.warning("no policy: %s", error)
        except Exception:
            self._problem = "The policy could not be loaded because of a fault in SSG; the log says which."
            log.exception("loading the policy")
        finally:
            self._ready.set()
