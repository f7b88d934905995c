"""What the editor of a case says of a save: whether it was kept, what is wrong, and no id that says nothing."""

import pytest

from ssg.casebook import InvalidCaseSet
from ssg.errors import BadInput
from ssg.store import Store
from ssg.teaching.workshop import Workshop
from ssg.web.pages.build_saved import not_saved, saved_html, untied
from tests.casebook.ingest.making import radiograph, save


@pytest.fixture
def opened(tmp_path):
    """(a workshop, its only case)."""
    with Store(f"sqlite:///{tmp_path / 'ssg.sqlite3'}") as store:
        shop = Workshop(store.workshop, tmp_path / "workshop")
        made = shop.create("One", "private", "Ann")
        ((work,), _) = shop.take_in(made.id, [save(tmp_path / "in", {"xr": radiograph(1)})], "Ann")
        yield shop, work


def test_what_is_kept_with_its_problems_is_said_to_be_saved(opened):
    shop, work = opened
    after = shop.save(work.set_id, work.case_id, {"title": ""}, work.revision, "Ann")
    said = saved_html(after)
    assert "Saved. Before it can be published:" in said and "data-saved" in said
    assert "title" in said and work.case_id not in said


def test_what_is_refused_is_said_not_to_be_saved_and_is_not(opened):
    shop, work = opened
    region = {"finding": "cardiomegaly", "box": [0, 0, 4, 4]}
    both = {"readers": [{"id": "Ann", "regions": [region], "absent": ["cardiomegaly"]}]}
    with pytest.raises(InvalidCaseSet) as refused:
        shop.save(work.set_id, work.case_id, both, work.revision, "Ann")
    said = not_saved(refused.value)
    assert "Not saved:" in said and "is marked: decide" in said
    assert work.case_id in str(refused.value) and work.case_id not in said and "data-saved" not in said
    assert shop.store.case(work.set_id, work.case_id).revision == work.revision
    assert "Not saved:" in (told := not_saved(BadInput("Write a weight."))) and "Write a weight." in told


def test_a_point_that_was_meant_to_be_tied_is_told_when_it_is_not():
    points = ["nodul: typo", "Eve #1: no such reader", "Note: compare with earlier films", "No colon"]
    rows = [{"text": line} for line in points] + [{"finding": "nodule", "text": "round: yes"}]
    first, second = untied({"teaching_points": rows})
    assert "“nodul:”" in first and "“nodule:”" in first and "“Eve #1:”" in second
    assert untied({}) == []


def test_the_hint_stands_below_what_is_saved(opened):
    shop, work = opened
    points = {"teaching_points": [{"text": "nodul: typo"}]}
    after = shop.save(work.set_id, work.case_id, points, work.revision, "Ann")
    assert "Did you mean “nodule:”?" in saved_html(after)
