"""What is wrong with a case set: every problem with its file and field, not only the first."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ssg.errors import BadInput

MOST_PROBLEMS = 200
"""More are counted, not listed: nobody reads them, and a hostile manifest must not fill a log."""

LONGEST_MESSAGE = 600


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct. ``field`` is a path such as ``cases[3].readers[0].absent[1]``, "" for the whole file."""

    file: Path
    field: str
    message: str
    case: str = ""

    def __str__(self) -> str:
        place = f", {self.field}" if self.field else ""
        whose = f" (case {self.case})" if self.case else ""
        return f"{self.file}{place}{whose}: {self.message}"


class InvalidCaseSet(BadInput):
    """A case set that cannot be used; ``problems`` are all that was found, one line of the text for each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    @property
    def each(self) -> Sequence[str]:
        """The problems, one by one."""
        return tuple(map(str, self.problems))


class Problems:
    """Collects problems while a manifest is read; ``case`` is the id of the case that is being read."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.case = ""
        self.count = 0
        self._kept: list[Problem] = []

    def add(self, field: str, message: str, file: Path | None = None) -> None:
        """Note one problem."""
        self.count += 1
        if len(self._kept) < MOST_PROBLEMS:
            self._kept.append(Problem(file or self.file, field, message[:LONGEST_MESSAGE], self.case))

    def listed(self) -> tuple[Problem, ...]:
        """All problems in order; beyond the limit, a last one that says how many more there are."""
        more = self.count - len(self._kept)
        rest = [Problem(self.file, "", f"{more:,} more problems are not listed: correct these first.")] if more else []
        return (*self._kept, *rest)

    def raise_if_any(self) -> None:
        """Raise :class:`InvalidCaseSet` with everything that was noted."""
        if self.count:
            raise InvalidCaseSet(self.listed())


def shown(value: object, most: int = 60) -> str:
    """A foreign value as it may be printed: short, on one line, control characters escaped."""
    text = _BRIEF.repr(value)
    return text if len(text) <= most else text[: most - 3] + "..."


_BRIEF = reprlib.Repr()
_BRIEF.maxlevel, _BRIEF.maxstring = 3, 60  # a value may be nested a thousand times


def nearest(name: str, known: Iterable[str]) -> str:
    """ "did you mean ...?" for a misspelled name, else the names that are known."""
    known = tuple(known)
    near = difflib.get_close_matches(name[:100], known, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else f"the keys are {', '.join(known)}."
