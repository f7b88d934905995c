"""Tensors that a stage keeps for itself, read back; a file that was cut off is one line."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path
from typing import Any

import torch

from ssg.errors import BadInput


def read_tensors(path: Path, remedy: str) -> dict[str, Any]:
    """What ``torch.save`` wrote, on the CPU; of a pickle only tensors and plain values are read.

    Raises BadInput where the file is damaged, with ``remedy`` as what to do about it.
    """
    try:
        kept = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError, struct.error):
        kept = None
    if not isinstance(kept, dict):
        raise BadInput(f"{path} is damaged or not what a stage of training wrote: {remedy}.")
    return kept
