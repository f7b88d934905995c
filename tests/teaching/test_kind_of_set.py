"""What kind of image the cases of a set are is said once of all that leave it open, and of no others."""

from dataclasses import replace

import pytest

from ssg.casebook import read_case_set
from ssg.casebook.advice import advice
from ssg.errors import BadInput
from ssg.settings import BUNDLED_CASES
from ssg.teaching.kind_of_set import say_kind


@pytest.fixture
def made(shop):
    """A set of two cases, of which one says nothing."""
    (folder, *_) = sorted(path.parent for path in BUNDLED_CASES.glob("*/case_set.json"))
    known = read_case_set(folder)
    said = replace(known.cases[0], modality="CT", view="", body_part="ABDOMEN", specialty="")
    silent = replace(known.cases[1], modality="OT", view="", body_part="", specialty="")
    made = shop.create("Kinds", "MIT", "Ann").id
    shop.copy_in(made, replace(known, cases=(said, silent)), "Ann")
    return made


def kinds(shop, made):
    return [(one.modality, one.view, one.body_part, one.specialty) for one in shop.draft(made)[0].cases]


def test_what_is_open_is_filled_in_and_what_is_said_stays(shop, made):
    assert sum("modality OT" in line for line in advice(shop.draft(made)[0])) == 1
    assert say_kind(shop, made, {"modality": "DX", "view": " PA ", "body_part": "CHEST", "specialty": ""}, "Ann") == 2
    assert kinds(shop, made) == [("CT", "PA", "ABDOMEN", ""), ("DX", "PA", "CHEST", "")]
    assert not any("modality OT" in line for line in advice(shop.draft(made)[0]))
    assert say_kind(shop, made, {"modality": "MR", "specialty": "chest"}, "Ann") == 2
    assert kinds(shop, made) == [("CT", "PA", "ABDOMEN", "chest"), ("DX", "PA", "CHEST", "chest")]
    assert say_kind(shop, made, {"modality": "MR"}, "Ann") == say_kind(shop, made, {}, "Ann") == 0


def test_a_case_that_somebody_saves_at_that_moment_is_left_as_they_have_it(shop, made, monkeypatch):
    silent = shop.store.cases(made)[1]
    listed = shop.store.cases

    def cases(*given):
        found = listed(*given)
        shop.save(made, silent.case_id, {"modality": "MR"}, silent.revision, "Bob")
        return found

    monkeypatch.setattr(shop.store, "cases", cases)
    assert say_kind(shop, made, {"modality": "DX", "specialty": "chest"}, "Ann") == 1
    monkeypatch.undo()
    assert kinds(shop, made) == [("CT", "", "ABDOMEN", "chest"), ("MR", "", "", "")]


def test_what_no_case_may_say_is_told(shop, made):
    say_kind(shop, made, {"modality": "XX"}, "Ann")
    draft, problems = shop.draft(made)
    assert draft is None and any("modality" in one.field for one in problems)
    with pytest.raises(BadInput):
        say_kind(shop, "no-such-set", {"modality": "DX"}, "Ann")
