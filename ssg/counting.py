"""How many of a thing, in words."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """ "1 case", "2 cases", "10,000 cases"; ``many`` is the plural where it takes more than an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
