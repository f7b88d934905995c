"""The case sets that ship: valid, small, never giving themselves away, and a good part of each with nothing to find."""

import tomllib

import pytest

from ssg.casebook import check_images, load_case_sets
from ssg.casebook.advice import advice, giveaways
from ssg.casebook.files import png_depth
from ssg.casebook.recipe import read_recipe
from ssg.casebook.shown import shown_pixels
from ssg.phantoms import FINDINGS
from ssg.settings import BUNDLED_CASES
from ssg.vocabulary import Side

LARGEST = 25_000_000
"""Bytes of all sets together."""

BASICS = "chest-xray-first-steps"
LEAST = {
    BASICS: 42,
    "first-steps-tour": 6,
    "easily-missed": 12,
    "devices-and-lines": 10,
    "chest-ct": 12,
    "brain-mr": 12,
    "follow-up-pairs": 8,
}
"""Cases that each set has at least."""


@pytest.fixture(scope="module")
def sets():
    found, problems = load_case_sets([BUNDLED_CASES])
    assert not problems
    return {one.id: one for one in found}


@pytest.fixture(params=sorted(LEAST))
def bundled(request, sets):
    return sets[request.param]


@pytest.fixture
def basics(sets):
    return sets[BASICS]


def test_these_sets_ship_and_stay_small(sets):
    assert set(sets) == set(LEAST)
    files = [path for path in BUNDLED_CASES.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= LARGEST


def test_it_is_valid_down_to_every_picture(bundled):
    assert check_images(bundled) == ()
    assert advice(bundled) == []


def test_it_says_what_it_is(bundled):
    assert bundled.synthetic
    assert not bundled.reviewed
    assert "No clinician" in bundled.provenance
    assert bundled.licence == "Apache-2.0"


def test_it_has_cases_enough_and_no_picture_too_many(bundled):
    assert len(bundled.cases) >= LEAST[bundled.id]
    used = {image.file.removeprefix("images/") for case in bundled.cases for image in case.pictures}
    assert {path.name for path in (bundled.folder / "images").iterdir()} == used


def test_in_a_third_of_the_cases_nothing_is_there(bundled):
    empty = [case for case in bundled.cases if not case.present]
    assert len(empty) * (4 if bundled.id == "devices-and-lines" else 3) >= len(bundled.cases)
    assert all(case.question for case in empty)


def test_every_finding_that_phantoms_show_is_taught(basics):
    assert {finding for case in basics.cases for finding in case.present} == set(FINDINGS)


def test_fluid_is_taught_on_the_left_on_the_right_and_on_both_sides(basics):
    sides = {
        frozenset(region.side for region in case.readers[0].regions if region.finding == "pleural effusion")
        for case in basics.cases
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


def test_difficulty_goes_from_plain_to_easily_missed(basics, sets):
    levels = [case.difficulty for case in basics.cases]
    assert set(levels) == {1, 2, 3, 4, 5}
    assert sum(levels[:8]) < sum(levels[-8:])
    assert {case.difficulty for case in sets["first-steps-tour"].cases} == {1}
    assert {case.difficulty for case in sets["easily-missed"].cases} == {3, 4, 5}


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


def test_slices_say_how_they_lie_and_ct_is_in_hounsfield_units(sets):
    for case in sets["chest-ct"].cases:
        (series,) = case.series
        assert series.orientation == ("R", "L", "A", "P") and series.window and series.values == (-1024, 1)
        assert png_depth(sets["chest-ct"].image_path(case)) == 16
        assert shown_pixels(sets["chest-ct"], case).std() > 20
    slices = sets["brain-mr"].cases
    assert {case.view for case in slices} >= {"axial T2", "axial FLAIR", "coronal T1 post contrast", "sagittal T1"}
    assert all(case.series[0].orientation for case in slices)


def test_the_tour_shows_radiographs_ct_and_mr(sets):
    assert {case.modality for case in sets["first-steps-tour"].cases} == {"DX", "CT", "MR"}


def test_pairs_are_of_now_and_before_and_ask_what_is_there_now(sets):
    both = gone = 0
    for case in sets["follow-up-pairs"].cases:
        now, before = case.series
        assert now.days == 0 > before.days and case.key_picture == 0
        (reader,) = case.readers
        here = {region.lesion for region in reader.regions if region.picture == 0}
        assert {region.lesion for region in reader.regions} == here
        assert {region.finding for region in reader.regions} <= set(case.question)
        assert all(mark.picture == 1 and mark.label.endswith("gone since") for mark in reader.other)
        both += any(region.picture == 1 for region in reader.regions)
        gone += bool(reader.other)
    assert both >= 3 and gone >= 3
