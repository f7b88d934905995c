"""A valid set is read as it was meant; several folders are found; a damaged one keeps nobody from the others."""

import json
from pathlib import Path

import pytest

from ssg.boxes import Box
from ssg.casebook import check_images, load_case_sets, read_case_set
from ssg.casebook.writing import to_manifest
from ssg.errors import BadInput
from ssg.reward import Answer, Rubric, score
from ssg.vocabulary import Side
from tests.casebook.conftest import Folder, png


def test_a_set_is_read_as_written(folder):
    found = read_case_set(folder.path)
    case = found.case("c1")
    assert (found.id, found.version, found.reviewed, found.synthetic) == ("small", "1.0.0", False, False)
    assert (case.width, case.height, case.spacing_mm) == (64, 48, (0.5, 0.4))
    assert [reader.id for reader in case.readers] == ["A", "B"]
    assert case.readers[0].regions[0].side is Side.RIGHT
    assert case.readers[0].regions[0].box == Box(2, 20, 30.5, 48)
    assert case.history.endswith("it.\nNo fever.")
    assert case.present == ("pleural effusion", "cardiomegaly")


def test_a_reader_who_answers_a_case_is_right(folder):
    case = read_case_set(folder.path).case("c1")
    reader = case.readers[1]
    judged = score(case.reference(), Answer(reader.regions, ("pneumothorax",)))
    assert judged.components["spatial"].score == 1
    assert case.reference().question == ("pleural effusion", "pneumothorax")
    assert case.reference().spacing_mm == (0.5, 0.4)


def test_findings_may_be_written_by_any_name(folder):
    folder.case["readers"][0]["regions"][0]["finding"] = "Pleural Effusions"
    folder.case["readers"][0]["absent"] = ["PTX"]
    folder.case["question"] = ["fluid around the lung", "PTX"]
    case = read_case_set(folder.save()).case("c1")
    assert case.question == ("pleural effusion", "pneumothorax")


def test_without_a_question_all_that_is_stated_is_asked(folder):
    del folder.case["question"]
    case = read_case_set(folder.save()).case("c1")
    assert case.question == ("pleural effusion", "cardiomegaly", "pneumothorax")


def test_a_teaching_point_knows_its_region(folder):
    folder.case["teaching_points"].append({"text": "B agrees.", "region": 0, "reader": "B"})
    case = read_case_set(folder.save()).case("c1")
    tied, untied, of_b = case.teaching_points
    assert case.region_of(tied) == case.readers[0].regions[0]
    assert case.region_of(untied) is None
    assert case.region_of(of_b) == case.readers[1].regions[0]


def test_a_rubric_replaces_the_weights(folder):
    folder.case["rubric"] = {"spatial": 0.6, "gate": 0}
    assert read_case_set(folder.save()).case("c1").rubric == Rubric(spatial=0.6, gate=0)


def test_a_manifest_from_a_windows_editor_is_read(folder):
    text = "\ufeff" + json.dumps(folder.manifest).replace("\\n", "\\r\\n")
    (folder.path / "case_set.json").write_text(text, encoding="utf-8")
    assert read_case_set(folder.path).case("c1").history.endswith("it.\nNo fever.")


def test_the_checksum_is_looked_at_when_the_picture_is_wanted(folder):
    (folder.path / "images" / "c1.png").write_bytes(png(seed=9))
    found = read_case_set(folder.path)
    assert found.image_bytes(found.case("c2")) == png(seed=1)
    with pytest.raises(BadInput, match="sha256"):
        found.image_bytes(found.case("c1"))


def test_check_images_names_every_picture_that_is_not_the_one_meant(folder):
    data = (folder.path / "images" / "c2.png").read_bytes()
    (folder.path / "images" / "c1.png").write_bytes(png(seed=9))
    (folder.path / "images" / "c2.png").write_bytes(data[:-30])
    heard = []
    problems = check_images(read_case_set(folder.path), heard.append)
    assert [(problem.case, problem.file.name) for problem in problems] == [("c1", "c1.png"), ("c2", "c2.png")]
    assert heard == [1, 2]


