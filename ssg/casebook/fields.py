"""Reading foreign objects (JSON or TOML) key by key: each method checks one form and notes what is wrong with its path.

A method returns a harmless stand-in where the value cannot be used, so that reading goes on and every problem of a file
is found at once. Whoever hands on what was built from the values asks first whether anything was noted.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from ssg.casebook.problems import Problems, nearest, shown
from ssg.errors import BadInput, UnknownFinding
from ssg.reward.answers import unique
from ssg.vocabulary import vocabulary

IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
IDENTIFIER_FORM = "lower-case letters, digits, - and _, at most 64, such as 'case-07'"


class Row:
    """One foreign object at ``field`` of its file. Keys that are not ``known`` are noted: most are misspelled."""

    def __init__(self, data: object, field: str, problems: Problems, known: Iterable[str]) -> None:
        self.field, self.problems = field, problems
        self.usable = isinstance(data, dict)
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            problems.add(field, f"this must be an object in braces, got {shown(data)}.")
        known = tuple(known)
        for key in self.data:
            if key not in known:
                self.note(shown(key).strip("'\""), f"this key is not known: {nearest(str(key), known)}")

    def note(self, key: str, message: str) -> None:
        """Note a problem of one key."""
        self.problems.add(self.path(key), message)

    def path(self, key: str) -> str:
        """The field of one key."""
        return f"{self.field}.{key}" if self.field else key

    def has(self, key: str) -> bool:
        """Whether a key is given; null counts as not given."""
        return self.data.get(key) is not None

    def _value(self, key: str, required: bool, what: str) -> Any:
        value = self.data.get(key)
        if value is None and required and self.usable:
            self.note(key, f"this is missing: give {what}.")
        return value

    def text(self, key: str, most: int, required: bool = True, lines: bool = False) -> str:
        """A text of at most ``most`` characters, not empty where required, without control characters."""
        value = self._value(key, required, "a text")
        if value is None:
            return ""
        problem = text_problem(value, most, required, lines)
        if problem:
            self.note(key, problem)
        return "" if problem else str(value).replace("\r\n", "\n").strip()

    def matching(self, key: str, pattern: re.Pattern[str], form: str) -> str:
        """A text that ``pattern`` matches as a whole; ``form`` says it in words."""
        value = self._value(key, True, form)
        if value is None:
            return ""
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.note(key, f"{shown(value)} cannot be used here: give {form}.")
            return ""
        return value

    def choice(self, key: str, allowed: Iterable[str], required: bool = True) -> str:
        """One of some words."""
        allowed = tuple(allowed)
        form = "one of " + ", ".join(allowed)
        value = self._value(key, required, form)
        if value is None:
            return ""
        if not isinstance(value, str) or value not in allowed:
            self.note(key, f"{shown(value)} cannot be used here: give {form}.")
            return ""
        return value

    def whole(self, key: str, low: int, high: int, required: bool = True) -> int:
        """A whole number from ``low`` to ``high``; ``low`` stands in."""
        form = f"a whole number from {low} to {high:,}"
        value = self._value(key, required, form)
        if value is None:
            return low
        if not is_number(value) or value != int(value) or not low <= value <= high:
            self.note(key, f"{shown(value)} cannot be used here: give {form}.")
            return low
        return int(value)

    def flag(self, key: str, required: bool = True) -> bool:
        """true or false."""
        value = self._value(key, required, "true or false")
        if value is not None and not isinstance(value, bool):
            self.note(key, f"{shown(value)} cannot be used here: give true or false.")
        return value is True

    def number(self, key: str, low: float, high: float) -> float | None:
        """A finite number in [low, high], or None where it is not given or wrong."""
        value = self.data.get(key)
        if value is None or (is_number(value) and low <= value <= high):
            return None if value is None else float(value)
        self.note(key, f"{shown(value)} cannot be used here: give a number from {low:g} to {high:g}.")
        return None

    def numbers(self, key: str, count: int, low: float, high: float, form: str) -> tuple[float, ...] | None:
        """``count`` finite numbers in [low, high], or None where they are not given or wrong."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, list) and len(value) == count and all(map(is_number, value)):
            numbers = tuple(float(number) for number in value)
            if all(low <= number <= high for number in numbers):
                return numbers
        self.note(key, f"{shown(value)} cannot be used here: give {form}.")
        return None

    def items(self, key: str, most: int, required: bool = True) -> list[tuple[str, Any]]:
        """The entries of a list, each with its field; a required list is not empty."""
        value = self._value(key, required, "a list in brackets")
        if value is None:
            return []
        if not isinstance(value, list):
            self.note(key, f"this must be a list in brackets, got {shown(value)}.")
            return []
        if required and not value:
            self.note(key, "this is empty: list at least one.")
        if len(value) > most:
            self.note(key, f"{len(value):,} entries: at most {most:,} are allowed.")
        return [(f"{self.path(key)}[{index}]", entry) for index, entry in enumerate(value[:most])]

    def words(self, key: str, most: int, longest: int) -> tuple[str, ...]:
        """A list of short texts, each once; not required."""
        found = []
        for field, value in self.items(key, most, required=False):
            problem = text_problem(value, longest, True, False)
            if problem:
                self.problems.add(field, problem)
            else:
                found.append(str(value).strip())
        return unique(found)

    def finding(self, key: str, required: bool = True) -> str:
        """A finding by any of its written forms, as the vocabulary names it."""
        value = self._value(key, required, "the name of a finding")
        return "" if value is None else self._named(value, self.path(key))

    def findings(self, key: str, most: int = 400) -> tuple[str, ...]:
        """A list of findings as the vocabulary names them, each once; not required."""
        names = []
        for field, value in self.items(key, most, required=False):
            name = self._named(value, field)
            if name and name in names:
                self.problems.add(field, f"'{name}' is listed twice: once is enough.")
            names.append(name)
        return unique(name for name in names if name)

    def _named(self, value: object, field: str) -> str:
        if not isinstance(value, str) or not value.strip():
            self.problems.add(field, f"a finding is named by a text, got {shown(value)}.")
            return ""
        try:
            return vocabulary().get(value).name
        except UnknownFinding as error:
            self.problems.add(field, str(UnknownFinding(shown(value).strip("'\""), error.candidates)))
        except BadInput as error:
            self.problems.add(field, str(error))
        return ""


def is_number(value: object) -> bool:
    """A finite number that a float can hold; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def text_problem(value: object, most: int, required: bool, lines: bool) -> str | None:
    """What is wrong with a text, or None."""
    if not isinstance(value, str):
        return f"this must be a text, got {shown(value)}."
    if required and not value.strip():
        return "this is empty: write something."
    if len(value) > most:
        return f"{len(value):,} characters: at most {most:,} are allowed."
    if any(_is_control(letter) for letter in value if not (lines and letter in "\r\n\t")):
        return f"{shown(value)} holds control characters or, where one line is expected, line breaks: remove them."
    return None


def _is_control(letter: str) -> bool:
    """Control characters, halves of surrogate pairs, and marks that turn the direction of what follows."""
    return unicodedata.category(letter) in ("Cc", "Cs") or letter in _TURNING


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
