"""Worker processes: started when first needed, used again, killed when they are slow, replaced when they are dead.

A second decode must cost milliseconds, so one process stays warm; a burst may start another one, which goes when the
burst is over. Thread-safe. Knows nothing of image files: bytes and their kind go in, an image or a Problem comes out.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from ssg.errors import Unavailable
from ssg.imaging.protocol import (
    BrokenMessage,
    receive,
    receive_belonging,
    receive_image,
    receive_marks,
    receive_removed,
    send,
)
from ssg.imaging.refusals import Problem, printable
from ssg.imaging.room import room_for
from ssg.imaging.sniffing import Kind
from ssg.imaging.types import Belonging, DisplayImage, PictureMark, Removed
from ssg.imaging.worker import MEMORY

SECONDS = 10.0
SECONDS_A_MB = 1.0
"""More of them for each megabyte of a file of many frames, of which the first may take as long as all others."""

START_SECONDS = 60.0
MOST_DECODES = 500
"""A worker is replaced after so many, so that leaks of native decoders do not eat its memory."""

MOST_TURNS = 60
"""A file of many frames has so many times the time of one picture, all together."""

Keep = Callable[[DisplayImage, Belonging], None]
HearMarks = Callable[[list[PictureMark]], None]
Said = TypeVar("Said")


def no_marks(marks: list[PictureMark]) -> None:
    """For those who want pictures only."""


BOOT = "import sys; memory, *sys.path[:] = sys.argv[1:]; from ssg.imaging.worker import main; main(int(memory))"
"""Run in isolated mode with the app's own import path, so that the current folder cannot replace a module."""

INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL")
"""The environment of a worker; tokens and addresses are not in it."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

_log = logging.getLogger("ssg.imaging")


class WorkerDied(Exception):
    """The process ended, or stopped speaking the protocol."""


class WorkerSlow(Exception):
    """The process was killed at its time limit."""


class Worker:
    """One process, with ``memory`` bytes for its work. Not thread-safe: one request at a time.

    Raises Unavailable where it cannot be started.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        paths = [str(Path(path).absolute()) for path in sys.path if Path(path).exists()]
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
                [sys.executable, "-I", "-c", BOOT, str(memory), *paths],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment | ONE_THREAD,
            )
        except OSError as error:
            raise Unavailable(f"Images cannot be decoded: no process can be started ({error.strerror}).") from error
        self._input = cast(BinaryIO, self._process.stdin)
        self._output = cast(BinaryIO, self._process.stdout)
        self.decodes = 0
        try:
            with self._deadline(START_SECONDS):
                ready = receive(self._output)
        except (BrokenMessage, OSError, WorkerSlow):
            ready = None
        if ready is None:
            self.kill()
            raise Unavailable(
                "Images cannot be decoded: the decoder process does not start; see the log of the server."
            )
        if not ready.get("limited"):
            _log.debug("decoder processes have no memory limit on this platform")

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def decode(self, data: bytes, kind: Kind, seconds: float) -> tuple[DisplayImage | Problem, bool]:
        """The image or the problem of a file, and whether the worker can be used again."""
        self.decodes += 1
        request = {"kind": kind, "size": len(data), "seconds": int(seconds)}
        return self._heard(seconds, receive_image, request, data)

    def decode_all(
        self, data: bytes, kind: Kind, salt: bytes, seconds: float, keep: Keep, mark: HearMarks, labels: bool
    ) -> tuple[Removed | Problem, bool]:
        """Like :meth:`decode`, with every frame given to ``keep``, and marks to ``mark``; each has ``seconds``."""
        self.decodes += 1
        given = {"kind": kind, "salt": salt.hex(), "labels": labels}
        request = {**given, "size": len(data), "seconds": int(seconds) * MOST_TURNS}
        answer, is_fit = self._heard(seconds, _receive_any, request, data)
        while isinstance(answer, tuple | list):
            if isinstance(answer, tuple):
                keep(*answer)
            else:
                mark(answer)
            answer, is_fit = self._heard(seconds, _receive_any)
        return answer, is_fit

    def _heard(
        self,
        seconds: float,
        read: Callable[[BinaryIO, dict[str, Any]], Said],
        request: dict[str, Any] | None = None,
        data: bytes = b"",
    ) -> tuple[Said | Problem, bool]:
        """What the worker says next, as ``read`` understands it, and whether it can be used again."""
        try:
            with self._deadline(seconds):
                if request is not None:
                    send(self._input, request, data)
                answer = receive(self._output)
                if answer is None:
                    raise WorkerDied
                if "code" in answer:
                    return _problem(answer), not answer.get("spent")
                return read(self._output, answer), True
        except (BrokenMessage, OSError, ValueError) as error:
            raise WorkerDied from error

    def close(self) -> None:
        """End the process: politely, by closing its input, then by force."""
        self._close_pipe(self._input)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        self.kill()

    def kill(self) -> None:
        """End the process now."""
        self._process.kill()
        self._process.wait()
        self._close_pipe(self._input)
        self._close_pipe(self._output)

    @staticmethod
    def _close_pipe(pipe: Any) -> None:
        with suppress(OSError):  # what was buffered for a dead process
            pipe.close()

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        """Kill the process where the block takes longer; the block then fails, and WorkerSlow says why."""
        late = threading.Event()

        def expire() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (WorkerDied, BrokenMessage, OSError, ValueError):
            if late.is_set():
                raise WorkerSlow from None
            raise
        finally:
            timer.cancel()


