"""One ingest into a folder at a time: two would take each other's frames and pictures away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ssg.errors import BadInput

LOCK = ".ingest.lock"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Have a folder, which is made where it is missing, to oneself; raises BadInput where somebody else has it.

    Where nothing is in it at the end, a folder that was made for it is taken away again: what failed leaves nothing
    behind. The operating system holds the lock and lets it go with its process, so that a kill leaves nothing locked.
    A thread that has the folder already may enter again.
    """
    path = folder / LOCK
    made: list[Path] = []
    try:
        made = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.resolve(), timeout=0, is_singleton=True)
        lock.acquire()
    except Timeout:
        raise BadInput(
            f"Pictures are being taken into {folder} right now: wait until that is done, or give another folder."
        ) from None
    except OSError as error:
        raise BadInput(f"{folder} cannot be written ({error.strerror or error}): give another.") from None
    try:
        yield
    finally:
        if lock.lock_counter == 1:
            with suppress(OSError):  # where an open file cannot be removed it stays, and locks nothing
                path.unlink()
        lock.release()
        with suppress(OSError):  # where something is in it, it stays
            for one in made:
                one.rmdir()
