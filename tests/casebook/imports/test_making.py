"""Annotations and their pictures as a case set: what is kept, what is left out and said, what goes on after a kill."""

import io
import json
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from ssg.boxes import Box
from ssg.casebook import check_images, read_case_set
from ssg.casebook.imports import making
from ssg.casebook.imports.image_files import ImageFiles
from ssg.casebook.imports.labels import Labels
from ssg.casebook.imports.making import Wanted, make_case_set
from ssg.casebook.imports.marks import Mark, Origin, Reading
from ssg.casebook.imports.people import UNTOLD
from ssg.casebook.ingest.ahead import AT_A_TIME
from ssg.casebook.ingest.alone import alone_in
from ssg.cli.main import main
from ssg.errors import BadInput, Unavailable
from tests.imaging.building import dicom
from tests.imaging.test_nifti import nifti
from tests.small_disk import room_for

ORIGIN = Origin("A source", looked_for=("Pneumothorax", "Effusion", "Zorp"), body_part="CHEST", specialty="chest")
WANTED = Wanted("set", "A set", "CC0-1.0", "Made in a test.")


def png(width=100, height=80, level=9):
    out = io.BytesIO()
    Image.fromarray(np.full((height, width), level, np.uint8)).save(out, format="PNG")
    return out.getvalue()


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "pictures"
    (place / "sub").mkdir(parents=True)
    (place / "a.png").write_bytes(png())
    (place / "sub" / "B.PNG").write_bytes(png(level=20))
    (place / "deep.dcm").write_bytes(dicom(np.arange(8000, dtype=np.uint16).reshape(80, 100), Modality="DX"))
    (place / "broken.png").write_bytes(png()[:60])
    return place


def reading_of(*pictures, size=None):
    reading = Reading(ORIGIN)
    for name, *marks in pictures:
        picture = reading.picture(name)
        picture.size = size
        picture.marks += marks
        reading.keep("boxes")
    return reading


def made(reading, folder, out, wanted=WANTED, labels=None):
    return make_case_set(reading, labels or Labels("chest x-ray"), wanted, ImageFiles([folder]), out)


def mark(label="Effusion", box=(10, 20, 30, 40), reader="R1", **more):
    return Mark(label, box, reader, where="line 7", **more)


def test_a_set_is_written_that_reads_back(folder, tmp_path):
    reading = reading_of(
        ("a.png", mark(side="left"), mark("Pneumothorax", None, absent=True), mark("Zorp", reader="R2"))
    )
    reading.picture("sub\\b.png").normal.append("R3")
    case_set, report = made(reading, folder, tmp_path / "set")
    assert read_case_set(tmp_path / "set").cases == case_set.cases and not check_images(case_set)
    first, second = case_set.cases
    assert (first.modality, first.title, first.history, first.body_part) == ("DX", "Chest radiograph", UNTOLD, "CHEST")
    effusion, other = first.readers
    assert [(one.finding, one.side, one.box) for one in effusion.regions] == [
        ("pleural effusion", "left", Box(10, 20, 30, 40)),
    ]
    assert effusion.absent == ("pneumothorax",)
    assert [(one.label, one.box) for one in other.other] == [("Zorp", Box(10, 20, 30, 40))] and not other.regions
    assert second.readers[0].absent == ("pneumothorax", "pleural effusion"), "all that was looked for and has a name"
    assert first.question == ("pleural effusion", "pneumothorax") and not (tmp_path / "set" / ".import").exists()
    assert report.cases == 2 and report.marks == {
        "regions": 1, "absent": 1, "labels without a name in the vocabulary": 1, "nothing there": 1,
    }  # fmt: skip
    assert all("a.png" not in case.id and "a.png" not in case.source for case in case_set.cases)


