"""Now and then, beside everything else: how hard cases are and how findings are learned, from everybody's attempts."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from ssg.teaching.learning import Learning

log = logging.getLogger(__name__)

FIRST_AFTER_S = 120
"""A server that has just been started has more urgent things to do."""

AGAIN_AFTER_S = 1_800


class Calibrating:
    """A thread that calls :meth:`Learning.calibrate`; one that fails is logged, and tried again the next time."""

    def __init__(self, learning: Learning, first_s: float = FIRST_AFTER_S, again_s: float = AGAIN_AFTER_S) -> None:
        self._learning = learning
        self._first_s, self._again_s = first_s, again_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="calibrating", daemon=True)

    def start(self) -> None:
        """Begin to wait for the first time."""
        self._thread.start()

    def stop(self, patience_s: float = 5.0) -> None:
        """Calibrate no more; waits a moment for one that is under way, because the database is about to be closed."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def _run(self) -> None:
        wait = self._first_s
        while not self._stopped.wait(wait):
            wait = self._again_s
            try:
                self._learning.calibrate(datetime.now(UTC))
            except Exception:
                if not self._stopped.is_set():
                    log.exception("calibrating difficulties and learning")
