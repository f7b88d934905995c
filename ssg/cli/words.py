"""What is printed for a person: on one line, of bounded length, without control characters."""

from __future__ import annotations

LONGEST_LINE = 1_200
TAIL = 400


def one_line(error: object) -> str:
    """A text on one line; of a very long one the middle is left out, since the remedy stands at its end."""
    text = " ".join(str(error).split())
    if len(text) > LONGEST_LINE:
        text = f"{text[: LONGEST_LINE - TAIL]} ... {text[-TAIL:]}"
    return printable(text)


def printable(line: str) -> str:
    """A line whose control characters cannot reach the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in line)
