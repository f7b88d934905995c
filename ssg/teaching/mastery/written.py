"""One report, finding by finding: what it proves of each, read from its recorded judgement as drawn answers are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssg.store import Attempt
from ssg.teaching.mastery.grading import NAMED_FROM, ErrorKind, Graded, How
from ssg.teaching.reporting import Kind

ERRORS = {
    Kind.MISSING: ErrorKind.MISSED,
    Kind.EXCLUDED: ErrorKind.WRONGLY_EXCLUDED,
    Kind.SIDE: ErrorKind.WRONG_SIDE,
    Kind.INVENTED: ErrorKind.INVENTED,
    Kind.CONTRADICTED: ErrorKind.WRONGLY_EXCLUDED,
}
HOW = {Kind.MISSING: How.UNSAID, Kind.UNSAID: How.UNSAID, Kind.EXCLUDED: How.DENIED, Kind.DENIED: How.DENIED}
"""All others are written."""

TELLS_NOTHING = (Kind.HEDGED, Kind.UNKNOWN)
"""Who writes that it may be there has answered neither way, and what no reader speaks of is not known."""


def graded_report(attempt: Attempt) -> tuple[Graded, ...]:
    """Every finding that the readers mark or exclude and the report answers, in the order of the judgement.

    Present findings are right where they are said to be there, on their side and under a name that fits
    (NAMED_FROM), whatever is said of their place; absent ones where they are not said to be there. What is only
    excluded by calling all normal counts as not said, and what readers disagree on tells nothing. Raises KeyError,
    TypeError or ValueError where the record has not the form of a judged report.
    """
    rows = attempt.breakdown["rows"]
    return tuple(_graded(row, Kind(row["kind"])) for row in rows if _tells(row))


def _tells(row: Mapping[str, Any]) -> bool:
    return Kind(row["kind"]) not in TELLS_NOTHING and not row.get("disputed", False)


def _graded(row: Mapping[str, Any], kind: Kind) -> Graded:
    is_present = bool(row["there"])
    credit = float(row["credit"])
    is_named = credit >= NAMED_FROM
    how = HOW.get(kind, How.WRITTEN)
    if row.get("by_normal", False):  # who calls all normal has not shown that they looked for it
        kind, how = (Kind.MISSING if is_present else kind), How.UNSAID
    is_right = kind not in ERRORS and (is_named or not is_present)
    error = ERRORS.get(kind) or (None if is_right else ErrorKind.WRONG_NAME)
    grade = credit if is_present else float(is_right)
    errors = () if error is None else (error,)
    return Graded(str(row["finding"]), is_present, how, is_right, grade, errors, (), 0, 0)
