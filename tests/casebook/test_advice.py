"""Advice: what is allowed and yet unwise is said, once, and nothing else is."""

import pytest

from ssg.casebook import read_case_set
from ssg.casebook.advice import MOST_ALONE, advice, giveaways, together


def test_a_sensible_set_needs_no_advice(folder):
    assert advice(read_case_set(folder.path)) == []


@pytest.mark.parametrize(
    ("field", "text", "finding"),
    [
        ("title", "A pleural effusion", "pleural effusion"),
        ("history", "Known Pleural-Effusions, again.", "pleural effusion"),
        ("history", "58-year-old with an enlarged heart.", "cardiomegaly"),
        ("id", "cardiomegaly", "cardiomegaly"),
    ],
)
def test_a_text_that_names_the_answer_is_pointed_at(folder, field, text, finding):
    folder.case[field] = text
    case = read_case_set(folder.save()).cases[0]
    assert giveaways(case) == [(field, finding)]


def test_naming_what_is_absent_gives_nothing_away(folder):
    folder.case["history"] = "Pneumothorax? Please exclude a pneumothorax."
    assert advice(read_case_set(folder.save())) == []


def test_a_side_on_the_wrong_half_is_pointed_at(folder):
    for reader in folder.case["readers"]:
        reader["regions"][0]["side"] = "left"
    (first, second) = advice(read_case_set(folder.save()))
    assert "patient's" in first
    assert "'B'" in second


def test_sides_of_other_views_are_left_alone(folder):
    folder.case["readers"][0]["regions"][0]["side"] = "left"
    folder.case["view"] = "lateral"
    assert advice(read_case_set(folder.save())) == []


def test_a_picture_that_stands_in_several_cases_is_pointed_at(folder):
    first = folder.case
    folder.manifest["cases"] += [{**first, "id": f"again-{number}"} for number in range(2)]
    assert advice(read_case_set(folder.save())) == [
        "cases c1, again-0 and again-1 have the same picture: keep one of them."
    ]
    folder.manifest["cases"] += [{**first, "id": f"more-{number}"} for number in range(9)]
    (sentence,) = advice(read_case_set(folder.save()))
    assert "more-4 and 4 more have" in sentence


def test_an_earlier_picture_may_be_another_case(folder):
    case, frame = folder.case, dict(folder.manifest["cases"][1]["image"])
    now = dict(case.pop("image"))
    spacing = {"spacing_mm": now.pop("spacing_mm")}
    frame.pop("spacing_mm")
    case["series"] = [{"id": "now", **spacing, "frames": [now]}, {"id": "before", "days": -90, "frames": [frame]}]
    assert advice(read_case_set(folder.save())) == []


def test_asking_only_for_what_is_there_is_pointed_at(folder):
    folder.case["question"] = ["pleural effusion"]
    (sentence,) = advice(read_case_set(folder.save()))
    assert "absent" in sentence


def test_what_is_said_of_many_cases_is_one_line():
    of_all = [f"case c{number}: it asks nothing." for number in range(MOST_ALONE + 1)]
    rest = [
        "case c1: the title names 'nodule', which is the answer.",
        "cases c1 and c2 have the same picture: keep one.",
    ]
    assert together([*of_all, *rest]) == ["4 cases, of each: it asks nothing.", *rest]
    assert together(of_all, named=True) == ["4 cases (c0, c1, c2, ...), of each: it asks nothing."]
    assert together([*of_all[:-1], *rest]) == [*of_all[:-1], *rest], "few are named one by one"
