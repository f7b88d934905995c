"""Memory that was full, of this machine or of a GPU, as one line that says what to make smaller."""

from __future__ import annotations

import errno

import torch

from training.writing import AGAIN, GOES_ON

OF_GPU = ("CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED")
OF_MACHINE = (
    "DefaultCPUAllocator: ",  # "can't allocate memory" or "not enough memory", by the system
    "MemoryError in DataLoader worker",
    "killed by signal: Killed",  # of a process that draws batches, which is what Linux does where memory ends
)
"""What torch says, in a plain RuntimeError, where there was no memory left."""

SMALLER = {
    "pretrain": "batch or regions",
    "vision": "batch or pool",
    "sft": "batch, questions or pool",
    "grpo": "images, questions or generations",
    "adapt": "batch, questions or pool",
    "large": "batch, generations or image_pixels",
    "run": "batch, questions or generations",
    "ablate": "images, questions or generations",
}
"""Entries of a stage's preset that memory grows with."""


def memory_refusal(error: BaseException, stage: str) -> str | None:
    """What to say of an error where it came of memory that was full; None where it did not."""
    gpu = isinstance(error, torch.OutOfMemoryError) or _says(error, OF_GPU)
    if not (gpu or isinstance(error, MemoryError) or _says(error, OF_MACHINE) or _errno(error) == errno.ENOMEM):
        return None
    said = next((line for line in str(error).splitlines() if line), type(error).__name__)[:160]
    which = "The GPU's memory" if gpu else "The memory of this machine"
    if stage not in SMALLER:
        return f"{which} was full ({said}): free some and {AGAIN}."
    return (
        f"{which} was full ({said}): free some and {GOES_ON}; or make {SMALLER[stage]} smaller in a copy of the "
        "preset, for a --run folder of its own."
    )


def _says(error: BaseException, signs: tuple[str, ...]) -> bool:
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in signs)


def _errno(error: BaseException) -> int | None:
    return error.errno if isinstance(error, OSError) else None
