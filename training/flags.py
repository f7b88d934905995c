"""What the numbers of a schedule may be on the command line (types for argparse)."""

from __future__ import annotations

import argparse
import math


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


def _whole(text: str, least: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}, got {text:.40}")
    return number
