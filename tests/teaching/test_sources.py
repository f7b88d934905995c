"""Cases that were taken from elsewhere bring along what their source asks for, and its licence is not lost."""

from dataclasses import replace

import pytest

from ssg.casebook import read_case_set
from ssg.casebook.advice import NO_PROVENANCE, advice
from ssg.casebook.types import UNTOLD_ORIGIN
from ssg.settings import BUNDLED_CASES
from ssg.teaching.sources import unlike_licences, with_source

THEIRS = {"licence": "CC-BY-NC-4.0", "provenance": "Department X.", "citation": "X 2026.", "description": "Two cases."}


@pytest.fixture(scope="module")
def bundled():
    (folder, *_) = sorted(path.parent for path in BUNDLED_CASES.glob("*/case_set.json"))
    return read_case_set(folder)


@pytest.fixture
def theirs(bundled):
    return replace(bundled, cases=bundled.cases[:1], **THEIRS)


def head_of(shop, set_id):
    return shop.store.set(set_id).head


def listed(shop, set_id):
    return [work.case_id for work in shop.store.cases(set_id)]


def test_a_new_set_says_that_nobody_has_told_where_its_pictures_are_from(shop, theirs):
    made = shop.create("Ours", "CC0-1.0", "Ann").id
    assert head_of(shop, made)["provenance"] == UNTOLD_ORIGIN
    assert NO_PROVENANCE in advice(replace(theirs, provenance=UNTOLD_ORIGIN)) and NO_PROVENANCE not in advice(theirs)


def test_what_a_source_says_of_itself_comes_along(shop, theirs):
    made = shop.create("Ours", "CC-BY-NC-4.0", "Ann").id
    shop.copy_in(made, theirs, "Ann")
    head = head_of(shop, made)
    assert {name: head[name] for name in THEIRS} == THEIRS and head["synthetic"] is True
    draft, problems = shop.draft(made)
    assert not problems and (draft.provenance, draft.citation) == ("Department X.", "X 2026.")
    assert unlike_licences(head, listed(shop, made)) == []


def test_a_second_source_is_added_and_the_same_one_is_not_said_twice(shop, theirs):
    made = shop.create("Ours", "CC-BY-NC-4.0", "Ann", "Our own first.").id
    shop.copy_in(made, theirs, "Ann")
    other = replace(theirs, provenance="Department Y.", citation="Y 2025.", description="Others.", synthetic=False)
    for one in (theirs, other, replace(other, provenance=UNTOLD_ORIGIN, citation="")):
        shop.copy_in(made, one, "Ann")
    head = head_of(shop, made)
    assert head["provenance"] == "Our own first. Department X. Department Y."
    assert head["citation"] == "X 2026.\nY 2025." and head["description"] == "Two cases."
    assert head["synthetic"] is False


def test_a_licence_that_differs_is_told_until_it_is_the_same_or_the_cases_are_gone(shop, theirs):
    made = shop.create("Ours", "CC-BY-4.0", "Ann").id
    (work,) = shop.copy_in(made, theirs, "Ann")
    assert head_of(shop, made)["licence"] == "CC-BY-4.0", "it is the instructor's to say"
    (said,) = unlike_licences(head_of(shop, made), listed(shop, made))
    assert theirs.title in said and "CC-BY-NC-4.0" in said and "“CC-BY-4.0”" in said
    shop.save_head(made, {"licence": "cc-by-nc-4.0"}, shop.store.set(made).revision, "Ann")
    assert unlike_licences(head_of(shop, made), listed(shop, made)) == []
    shop.save_head(made, {"licence": "MIT"}, shop.store.set(made).revision, "Ann")
    assert unlike_licences(head_of(shop, made), listed(shop, made))
    shop.store.remove_case(made, work.case_id, "Ann")
    assert unlike_licences(head_of(shop, made), listed(shop, made)) == []


def test_what_another_saves_of_the_set_meanwhile_is_kept(shop, theirs, monkeypatch):
    made = shop.create("Ours", "CC-BY-NC-4.0", "Ann").id
    seen = []

    def meanwhile(head, *rest):
        if not seen:
            seen.append(shop.save_head(made, {"title": "Renamed"}, shop.store.set(made).revision, "Bob"))
        return with_source(head, *rest)

    monkeypatch.setattr("ssg.teaching.workshop.with_source", meanwhile)
    shop.copy_in(made, theirs, "Ann")
    assert (head_of(shop, made)["title"], head_of(shop, made)["citation"]) == ("Renamed", "X 2026.")