def _receive_any(
    stream: BinaryIO, header: dict[str, Any]
) -> tuple[DisplayImage, Belonging] | list[PictureMark] | Removed:
    """A frame with where it belongs, some marks, or what ends a file: what of it is not kept."""
    if "marks" in header:
        return receive_marks(header)
    if "removed" in header:
        return receive_removed(header)
    return receive_image(stream, header), receive_belonging(header)


def _problem(answer: dict[str, Any]) -> Problem:
    trace = answer.get("trace")
    if isinstance(trace, list):
        _log.debug("decoding failed: %s", " > ".join(printable(str(place), 200) for place in trace[:20]))
    values = answer.get("values")
    pairs = values.items() if isinstance(values, dict) else ()
    return Problem(str(answer["code"]), **{str(key): str(value) for key, value in pairs if key != "code"})


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
                    return self._answer(lambda worker: worker.decode(data, kind, self._seconds), self._seconds)
        raise Problem("crashed")

    def decode_all(
        self, data: bytes, kind: Kind, salt: bytes, keep: Keep, mark: HearMarks = no_marks, labels: bool = False
    ) -> Removed:
        """Decode every frame of a file, each given to ``keep`` at once; raises as :meth:`decode` does.

        What segmentations and reports mark is given to ``mark``. What came before a problem has been given: the caller
        forgets it. Waits for a worker as long as it takes. A large file has more time, and more memory where it needs
        it and nothing of it has been given yet.
        """
        seconds = self._seconds + SECONDS_A_MB * (len(data) >> 20)
        room, given = room_for(len(data)), 0

        def kept(image: DisplayImage, belonging: Belonging) -> None:
            nonlocal given
            given += 1
            keep(image, belonging)

        def ask(worker: Worker) -> tuple[Removed | Problem, bool]:
            return worker.decode_all(data, kind, salt, seconds, kept, mark, labels)

        with self._slot(patient=True):
            try:
                try:
                    return self._answer(ask, seconds)
                except Problem as problem:
                    if problem.code != "no_memory" or given or room <= MEMORY:
                        raise
                return self._answer(ask, seconds, room)
            except WorkerDied:
                raise Problem("crashed") from None

    def _answer(
        self, ask: Callable[[Worker], tuple[Said | Problem, bool]], seconds: float, memory: int = MEMORY
    ) -> Said:
        """What a worker answers; raises its Problem, one of ours where it is slow, and WorkerDied.

        One with more ``memory`` than others is for one file.
        """
        worker = self._take() if memory == MEMORY else Worker(memory)
        try:
            answer, is_fit = ask(worker)
        except WorkerSlow:
            worker.kill()
            raise Problem("too_slow", seconds=f"{seconds:g}") from None
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
