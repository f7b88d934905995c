"""One worker process as the app sees it: started, asked, killed when slow. pool.py has many, worker.py is its inside.

Knows nothing of image files: bytes and their kind go in, an image or a Problem comes out.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
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
from ssg.imaging.sniffing import Kind
from ssg.imaging.types import Belonging, DisplayImage, PictureMark, Removed
from ssg.imaging.worker import MEMORY

START_SECONDS = 60.0
MOST_TURNS = 60
"""A file of many frames may be waited for so many times as long as one of them, all frames together."""

ALARM = getattr(signal, "SIGALRM", None)
"""What ends a process whose own time is up; Windows has none."""

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
    """The process was killed at its time limit of so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


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
        request = {"kind": kind, "size": len(data), "seconds": seconds}
        return self._heard(seconds, receive_image, request, data)

    def decode_all(
        self, data: bytes, kind: Kind, salt: bytes, seconds: float, keep: Keep, mark: HearMarks, labels: bool
    ) -> tuple[Removed | Problem, bool]:
        """Like :meth:`decode`, with every frame given to ``keep``, and marks to ``mark``.

        Each frame has ``seconds``, and all together MOST_TURNS times as many; the time of ``keep`` and ``mark`` does
        not count.
        """
        self.decodes += 1
        given = {"kind": kind, "salt": salt.hex(), "labels": labels}
        whole = left = seconds * MOST_TURNS

        def heard(request: dict[str, Any] | None = None, content: bytes = b"") -> tuple[Any, bool]:
            nonlocal left
            if left <= 0:
                raise WorkerSlow(whole)
            start = time.monotonic()
            try:
                return self._heard(min(seconds, left), _receive_any, request, content)
            except WorkerSlow:
                raise WorkerSlow(seconds if left >= seconds else whole) from None
            finally:
                left -= time.monotonic() - start

        answer, is_fit = heard({**given, "size": len(data), "seconds": seconds}, data)
        while isinstance(answer, tuple | list):
            if isinstance(answer, tuple):
                keep(*answer)
            else:
                mark(answer)
            answer, is_fit = heard()
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
                return read(self._output, answer), not answer.get("spent")
        except (BrokenMessage, OSError, ValueError) as error:
            raise WorkerDied from error

    def _ended_itself(self) -> bool:
        """Whether the time was up by the process's own clock."""
        with suppress(subprocess.TimeoutExpired):
            return ALARM is not None and self._process.wait(timeout=1) == -ALARM
        return False

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
        """Kill the process where the block takes longer; the block then fails, and WorkerSlow says why.

        So it does where the process ended itself, since it had worked on a frame while nobody was waiting for it.
        """
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
            if late.is_set() or self._ended_itself():
                raise WorkerSlow(seconds) from None
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
        return receive_removed(stream, header)
    return receive_image(stream, header), receive_belonging(header)


def _problem(answer: dict[str, Any]) -> Problem:
    trace = answer.get("trace")
    if isinstance(trace, list):
        _log.debug("decoding failed: %s", " > ".join(printable(str(place), 200) for place in trace[:20]))
    values = answer.get("values")
    pairs = values.items() if isinstance(values, dict) else ()
    return Problem(str(answer["code"]), **{str(key): str(value) for key, value in pairs if key != "code"})
