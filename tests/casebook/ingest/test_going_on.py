"""An ingest that is cut off or cancelled goes on; one that has no room says so; nothing is left behind."""

import importlib
import json

import pytest

from ssg.casebook.ingest import Limits, ingest
from ssg.errors import BadInput, Cancelled
from tests.casebook.ingest.making import radiograph, save

LIMITS = Limits(look_for_text=False)


@pytest.fixture
def folder(tmp_path):
    return save(tmp_path / "in", {f"DOE^JANE {number}.dcm": radiograph(number) for number in range(30)})


def test_a_cancelled_ingest_goes_on_where_it_was(folder, tmp_path, monkeypatch):
    module = importlib.import_module("ssg.casebook.ingest.ingest")
    done, decoded = [], []
    real = module.decode_all
    monkeypatch.setattr(module, "decode_all", lambda *a, **k: decoded.append(a[1]) or real(*a, **k))
    with pytest.raises(Cancelled):
        ingest([folder], tmp_path / "out", LIMITS, lambda *step: done.append(step), lambda: len(done) >= 12)
    first = len(decoded)
    assert 12 <= first < 30
    assert b"DOE" not in (tmp_path / "out" / ".ingest" / "done.jsonl").read_bytes(), "names of files may be of people"
    found = ingest([folder], tmp_path / "out", LIMITS)
    assert len(found.studies) == 30 and first < len(decoded) <= 30 + 8
    assert not (tmp_path / "out" / ".ingest").exists()


def test_lines_that_a_kill_cut_short_are_read_again(folder, tmp_path):
    done = []
    with pytest.raises(Cancelled):
        ingest([folder], tmp_path / "out", LIMITS, lambda *step: done.append(step), lambda: len(done) >= 12)
    lines = tmp_path / "out" / ".ingest" / "done.jsonl"
    lines.write_bytes(lines.read_bytes()[:-40])
    for line in lines.read_text().split("\n")[:2]:
        (lines.parent / json.loads(line)["frames"][0]["file"]).unlink()
    assert len(ingest([folder], tmp_path / "out", LIMITS).studies) == 30


def test_without_its_key_all_is_read_again(folder, tmp_path):
    done = []
    with pytest.raises(Cancelled):
        ingest([folder], tmp_path / "out", LIMITS, lambda *step: done.append(step), lambda: len(done) >= 12)
    (tmp_path / "out" / ".ingest" / "key").write_bytes(b"short")
    assert len(ingest([folder], tmp_path / "out", LIMITS).studies) == 30


def test_no_room_is_said(folder, tmp_path):
    with pytest.raises(BadInput, match="take a part of them"):
        ingest([folder], tmp_path / "out", Limits(decoded_gb=20_000 / 2**30, look_for_text=False))


def test_nothing_at_all_is_said_with_the_reasons(tmp_path):
    folder = save(tmp_path / "in", {"a.txt": b"hello", "b.dcm": radiograph(1)[:300], "c.bin": b""})
    with pytest.raises(BadInput, match="No picture was taken") as said:
        ingest([folder], tmp_path / "out", LIMITS)
    assert "a.txt" in str(said.value) and "it is empty" in str(said.value)
    with pytest.raises(BadInput, match="is not there"):
        ingest([tmp_path / "nowhere"], tmp_path / "out", LIMITS)
