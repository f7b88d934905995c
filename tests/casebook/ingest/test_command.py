"""``cases import`` of pictures alone: a set of cases that nobody has read, which validates and asks nothing."""

import json

import pytest

from ssg.casebook import read_case_set
from ssg.teaching import Practice
from tests.casebook.ingest.making import ct, radiograph, save
from tests.casebook.ingest.test_archives import archive


@pytest.fixture
def folder(tmp_path):
    files = {f"ct/{number}": one for number, one in enumerate(ct())}
    known = {"PatientID": "p2"}
    files["early"] = radiograph(1, StudyInstanceUID="1.8", StudyDate="20200101", **known)
    files["late"] = radiograph(2, StudyInstanceUID="1.9", StudyDate="20200111", **known)
    return save(tmp_path / "in", files)


def arguments(folder, out, *more):
    return ["cases", "import", str(folder), "--out", str(out), "--licence", "private", "--no-text-search", *more]


def test_pictures_make_cases_that_ask_nothing(run, folder, tmp_path):
    out = tmp_path / "out"
    answer = run(*arguments(folder, out, "--title", "Ours"))
    assert answer.code == 0 and "3 cases; 3 ask nothing yet" in answer.out
    made = read_case_set(out)
    assert [case.title for case in made.cases] == ["Chest radiograph", "Chest radiograph", "CT"]
    assert len(made.cases[2].series[0].frames) == 6 and made.cases[0].view == "PA"
    assert all(not case.readers and not case.is_asked for case in made.cases)
    assert len(Practice([made], None)) == 0
    checked = run("cases", "validate", str(out))
    assert checked.code == 0 and checked.out.count("Practise leaves it out") == 3


def test_cases_by_patient_are_follow_ups(run, folder, tmp_path):
    out = tmp_path / "out"
    assert run(*arguments(folder, out, "--by", "patient")).code == 0
    follow_up = read_case_set(out).cases[0]
    assert [series.days for series in follow_up.series] == [0, -10]


def test_an_archive_is_known_by_its_look_and_the_report_is_written(run, tmp_path):
    path = tmp_path / "all.zip"
    path.write_bytes(archive([("a.dcm", radiograph(1)), ("b.txt", b"hello")]))
    report = tmp_path / "report.json"
    answer = run(*arguments(path, tmp_path / "out", "--json", "--report", str(report)))
    row = json.loads(answer.out)
    assert row == json.loads(report.read_text())
    assert row["files"]["taken"] == {"DICOM": 1} and row["frames"] == 1
    assert row["files"]["refused"]["it is text, not an image"]["times"] == 1


def test_what_is_missing_is_asked_for(run, folder, tmp_path):
    assert "--out" in run("cases", "import", str(folder), "--licence", "x").err
    assert "--licence" in run("cases", "import", str(folder), "--out", str(tmp_path / "o")).err
    assert run(*arguments(folder, tmp_path / "out")).code == 0
    again = run(*arguments(folder, tmp_path / "out"))
    assert again.code == 2 and "holds a case set" in again.err