def test_what_cannot_be_is_left_out_and_said(folder, tmp_path):
    marks = [
        mark(), mark(), mark(box=(30, 20, 10, 40)), mark(box=(200, 20, 300, 40)), mark(box=(-1.5, 10, 5, 20)),
        mark(box=(float("nan"),) * 4), mark(box=(5, 5, 5.001, 6)), mark(frame=3), mark(box=None),
    ]  # fmt: skip
    reading = reading_of(("a.png", *marks), ("absent.png", mark()), ("broken.png", mark()), ("B.png",))
    case_set, report = made(reading, folder, tmp_path / "set")
    assert report.left_out.counts == {
        "the same box twice by one reader": 1,
        "the box has no area": 2,
        "the box lies outside of the picture": 1,
        "the box is not four numbers": 1,
        "there is no such frame": 1,
    }
    (case,) = case_set.cases
    (reader,) = case.readers
    assert [region.box for region in reader.regions] == [Box(10, 20, 30, 40), Box(0, 10, 5, 20)]
    assert [one.label for one in reader.other] == ["Effusion"], "a finding without a place is kept as it was written"
    left = report.pictures_left_out.counts
    assert left["no file has the name of the picture"] == 1 and left["the file is refused (truncated)"] == 1
    assert left["nothing is said of the picture that can be kept"] == 1 and report.pictures["made into cases"] == 1


def test_who_says_that_nothing_is_there_and_marks_something_is_heard_as_marking(folder, tmp_path):
    reading = reading_of(("a.png", mark()))
    reading.picture("a.png").normal.append("R1")
    case_set, report = made(reading, folder, tmp_path / "set")
    assert case_set.cases[0].readers[0].absent == () and report.left_out.counts.total() == 1


def test_what_is_absent_on_one_side_excludes_nothing_on_the_other(folder, tmp_path):
    marks = [mark(box=None, absent=True, side="left"), mark("Pneumothorax", None, absent=True, side="")]
    case_set, _ = made(reading_of(("a.png", *marks)), folder, tmp_path / "set")
    (reader,) = case_set.cases[0].readers
    assert reader.absent == ("pneumothorax",)
    assert [(one.label, one.absent) for one in reader.other] == [("left pleural effusion", True)]


def test_words_about_the_picture_do_not_say_that_nothing_is_there(folder, tmp_path):
    case_set, _ = made(
        reading_of(("a.png", mark("unchanged", None), mark(lesion="Lesion 1"))), folder, tmp_path / "set"
    )
    (reader,) = case_set.cases[0].readers
    assert not reader.absent and [one.label for one in reader.other] == ["unchanged"]
    assert reader.regions[0].lesion == "lesion-1"


def test_boxes_follow_pictures_that_were_made_smaller_and_other_shapes_are_other_pictures(folder, tmp_path):
    case_set, _ = made(
        reading_of(("a.png", mark(box=(100, 200, 300, 400))), size=(1000, 800)), folder, tmp_path / "one"
    )
    assert case_set.cases[0].readers[0].regions[0].box == Box(10, 20, 30, 40)
    with pytest.raises(BadInput, match="another shape"):
        made(reading_of(("a.png", mark()), size=(1000, 1000)), folder, tmp_path / "two")
    assert not (tmp_path / "two" / "case_set.json").exists()


def test_boxes_beyond_the_edges_are_said_to_be_suspicious(folder, tmp_path):
    tall = [mark(box=(10 * n, 85, 10 * n + 9, 99)) for n in range(5)]
    fine = mark(box=(1, 1, 9, 9))
    swapped = [mark(box=(one.box[0], 60, one.box[2], 95)) for one in tall[:4]]
    _, report = made(reading_of(("a.png", fine, *swapped)), folder, tmp_path / "set")
    (note,) = report.notes
    assert "4 of 5 boxes reach over the edge" in note and "With x and y swapped only 0 would" in note


