"""How the image-text encoder sees the cases' pictures, worked out when somebody first compares them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ssg.web.encoder_desk import EncoderDesk
from ssg.web.images import ImageShelf

log = logging.getLogger(__name__)

PATIENCE_S = 4.0
"""How long a page waits for pictures that have not been looked at; the others follow with its next visit."""

Vector = NDArray[np.float64]


class Embeddings:
    """Unit vectors by the ids of pictures. They are kept in memory: another encoder, another start, other vectors."""

    def __init__(self, encoder: EncoderDesk, images: ImageShelf) -> None:
        self._encoder, self._images = encoder, images
        self._kept: dict[str, Vector | None] = {}
        self._waiting: list[str] = []
        self._done = threading.Condition()
        self._working = False

    def of_cases(self, ids: Iterable[str], patience_s: float = PATIENCE_S) -> dict[str, Vector]:
        """Those that are known when they all are or ``patience_s`` are over; none where there is no encoder."""
        ids = list(ids)
        if self._encoder.loaded is None:
            return {}
        with self._done:
            queued = set(self._waiting)
            self._waiting += [one for one in ids if one not in self._kept and one not in queued]
            if self._waiting and not self._working:
                self._working = True
                threading.Thread(target=self._work, name="embeddings", daemon=True).start()
            self._done.wait_for(lambda: all(one in self._kept for one in ids), patience_s)
            return {one: found for one in ids if (found := self._kept.get(one)) is not None}

    def of_upload(self, learner: str, name: str) -> Vector | None:
        """That of a picture that this learner may see; raises BadInput where there is none."""
        encoder = self._encoder.loaded
        return None if encoder is None else encoder.embedding(self._images.pixels(learner, name))

    def _work(self) -> None:
        while True:
            with self._done:
                if not self._waiting:
                    self._working = False
                    return
                name = self._waiting[0]
            found = self._look(name)
            with self._done:
                self._waiting.remove(name)
                self._kept[name] = found
                self._done.notify_all()

    def _look(self, name: str) -> Vector | None:
        encoder = self._encoder.loaded
        try:
            return None if encoder is None else encoder.embedding(self._images.case_pixels(name))
        except Exception:  # a damaged picture must not keep the others from being compared
            log.exception("a case's picture cannot be compared")
            return None
