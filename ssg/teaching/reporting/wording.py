"""The sentences of a judged report."""

from __future__ import annotations

from ssg.reports import ParsedReport
from ssg.teaching.reporting.reference import one_side
from ssg.teaching.reporting.types import Kind, Row
from ssg.vocabulary import Side

WHY = {
    Kind.RIGHT: "{Named}: you say so, and so do the readers.",
    Kind.GENERAL: "{Named}: you write “{words}”.",
    Kind.SIDE: "{Named}: you put it on {said}.",
    Kind.HEDGED: "{Finding}: you leave it open. {truth}",
    Kind.EXCLUDED: "{Named}: you exclude it.",
    Kind.MISSING: "{Named}: your report does not speak of it.",
    Kind.INVENTED: "{Finding}: you say that it is there; the readers exclude it.",
    Kind.DENIED: "No {finding}: you exclude it, and so do the readers.",
    Kind.UNSAID: "No {finding}: it was asked about, and your report does not say so.",
    Kind.CONTRADICTED: "{Named}: your report both names and excludes it.",
    Kind.UNKNOWN: "{Finding}: no reader says anything of it, so it is not judged.",
}
BY_NORMAL = {
    Kind.DENIED: "No {finding}: you call all else normal and do not name it; naming it shows that you looked.",
    Kind.EXCLUDED: "{Named}: you do not name it and call the rest normal.",
}
DISPUTED = "{Finding}: the readers disagree, and you side with one of them."
TRUE = {True: "The readers mark {named}.", False: "The readers exclude it."}
SIDES = {
    Side.LEFT: "on the left",
    Side.RIGHT: "on the right",
    Side.BILATERAL: "on both sides",
    Side.MIDLINE: "in the midline",
}
SAID_SIDES = {
    Side.LEFT: "the left",
    Side.RIGHT: "the right",
    Side.BILATERAL: "both sides",
    Side.MIDLINE: "the midline",
}
NO_SIDE = " You do not name the side."
HALF_SIDE = " You speak of {said} only."
MORE_SIDE = " You speak of {said}."
COMPARED = {
    "new": "It is new since the earlier examination",
    "worse": "It has grown since the earlier examination",
    "same": "It is as it was on the earlier examination",
    "better": "It is smaller than on the earlier examination",
    "resolved": "It was there on the earlier examination and is gone",
}
NOT_COMPARED = " {change}, which you do not say."
COMPARED_TOO = " {change}, as you say."

PARTS = {
    "findings": ("{right} of {all} finding is reported in full.", "{right} of {all} findings are reported in full."),
    "sides": ("{right} of {all} stands on its side.", "{right} of {all} stand on their sides."),
    "exclusions": ("{right} of {all} is excluded.", "{right} of {all} are excluded."),
    "inventions": ("{right} of {all} that you name is there.", "{right} of {all} that you name are there."),
    "comparison": ("{right} of {all} is compared rightly.", "{right} of {all} are compared rightly."),
}
"""For one, and for several."""


def part_in_words(name: str, counted: tuple[int, int]) -> str:
    """How many of a part are right."""
    right, among = counted
    return PARTS[name][among != 1].format(right=right, all=among)


def why_of(row: Row, report: ParsedReport) -> str:
    """What a row means, in a sentence or two."""
    spoken = [report.statements[number] for number in row.statements]
    said = one_side({one.side for one in spoken if one.side is not None})
    words = {
        "finding": row.finding,
        "Finding": opening(row.finding),
        "named": named(row.finding, row.side),
        "Named": opening(named(row.finding, row.side)),
        "said": SAID_SIDES[said] if said else "",
        "words": report.words_of(spoken[0]) if spoken else "",
    }
    truth = TRUE[row.is_there].format(**words)
    pattern = BY_NORMAL[row.kind] if row.by_normal else WHY[row.kind]
    if row.is_disputed and row.kind in (Kind.RIGHT, Kind.DENIED):
        pattern = DISPUTED
    return pattern.format(**words, truth=truth) + _about_sides(row, said) + _about_comparison(row)


def named(finding: str, side: Side | None) -> str:
    """A finding with its side, as one says it."""
    return f"{finding} {SIDES[side]}" if side else finding


def opening(words: str) -> str:
    """Words as they open a sentence."""
    return words[:1].upper() + words[1:]


def _about_sides(row: Row, said: Side | None) -> str:
    if row.sides is None or row.sides == 1 or row.kind is Kind.SIDE:
        return ""
    if said is None:
        return NO_SIDE
    return (HALF_SIDE if row.side is Side.BILATERAL else MORE_SIDE).format(said=SAID_SIDES[said])


def _about_comparison(row: Row) -> str:
    if row.comparison is None or row.expected_comparison is None:
        return ""
    pattern = COMPARED_TOO if row.comparison == 1 else NOT_COMPARED
    return pattern.format(change=COMPARED[row.expected_comparison])