def test_deep_pictures_stay_deep_unless_they_are_not_wanted_so(folder, tmp_path):
    case_set, _ = made(reading_of(("deep.dcm", mark())), folder, tmp_path / "deep")
    (case,) = case_set.cases
    with Image.open(case_set.image_path(case)) as picture:
        assert picture.mode.startswith("I;16")
    assert case.series[0].window is not None and case.modality == "DX"
    flat, _ = made(
        reading_of(("deep.dcm", mark())), folder, tmp_path / "flat", Wanted("s", "s", "x", "x", eight_bit=True)
    )
    with Image.open(flat.image_path(flat.cases[0])) as picture:
        assert picture.mode == "L"
    small, _ = made(
        reading_of(("deep.dcm", mark())), folder, tmp_path / "small", Wanted("s", "s", "x", "x", longest=50)
    )
    assert (small.cases[0].width, small.cases[0].height) == (50, 40)
    with Image.open(small.image_path(small.cases[0])) as picture:
        assert abs(float(np.asarray(picture).mean()) - 3999.5) < 1
    assert small.cases[0].readers[0].regions[0].box == Box(10, 20, 30, 40), "without a size, boxes are of the file"


def test_two_files_of_one_name_are_none(folder, tmp_path):
    (folder / "sub" / "a.png").write_bytes(png(level=77))
    with pytest.raises(BadInput, match="several files have the name of the picture"):
        made(reading_of(("x/y/a.png", mark())), folder, tmp_path / "set")
    case_set, _ = made(reading_of(("sub/a.png", mark())), folder, tmp_path / "other")
    assert len(case_set.cases) == 1, "a path says which"


def test_an_import_that_was_cut_off_goes_on_where_it_was(folder, tmp_path, monkeypatch):
    for number in range(12):
        (folder / f"{number}.png").write_bytes(png(level=number))
    reading = reading_of(*((f"{number}.png", mark()) for number in range(12)))
    opened = []
    real = making.open_image

    def counted(path, **more):
        opened.append(path)
        return real(path, **more)

    monkeypatch.setattr(making, "open_image", counted)
    seen = []

    def killed(done):
        seen.append(done)
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_case_set(reading, Labels("chest x-ray"), WANTED, ImageFiles([folder]), tmp_path / "set", killed)
    assert not (tmp_path / "set" / "case_set.json").exists()
    lines = tmp_path / "set" / ".import" / "done.jsonl"
    lines.write_text(lines.read_text() + '{"name": "cut')
    before = len(opened)
    case_set, _ = made(reading, folder, tmp_path / "set")
    assert len(case_set.cases) == 12 and len(opened) == 12 >= before >= 6, "nothing is decoded twice"
    assert not check_images(case_set)
    with pytest.raises(BadInput, match="holds a case set"):
        made(reading, folder, tmp_path / "set")


