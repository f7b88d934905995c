"""A model that all learners share, loaded in the background, so that the first page does not wait for it.

One that cannot be loaded is no reason not to start: whoever asks is told why, and everything else works.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from ssg.errors import Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
PATIENCE_S = 120.0

_one_at_a_time = threading.Lock()
"""transformers can neither be imported nor load a checkpoint in two threads at once."""


class Loading(Generic[T]):
    """``load`` makes ``what``; it runs once, in a thread of its own."""

    def __init__(self, load: Callable[[], T], what: str) -> None:
        self._load, self._what = load, what
        self._ready = threading.Event()
        self._loaded: T | None = None
        self._problem = ""
        self._thread = threading.Thread(target=self._work, name=what, daemon=True)

    def start(self) -> None:
        """Begin to load; returns at once."""
        self._thread.start()

    def wait(self, patience_s: float = PATIENCE_S) -> bool:
        """Wait until it is loaded or known to be unavailable; False where that took too long."""
        return self._ready.wait(patience_s)

    @property
    def loaded(self) -> T | None:
        """What is loaded; None while loading or where nothing could be."""
        return self._loaded

    @property
    def problem(self) -> str:
        """Why there is none, in words; empty while loading and when it is there."""
        return self._problem

    @property
    def state(self) -> str:
        """ "loading", "unavailable", "ready", or "none" where none is wanted."""
        if not self._ready.is_set():
            return "loading"
        return "unavailable" if self._problem else ("ready" if self._loaded is not None else "none")

    def _work(self) -> None:
        try:
            with _one_at_a_time:
                self._loaded = self._load()
        except Unavailable as error:
            self._problem = str(error)
            log.warning("no %s: %s", self._what, error)
        except Exception:
            self._problem = f"The {self._what} could not be loaded because of a fault in SSG; the log says which."
            log.exception("loading the %s", self._what)
        finally:
            self._ready.set()
