"""Proposals: what is asked, what a verdict changes and keeps, and that the reward's training reads it."""

import json

import pytest

from ssg.boxes import Box
from ssg.casebook.ingest import Limits
from ssg.cli.main import main
from ssg.errors import BadInput
from ssg.reward import Region
from ssg.store import Conflict
from ssg.teaching.proposing import Kind, Proposal, give_verdict, to_ask, training_verdicts
from tests.casebook.ingest.making import radiograph, save
from training.verdicts import NO_READER, read_verdicts, rows_of

HEART = Region("cardiomegaly", Box(1, 1, 6, 6), confidence=0.8)
MOVED = Region("cardiomegaly", Box(2, 2, 7, 7))


@pytest.fixture
def opened(shop, tmp_path):
    made = shop.create("Chest", "private", "Ann")
    files = [save(tmp_path / "in", {"xr": radiograph(1, StudyInstanceUID="1.7.1")})]
    (work,), _ = shop.take_in(made.id, files, "Ann", limits=Limits(look_for_text=False))
    return shop.open(made.id, work.case_id)


def given(shop, opened, kind, **more):
    return give_verdict(shop, opened, opened.case, Proposal(HEART, "tiny"), kind, "Ann", "Ann", **more)


def test_the_questions_are_asked_else_what_is_usual_on_such_images(opened):
    case = opened.case
    usual = to_ask(case, ("chest x-ray",), lambda name: name in ("cardiomegaly", "pneumothorax", "meningioma", "lung"))
    assert usual == ("pneumothorax", "cardiomegaly"), "the urgent first, no structures, nothing of other images"
    assert len(to_ask(case, ("chest x-ray",), lambda name: True)) == 60
    with pytest.raises(BadInput, match="knows no finding of images of this kind"):
        to_ask(case, (), lambda name: True)


def test_questions_of_a_case_come_first(shop, opened):
    after = given(shop, opened, Kind.ACCEPTED)
    assert to_ask(after.case, ("chest x-ray",), lambda name: True) == ("cardiomegaly",)
    with pytest.raises(BadInput, match="not trained on what is asked"):
        to_ask(after.case, ("chest x-ray",), lambda name: name == "mass")


def test_an_accepted_box_becomes_a_region_of_the_reader(shop, opened):
    drawn = (Region("nodule", Box(1, 1, 3, 3)),)
    after = given(shop, opened, Kind.ACCEPTED, drawn=drawn)
    (reader,) = after.case.readers
    assert reader.id == "Ann" and [one.finding for one in reader.regions] == ["nodule", "cardiomegaly"]
    assert reader.regions[1].confidence is None, "the policy's confidence is not the reader's"
    (verdict,) = training_verdicts(shop.store.verdicts()[0])
    assert verdict.accepted and verdict.by == "Ann" and verdict.answer.regions[0].box == HEART.box


def test_a_corrected_box_is_kept_with_the_one_that_was_proposed(shop, opened):
    after = given(shop, opened, Kind.CORRECTED, drawn=(MOVED,), corrected=MOVED)
    assert [one.box for one in after.case.readers[0].regions] == [MOVED.box]
    row = shop.store.verdicts()[0].verdict
    assert row["proposed"]["box"] == [1, 1, 6, 6] and row["corrected"]["box"] == [2, 2, 7, 7]
    old, new = training_verdicts(shop.store.verdicts()[0])
    assert (old.accepted, new.accepted) == (False, True)
    with pytest.raises(BadInput, match="takes its place"):
        given(shop, after, Kind.CORRECTED)


def test_a_rejected_box_changes_nothing_but_is_kept(shop, opened):
    after = given(shop, opened, Kind.REJECTED)
    assert after.work.revision == opened.work.revision and after.case.readers == ()
    (verdict,) = training_verdicts(shop.store.verdicts()[0])
    assert not verdict.accepted


def test_who_is_too_late_keeps_neither_box_nor_verdict(shop, opened):
    given(shop, opened, Kind.ACCEPTED)
    with pytest.raises(Conflict):
        given(shop, opened, Kind.CORRECTED, drawn=(MOVED,), corrected=MOVED)
    assert len(shop.store.verdicts()) == 1


def test_the_training_reads_what_the_command_line_writes(shop, opened, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SSG_DATABASE_URL", f"sqlite:///{tmp_path / 'ssg.sqlite3'}")
    out = tmp_path / "verdicts.jsonl"
    assert main(["cases", "verdicts", "--out", str(out)]) != 0
    assert "no verdicts" in capsys.readouterr().err
    given(shop, opened, Kind.REJECTED)
    now = given(shop, opened, Kind.ACCEPTED)
    given(shop, now, Kind.CORRECTED, drawn=(MOVED,), corrected=MOVED)
    assert main(["cases", "verdicts", "--out", str(out)]) == 0
    assert "4 lines of 3 verdicts (1 rejected, 1 accepted, 1 corrected)" in capsys.readouterr().out
    read = read_verdicts(out)
    assert [one.accepted for one in read] == [False, True, False, True]
    rows, left_out = rows_of(read)
    assert [row.accepted for row in rows] == [True, False, True] and left_out == {NO_READER: 1}
    assert all("Ann" in json.loads(line)["by"] for line in out.read_text().splitlines())
