"""Every command that takes a file or a text: done or refused in one line, never a traceback."""

import json

import pytest

from ssg.cli.main import main
from tests.hostile.inputs import hostile_texts, malformed_files

REFUSED_AT_LEAST = 130
"""Of the 200 files; the others are damaged where it does not show, and open."""


@pytest.fixture
def run(capsys):
    def running(*arguments):
        code = main([str(argument) for argument in arguments])
        return (code, *capsys.readouterr())

    return running


def is_one_line(err):
    return err.endswith("\n") and err.count("\n") == 1 and err[:-1].isprintable() and len(err) < 1500


def test_200_malformed_files(run, tmp_path, small_checkpoint):
    refused = 0
    for number, (name, data) in enumerate(malformed_files()):
        file = tmp_path / f"{number}.bin"
        file.write_bytes(data)
        code, out, err = run("ground", "--image", file, "--text", "nodule", "--policy", small_checkpoint, "--json")
        if code == 0:
            answer = json.loads(out)
            assert answer["image"]["width"] > 0 and answer["image"]["height"] > 0, name
            assert answer["status"] in ("found", "nothing_found"), name
        else:
            assert (code, out) == (2, ""), name
            assert is_one_line(err), (name, err)
            assert file.name in err, (name, err)
            refused += 1
    assert refused >= REFUSED_AT_LEAST


def test_malformed_files_where_json_is_expected(run, tmp_path):
    for number, (name, data) in enumerate(malformed_files()[::5]):
        file = tmp_path / f"{number}.json"
        file.write_bytes(data)
        code, out, err = run("score", "--reference", file, "--answer", file)
        assert (code, out) == (2, ""), name
        assert is_one_line(err), (name, err)


def test_200_hostile_texts(run, small_checkpoint, one_image):
    statuses = set()
    for text in hostile_texts():
        code, out, err = run("ground", "--image", one_image, f"--text={text}", "--policy", small_checkpoint, "--json")
        if code == 0:
            answer = json.loads(out)
            statuses.add(answer["status"])
            for region in (region for finding in answer["findings"] for region in finding["regions"]):
                x0, y0, x1, y1 = region["box"]
                assert 0 <= x0 < x1 <= 90 and 0 <= y0 < y1 <= 80, text
        else:
            assert (code, out) == (2, ""), text
            assert is_one_line(err), (text, err)
    assert "unreadable" in statuses and statuses & {"found", "nothing_found"}


def test_hostile_texts_as_names_of_findings(run, tmp_path):
    reference = tmp_path / "reference.json"
    reference.write_text(json.dumps({"width": 9, "height": 9, "readers": [{"id": "a", "absent": ["nodule"]}]}))
    answer = tmp_path / "answer.json"
    for text in hostile_texts()[::3]:
        answer.write_text(json.dumps({"regions": [{"finding": text, "box": [0, 0, 5, 5]}]}))
        code, out, err = run("score", "--reference", reference, "--answer", answer)
        if code != 0:
            assert (code, out) == (2, ""), text
            assert is_one_line(err), (text, err)
