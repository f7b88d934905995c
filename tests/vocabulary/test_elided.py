"""Parts that leave out their finding keep the sides apart, whatever the finding and in whichever order they come."""

from __future__ import annotations

import pytest

from ssg.vocabulary import Presence, Side, Statement, read, vocabulary

FINDINGS = ("effusion", "pneumothorax", "consolidation", "nodule", "rib fracture", "atelectasis", "chest tube")
ONE_SIDE = (
    "{finding} on the {here}, none on the {there}",
    "{finding} on the {here} and none on the {there}.",
    "{finding} {here}, none {there}",
    "{finding} {here}, not {there}",
    "small {here} {finding}, not {there} -",
    "{here} {finding} (none on the {there})",
    "{finding} on the {here}... none on the {there}...",
    "{finding} on the {here}. None on the {there}.",
    "{finding} on the {here}; on the {there} there is none",
    "{finding} on the {here}, normal on the {there}",
    "{finding} on the {here}, nothing in the {there} lung, heart normal",
    "{here} but not {there} {finding}",
    "no {finding} on the {there}, small on the {here}",
    "no {finding} on the {there} but a tiny one on the {here}",
    "no {finding} except a small one on the {here}",
    "{finding}: {there} none, {here} small",
    "on the {there} none, on the {here} a {finding}",
)


@pytest.mark.parametrize("finding", FINDINGS)
@pytest.mark.parametrize("text", ONE_SIDE)
@pytest.mark.parametrize(("here", "there"), [("left", "right"), ("right", "left")])
def test_one_side_is_there_and_the_other_is_not(text: str, finding: str, here: str, there: str) -> None:
    name = vocabulary().get(finding).name
    reading = read(text.format(finding=finding, here=here, there=there), "chest x-ray")
    told = {(one.side, one.presence) for one in reading.statements if one.finding == name}
    assert told == {(Side(here), Presence.PRESENT), (Side(there), Presence.ABSENT)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("left effusion, none on the right", ["effusion", "none on the right"]),
        ("effusion, not left", ["effusion"]),
        ("Effusion left. Right: none.", ["Effusion", "Right: none"]),
        ("left but not right effusion", ["not right", "effusion"]),
    ],
)
def test_span_is_the_part_that_says_it(text: str, said: list[str]) -> None:
    assert [text[slice(*statement.span)] for statement in read(text).statements] == said


@pytest.mark.parametrize("text", ["none on the right", "not left", "none left, small right", "no, left"])
def test_a_part_without_any_finding_says_nothing(text: str) -> None:
    assert read(text).statements == ()


def test_a_part_speaks_of_no_structure_and_of_nothing_without_sides() -> None:
    assert read("Cardiomegaly. None on the right.").statements == (Statement("cardiomegaly", span=(0, 12)),)
    assert [one.finding for one in read("left hilum, none on the right").statements] == ["hilum"]


def test_what_is_asked_and_then_answered_on_one_side_is_the_answer() -> None:
    (told,) = read("Is there an effusion? Only on the left.").statements
    assert (told.side, told.presence) == (Side.LEFT, Presence.PRESENT)
