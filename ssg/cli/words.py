"""What is printed for a person: each thing on one line, of bounded length, without control characters."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_LINE = 1_200
TAIL = 400

MOST_LINES = 20
"""Of one error."""


def lines_of(things: Sequence[object]) -> list[str]:
    """Each of several things on a line of its own; of very many the rest is counted."""
    more = len(things) - MOST_LINES
    return [*map(one_line, things[:MOST_LINES]), *([f"and {more:,} more: correct these first."] if more > 0 else [])]


def one_line(error: object) -> str:
    """A text on one line; of a very long one the middle is left out, since the remedy stands at its end."""
    text = " ".join(str(error).split())
    if len(text) > LONGEST_LINE:
        text = f"{text[: LONGEST_LINE - TAIL]} ... {text[-TAIL:]}"
    return printable(text)


def printable(line: str) -> str:
    """A line whose control characters cannot reach the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in line)
