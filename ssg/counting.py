"""How many of a thing, in words."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """ "1 case", "2 cases", "10,000 cases"; ``many`` is the plural where it takes more than an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def counted_things(count: int, things: str) -> str:
    """The same of what is kept as a plural: "1 picture without marks" of "pictures without marks".

    ``things`` begins with a plural that ends in s, or with a word that has none.
    """
    first, space, rest = things.partition(" ")
    if count == 1 and first.endswith("s"):
        first = first[:-2] if first.endswith("xes") else first[:-1]
    return f"{count:,} {first}{space}{rest}"
