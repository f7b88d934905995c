"""Numbers with their nouns."""

from __future__ import annotations


def counted(count: int, things: str) -> str:
    """ "2 cases", "1 case": ``things`` begins with a plural that ends in s, or with a word that has none."""
    first, space, rest = things.partition(" ")
    if count == 1 and first.endswith("s"):
        first = first[:-2] if first.endswith("xes") else first[:-1]
    return f"{count:,} {first}{space}{rest}"
