"""Worker processes: started when first needed, used again, killed when they are slow, replaced when they are dead.

A second decode must cost milliseconds, so one process stays warm; a burst may start another one, which goes when the
burst is over. Thread-safe. Knows nothing of image files, as process.py does not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ssg.errors import Unavailable
from ssg.imaging.process import HearMarks, Keep, Said, Worker, WorkerDied, WorkerSlow, no_marks
from ssg.imaging.refusals import Problem
from ssg.imaging.room import room_for
from ssg.imaging.sniffing import Kind
from ssg.imaging.types import Belonging, DisplayImage, PictureMark, Removed
from ssg.imaging.worker import MEMORY

SECONDS = 10.0
SECONDS_A_MB = 1.0
"""More of them for each megabyte of a file of many frames, of which the first may take as long as all others."""

MOST_DECODES = 500
"""A worker is replaced after so many, so that leaks of native decoders do not eat its memory."""


class WorkerPool:
    """At most ``size`` workers, each with ``seconds`` for a file; further callers wait for ``patience`` seconds.

    Those of a page are then told to come again; those of an import are patient, and wait as long as it takes.
    """

    def __init__(self, size: int = 2, seconds: float = SECONDS, patience: float = 60.0) -> None:
        self._size, self._seconds, self._patience = size, seconds, patience
        self._idle: list[Worker] = []
        self._waiting = self._held = 0
        self._lock = threading.Lock()
        self._free = threading.Semaphore(size)

    def decode(self, data: bytes, kind: Kind, patient: bool = False) -> DisplayImage:
        """Decode a file; raises Problem, or Unavailable where no worker becomes free or can be started.

        A worker that dies is tried again once, since something else may have killed it. ``patient``: wait for a worker
        as long as it takes.
        """
        with self._slot(patient):
            for _attempt in range(2):
                with suppress(WorkerDied):
                    return self._answer(lambda worker: worker.decode(data, kind, self._seconds))
        raise Problem("crashed")

    def decode_all(
        self, data: bytes, kind: Kind, salt: bytes, keep: Keep, mark: HearMarks = no_marks, labels: bool = False
    ) -> Removed:
        """Decode every frame of a file, each given to ``keep`` at once; raises as :meth:`decode` does.

        What segmentations and reports mark is given to ``mark``. What came before a problem has been given: the
        caller forgets it. Waits for a worker as long as it takes. A large file has more time; and it has more memory
        where what a worker has does not do for its first frame, or for all of its marks. None is given twice.
        """
        seconds = self._seconds + SECONDS_A_MB * (len(data) >> 20)
        room, frames, marks = room_for(len(data)), 0, 0

        def kept(image: DisplayImage, belonging: Belonging) -> None:
            nonlocal frames
            frames += 1
            keep(image, belonging)

        def ask(worker: Worker) -> tuple[Removed | Problem, bool]:
            before, coming = marks, 0

            def heard(found: list[PictureMark]) -> None:
                nonlocal marks, coming
                new = found[max(before - coming, 0) :]
                coming += len(found)
                marks += len(new)
                if new:
                    mark(new)

            return worker.decode_all(data, kind, salt, seconds, kept, heard, labels)

        with self._slot(patient=True):
            try:
                try:
                    return self._answer(ask)
                except Problem as problem:
                    if problem.code != "no_memory" or frames or room <= MEMORY:
                        raise
                return self._answer(ask, room)
            except WorkerDied:
                raise Problem("crashed") from None

    def _answer(self, ask: Callable[[Worker], tuple[Said | Problem, bool]], memory: int = MEMORY) -> Said:
        """What a worker answers; raises its Problem, one of ours where it is slow, and WorkerDied.

        One with more ``memory`` than others is for one file.
        """
        worker = self._take() if memory == MEMORY else Worker(memory)
        try:
            answer, is_fit = ask(worker)
        except WorkerSlow as slow:
            worker.kill()
            raise Problem("too_slow", seconds=f"{slow.seconds:g}") from None
        except BaseException:
            worker.kill()
            raise
        self._put_back(worker, is_fit and memory == MEMORY)
        if isinstance(answer, Problem):
            raise answer
        return answer

    @contextmanager
    def kept_warm(self) -> Iterator[None]:
        """Let all workers wait for the next of many files; when the last of those who do so are done, one stays."""
        with self._lock:
            self._held += 1
        try:
            yield
        finally:
            with self._lock:
                self._held -= 1
                spare = [] if self._held else self._idle[1:]
                self._idle = self._idle[: len(self._idle) - len(spare)]
            for worker in spare:
                worker.close()

    def close(self) -> None:
        """End all idle workers; the pool can be used again afterwards."""
        with self._lock:
            workers, self._idle = self._idle, []
        for worker in workers:
            worker.close()

    @property
    def idle_pids(self) -> list[int]:
        """Process ids of the workers that wait."""
        with self._lock:
            return [worker.pid for worker in self._idle]

    def forget(self) -> None:
        """Start anew without touching any worker: after a fork, they belong to the parent."""
        self.__init__(self._size, self._seconds, self._patience)  # type: ignore[misc]

    @contextmanager
    def _slot(self, patient: bool) -> Iterator[None]:
        with self._lock:
            self._waiting += 1
        try:
            is_mine = self._free.acquire(timeout=None if patient else self._patience)
        finally:
            with self._lock:
                self._waiting -= 1
        if not is_mine:
            raise Unavailable("Too many images are being opened: try again in a moment.")
        try:
            yield
        finally:
            self._free.release()

    def _take(self) -> Worker:
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            if worker is None:
                return Worker()
            if worker.is_alive:
                return worker
            worker.kill()

    def _put_back(self, worker: Worker, is_fit: bool) -> None:
        with self._lock:
            is_wanted = self._held > 0 or self._waiting > 0 or not self._idle
            is_kept = is_fit and worker.decodes < MOST_DECODES and is_wanted
            if is_kept:
                self._idle.append(worker)
        if not is_kept:
            worker.close()
