"""``score``: an answer against a reference, one or many."""

import json

import numpy as np
import pytest
from PIL import Image

from ssg.grounding.region_text import EMBEDDED, RegionText
from ssg.phantoms import chest_xray
from ssg.reward.rubric import COMPONENTS

HEART, EFFUSION = [371, 367, 825, 792], [60, 600, 300, 900]
READER = {
    "id": "dr a",
    "regions": [
        {"finding": "cardiomegaly", "box": HEART},
        {"finding": "pleural effusion", "side": "right", "box": EFFUSION},
    ],
    "absent": ["pneumothorax"],
}
REFERENCE = {"width": 1024, "height": 1024, "readers": [READER]}
OWN = {"regions": READER["regions"], "absent": READER["absent"]}


def shifted(pixels):
    regions = [{**row, "box": [value + pixels for value in row["box"]]} for row in READER["regions"]]
    return {"regions": regions, "absent": READER["absent"]}


SHIFTED, EMPTY = shifted(100), {"regions": [], "absent": []}
WHOLE_IMAGE = {"regions": [{**row, "box": [0, 0, 1024, 1024]} for row in READER["regions"]]}


@pytest.fixture
def file(tmp_path):
    def written(value, name):
        path = tmp_path / name
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return path

    return written


@pytest.fixture
def score(run, file):
    def scored(answer, reference=REFERENCE, *more):
        return run(
            "score", "--reference", file(reference, "ref.json"), "--answer", file(answer, "ans.json"), "--json", *more
        )

    return scored


def test_a_readers_own_answer_is_right(score):
    ran = score(OWN)
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["components"]["spatial"]["score"] == 1.0
    assert ran.json["total"] == 1.0
    assert [match["iou"] for match in ran.json["matches"]] == [1.0, 1.0]
    assert ran.json["missed"] == ran.json["extra"] == []


def test_the_json_has_the_promised_form(score):
    printed = score(SHIFTED).json
    assert {"total", "components", "matches", "missed", "extra", "percentile"} <= set(printed)
    assert list(printed["components"]) == list(COMPONENTS)
    for name, part in printed["components"].items():
        if part is None:
            assert printed["absent_components"][name]
        else:
            assert 0 <= part["score"] <= 1
            assert part["why"]
    assert sum(part["weight"] for part in printed["components"].values() if part) == pytest.approx(1)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (SHIFTED, "too far to the image's right"),
        (EMPTY, "Missed"),
        (WHOLE_IMAGE, "times the reader's area"),
        ({"regions": OWN["regions"][:1]}, "Missed"),
        ({"regions": [*OWN["regions"], {"finding": "pneumothorax", "box": [0, 0, 9, 9]}]}, "pneumothorax"),
    ],
    ids=["shifted", "empty", "whole image", "one missed", "false alarm"],
)
def test_a_worse_answer_gets_less_and_is_told_why(score, run, file, answer, words):
    printed = score(answer).json
    assert printed["components"]["spatial"]["score"] < 1
    assert printed["total"] < 1
    told = run("score", "--reference", file(REFERENCE, "ref.json"), "--answer", file(answer, "ans.json")).out
    assert words in told


def test_the_further_away_the_less(score):
    totals = [score(shifted(pixels)).json["total"] for pixels in (0, 10, 50, 100)]
    assert totals == sorted(totals, reverse=True)
    assert len(set(totals)) == 4


def test_only_what_was_asked_is_judged(score):
    reference = REFERENCE | {"question": ["cardiomegaly"]}
    assert score({"regions": OWN["regions"][:1]}, reference).json["total"] == 1.0


def test_what_no_reader_speaks_of_cannot_be_scored_and_that_is_not_a_zero(score, run, file):
    for reference in (REFERENCE | {"readers": []}, REFERENCE | {"question": ["rib fracture"]}):
        printed = score(OWN, reference).json
        assert printed["total"] is None
        assert set(printed["components"].values()) == {None}
    told = run("score", "--reference", file(reference, "ref.json"), "--answer", file(OWN, "ans.json"))
    assert (told.code, told.out.count("\n")) == (0, 1)
    assert "not a zero" in told.out


