"""Every text of ``texts/`` is read as its line says. The files are for people: add a line when a wording is misread."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ssg.vocabulary import Presence, Side, Statement, read, vocabulary

TEXTS = Path(__file__).parent / "texts"
SIGNS = {"-": Presence.ABSENT, "?": Presence.UNCERTAIN, "": Presence.PRESENT}
SIDES = {"L ": Side.LEFT, "R ": Side.RIGHT, "B ": Side.BILATERAL, "": None}
LETTERS = {side: letter for letter, side in SIDES.items()}


def lines() -> list[tuple[str, str, str]]:
    """(file, text, expected) of all lines."""
    rows = []
    for file in sorted(TEXTS.glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                text, _, expected = line.rpartition("->")
                rows.append((file.stem, text.strip(), expected.strip()))
    return rows


def said(statement: Statement) -> str:
    """A statement as the files write it: "L -pleural effusion"."""
    sign = next(sign for sign, presence in SIGNS.items() if presence is statement.presence)
    return f"{LETTERS[statement.side]}{sign}{statement.finding}"


@pytest.mark.parametrize(("file", "text", "expected"), lines(), ids=lambda value: value[:60])
def test_text_is_read_as_its_line_says(file: str, text: str, expected: str) -> None:
    modality, text = re.fullmatch(r"(?:\[(.*?)\] )?(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    text = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text)
    reading = read(text, modality)
    assert ", ".join(said(statement) for statement in reading.statements) == expected
    if file == "plain":
        assert reading.unclear == ()
    for statement in reading.statements:
        assert statement.finding in vocabulary()
        first, last = statement.span
        assert 0 <= first < last <= len(text)


def test_there_are_enough_texts() -> None:
    assert len(lines()) >= 250
