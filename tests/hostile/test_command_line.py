"""Every command that takes a file or a text: done or refused in one line, never a traceback."""

import json

from tests.hostile.inputs import hostile_texts, malformed_files

REFUSED_AT_LEAST = 130
"""Of the 200 files; the others are damaged where it does not show, and open."""


def test_200_malformed_files(run, tmp_path, small_checkpoint):
    refused = 0
    for number, (name, data) in enumerate(malformed_files()):
        file = tmp_path / f"{number}.bin"
        file.write_bytes(data)
        ran = run("ground", "--image", file, "--text", "nodule", "--policy", small_checkpoint, "--json")
        if ran.code == 0:
            answer = ran.json
            assert answer["image"]["width"] > 0 and answer["image"]["height"] > 0, name
            assert answer["status"] in ("found", "nothing_found"), name
        else:
            assert file.name in ran.refusal, name
            refused += 1
    assert refused >= REFUSED_AT_LEAST


def test_malformed_files_where_json_is_expected(run, tmp_path):
    for number, (name, data) in enumerate(malformed_files()[::5]):
        file = tmp_path / f"{number}.json"
        file.write_bytes(data)
        ran = run("score", "--reference", file, "--answer", file)
        assert ran.refusal, name


def test_200_hostile_texts(run, small_checkpoint, one_image):
    statuses = set()
    for text in hostile_texts():
        ran = run("ground", "--image", one_image, f"--text={text}", "--policy", small_checkpoint, "--json")
        if ran.code == 0:
            answer = ran.json
            statuses.add(answer["status"])
            for region in (region for finding in answer["findings"] for region in finding["regions"]):
                x0, y0, x1, y1 = region["box"]
                assert 0 <= x0 < x1 <= 90 and 0 <= y0 < y1 <= 80, text
        else:
            assert ran.refusal, text
    assert "unreadable" in statuses and statuses & {"found", "nothing_found"}


def test_hostile_texts_as_names_of_findings(run, tmp_path):
    reference = tmp_path / "reference.json"
    reference.write_text(json.dumps({"width": 9, "height": 9, "readers": [{"id": "a", "absent": ["nodule"]}]}))
    answer = tmp_path / "answer.json"
    for text in hostile_texts()[::3]:
        answer.write_text(json.dumps({"regions": [{"finding": text, "box": [0, 0, 5, 5]}]}))
        ran = run("score", "--reference", reference, "--answer", answer)
        if ran.code != 0:
            assert ran.refusal, text
