"""Phantoms become cases: after a recipe whose words hold, or plain ones from a seed."""

from pathlib import Path

import numpy as np
import pytest

from ssg.casebook import InvalidCaseSet, read_case_set, write_case_set
from ssg.casebook.recipe import read_recipe
from ssg.casebook.synth import from_recipe, from_seeds, unfit
from ssg.errors import BadInput
from ssg.phantoms import chest_xray

RECIPE = """
id = "tiny"
title = "Tiny"
version = "1"
licence = "Apache-2.0"
provenance = "Drawn."
size = 128

[[case]]
id = "a"
seed = 40
view = "PA"
sex = "F"
age = [30, 60]
difficulty = 2
findings = [
    { finding = "pleural effusion", side = "left", severity = 0.5 },
    { finding = "cardiomegaly", severity = 0.5 },
]
question = ["effusion", "cardiomegaly", "pneumothorax"]
title = "Breathless"
history = "{age}-year-old woman."

[[case.point]]
finding = "pleural effusion"
side = "left"
text = "It climbs."

[[case.point]]
finding = "pneumothorax"
text = "None."

[[case]]
id = "b"
seed = 7
difficulty = 1
findings = []
question = ["nodule", "mass"]
title = "Well"
history = "No complaints."
look = "both apices"
"""


@pytest.fixture
def recipe(tmp_path) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def test_the_patient_is_the_one_that_the_words_speak_of(recipe, tmp_path):
    made = from_recipe(read_recipe(recipe))
    written = write_case_set(made.case_set, tmp_path / "set", made.images)
    found = read_case_set(tmp_path / "set")
    assert found == written
    first, second = found.cases
    age = int(first.history.split("-")[0])
    assert 30 <= age <= 60
    assert (first.view, first.present, second.present) == ("PA", ("pleural effusion", "cardiomegaly"), ())
    assert first.region_of(first.teaching_points[0]).called == "left pleural effusion"
    assert first.region_of(first.teaching_points[1]) is None
    assert (found.synthetic, found.reviewed, first.readers[0].id) == (True, False, "truth")


def test_boxes_and_spacing_are_those_of_the_phantom(recipe):
    made = from_recipe(read_recipe(recipe))
    case = made.case_set.cases[1]
    phantom = chest_xray(7, 128, findings=[])
    assert case.spacing_mm == pytest.approx((phantom.spacing_mm[1], phantom.spacing_mm[0]), abs=1e-4)
    assert set(case.readers[0].absent) == set(phantom.absent)


def test_another_patient_is_taken_where_the_seed_does_not_fit_and_that_is_said(recipe):
    wanted = read_recipe(recipe).cases[0]
    seed = next(seed for seed in range(40, 400) if unfit(chest_xray(seed, 96, findings=wanted.findings), wanted))
    recipe.write_text(RECIPE.replace("seed = 40", f"seed = {seed}"), encoding="utf-8")
    made = from_recipe(read_recipe(recipe))
    assert len(made.notes) == 1
    assert f"case a: seed {seed} " in made.notes[0]


def test_a_patient_whom_nobody_can_be_is_refused_by_name(recipe, monkeypatch):
    monkeypatch.setattr("ssg.casebook.synth.MOST_TRIED", 20)
    recipe.write_text(RECIPE.replace("[30, 60]", "[150, 190]"), encoding="utf-8")
    with pytest.raises(BadInput, match="Case a: none of 20 patients"):
        from_recipe(read_recipe(recipe))


def test_asking_for_what_the_truth_leaves_open_does_not_fit(recipe):
    recipe.write_text(RECIPE.replace('"pneumothorax"]', '"atelectasis"]'), encoding="utf-8")
    wanted = read_recipe(recipe).cases[0]
    phantoms = (chest_xray(seed, 96, findings=wanted.findings, site=wanted.site) for seed in range(40, 200))
    fitting = next(one for one in phantoms if one.sex == "F" and one.view == "PA" and 30 <= one.age <= 60)
    assert unfit(fitting, wanted) == "leaves atelectasis unknown"


def test_pictures_that_stay_the_same_keep_their_files(recipe, tmp_path):
    made = from_recipe(read_recipe(recipe))
    first = write_case_set(made.case_set, tmp_path / "set", made.images)
    again = from_recipe(read_recipe(recipe), first)
    assert again.images == made.images
    assert not again.notes
    recipe.write_text(RECIPE.replace("seed = 7", "seed = 8"), encoding="utf-8")
    changed = from_recipe(read_recipe(recipe), first)
    assert "still version 1" in changed.notes[-1]
    assert [note for note in changed.notes if note.startswith("case b")] == [
        "case b: new picture. Look at it: both apices."
    ]


def test_every_mistake_of_a_recipe_is_reported_at_once(recipe):
    text = RECIPE.replace('"cardiomegaly", severity = 0.5', '"cardiomegly", severity = 5').replace("[30, 60]", "[30]")
    recipe.write_text(text.replace("size = 128", "size = 9").replace('look = "', 'loook = "'), encoding="utf-8")
    with pytest.raises(InvalidCaseSet) as caught:
        read_recipe(recipe)
    assert [problem.field for problem in caught.value.problems] == [
        "size",
        "case[0].age",
        "case[0].findings[1].finding",
        "case[0].findings[1].severity",
        "case[1].loook",
    ]


def test_what_is_no_toml_is_refused(recipe):
    recipe.write_text("id = [", encoding="utf-8")
    with pytest.raises(BadInput, match="not a TOML file"):
        read_recipe(recipe)


def test_plain_cases_from_seeds_are_valid_and_repeatable(tmp_path):
    made, again = from_seeds(11, 6, 96), from_seeds(11, 6, 96)
    assert made.case_set == again.case_set
    write_case_set(made.case_set, tmp_path / "set", made.images)
    found = read_case_set(tmp_path / "set")
    assert len(found.cases) == 6
    for number, case in enumerate(found.cases):
        phantom = chest_xray(11 + number, 96)
        assert case.present == tuple(dict.fromkeys(case.present))
        assert set(case.present) == {one.finding for one in phantom.findings}
        assert set(case.present) <= set(case.question)
        assert np.array_equal(_pixels(found.image_bytes(case)), phantom.pixels)


def _pixels(data: bytes) -> np.ndarray:
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(data)))
