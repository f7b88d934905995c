"""Ctrl-C that is not lost: Python drops one that comes while a destructor or a callback from C runs."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SOON = 0.05
"""Seconds after which an interrupt that came at a bad moment comes again."""

COMPILERS = ("numba", "llvmlite")
"""Packages that Python is called back from by C, where what is raised goes no further than a line on stderr."""


@contextmanager
def interrupts_heard() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, but not before destructors and numba's compiler are done.

    Leaves alone whoever has set a handler of their own, and threads other than the main one, which have none.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    again: list[threading.Timer] = []

    def interrupted(_: int, frame: FrameType | None) -> None:
        if not _would_be_lost(frame):
            raise KeyboardInterrupt
        timer = threading.Timer(SOON, _thread.interrupt_main)
        timer.daemon = True
        timer.start()
        again.append(timer)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        for timer in again:
            timer.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _would_be_lost(frame: FrameType | None) -> bool:
    """Whether any of the calls in hand would swallow an exception."""
    while frame is not None:
        if frame.f_code.co_name == "__del__" or frame.f_globals.get("__name__", "").partition(".")[0] in COMPILERS:
            return True
        frame = frame.f_back
    return False
