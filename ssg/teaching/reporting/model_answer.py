"""How the readers' marks read as a report: what a learner is shown after theirs has been judged.

A case that brings its own report shows that; another one is put together of what its readers mark and exclude, and says
so. Sizes are of the readers' boxes, where the size of a pixel is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from ssg.casebook import Case
from ssg.teaching.reporting.reference import Expected, expectations
from ssg.teaching.reporting.wording import named, opening
from ssg.vocabulary import vocabulary

CHANGES = {"new": ", new", "worse": ", larger than before", "same": ", unchanged", "better": ", smaller than before"}
GONE = "The {finding} of the earlier examination is no longer seen."
NOTHING = "Nothing abnormal is marked."


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """``findings`` and ``impression`` are texts; ``is_written`` tells that the case brings them."""

    findings: str
    impression: str
    is_written: bool


def model_answer(case: Case) -> ModelAnswer:
    """The report that the case brings, else one of what its readers say; its diagnosis is the impression."""
    if case.report.strip():
        return ModelAnswer(case.report.strip(), case.diagnosis.strip(), True)
    expected = expectations(case)
    written = case.findings.strip()
    findings = written or " ".join(_sentences(expected))
    return ModelAnswer(findings, case.diagnosis.strip() or _impression(expected), bool(written))


def _sentences(expected: list[Expected]) -> list[str]:
    there = [one for one in expected if one.is_marked and not one.is_disputed]
    said = [f"{_named(one)}{CHANGES.get(one.comparison or '', '')}." for one in there]
    said += [f"{_named(one)}: the readers disagree." for one in expected if one.is_disputed]
    said += [GONE.format(finding=named(one.finding, one.side)) for one in expected if one.comparison == "resolved"]
    not_there = [one.finding for one in expected if not one.is_marked and one.comparison != "resolved" and one.is_asked]
    if not_there:
        said.append(f"No {_listed(not_there)}.")
    return said or [NOTHING]


def _impression(expected: list[Expected]) -> str:
    there = [one for one in expected if one.is_marked]
    if not there:
        return NOTHING
    urgent = max(vocabulary().get(one.finding).urgency for one in there)
    return " ".join(f"{_named(one)}." for one in there if vocabulary().get(one.finding).urgency == urgent)


def _named(one: Expected) -> str:
    return opening(named(one.finding, one.side))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
