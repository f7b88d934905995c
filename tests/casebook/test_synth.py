"""Phantoms become cases: after a recipe whose words hold, or plain ones from a seed."""

from pathlib import Path

import numpy as np
import pytest

from ssg.casebook import InvalidCaseSet, read_case_set, write_case_set
from ssg.casebook.recipe import read_recipe
from ssg.casebook.synth import from_recipe, from_seeds, unfit
from ssg.errors import BadInput
from ssg.phantoms import chest_xray
from ssg.phantoms.kinds import draw

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


SLICES = """
id = "slices"
title = "Slices"
version = "1"
licence = "Apache-2.0"
provenance = "Drawn."
kind = "chest-ct"
size = 160

[[case]]
id = "ct"
seed = 2
window = "lung"
level = 20
difficulty = 1
findings = [{ finding = "pneumothorax", side = "left", severity = 0.7 }]
question = ["pneumothorax", "pleural effusion"]
title = "Fell"
history = "{age} years old."

[[case]]
id = "mr"
kind = "brain-mr"
seed = 2
view = "coronal"
sequence = "T2"
difficulty = 1
findings = []
question = ["hydrocephalus"]
title = "Headache"
history = "No complaints now."
"""


def test_a_recipe_names_the_kind_of_phantom(recipe, tmp_path):
    recipe.write_text(SLICES, encoding="utf-8")
    made = from_recipe(read_recipe(recipe))
    write_case_set(made.case_set, tmp_path / "set", made.images)
    found = read_case_set(tmp_path / "set")
    ct, mr = found.cases
    assert (ct.modality, ct.view, ct.body_part, ct.specialty) == ("CT", "axial", "CHEST", "chest")
    assert (mr.modality, mr.view, mr.body_part, mr.specialty) == ("MR", "coronal T2", "HEAD", "neuro")
    assert ct.series[0].orientation == ("R", "L", "A", "P") and mr.series[0].orientation == ("R", "L", "H", "F")
    seed = int(ct.source.split("seed ")[1].split(",")[0])
    phantom = draw("chest-ct", seed, size=160, findings=read_recipe(recipe).cases[0].findings, window="lung", level=20)
    assert ct.series[0].values == (-1024, 1) and ct.series[0].window == pytest.approx(phantom.window, abs=0.06)
    measured = np.clip(np.rint(phantom.values), -1024, None)
    assert np.array_equal(_pixels(found.image_bytes(ct)).astype(float) - 1024, measured)
    again = from_recipe(read_recipe(recipe), found)
    assert again.images == made.images and again.case_set.cases == found.cases


PAIR = """
[[case]]
id = "c"
seed = 3
view = "PA"
difficulty = 1
findings = [{ finding = "nodule", side = "left", severity = 0.9 }]
question = ["nodule", "pleural effusion"]
title = "Again"
history = "A year later."

[[case.before]]
days = -365
title = "A year ago"
findings = [
    { finding = "nodule", side = "left", severity = 0.5 },
    { finding = "pleural effusion", side = "right", severity = 0.5 },
]
"""


def test_earlier_examinations_are_of_the_same_patient(recipe, tmp_path):
    recipe.write_text(RECIPE + PAIR, encoding="utf-8")
    made = from_recipe(read_recipe(recipe))
    write_case_set(made.case_set, tmp_path / "set", made.images)
    case = read_case_set(tmp_path / "set").cases[2]
    now, before = case.series
    assert (now.id, now.days, before.id, before.days, before.title) == ("now", 0, "before", -365, "A year ago")
    assert now.frames[0].sha256 != before.frames[0].sha256
    (reader,) = case.readers
    assert case.present == ("nodule",) and "pleural effusion" in reader.absent
    assert [(one.picture, one.lesion) for one in reader.regions] == [(0, "nodule-left-1"), (1, "nodule-left-1")]
    (larger, smaller) = reader.regions
    assert larger.box.area > smaller.box.area and case.key_picture == 0
    (gone,) = reader.other
    assert (gone.picture, gone.label) == (1, "right pleural effusion, gone since")
    assert {region.picture for region in case.structures} == {0, 1}


def test_another_visit_is_the_same_body_exposed_anew():
    spec = [{"finding": "nodule", "side": "left", "severity": 0.6}]
    first, second = (chest_xray(5, 256, findings=spec, site="private practice", visit=visit) for visit in (0, 1))
    assert (first.sex, first.age, first.view) == (second.sex, second.age, second.view)
    assert not np.array_equal(first.pixels, second.pixels)
    size = [one.findings[0].boxes[0].width * one.spacing_mm[0] for one in (first, second)]
    assert size[0] == pytest.approx(size[1], rel=0.15)
    with pytest.raises(BadInput, match="visit"):
        chest_xray(5, 96, visit=-1)


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('window = "lung"', 'sequence = "T1"', "case[0].sequence"),
        ('sequence = "T2"', 'window = "lung"', "case[1].window"),
        ('view = "coronal"', 'view = "PA"', "case[1].view"),
        ('finding = "pneumothorax"', 'finding = "pacemaker"', "case[0].findings[0].finding"),
        ('kind = "chest-ct"', 'kind = "knee-mr"', "kind"),
        ("level = 20", "level = 20\nbefore = [{ days = -3 }]", "case[0].before"),
    ],
)
def test_what_a_kind_does_not_have_is_refused(recipe, before, after, field):
    recipe.write_text(SLICES.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InvalidCaseSet) as caught:
        read_recipe(recipe)
    assert field in [problem.field for problem in caught.value.problems]


def test_a_finding_that_shows_and_is_not_asked_does_not_fit(recipe):
    recipe.write_text(RECIPE.replace('"cardiomegaly", "pneumothorax"]', '"pneumothorax"]'), encoding="utf-8")
    wanted = read_recipe(recipe).cases[0]
    phantoms = (chest_xray(seed, 96, findings=wanted.findings, site=wanted.site) for seed in range(40, 200))
    fitting = next(one for one in phantoms if one.sex == "F" and one.view == "PA" and 30 <= one.age <= 60)
    assert unfit(fitting, wanted) in ("shows cardiomegaly, which is not asked", "leaves pneumothorax unknown")


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
