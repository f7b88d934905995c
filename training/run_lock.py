"""One process trains in a run folder at a time: a second would write over the states of the first."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import TextIO

from ssg.errors import BadInput

try:
    import fcntl
except ImportError:  # Windows has none: whoever starts two there is not stopped
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
"""The file of a run folder that is locked; it says nothing, and may stay."""

TAKEN = (errno.EACCES, errno.EAGAIN)
"""What the system says of a lock that another process holds."""

_held: dict[Path, TextIO] = {}
"""The locks of this process, which has them to its end: closing a file would give up its lock."""


def hold(run: Path) -> None:
    """Keep the run folder ``run`` for this process until it ends; raises BadInput where another one has it.

    The lock is POSIX's: a kill gives it up, and processes that were forked to draw batches have no part in it. Of
    processes that train together the first holds it for all. Where the file system knows no locks, nothing is held.
    """
    place = run.resolve()
    if fcntl is None or place in _held or os.environ.get("RANK", "0") != "0":
        return
    file = (place / LOCK).open("a", encoding="utf-8")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        with contextlib.suppress(OSError):
            file.close()
        if error.errno in TAKEN:
            raise BadInput(
                f"{run} is being trained by another process: wait until that has ended, or give another --run folder."
            ) from None
        return
    _held[place] = file
