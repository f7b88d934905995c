"""A disk without room, said in words: what is written at work is written in many places."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ssg.errors import Unavailable
from ssg.whole import DISK_FULL


@contextmanager
def told_where_full(folder: Path) -> Iterator[None]:
    """Raise Unavailable with the remedy where the block cannot write into ``folder``, in place of OSError."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        remedy = "free some space" if error.errno in DISK_FULL else "see to its rights and to its disk"
        raise Unavailable(
            f"{folder} cannot be used any more ({reason}): {remedy}. What is done is kept, and goes on from there."
        ) from error
