"""The case set that ships: valid, small, never giving itself away, and a third of it with nothing to find."""

import tomllib

import pytest

from ssg.casebook import check_images, load_case_sets
from ssg.casebook.advice import advice, giveaways
from ssg.casebook.recipe import read_recipe
from ssg.phantoms import FINDINGS
from ssg.settings import BUNDLED_CASES
from ssg.vocabulary import Side

LARGEST = 16 * 2**20


@pytest.fixture(scope="module")
def bundled():
    sets, problems = load_case_sets([BUNDLED_CASES])
    assert not problems
    (found,) = sets
    return found


def test_it_is_valid_down_to_every_picture(bundled):
    assert check_images(bundled) == ()
    assert advice(bundled) == []


def test_it_says_what_it_is(bundled):
    assert bundled.synthetic
    assert not bundled.reviewed
    assert "No clinician" in bundled.provenance
    assert bundled.licence == "Apache-2.0"


def test_it_has_cases_enough_and_stays_small(bundled):
    assert len(bundled.cases) >= 24
    files = [path for path in bundled.folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= LARGEST
    used = {case.image.file.removeprefix("images/") for case in bundled.cases}
    assert {path.name for path in (bundled.folder / "images").iterdir()} == used


def test_in_a_third_of_the_cases_nothing_is_there(bundled):
    empty = [case for case in bundled.cases if not case.present]
    assert len(empty) * 3 >= len(bundled.cases)
    assert all(case.question for case in empty)


def test_every_finding_that_phantoms_show_is_taught(bundled):
    assert {finding for case in bundled.cases for finding in case.present} == set(FINDINGS)


def test_fluid_is_taught_on_the_left_on_the_right_and_on_both_sides(bundled):
    sides = {
        frozenset(region.side for region in case.readers[0].regions if region.finding == "pleural effusion")
        for case in bundled.cases
    }
    assert {frozenset({Side.LEFT}), frozenset({Side.RIGHT}), frozenset({Side.LEFT, Side.RIGHT})} <= sides


def test_no_history_gives_the_answer_away(bundled):
    assert [(case.id, giveaways(case)) for case in bundled.cases if giveaways(case)] == []


def test_histories_read_like_request_forms(bundled):
    for case in bundled.cases:
        assert case.history.startswith(tuple("123456789")), case.id
        assert 40 <= len(case.history) <= 300, case.id
        assert case.history.count(". ") <= 3, case.id
        assert len({case.history for case in bundled.cases}) == len(bundled.cases)


def test_present_and_absent_findings_are_asked_together(bundled):
    for case in bundled.cases:
        (reader,) = case.readers
        assert 3 <= len(case.question) <= 6, case.id
        assert set(case.present) <= set(case.question), case.id
        assert set(case.question) & set(reader.absent), case.id


def test_each_case_teaches_two_to_four_things_and_ties_them_to_what_it_shows(bundled):
    for case in bundled.cases:
        assert 2 <= len(case.teaching_points) <= 4, case.id
        assert case.discussion, case.id
        tied = {case.region_of(point).finding for point in case.teaching_points if case.region_of(point)}
        assert tied == set(case.present), case.id
        for point in case.teaching_points:
            assert point.finding is None or point.finding in case.question, case.id


def test_difficulty_goes_from_plain_to_easily_missed(bundled):
    levels = [case.difficulty for case in bundled.cases]
    assert set(levels) == {1, 2, 3, 4, 5}
    assert sum(levels[:8]) < sum(levels[-8:])


def test_the_recipe_tells_the_same_cases(bundled):
    path = bundled.folder / "recipe.toml"
    recipe = read_recipe(path)
    assert [case.id for case in recipe.cases] == [case.id for case in bundled.cases]
    for wanted, case in zip(recipe.cases, bundled.cases, strict=True):
        assert case.history == wanted.history.replace("{age}", case.history.split("-")[0]), case.id
        assert (case.title, case.question, case.difficulty) == (wanted.title, wanted.question, wanted.difficulty)
        assert [point.text for point in case.teaching_points] == [point.text for point in wanted.points]
        assert case.discussion == wanted.discussion
    assert "no clinician has reviewed" in path.read_text(encoding="utf-8").lower()
    assert tomllib.loads(path.read_text(encoding="utf-8"))["size"] == bundled.cases[0].width
