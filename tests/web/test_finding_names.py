"""The lists of names: findings of this kind of image first, each part by the alphabet, and no part of the body."""

from ssg.vocabulary import vocabulary
from ssg.web.finding_names import names_for


def test_the_usual_findings_come_first_and_both_parts_are_in_order():
    names = names_for("DX", "CHEST")
    usual = [name for name in names if "chest x-ray" in vocabulary().get(name).modalities]
    assert names[: len(usual)] == usual == sorted(usual) and "pneumothorax" in usual
    rest = names[len(usual) :]
    assert rest == sorted(rest) and "skull fracture" in rest
    assert names_for("MR", "BRAIN")[0] != names[0]


def test_no_part_of_the_body_is_offered_and_all_else_is():
    names = names_for("CT", "")
    assert not {"rib", "bone", "knee"} & set(names)
    assert set(names) == {one.name for one in vocabulary() if one.kind != "anatomy"}


def test_of_an_unknown_kind_all_are_by_the_alphabet():
    assert names_for("OT", "") == sorted(names_for("OT", ""))


def test_what_was_chosen_once_can_still_be_shown():
    assert names_for("DX", "CHEST", ["rib", "pneumothorax"])[-1] == "rib"
    assert names_for("DX", "CHEST", ["pneumothorax"]).count("pneumothorax") == 1
