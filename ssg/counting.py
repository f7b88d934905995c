"""How many of a thing, in words."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, one: str, many: str = "") -> str:
    """ "1 case", "2 cases", "10,000 cases"; ``many`` is the plural where it takes more than an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def some_of(names: Sequence[str], most: int = 3, of: int | None = None) -> str:
    """ "a, b, c, ...": the first of several, of which there are ``of`` where not all are at hand."""
    return ", ".join(names[:most]) + ", ..." * ((len(names) if of is None else of) > most)


def counted_things(count: int, things: str) -> str:
    """The same of what is kept as a plural: "1 picture without marks" of "pictures without marks".

    ``things`` begins with a plural that ends in s, or with a word that has none.
    """
    first, space, rest = things.partition(" ")
    if count == 1 and first.endswith("s"):
        first = first[:-2] if first.endswith("xes") else first[:-1]
    return f"{count:,} {first}{space}{rest}"
