"""How much memory a worker has for a file: half a gigabyte, and more for a large file where the computer has it free.

A small file that wants more is a bomb. What a file may take grows with its size, so that it is never worth to lie.
"""

from __future__ import annotations

from pathlib import Path

from ssg.imaging.worker import MEMORY

GROWS = 24
"""Bytes of memory for each byte of a file: packed to a tenth, unpacked, and as much again for the work."""

LARGEST = 2 * 2**30
"""Bytes of memory for the largest file."""

SHARE = 0.4
"""Of the memory that is free, for one worker of two."""


def room_for(size: int) -> int:
    """Bytes of memory that the work on a file of ``size`` bytes may take, MEMORY at least."""
    return max(MEMORY, min(MEMORY + GROWS * size, LARGEST, int(SHARE * free_memory())))


def free_memory() -> int:
    """Bytes that are free, in this computer and in the container that this is; LARGEST where that is not told."""
    found = [LARGEST]
    try:
        told = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        found = [int(told["MemAvailable"].split()[0]) * 1024]
        most, taken = (int(Path("/sys/fs/cgroup", name).read_text()) for name in ("memory.max", "memory.current"))
        found.append(max(most - taken, 0))
    except (OSError, ValueError, KeyError):
        pass  # another platform, or no container with a limit
    return min(found)