def test_a_picture_that_cannot_be_decoded_is_found_although_its_checksum_is_right(folder):
    import hashlib

    data = png()[:-30]
    (folder.path / "images" / "c1.png").write_bytes(data)
    folder.case["image"]["sha256"] = hashlib.sha256(data).hexdigest()
    (problem,) = check_images(read_case_set(folder.save()))
    assert problem.case == "c1"


def test_a_folder_of_sets_and_a_set_are_both_found(tmp_path):
    one, two = Folder(tmp_path / "many" / "one"), Folder(tmp_path / "two")
    two.manifest["id"] = "other"
    two.save()
    sets, problems = load_case_sets([tmp_path / "many", two.path])
    assert [found.id for found in sets] == ["small", "other"]
    assert sets[0].folder == one.path
    assert not problems


def test_a_damaged_set_keeps_nobody_from_the_others(tmp_path):
    good, bad = Folder(tmp_path / "a"), Folder(tmp_path / "b")
    bad.manifest["id"] = "bad"
    bad.case["difficulty"] = 9
    del bad.manifest["cases"][1]["title"]
    bad.save()
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "case_set.json").write_text("{", encoding="utf-8")
    sets, problems = load_case_sets([tmp_path, tmp_path / "nowhere", good.path / "case_set.json"])
    assert [found.folder for found in sets] == [good.path]
    assert [(problem.file.parent.name, problem.field) for problem in problems] == [
        ("b", "cases[0].difficulty"),
        ("b", "cases[1].title"),
        ("c", ""),
        (tmp_path.name, ""),
        ("a", ""),
    ]


def test_of_two_sets_with_one_id_the_first_counts(tmp_path):
    first, second = Folder(tmp_path / "a"), Folder(tmp_path / "b")
    sets, problems = load_case_sets([tmp_path])
    assert [found.folder for found in sets] == [first.path]
    assert [(problem.file, problem.field) for problem in problems] == [(second.path / "case_set.json", "id")]


def test_the_same_folder_named_twice_is_one_set(folder):
    sets, problems = load_case_sets([folder.path, folder.path.parent])
    assert len(sets) == 1
    assert not problems


def test_a_case_that_is_not_there_is_named(folder):
    with pytest.raises(BadInput, match="'c9'"):
        read_case_set(folder.path).case("c9")


def test_reading_needs_no_torch_and_no_browser_page():
    import subprocess
    import sys

    code = (
        "import ssg.casebook, sys; print([m for m in ('torch', 'gradio', 'pydicom', 'sqlalchemy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.strip() == "[]"


def test_structures_are_held_against_the_answer_and_asked_of_nobody(folder):
    folder.case["structures"] = [{"finding": "costophrenic angle", "side": "right", "box": [2, 30, 20, 48]}]
    case = read_case_set(folder.save()).cases[0]
    assert [region.finding for region in case.structures] == ["costophrenic angle"]
    assert "costophrenic angle" not in (*case.question, *case.present)
    own = case.readers[0]
    judged = score(case.reference(), Answer(own.regions, own.absent))
    assert judged.total == 1 and "costophrenic angle" in judged.components["coherence"].why
    assert {match.finding for match in judged.matches} == {"pleural effusion"}
    assert all("costophrenic" not in row.finding for row in judged.missed)


def test_sets_are_offered_in_their_order(tmp_path):
    places: dict[str, int | None] = {"a": None, "b": 20, "c": 10, "d": None}
    for name, order in places.items():
        made = Folder(tmp_path / "many" / name)
        made.manifest["id"] = name
        if order is not None:
            made.manifest["order"] = order
        made.save()
    sets, problems = load_case_sets([tmp_path / "many"])
    assert [one.id for one in sets] == ["c", "b", "a", "d"] and not problems
    assert [to_manifest(one).get("order") for one in sets] == [10, 20, None, None]
