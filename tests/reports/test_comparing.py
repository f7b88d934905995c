"""How a finding is said to compare with an earlier examination."""

from __future__ import annotations

import pytest

from ssg.reports import parse


@pytest.mark.parametrize(
    ("text", "comparison"),
    [
        ("New left effusion.", "new"),
        ("A left effusion has developed since the prior study.", "new"),
        ("Nodule not seen previously.", "new"),
        ("The left effusion has increased.", "worse"),
        ("Worsening consolidation.", "worse"),
        ("Slight interval enlargement of the nodule.", "worse"),
        ("Unchanged cardiomegaly.", "same"),
        ("No significant interval change in the left effusion.", "same"),
        ("The effusion is not significantly changed.", "same"),
        ("The pneumothorax has not resolved.", "same"),
        ("The heart remains enlarged.", "same"),
        ("The effusion has decreased.", "better"),
        ("The opacity is less conspicuous.", "better"),
        ("Partial clearing of the left base airspace disease.", "better"),
        ("The effusion has almost completely resolved.", "better"),
        ("The pneumothorax has resolved.", "resolved"),
        ("Interval clearing of the left effusion.", "resolved"),
        ("Interval removal of the chest tube.", "resolved"),
        ("The previously seen nodule is no longer seen.", "resolved"),
        ("Small left effusion.", None),
        ("No pneumothorax.", None),
    ],
)
def test_what_is_said_of_the_only_finding(text: str, comparison: str | None) -> None:
    (told,) = parse(text, "chest x-ray").statements
    assert told.comparison == comparison


@pytest.mark.parametrize(
    ("text", "comparisons"),
    [
        ("Left effusion has increased and right effusion has decreased.", ["worse", "better"]),
        ("Increasing right effusion, decreasing left effusion.", ["worse", "better"]),
        ("Cardiomegaly is unchanged with new left effusion.", ["same", "new"]),
        ("Larger left effusion, but stable right nodule.", ["worse", "same"]),
        ("The pneumothorax has resolved; the effusion is stable.", ["resolved", "same"]),
    ],
)
def test_of_two_findings_each_has_the_word_of_its_own_part(text: str, comparisons: list[str]) -> None:
    assert [one.comparison for one in parse(text, "chest x-ray").statements] == comparisons


@pytest.mark.parametrize("text", ["Increased density in the left lung.", "Mildly increased heart size."])
def test_a_word_of_the_name_compares_nothing(text: str) -> None:
    assert [one.comparison for one in parse(text, "chest x-ray").statements] == [None]


@pytest.mark.parametrize(
    "text",
    [
        "Bilateral effusions, larger on the right.",
        "Right effusion, larger than on the left.",
        "Bibasilar effusions, right larger than left.",
        "Bilateral effusions, smaller on the left.",
        "Bilateral effusions, right greater than left.",
        "Left effusion is larger than the right one.",
        "Bilateral opacities, worse at the left base.",
        "Small effusion, larger than the nodule.",
        "Small left effusion, similar to the right.",
        "The larger nodule is in the left lung.",
        "Nodule larger than 2 cm.",
    ],
)
def test_one_side_or_thing_compared_with_another_is_no_earlier_time(text: str) -> None:
    assert {one.comparison for one in parse(text, "chest x-ray").statements} == {None}


@pytest.mark.parametrize(
    ("text", "comparison"),
    [
        ("Bilateral effusions, larger on the right than before.", "worse"),
        ("Bilateral effusions, larger on the right since the prior study.", "worse"),
        ("Right effusion larger than on the previous study.", "worse"),
        ("Bilateral effusions, right larger than left, unchanged.", "same"),
        ("The effusion is larger.", "worse"),
        ("Smaller right effusion.", "better"),
        ("Bilateral effusions, increased on the right.", "worse"),
    ],
)
def test_an_earlier_time_is_compared_also_beside_a_side(text: str, comparison: str) -> None:
    assert {one.comparison for one in parse(text, "chest x-ray").statements} == {comparison}


@pytest.mark.parametrize(
    ("text", "comparison"),
    [
        ("Small right effusion, previously large.", "better"),
        ("Large effusion (previously small).", "worse"),
        ("Moderate effusion, previously moderate.", "same"),
        ("Previously small effusion, now large.", "worse"),
        ("The previously large right effusion is now small.", "better"),
        ("The previously seen large effusion is now small.", "better"),
        ("Tiny pneumothorax, was large on the prior.", "better"),
        ("The nodule measures 1.2 cm, previously 8 mm.", "worse"),
        ("Previously seen small nodule.", None),
        ("Effusion, previously large.", None),
        ("Effusion, now small.", None),
        ("Small nodule, previously 8 mm.", None),
    ],
)
def test_a_size_beside_an_earlier_one_compares(text: str, comparison: str | None) -> None:
    (told,) = parse(text, "chest x-ray").statements
    assert told.comparison == comparison


def test_each_of_two_findings_has_its_own_sizes() -> None:
    text = "Small right effusion, previously large, and a new left nodule."
    assert [one.comparison for one in parse(text, "chest x-ray").statements] == ["better", "new"]


def test_the_same_word_compares_where_the_sentence_speaks_of_time() -> None:
    (told,) = parse("The heart size has increased.", "chest x-ray").statements
    assert told.comparison == "worse"


def test_what_is_denied_is_neither_new_nor_worse() -> None:
    (told,) = parse("No new consolidation.", "chest x-ray").statements
    assert (told.presence, told.comparison) == ("absent", None)


def test_what_is_there_has_not_resolved() -> None:
    found = parse("Resolved pneumonia with residual scarring.", "chest x-ray").statements
    assert [one.comparison for one in found if one.finding == "lung scar"] == [None]
