"""Which statements of a report speak of which finding of the reference.

A statement that something is there speaks of a finding that it names, or that is a kind of what it names, or the other
way round, or a neighbour of it ("pneumonia" where the readers say consolidation: both are opacities of the airspace);
where it fits several, of the one that it fits best. A denial speaks of what it names and all its kinds: "no
opacity" denies consolidation as well, and "no loculated effusion" says nothing of effusions.
"""

from __future__ import annotations

from collections.abc import Sequence

from ssg.reports import ReportStatement
from ssg.teaching.reporting.reference import PRESENT, Expected, sides_of
from ssg.vocabulary import Presence, Side, vocabulary
from ssg.vocabulary.catalogue import KIN


def claims_of(statements: Sequence[ReportStatement], expected: Sequence[Expected]) -> dict[str, list[int]]:
    """Statements that something is or may be there, by the finding of the reference that they speak of.

    A finding that the readers exclude is only claimed by its own name or that of one of its kinds.
    """
    claimed: dict[str, list[int]] = {one.finding: [] for one in expected}
    for number, statement in enumerate(statements):
        if statement.presence not in PRESENT or vocabulary().get(statement.finding).kind == "anatomy":
            continue
        fitting = [(fit, one) for one in expected if (fit := fit_of(statement, one)) > 0]
        if fitting:
            best = max(fit for fit, _ in fitting)
            for fit, one in fitting:
                if fit == best or (one.is_marked and best < 1):  # "opacities" may speak of all that are there
                    claimed[one.finding].append(number)
    return claimed


def fit_of(statement: ReportStatement, one: Expected) -> float:
    """How well a statement's name fits a finding's, in [0, 1]; what else its words may mean counts as well."""
    known = vocabulary()
    names = (statement.finding, *statement.others)
    if any(known.is_a(name, one.finding) for name in names):
        return 1.0
    return max(_neighbourhood(name, one.finding) for name in names) if one.is_marked else 0.0


def _neighbourhood(name: str, finding: str) -> float:
    """What a more general name, or one of the same group with a kind in common, is worth."""
    known = vocabulary()
    match = known.label_match(name, finding)
    if match >= KIN or known.ancestors(name) & known.ancestors(finding):
        return match
    return 0.0


def denials_of(statements: Sequence[ReportStatement], one: Expected) -> list[int]:
    """Statements that deny a finding, or all that it is a kind of."""
    return [
        number
        for number, statement in enumerate(statements)
        if statement.presence is Presence.ABSENT and vocabulary().is_a(one.finding, statement.finding)
    ]


def sides_said(statements: Sequence[ReportStatement]) -> frozenset[Side]:
    """The sides that statements name, of {left, right}."""
    return frozenset(side for statement in statements for side in sides_of(statement.side))
