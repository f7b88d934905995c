"""``cases import`` of pictures alone: a set of cases that nobody has read, which validates and asks nothing."""

import json

import numpy as np
import pytest

from ssg.boxes import Box
from ssg.casebook import read_case_set
from ssg.casebook.ingest.covering import covered
from ssg.imaging import Writing
from ssg.teaching import Practice
from tests.casebook.ingest.making import ct, radiograph, save
from tests.casebook.ingest.test_archives import archive
from tests.imaging.building import dicom, png
from tests.small_disk import room_for


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


def test_what_kind_of_images_they_are_is_said_of_those_that_do_not_say_it(run, tmp_path):
    folder = save(tmp_path / "in", {"a.png": png(np.full((40, 50), 7, np.uint8)), "b.dcm": radiograph(1)})
    kind = ("--modality", "CR", "--view", "AP", "--body-part", "CHEST", "--specialty", "chest")
    assert run(*arguments(folder, tmp_path / "out", *kind)).code == 0
    found = {
        (case.modality, case.view, case.body_part, case.specialty) for case in read_case_set(tmp_path / "out").cases
    }
    own = next(iter(found - {("CR", "AP", "CHEST", "chest")}))
    assert len(found) == 2 and own[0] == "DX" and own[3] == "chest", "what the file says stays"
    table = tmp_path / "t.csv"
    table.write_text("image,label,xmin,ymin,xmax,ymax\na.png,nodule,1,1,20,20\n")
    given = ("cases", "import", table, "--images", folder, "--out", tmp_path / "t", "--licence", "private", *kind)
    assert run(*map(str, given)).code == 0
    (case,) = read_case_set(tmp_path / "t").cases
    assert (case.modality, case.view, case.body_part, case.specialty) == ("CR", "AP", "CHEST", "chest")
    long = run(*arguments(folder, tmp_path / "long", "--view", "x" * 500))
    assert long.code == 2 and "--view has 500 letters" in long.err and not (tmp_path / "long").exists()
    assert run(*arguments(folder, tmp_path / "long", "--modality", "XX")).code == 2


def test_an_archive_is_known_by_its_look_and_the_report_is_written(run, tmp_path):
    path = tmp_path / "all.zip"
    path.write_bytes(archive([("a.dcm", radiograph(1)), ("b.txt", b"hello")]))
    report = tmp_path / "report.json"
    words = run(*arguments(path, tmp_path / "words"))
    assert "1 frame in them" in words.out and "1 case; 1 asks nothing yet" in words.out
    answer = run(*arguments(path, tmp_path / "out", "--json", "--report", str(report)))
    row = json.loads(answer.out)
    assert row == json.loads(report.read_text())
    assert row["files"]["taken"] == {"DICOM": 1} and row["frames"] == 1
    assert row["files"]["refused"]["it is text, not an image"]["times"] == 1


def test_a_table_in_an_archive_is_a_table(run, tmp_path):
    table = "patientId,x,y,width,height,Target\nabc,264,152,213,379,1\nabd,,,,,0\n"
    path = tmp_path / "stage_2_train_labels.csv.zip"
    path.write_bytes(archive([("stage_2_train_labels.csv", table.encode())]))
    answer = run("cases", "import", str(path))
    assert answer.code == 0 and "RSNA" in answer.out and "2 named" in answer.out


def test_what_is_missing_is_asked_for(run, folder, tmp_path):
    assert "--out" in run("cases", "import", str(folder), "--licence", "x").err
    assert "--licence" in run("cases", "import", str(folder), "--out", str(tmp_path / "o")).err
    assert run(*arguments(folder, tmp_path / "out")).code == 0
    again = run(*arguments(folder, tmp_path / "out"))
    assert again.code == 2 and "holds a case set" in again.err


