"""A line on a terminal that counts, with the time that is left; nothing where a program reads."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable


def progress(what: str, count: int) -> Callable[[int], None]:
    """Called with how many are done."""
    begin = time.monotonic()

    def show(done: int) -> None:
        if not sys.stderr.isatty():
            return
        left = (time.monotonic() - begin) / max(done, 1) * (count - done)
        line = f"{what} {done:,}/{count:,}, {left:.0f} s left"
        print(f"\r{line:60}", end="\n" if done == count else "", file=sys.stderr, flush=True)

    return show
