"""Many files one after the other, a few worked on ahead: in threads, since worker processes do the work."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from ssg.imaging import many_files

AT_A_TIME = 4
"""Files that are worked on at a time; two worker processes decode them."""

Thing = TypeVar("Thing")
Made = TypeVar("Made")


@contextmanager
def ahead(things: Iterable[Thing], work: Callable[[Thing], Made]) -> Iterator[Iterator[tuple[Thing, Made]]]:
    """Each thing with what ``work`` makes of it, in order; what ``work`` raises is raised where its thing comes.

    Whoever leaves the block waits for what is being worked on; what was not begun is not done.
    """
    waiting: deque[tuple[Thing, Future[Made]]] = deque()
    with many_files(), ThreadPoolExecutor(AT_A_TIME) as threads:
        try:
            yield _each(iter(things), work, threads, waiting)
        finally:
            for _, future in waiting:
                future.cancel()


def _each(
    coming: Iterator[Thing],
    work: Callable[[Thing], Made],
    threads: ThreadPoolExecutor,
    waiting: deque[tuple[Thing, Future[Made]]],
) -> Iterator[tuple[Thing, Made]]:
    def begin(count: int) -> None:
        waiting.extend((thing, threads.submit(work, thing)) for thing in islice(coming, count))

    begin(2 * AT_A_TIME)
    while waiting:
        thing, future = waiting.popleft()
        made = future.result()
        begin(1)
        yield thing, made