def test_pictures_of_a_kind_that_is_not_taken_are_told_apart_from_annotations(run, tmp_path):
    for name, data, words in (
        ("a.tiff", b"II*\0" + bytes(400), "it is a TIFF image, which is not taken (a.tiff)"),
        ("a.hdr", bytes(344) + b"ni1\0" + bytes(4), "it is half of a NIfTI pair (.hdr and .img), which has to be one"),
        ("a.doc", b"hello", "a.doc is of no format that is known by its look"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        said = run(*arguments(path, tmp_path / "out"))
        assert said.code == 2 and words in said.err, name
        assert "kept" not in said.err and not list((tmp_path / "out").rglob("*"))


def test_names_of_files_stand_nowhere_in_the_set(run, tmp_path):
    latin = b"M\xfcller.dcm".decode(errors="surrogateescape")
    folder = save(tmp_path / "in", {"DOE_JOHN_MRN4711.dcm": radiograph(1), latin: radiograph(2)})
    answer = run(*arguments(folder, tmp_path / "out"))
    assert answer.code == 0
    one = run(*arguments(folder / "DOE_JOHN_MRN4711.dcm", tmp_path / "one"))
    assert one.code == 0
    for out in ("out", "one"):
        assert b"DOE" not in (tmp_path / out / "case_set.json").read_bytes()


def pictures_of(made):
    return {picture.file.rpartition("/")[2] for case in made.cases for picture in case.pictures}


def test_pictures_that_no_case_has_are_not_left(run, folder, tmp_path, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.setattr("ssg.casebook.writing.write_manifest", stopped)
    assert run(*arguments(folder, out)).code == 130
    before = {path.name for path in (out / "images").iterdir()}
    monkeypatch.undo()
    (out / "images" / f".{min(before)}.0a1b2c.part").write_bytes(b"of a kill")
    gone = min((folder / "ct").iterdir())
    gone.unlink()
    answer = run(*arguments(folder, out, "--limit", "2", "--json"))
    made, row = read_case_set(out), json.loads(answer.out)
    assert row["files"]["read_before"] == 7 and "1 case left out with the pictures (--limit 2)." in row["notes"]
    assert {path.name for path in (out / "images").iterdir()} == pictures_of(made) < before
    assert {path.name for path in out.iterdir()} == {"images", "case_set.json"}


def stopped(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("given", ["images", "."])
def test_pictures_of_ones_own_are_never_removed(given, run, tmp_path):
    out = tmp_path / "data"
    files = {f"images/{n}.png": png(np.full((40, 50), n, np.uint8)) for n in range(2)}
    save(out, {**files, "images/notes.txt": b"mine"})
    answer = run(*arguments(out / given, out, "--format", "pictures"))
    assert answer.code == 2 and "give --out a new folder" in answer.err and "0.png" in answer.err
    assert {path.name for path in (out / "images").iterdir()} == {"0.png", "1.png", "notes.txt"}
    assert {path.name for path in out.iterdir()} == {"images"}


def test_an_import_goes_on_where_a_kill_ended_the_covering(run, tmp_path, monkeypatch):
    monkeypatch.setattr("ssg.casebook.ingest.text.text_in", lambda pixels: [Writing(Box(5, 5, 30, 15), "DOE", 0.9)])
    pixels = np.tile(np.arange(60, dtype=np.uint8), (50, 1))
    folder = save(tmp_path / "in", {f"{number}.png": png(pixels + np.uint8(number)) for number in range(3)})
    out = tmp_path / "out"
    given = ["cases", "import", str(folder), "--out", str(out), "--licence", "private", "--cover-text"]
    seen = []

    def killed(numbers, boxes, fill):
        seen.append(1)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return covered(numbers, boxes, fill)

    with monkeypatch.context() as patched:
        patched.setattr("ssg.casebook.ingest.covering.covered", killed)
        assert run(*given).code == 130
    assert len(list((out / "images").iterdir())) == 5, "three as they came, two that were covered"
    answer = run(*given)
    assert answer.code == 0 and "3 places where it seemed to be burned in were covered" in answer.out
    assert {path.name for path in (out / "images").iterdir()} == pictures_of(read_case_set(out))


def test_the_report_says_what_was_covered(run, tmp_path, monkeypatch):
    monkeypatch.setattr("ssg.casebook.ingest.text.text_in", lambda pixels: [Writing(Box(5, 5, 30, 15), "DOE", 0.9)])
    folder = save(tmp_path / "in", {"a.png": png(np.tile(np.arange(60, dtype=np.uint8), (50, 1)))})
    out = tmp_path / "out"
    answer = run("cases", "import", folder, "--out", out, "--licence", "private", "--cover-text", "--json")
    row = json.loads(answer.out)
    assert (row["burned_in_text"], row["burned_in_text_covered"]) == (0, 1)
    assert row["studies"][0]["series"][0]["burned_in_text"] == []
    assert {path.name for path in (out / "images").iterdir()} == pictures_of(read_case_set(out))
    again = run("cases", "import", folder, "--out", tmp_path / "b", "--licence", "private", "--cover-text")
    assert "1 place where it seemed to be burned in was covered" in again.out and "look at them" not in again.out


@pytest.mark.parametrize("size", [100, 100_000])
def test_a_full_disk_is_said_and_nothing_is_lost(size, run, folder, tmp_path):
    large = np.random.default_rng(0).integers(0, 4000, (300, 300)).astype(np.uint16)
    (folder / "large").write_bytes(dicom(large, Modality="DX", BitsStored=12))
    with room_for(size):
        answer = run(*arguments(folder, tmp_path / "out"))
    assert answer.code == 2 and "free some space" in answer.err and answer.err.count("\n") == 1
    assert run(*arguments(folder, tmp_path / "out")).code == 0
    assert len(read_case_set(tmp_path / "out").cases) == 4


def test_a_path_that_no_file_can_have_is_said(run, tmp_path):
    long = "x" * 300
    for answer in (
        run(*arguments(long, tmp_path / "out", "--format", "pictures")),
        run("cases", "import", long),
        run(*arguments(tmp_path, tmp_path / long)),
    ):
        assert answer.code == 2 and "File name too long" in answer.err and answer.err.count("\n") == 1


def test_what_cannot_be_written_is_said_before_anything_is_read(run, folder, tmp_path):
    nowhere = run(*arguments(folder, tmp_path / "out", "--report", tmp_path / "no" / "report.json"))
    assert nowhere.code == 2 and "--report" in nowhere.err
    odd = run(*arguments(folder, tmp_path / "病例"))
    assert odd.code == 2 and "--id" in odd.err
    assert not (tmp_path / "out" / "images").exists()
