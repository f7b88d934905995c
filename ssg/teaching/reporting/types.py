"""What a judged report consists of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ssg.reports import Comparison
from ssg.vocabulary import Side


class Kind(StrEnum):
    """What a report does with a finding."""

    RIGHT = "right"
    """It is there and said to be there; where readers disagree, either."""

    GENERAL = "general"
    """It is there, and a more general or a neighbouring name is said of it."""

    SIDE = "wrong side"
    """It is there, on other sides than the report says."""

    HEDGED = "hedged"
    """It may be there, says the report, and the readers know."""

    EXCLUDED = "wrongly excluded"
    MISSING = "missing"
    """It is there, and the report does not speak of it."""

    INVENTED = "invented"
    """The readers exclude what the report says is there."""

    DENIED = "rightly excluded"
    UNSAID = "not excluded"
    """It was asked about, the readers exclude it, and the report does not speak of it."""

    CONTRADICTED = "contradicted"
    """The report says both that it is there and that it is not."""

    UNKNOWN = "not judged"
    """No reader says anything of what the report names."""


@dataclass(frozen=True, slots=True)
class Row:
    """One finding and what the report does with it.

    ``statements`` are numbers of the report's statements that speak of it; ``regions`` the (reader, number of its
    region) that show it; ``credit`` in [0, 1] is what it earns, None where it is not judged; ``sides`` is how well the
    sides fit, None where no side counts; ``comparison`` is 1 where the report compares with the earlier examination as
    the readers' marks do (``expected_comparison``), else 0, and None where they do not tell. ``is_there`` is what the
    readers say, ``is_disputed`` that they disagree; ``by_normal`` that the report excludes it only by calling all, or
    all the rest, normal.
    """

    kind: Kind
    finding: str
    side: Side | None
    statements: tuple[int, ...]
    regions: tuple[tuple[str, int], ...]
    credit: float | None
    urgency: float
    why: str
    sides: float | None = None
    comparison: float | None = None
    expected_comparison: Comparison | None = None
    is_there: bool = False
    is_disputed: bool = False
    by_normal: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are recorded."""
        return {
            "kind": self.kind.value,
            "finding": self.finding,
            "side": None if self.side is None else self.side.value,
            "statements": list(self.statements),
            "regions": [list(one) for one in self.regions],
            "credit": self.credit,
            "why": self.why,
            "sides": self.sides,
            "comparison": self.comparison,
            "change": self.expected_comparison,
            "there": self.is_there,
            "disputed": self.is_disputed,
            "by_normal": self.by_normal,
        }


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the score: in [0, 1], with its weight among the parts that there are, and why."""

    name: str
    score: float
    weight: float
    why: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"name": self.name, "score": self.score, "weight": self.weight, "why": self.why}


@dataclass(frozen=True, slots=True)
class ReportJudgement:
    """A report's rows, parts and total in [0, 1]; the total is None where nothing in it could be judged."""

    rows: tuple[Row, ...]
    parts: tuple[Part, ...]
    total: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are recorded."""
        return {
            "total": self.total,
            "parts": [part.to_json() for part in self.parts],
            "rows": [row.to_json() for row in self.rows],
        }