def test_findings_may_be_named_by_any_written_form(score):
    heart, effusion = OWN["regions"]
    renamed = [heart | {"finding": "Enlarged heart"}, effusion | {"finding": "EFFUSION"}]
    assert score({"regions": renamed, "absent": ["PTX"]}).json["total"] == 1.0


def test_another_rubric_changes_the_weights(score, file):
    printed = score(
        SHIFTED, REFERENCE, "--rubric", file({"spatial": 3, "semantic": 1, "clinical": 0}, "rubric.json")
    ).json
    assert printed["components"]["spatial"]["weight"] == 0.75


def test_the_image_is_held_to_the_size_in_the_reference(score, tmp_path):
    for size, code in ((1024, 0), (512, 2)):
        Image.fromarray(np.zeros((size, size), np.uint8)).save(tmp_path / "image.png")
        assert score(OWN, REFERENCE, "--image", tmp_path / "image.png").code == code


@pytest.fixture(scope="module")
def chest(tmp_path_factory):
    drawn = chest_xray(12, size=256)
    path = tmp_path_factory.mktemp("chest") / "chest.png"
    Image.fromarray(drawn.pixels).save(path)
    regions = [
        {"finding": one.finding, "side": one.side, "box": list(box)} for one in drawn.findings for box in one.boxes
    ]
    return path, {"width": 256, "height": 256, "readers": [{"id": "phantom", "regions": regions}]}


def moved(reference, pixels):
    regions = [
        {**row, "box": [row["box"][0], row["box"][1], row["box"][2] + pixels, row["box"][3]]}
        for row in reference["readers"][0]["regions"]
    ]
    return {"regions": regions}


def test_with_the_image_names_are_held_against_what_it_shows(score, chest):
    path, reference = chest
    own = {"regions": reference["readers"][0]["regions"]}
    assert len(own["regions"]) > 1
    seeing = score(own, reference, "--image", path).json
    assert (seeing["total"], seeing["encoder_note"]) == (1.0, "")
    assert seeing["encoder"] == RegionText.load().manifest.name
    assert all(0 <= match["shown"] == match["reference_shown"] <= 1 for match in seeing["matches"])
    blind = score(own, reference).json
    assert blind["encoder"] is None and all(match["shown"] is None for match in blind["matches"])
    wide = [score(moved(reference, 30), reference, *more).json for more in ((), ("--image", path))]
    assert wide[0]["components"]["spatial"] == wide[1]["components"]["spatial"]
    assert wide[1]["components"]["semantic"]["score"] < wide[0]["components"]["semantic"]["score"]


def test_an_image_that_the_encoder_does_not_know_leaves_names_by_themselves(score, tmp_path):
    Image.fromarray(np.zeros((1024, 1024), np.uint8)).save(tmp_path / "grey.png")
    printed = score(OWN, REFERENCE, "--image", tmp_path / "grey.png").json
    assert printed["encoder"] is None
    assert "is not asked about this image: it has hardly any structure" in printed["encoder_note"]


