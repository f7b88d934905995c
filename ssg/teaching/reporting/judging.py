"""A report's statements against what the readers of its case say: one row for each finding.

- A finding that is there is right where the report says so, in its own name; *general* under another name that fits; on
  the *wrong side* where no side that is named fits (as a name then fits at most 0.3, :data:`WRONG_SIDE`);
  *hedged* where the report only says that it may be there; *contradicted* where it also denies it under the same name
  and on no other side; *wrongly excluded* where it is only denied, on its side or on all; else *missing*.
- A finding that the readers exclude is *rightly excluded* where the report denies it, *invented* where it says that the
  finding is there, *hedged* where it may be, and *not excluded* where it was asked about and nothing is said.
- A report that calls all, or all the rest, normal ("no acute disease", "otherwise normal") so excludes what was asked
  about or is there, and is not named: for less (:data:`NORMAL_CREDIT`), and wrongly where it is there.
- Where readers disagree, whoever sides with one of them is right, and so is who hedges.
- What no reader speaks of is told and not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ssg.casebook import Case
from ssg.errors import BadInput
from ssg.reports import ParsedReport, ReportStatement
from ssg.reward.urgency import gain
from ssg.teaching.reporting.matching import claims_of, denials_of, fit_of, sides_said
from ssg.teaching.reporting.reference import PRESENT, Expected, expectations
from ssg.teaching.reporting.scoring import parts_of, total_of
from ssg.teaching.reporting.types import Kind, ReportJudgement, Row
from ssg.teaching.reporting.wording import why_of
from ssg.vocabulary import Presence, vocabulary
from ssg.vocabulary.catalogue import WRONG_SIDE

HEDGED_CREDIT = 0.5
"""Of a finding that is there, and of one that is not: nobody can act on "may be", and nobody is misled by it."""

UNSAID_CREDIT = 0.5
"""Of a finding that is not there and was asked about: a report that is silent leaves its reader to guess."""

CONTRADICTED_CREDIT = 0.25

NORMAL_CREDIT = 0.8
"""Of a finding that is not there and that only "normal" excludes: who names it shows that they looked for it."""


def judge_report(case: Case, report: ParsedReport) -> ReportJudgement:
    """The judgement of a report; raises BadInput where it neither states anything nor calls all normal."""
    if not report.statements and not report.normal:
        raise BadInput(" ".join(report.notes) or "No finding was read in the report.")
    expected = expectations(case)
    claims = claims_of(report.statements, expected)
    rows = [_row(one, claims[one.finding], report.statements) for one in expected]
    if report.normal:
        rows = [_as_normal(row) for row in rows]
    judged = [row for row in rows if row is not None]
    judged += _unknown(report.statements, expected, judged)
    parts = parts_of(judged)
    return ReportJudgement(tuple(replace(row, why=why_of(row, report)) for row in judged), parts, total_of(parts))


def _row(one: Expected, claims: Sequence[int], statements: Sequence[ReportStatement]) -> Row | None:
    """The row of a finding; None where it is not there, was not asked about and the report is silent."""
    denials = denials_of(statements, one)
    surely = [number for number in claims if statements[number].presence is Presence.PRESENT]
    if one.is_disputed and (claims or denials):
        return _made(one, Kind.RIGHT if claims else Kind.DENIED, [*claims, *denials], 1.0, statements)
    if not one.is_marked:
        return _row_of_absent(one, surely, claims, denials, statements)
    contradicting = [number for number in denials if _contradicts(statements[number], one, claims, statements)]
    if claims and contradicting:
        return _made(one, Kind.CONTRADICTED, [*claims, *contradicting], CONTRADICTED_CREDIT, statements)
    if surely:
        fit = max(fit_of(statements[number], one) for number in surely)
        return _made(one, Kind.RIGHT if fit == 1 else Kind.GENERAL, surely, fit, statements)
    if claims:
        return _made(one, Kind.HEDGED, claims, HEDGED_CREDIT, statements)
    wrong = [number for number in denials if _reaches(statements[number], one)]
    return _made(one, Kind.EXCLUDED if wrong else Kind.MISSING, wrong, 0.0, statements)


def _as_normal(row: Row | None) -> Row | None:
    """The row of a finding in a report that calls all that it does not name normal."""
    if row is None or row.kind not in (Kind.MISSING, Kind.UNSAID):
        return row
    if row.is_there and not row.is_disputed:
        return replace(row, kind=Kind.EXCLUDED, by_normal=True)
    return replace(row, kind=Kind.DENIED, credit=NORMAL_CREDIT, by_normal=True)


def _row_of_absent(
    one: Expected,
    surely: Sequence[int],
    claims: Sequence[int],
    denials: Sequence[int],
    statements: Sequence[ReportStatement],
) -> Row | None:
    if surely:
        return _made(one, Kind.INVENTED, surely, 0.0, statements)
    if denials:
        return _made(one, Kind.DENIED, denials, 1.0, statements)
    if claims:
        return _made(one, Kind.HEDGED, claims, HEDGED_CREDIT, statements)
    return _made(one, Kind.UNSAID, (), UNSAID_CREDIT, statements) if one.is_asked else None


def _contradicts(
    denial: ReportStatement, one: Expected, claims: Sequence[int], statements: Sequence[ReportStatement]
) -> bool:
    """Whether a denial takes back what is claimed: of the same name, and of no other side.

    "Otherwise clear" after an opacity denies others, and "no effusion on the right" leaves the left one.
    """
    said = sides_said([statements[number] for number in claims])
    denied = sides_said([denial])
    named = any(statements[number].finding == denial.finding for number in claims)
    if not denied and said:
        return False  # "small left effusion ... no effusion elsewhere" is how many say it
    return named and (not denied or bool(denied & said) or not said)


def _reaches(denial: ReportStatement, one: Expected) -> bool:
    """Whether a denial speaks of a side on which the finding is."""
    denied = sides_said([denial])
    return not denied or not one.sides or bool(denied & one.sides)


def _made(
    one: Expected, kind: Kind, numbers: Sequence[int], credit: float, statements: Sequence[ReportStatement]
) -> Row:
    spoken = [statements[number] for number in numbers]
    said = [statement for statement in spoken if statement.presence in PRESENT]
    sides = _side_fit(one, said) if one.is_marked and said else None
    if kind in (Kind.RIGHT, Kind.GENERAL) and sides == 0:
        kind, credit = Kind.SIDE, min(credit, WRONG_SIDE)
    return Row(
        kind=kind,
        finding=one.finding,
        side=one.side,
        statements=tuple(sorted(set(numbers))),
        regions=one.marks,
        credit=credit,
        urgency=float(gain(np.array(vocabulary().get(one.finding).urgency))),
        why="",
        sides=sides,
        comparison=_comparison_fit(one, spoken),
        expected_comparison=one.comparison,
        is_there=one.is_marked,
        is_disputed=one.is_disputed,
    )


def _side_fit(one: Expected, said: Sequence[ReportStatement]) -> float | None:
    """How well the sides fit: what is common of all that are named (Jaccard); half where the report names none."""
    if not one.sides:
        return None
    named = sides_said(said)
    return len(named & one.sides) / len(named | one.sides) if named else 0.5


def _comparison_fit(one: Expected, spoken: Sequence[ReportStatement]) -> float | None:
    """1 where the report compares as the readers' marks do, 0 where it does otherwise or not at all.

    None where the readers do not tell, and where the report does not speak of the finding.
    """
    if one.comparison is None or not spoken:
        return None
    said = {statement.comparison for statement in spoken} - {None}
    if one.comparison == "resolved":
        return 1.0 if said & {"resolved", "better"} else 0.0
    return 1.0 if one.comparison in said else 0.0


def _unknown(statements: Sequence[ReportStatement], expected: Sequence[Expected], rows: Sequence[Row]) -> list[Row]:
    """A row for each finding that the report says is there and of which no reader says anything."""
    spoken = {number for row in rows for number in row.statements}
    found: dict[str, list[int]] = {}
    for number, statement in enumerate(statements):
        if number in spoken or statement.presence not in PRESENT:
            continue
        is_thing = vocabulary().get(statement.finding).kind != "anatomy"
        if is_thing and not any(fit_of(statement, one) for one in expected):
            found.setdefault(statement.finding, []).append(number)
    return [
        Row(Kind.UNKNOWN, name, statements[numbers[0]].side, tuple(numbers), (), None, 0.0, "")
        for name, numbers in found.items()
    ]
