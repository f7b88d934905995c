"""What the numbers of a schedule may be, on the command line (types for argparse) and in a preset."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from typing import Any

from ssg.errors import BadInput

LEAST = {"steps": 1, "batch": 1, "workers": 0}
"""The least that these may be; ``workers`` 0: the trainer draws its batches itself."""


def positive(text: str) -> int:
    """A whole number of at least 1: steps, threads, steps between saved states."""
    return _whole(text, 1)


def counted(text: str) -> int:
    """A whole number of at least 0: workers, where none means that the trainer draws its batches itself; phantoms."""
    return _whole(text, 0)


def duration(text: str) -> float:
    """Seconds, more than none."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, got {text:.40}")
    return seconds


def share(text: str) -> float:
    """A share of a whole, 0 to 1."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"must be a share between 0 and 1, got {text:.40}")
    return number


def require_schedule(plan: Mapping[str, Any]) -> None:
    """Raise BadInput for a plan whose numbers no training can have, as a preset may say them."""
    for name, least in LEAST.items():
        number = plan.get(name, least)
        if not isinstance(number, int) or number < least:
            raise BadInput(f"{name} must be a whole number of at least {least}, got {number!r}: correct the preset.")
    seconds = plan.get("seconds", 1.0)
    if not isinstance(seconds, (int, float)) or not 0 < seconds < math.inf:
        raise BadInput(f"seconds must be a number above 0, got {seconds!r}: correct the preset.")


def _whole(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}, got {text:.40}")
    return number