def test_another_encoder_none_and_one_that_is_not_there(score, chest, monkeypatch, tmp_path):
    path, reference = chest
    own = {"regions": reference["readers"][0]["regions"]}
    ran = score(own, reference, "--image", path, "--encoder", tmp_path / "nothing")
    assert ran.code != 0 and "image-text encoder folder" in ran.err and "--encoder" in ran.err
    ran = score(own, reference, "--encoder", EMBEDDED)
    assert ran.code == 2 and "give --image too" in ran.err
    assert "the name is empty" in score(own, reference, "--image", path, "--encoder", "").err
    assert "by themselves" in score(own, reference, "--image", path, "--encoder", "none").json["encoder_note"]
    monkeypatch.setenv("SSG_ENCODER", "none")
    assert "by themselves" in score(own, reference, "--image", path).json["encoder_note"]
    assert score(own, reference, "--image", path, "--encoder", EMBEDDED).json["encoder"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_is_refused_with_the_region_that_has_it(score, number):
    text = json.dumps(OWN).replace("371", number)
    ran = score(text)
    assert ran.code == 2 and "Region 1 of the answer (cardiomegaly)" in ran.err
    assert (
        '"width" of the reference'
        in score(OWN, json.dumps(REFERENCE).replace('"width": 1024', f'"width": {number}')).err
    )


def test_lines_of_a_batch_may_have_images(run, file, chest):
    path, reference = chest
    answers = [{"regions": reference["readers"][0]["regions"]}, moved(reference, 30)]
    rows = [{"reference": reference, "answer": answer, "image": path.name} for answer in answers]
    lines = path.parent / "lines.jsonl"
    lines.write_text("\n".join(map(json.dumps, [*rows, {**rows[1], "image": None}])))
    ran = run("score", "--batch", lines, "--json")
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert [row["encoder"] is None for row in found] == [False, False, True]
    assert found[0]["total"] == 1 and found[1]["total"] < found[2]["total"]
    for image, message in ((7, '"image" is the path'), ("nowhere.png", "nowhere.png")):
        lines.write_text("\n".join(map(json.dumps, [rows[0], {**rows[1], "image": image}])))
        ran = run("score", "--batch", lines, "--json")
        assert (ran.code, ran.out) == (2, "") and message in ran.err and "line 2" in ran.err
    lines.write_text(json.dumps({"reference": reference, "answer": answers[0], "imgae": path.name}))
    assert 'did you mean "image"?' in run("score", "--batch", lines).err
    lines.write_text("\n".join(map(json.dumps, [{**rows[0], "image": None}, rows[1]])))
    ran = run("score", "--batch", lines, "--encoder", path.parent / "no" / "encoder")
    assert ran.code != 0 and ran.out == "", "nothing that looks complete"
    lines.write_text(json.dumps({**rows[0], "reference": {**reference, "width": 300}}))
    assert "256 × 256 pixels" in run("score", "--batch", lines).err


def test_a_file_with_the_mark_that_windows_puts_first_is_read(score):
    assert score("\ufeff" + json.dumps(OWN)).json["total"] == 1.0


def test_names_that_reach_the_terminal_cannot_command_it(run, file):
    reader = READER | {"id": "\x1b[2J\ud800\n"}
    answer = file(EMPTY, "ans.json")
    ran = run("score", "--reference", file(REFERENCE | {"readers": [reader]}, "ref.json"), "--answer", answer)
    assert ran.code == 0
    assert "marked by ?[2J??" in ran.out
    assert all(line.isprintable() for line in ran.out.splitlines())


def test_a_batch_prints_one_line_each_in_order(run, file, score):
    answers = [OWN, SHIFTED, EMPTY]
    rows = "\r\n".join(json.dumps({"reference": REFERENCE, "answer": answer}) for answer in answers)
    ran = run("score", "--batch", file(f"\n{rows}\n\n", "batch.jsonl"))
    assert ran.code == 0
    assert [json.loads(line) for line in ran.out.splitlines()] == [score(answer).json for answer in answers]


def test_a_line_of_a_batch_ends_only_where_a_line_ends(run, file):
    row = {"reference": REFERENCE | {"readers": [READER | {"id": "a\u2028b\x85c"}]}, "answer": OWN}
    ran = run("score", "--batch", file(json.dumps(row, ensure_ascii=False), "batch.jsonl"))
    assert json.loads(ran.out)["total"] == 1.0


def test_a_bad_line_of_a_batch_leaves_no_results_that_look_complete(run, file):
    good = json.dumps({"reference": REFERENCE, "answer": OWN})
    bad = json.dumps({"reference": REFERENCE, "answer": {"regions": [{"finding": "nodule", "box": [5, 5, 1, 1]}]}})
    refusal = run("score", "--batch", file("\n".join([good, good, bad]), "batch.jsonl")).refusal
    assert "batch.jsonl, line 3: Region 1 of the answer (nodule)" in refusal
