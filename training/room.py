"""Whether a machine has room for what a run will surely take, of memory and of disk, before anything is taught."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from ssg.errors import Unavailable
from training.architectures import full_config, without_weights
from training.full_memory import SMALLER
from training.least import Least, least
from training.memory import ADAM_STATES, FULL, HALF, adapter_size
from training.preset_values import require_entries
from training.runs import STATE, STATES

MEMORY = Path("/proc/meminfo")
LIMIT = Path("/sys/fs/cgroup/memory.max")
"""What a container may use at most, where it is limited."""

KEPT = {"grpo": 2, "large": 2}
"""Saved states that stay beside the next one until that is written; one, where nothing is said here."""


def require_room(
    stage: str, preset: Mapping[str, Any], plan: Mapping[str, Any], run: Path, save_every: int, half: bool = False
) -> None:
    """Raise Unavailable, in one line, where a stage of a small policy surely has too little memory or disk."""
    require_entries(plan)
    need = least(stage, preset, plan, half)
    require_memory(stage, need)
    # a schedule by the clock may end at any step
    saves = 1 if "seconds" in plan else math.ceil(plan["steps"] / save_every)
    require_disk(run, need.state, need.checkpoint, saves, KEPT.get(stage, 1))


def require_memory(stage: str, need: Least) -> None:
    """Raise Unavailable where the memory that is free is less than the least that a stage takes."""
    gpu = torch.cuda.is_available()
    parts = need.memory(gpu)
    free = torch.cuda.mem_get_info()[0] if gpu else free_memory()
    if (most := sum(parts.values())) <= free:
        return
    shown = ", ".join(f"{name} {in_words(value)}" for name, value in parts.items() if value)
    raise Unavailable(
        f"{stage} takes at least {in_words(most)} of {'the GPU' if gpu else 'memory'} ({shown}) and {in_words(free)} "
        f"are free: free some, or make {SMALLER[stage]} smaller in a copy of the preset."
    )


def require_disk(run: Path, state: float, checkpoint: float, saves: int, kept: int) -> None:
    """Raise Unavailable where the disk of ``run`` has less room than its files take at the fullest.

    ``saves`` states are written in turn, each beside ``kept`` before it; the checkpoint beside those that are left.
    What the folder holds already makes room for what replaces it.
    """
    most = max(min(saves, kept + 1) * state, min(saves, kept) * state + checkpoint)
    there = [run / STATE, *(run / STATES).rglob("*")]
    need = most - sum(path.stat().st_size for path in there if path.is_file())
    place = next(path for path in (run, *run.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    if need > free:
        raise Unavailable(
            f"{run} will take at least {in_words(need)} of disk for saved states and the checkpoint, and "
            f"{in_words(free)} are free there: free some, or give a --run folder on another disk."
        )


def require_disk_for_adapter(preset: Mapping[str, Any], plan: Mapping[str, Any], run: Path, save_every: int) -> None:
    """The same for a large policy, of which only the adapter is written: with Adam's states, and at last in half."""
    model = without_weights(full_config(preset["base"]))
    weights = float(FULL * adapter_size(model, preset["lora"]))
    saves = math.ceil(plan["steps"] / save_every)
    require_disk(run, weights * (1 + ADAM_STATES), weights * HALF / FULL, saves, KEPT["large"])


def free_memory() -> float:
    """Bytes of this machine's memory that a process may still take, what can be swapped out included."""
    found = {}
    if MEMORY.is_file():
        for line in MEMORY.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            found[name] = 1024.0 * int(value.split()[0])
    if "MemAvailable" in found:
        free = found["MemAvailable"] + found.get("SwapFree", 0.0)
    else:  # a system without Linux' files says how much there is in all
        free = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    limit = LIMIT.read_text(encoding="utf-8").strip() if LIMIT.is_file() else "max"
    return free if limit == "max" else min(free, float(limit))


def in_words(size: float) -> str:
    """ "2.5 GB", "14 MB" (10^9 and 10^6 bytes)."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
