"""A report's total: parts with weights, of which those that a case does not have are left out.

findings      what is there: the credit of each finding, weighted by its urgency (:func:`ssg.reward.urgency.gain`)
sides         of what is there and was named: how well the sides fit
exclusions    what is not there and was asked about, or was denied or hedged: the share that is excluded
inventions    of what the report says is there and readers speak of: the share that is
comparison    of what has changed, or not, since the examination before: the share that is said so
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ssg.teaching.reporting.types import Kind, Part, Row
from ssg.teaching.reporting.wording import part_in_words

WEIGHTS = {"findings": 0.5, "sides": 0.15, "exclusions": 0.15, "inventions": 0.1, "comparison": 0.1}
"""What a report is for comes first: that which is there, and where."""

CLAIMED = (Kind.RIGHT, Kind.GENERAL, Kind.SIDE, Kind.INVENTED)


def parts_of(rows: Sequence[Row]) -> tuple[Part, ...]:
    """The parts that these rows have, their weights adding up to 1."""
    scores = {name: score for name in WEIGHTS if (score := _SCORES[name](rows)) is not None}
    whole = sum(WEIGHTS[name] for name in scores)
    return tuple(
        Part(name, score, WEIGHTS[name] / whole, part_in_words(name, _counted(name, rows)))
        for name, score in scores.items()
    )


def total_of(parts: Sequence[Part]) -> float | None:
    """The weighted mean of the parts; None where there are none."""
    return sum(part.score * part.weight for part in parts) if parts else None


def _there(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.is_there and row.credit is not None]


def _excluded(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not row.is_there and row.credit is not None]


def _counted(name: str, rows: Sequence[Row]) -> tuple[int, int]:
    """How many rows of a part are right, and of how many."""
    if name == "findings":
        among = [row.credit == 1 for row in _there(rows)]
    elif name == "sides":
        among = [row.sides == 1 for row in rows if row.sides is not None]
    elif name == "exclusions":
        among = [row.kind is Kind.DENIED for row in _excluded(rows)]
    elif name == "inventions":
        among = [row.kind is not Kind.INVENTED for row in rows if row.kind in CLAIMED]
    else:
        among = [row.comparison == 1 for row in rows if row.comparison is not None]
    return sum(among), len(among)


def _findings(rows: Sequence[Row]) -> float | None:
    there = _there(rows)
    whole = sum(row.urgency for row in there)
    return sum(row.urgency * (row.credit or 0.0) for row in there) / whole if whole else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


_SCORES: dict[str, Callable[[Sequence[Row]], float | None]] = {
    "findings": _findings,
    "sides": lambda rows: _mean([row.sides for row in rows if row.sides is not None]),
    "exclusions": lambda rows: _mean([row.credit or 0.0 for row in _excluded(rows)]),
    "inventions": lambda rows: _mean([float(row.kind is not Kind.INVENTED) for row in rows if row.kind in CLAIMED]),
    "comparison": lambda rows: _mean([row.comparison for row in rows if row.comparison is not None]),
}
