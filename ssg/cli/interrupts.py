"""Ctrl-C that is not lost: Python drops one that comes while a destructor or a callback from C runs."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SOON = 0.05
"""Seconds after which an interrupt that came at a bad moment comes again."""

LOSING = ("numba", "llvmlite", "importlib")
"""Packages that lose what is raised in them: numba's compiler calls Python back from C, and what was half imported
fails in ways of its own. (So do the callbacks of the garbage collector, whoever's they are.)"""


@contextmanager
def interrupts_heard() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, but not before destructors, imports and numba's compiler are done.

    Leaves alone whoever has set handlers of their own, threads other than the main one, which have none, and systems
    without timers.
    """
    ours = (signal.SIGINT, getattr(signal, "SIGALRM", signal.SIGINT))
    usual = (signal.default_int_handler, signal.SIG_DFL)
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or ours[0] == ours[1] or any(signal.getsignal(one) not in usual for one in ours):
        yield
        return

    def interrupted(_: int, frame: FrameType | None) -> None:
        if not _would_be_lost(frame):
            raise KeyboardInterrupt
        signal.setitimer(signal.ITIMER_REAL, SOON)

    before = {one: signal.signal(one, interrupted) for one in ours}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for one, handler in before.items():
            signal.signal(one, handler)


def _would_be_lost(frame: FrameType | None) -> bool:
    """Whether any of the calls in hand would swallow an exception."""
    collecting = {getattr(one, "__code__", None) for one in gc.callbacks}
    while frame is not None:
        if frame.f_code.co_name == "__del__" or frame.f_code in collecting:
            return True
        if frame.f_globals.get("__name__", "").partition(".")[0] in LOSING:
            return True
        frame = frame.f_back
    return False
