"""Files written whole or not at all: what was there stays where writing is cut off."""

import json
import os
from pathlib import Path

import pytest

from ssg.grounding.coordinates import Convention
from ssg.grounding.manifest import Manifest, read_manifest
from ssg.phantoms import write_phantoms
from ssg.whole import append_line, read_rows, write_json, write_text, write_whole
from tests.small_disk import room_for


@pytest.fixture
def cut(monkeypatch):
    """Every file is cut off in the middle of being written."""

    def stopped(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stopped)


def test_a_file_that_does_not_fit_leaves_the_one_before(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"old": True})
    with room_for(10), pytest.raises(OSError, match=r"File too large: '.*a\.json'"):
        write_json(path, {"new": "x" * 100})
    assert json.loads(path.read_text()) == {"old": True}
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


def test_a_link_is_replaced_or_followed_and_a_device_is_written_to(tmp_path):
    (tmp_path / "real").write_text("old")
    for name in ("given", "foreign"):
        (tmp_path / name).symlink_to(tmp_path / "real")
    write_text(tmp_path / "given", "a person named the link")
    assert (tmp_path / "given").is_symlink() and (tmp_path / "real").read_text() == "a person named the link"
    write_whole(tmp_path / "foreign", b"who knows where it leads")
    assert not (tmp_path / "foreign").is_symlink() and (tmp_path / "real").read_text() == "a person named the link"
    write_text(Path(os.devnull), "nothing")
    assert Path(os.devnull).is_char_device()


def test_a_folder_that_is_not_there_is_an_error_that_names_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no/a\.txt"):
        write_text(tmp_path / "no" / "a.txt", "")


def test_a_manifest_that_is_cut_off_is_the_one_before(tmp_path, cut):
    with pytest.MonkeyPatch.context() as whole:
        whole.setattr(os, "fsync", lambda _: None)
        Manifest("a", Convention.RELATIVE_1000, present_from=0.3).write(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        Manifest("a", Convention.RELATIVE_1000, present_from=0.4).write(tmp_path)
    assert read_manifest(tmp_path).present_from == 0.3


def test_phantoms_whose_list_was_cut_off_are_drawn_again(tmp_path, cut):
    with pytest.raises(KeyboardInterrupt):
        write_phantoms(7, 2, 64, tmp_path)
    assert not (tmp_path / "annotations.json").exists()
    with pytest.MonkeyPatch.context() as whole:
        whole.setattr(os, "fsync", lambda _: None)
        rows = write_phantoms(7, 2, 64, tmp_path)
    assert json.loads((tmp_path / "annotations.json").read_text()) == rows


def test_a_line_that_was_cut_short_is_passed_over_and_spoils_no_other(tmp_path):
    path = tmp_path / "rows.jsonl"
    assert read_rows(path) == []
    for number in range(3):
        append_line(path, json.dumps({"row": number}))
    whole = path.read_bytes()
    for cut in range(1, len(whole)):
        path.write_bytes(whole[:cut])
        kept = read_rows(path)
        assert kept == [{"row": number} for number in range(len(kept))] and len(kept) >= whole[:cut].count(b"\n")
        append_line(path, json.dumps({"row": 7}))
        assert read_rows(path) == [*kept, {"row": 7}]
    path.write_bytes(b"[1]\n\xff\xfe\n\n{}\n")
    assert read_rows(path) == [{}]