def test_another_import_into_the_folder_of_one_that_was_cut_off_is_refused(folder, tmp_path):
    def killed(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_case_set(reading_of(("a.png", mark())), Labels(""), WANTED, ImageFiles([folder]), tmp_path / "set", killed)
    with pytest.raises(BadInput, match="another import that was cut off"):
        made(reading_of(("a.png", mark()), ("b.png", mark())), folder, tmp_path / "set")


def stopped(*_):
    raise KeyboardInterrupt


def test_another_import_that_looks_alike_takes_none_of_its_pictures(tmp_path, monkeypatch):
    """Two imports of as many rows and pictures of the same names, the first of which is cut off at its end."""
    for place, level in (("one", 50), ("two", 200)):
        (tmp_path / place).mkdir()
        for name in "ab":
            (tmp_path / place / f"{name}.png").write_bytes(png(level=level))
    reading = reading_of(("a.png", mark()), ("b.png", mark()))
    monkeypatch.setattr(making, "write_manifest", stopped)
    with pytest.raises(KeyboardInterrupt):
        made(reading, tmp_path / "one", tmp_path / "set")
    monkeypatch.undo()
    case_set, _ = made(reading, tmp_path / "two", tmp_path / "set")
    assert [np.asarray(Image.open(case_set.image_path(case))).mean() for case in case_set.cases] == [200, 200]
    there = {f"images/{path.name}" for path in (tmp_path / "set" / "images").iterdir()}
    assert there == {case.image.file for case in case_set.cases}, "what the first one wrote is gone"


def test_a_picture_that_was_written_again_is_read_again(folder, tmp_path, monkeypatch):
    reading = reading_of(("a.png", mark()))
    monkeypatch.setattr(making, "write_manifest", stopped)
    with pytest.raises(KeyboardInterrupt):
        made(reading, folder, tmp_path / "set")
    monkeypatch.undo()
    (folder / "a.png").write_bytes(png(level=99))
    case_set, _ = made(reading, folder, tmp_path / "set")
    assert np.asarray(Image.open(case_set.image_path(case_set.cases[0]))).mean() == 99


def test_pictures_that_no_case_came_of_are_not_left(folder, tmp_path):
    case_set, report = made(reading_of(("a.png", mark()), ("B.png",)), folder, tmp_path / "set")
    assert report.pictures_left_out.counts.total() == 1
    assert [path.name for path in (tmp_path / "set" / "images").iterdir()] == [case_set.cases[0].image.file[7:]]
    mine = tmp_path / "mine" / "images"
    mine.mkdir(parents=True)
    (mine / "x.png").write_bytes(png())
    with pytest.raises(BadInput, match="did not write"):
        made(reading_of(("a.png", mark())), folder, tmp_path / "mine")
    assert (mine / "x.png").is_file()


def test_several_names_of_one_volume_are_stored_side_by_side(folder, tmp_path):
    values = np.random.default_rng(0).integers(0, 1000, (32, 32, 20)).astype(np.int16)
    (folder / "vol.nii").write_bytes(nifti(values, np.diag([-1, -1, 3, 1.0])))
    reading = reading_of(*((name, mark(box=(5, 5, 20, 20))) for name in ("vol", "vol.nii", "sub/vol.nii")))
    case_set, report = made(reading, folder, tmp_path / "set")
    assert len(case_set.cases) == 3 and not report.pictures_left_out.counts and not check_images(case_set)


def test_what_is_odd_about_a_volume_is_said(folder, tmp_path):
    values = np.random.default_rng(0).integers(0, 1000, (20, 20, 6, 5)).astype(np.int16)
    (folder / "vol.nii").write_bytes(nifti(values, np.diag([-1, -1, 3, 1.0])))
    _, report = made(reading_of(("vol", mark(box=(5, 5, 15, 15)))), folder, tmp_path / "set")
    assert report.notes == ["It holds 5 volumes: the first is taken. (1 picture: vol)"]


def test_two_imports_into_one_folder_at_a_time_are_refused(folder, tmp_path):
    reading = reading_of(("a.png", mark()))
    with alone_in(tmp_path / "set"), ThreadPoolExecutor(1) as thread, pytest.raises(BadInput, match="right now"):
        thread.submit(made, reading, folder, tmp_path / "set").result()
    assert not (tmp_path / "set").exists()  # it was made for this, and nothing came into it
    made(reading, folder, tmp_path / "set")
    assert {path.name for path in (tmp_path / "set").iterdir()} == {"case_set.json", "images"}


def test_an_import_that_is_given_up_begins_nothing_more(folder, tmp_path, monkeypatch):
    for number in range(40):
        (folder / f"{number}.png").write_bytes(png(level=number))
    opened = []
    real = making.open_image
    monkeypatch.setattr(making, "open_image", lambda *a, **k: opened.append(a) or real(*a, **k))
    reading = reading_of(*((f"{number}.png", mark()) for number in range(40)))
    with pytest.raises(KeyboardInterrupt):
        make_case_set(reading, Labels(""), WANTED, ImageFiles([folder]), tmp_path / "set", stopped)
    assert len(opened) <= 2 + 2 * AT_A_TIME


def test_more_cases_and_readers_than_a_set_takes_are_left_out_and_counted(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(making, "MOST_CASES", 2)
    many = [mark(reader=f"R{number}") for number in range(23)]
    reading = reading_of(("a.png", *many), ("B.png", mark()), ("deep.dcm", mark()), ("c.png", mark()))
    case_set, report = made(reading, folder, tmp_path / "set")
    assert len(case_set.cases) == 2 and len(case_set.cases[0].readers) == 20
    assert report.left_out.counts == {"a set takes 20 readers of one case": 3}
    assert report.pictures_left_out.counts == {"a set takes 2 cases: import the rest as another": 2}


def test_no_room_on_the_disk_is_said_and_the_import_goes_on(folder, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (300, 300)).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, format="PNG")
    (folder / "large.png").write_bytes(out.getvalue())
    reading = reading_of(("a.png", mark()), ("large.png", mark()))
    with room_for(20_000), pytest.raises(Unavailable, match="free some space"):
        made(reading, folder, tmp_path / "set")
    assert len(made(reading, folder, tmp_path / "set")[0].cases) == 2


def test_folders_of_pictures_that_cannot_be_looked_into_are_said(folder, tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    (folder / "linked").symlink_to(tmp_path / "other")
    _, report = made(reading_of(("a.png", mark())), folder, tmp_path / "set")
    assert report.notes == [
        f"1 link to other folders ({folder / 'linked'}) not followed: give --images those folders too."
    ]
    real = os.scandir

    def closed(path="."):
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(BadInput, match="sub cannot be read"):
        ImageFiles([folder])


def test_by_command_with_a_report(folder, tmp_path, capsys):
    rows = [{"image": "a.png", "findings": [{"label": "Effusion", "boxes": [[1, 1, 9, 9]]}, {"label": "Zorp"}]}]
    (tmp_path / "annotations.json").write_text(json.dumps(rows))
    given = ["cases", "import", str(tmp_path / "annotations.json")]
    assert main(given) == 0
    out = capsys.readouterr().out
    assert (
        "rows      1, of which are kept: 1 picture" in out and "'Zorp', 1 times" in out and "Nothing was written" in out
    )
    given += ["--images", str(folder), "--out", str(tmp_path / "My Set")]
    assert main(given) == 2
    assert "give --licence" in capsys.readouterr().err
    (tmp_path / "labels.csv").write_text("label,finding\nZorp,nodule\n")
    given += ["--licence", "CC0-1.0", "--labels", str(tmp_path / "labels.csv"), "--report", str(tmp_path / "r.json")]
    assert main([*given, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == json.loads((tmp_path / "r.json").read_text())
    assert report["rows"] == {"read": 1, "kept": {"pictures": 1}, "refused": {}} and report["cases"] == 1
    assert report["labels"]["Zorp"] == {"times": 1, "finding": "nodule"}
    assert read_case_set(tmp_path / "My Set").id == "my-set"
    assert main(["cases", "validate", str(tmp_path / "My Set")]) == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--limit", "0"], "--limit must be at least 1"),
        (["--images", "."], "--images and --out belong together"),
        (["--images", "nowhere", "--out", "x", "--licence", "y"], "nowhere is no folder"),
        (["--format", "vindr"], "has no column image_id"),
    ],
)
def test_wrong_use_is_one_line(more, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "annotations.json").write_text(
        '[{"image": "a", "findings": [{"label": "mass", "boxes": [[1, 1, 2, 2]]}]}]'
    )
    assert main(["cases", "import", "annotations.json", *more]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1 and not (tmp_path / "x").exists()


def test_the_real_packs_lose_nothing(shared_data, tmp_path):
    for name, regions in (("ct-lung-tumor", 12), ("us-breast-lesion", 15), ("ct-abdomen-totalseg", 590)):
        pack = shared_data / name
        given = [
            "cases",
            "import",
            str(pack / "annotations.json"),
            "--images",
            str(pack),
            "--out",
            str(tmp_path / name),
        ]
        assert main([*given, "--licence", "see SOURCE.md", "--report", str(tmp_path / "r.json")]) == 0
        report = json.loads((tmp_path / "r.json").read_text())
        assert report["marks"] == {"regions": regions, "left_out": {}} and not report["rows"]["refused"]
        assert report["cases"] == report["rows"]["read"] == len(read_case_set(tmp_path / name).cases)
