"""An ingest that is cut off or cancelled goes on; one that has no room says so; nothing is left behind."""

import importlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from ssg.casebook.ingest import Limits, ingest, ingesting
from ssg.casebook.ingest.alone import alone_in
from ssg.errors import BadInput, Cancelled
from ssg.imaging import MAY_PASS
from ssg.imaging.refusals import Problem, refusal
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


def test_after_a_part_is_chosen_an_ingest_that_had_no_room_goes_on(folder, tmp_path):
    room = Limits(decoded_gb=20_000 / 2**30, look_for_text=False)
    with pytest.raises(BadInput, match="take a part of them"):
        ingest([folder], tmp_path / "out", room)
    part = sorted(folder.iterdir())[-4:]
    found = ingest(part, tmp_path / "out", room)
    assert len(found.studies) == 4 and not (tmp_path / "out" / ".ingest").exists()


def test_what_was_laid_down_of_a_file_that_was_not_read_to_its_end_goes(folder, tmp_path):
    done = []
    with pytest.raises(Cancelled):
        ingest([folder], tmp_path / "out", LIMITS, lambda *step: done.append(step), lambda: len(done) >= 12)
    work = tmp_path / "out" / ".ingest"
    (work / "left-over.npy").write_bytes(b"of a kill in the middle")
    kept = sorted(folder.iterdir())[:2]
    with pytest.raises(Cancelled):
        ingest(kept, tmp_path / "out", LIMITS, is_cancelled=lambda: True)
    assert len(list(work.glob("*.npy"))) == len((work / "done.jsonl").read_text().splitlines()) <= 2


@pytest.mark.parametrize("code", sorted(MAY_PASS))
def test_a_refusal_that_may_pass_is_tried_again_and_no_other(code, folder, tmp_path, monkeypatch):
    module = importlib.import_module("ssg.casebook.ingest.ingest")
    real, decoded, done = module.decode_all, [], []

    def at_first_refused(data, name, *more, **named):
        decoded.append(name)
        if name == "DOE^JANE 0.dcm" and decoded.count(name) == 1:
            raise refusal(Problem(code), name)
        return real(data, name, *more, **named)

    (folder / "a.txt").write_bytes(b"hello")
    monkeypatch.setattr(module, "decode_all", at_first_refused)
    with pytest.raises(Cancelled):
        ingest([folder], tmp_path / "out", LIMITS, lambda *step: done.append(step), lambda: len(done) >= 30)
    found = ingest([folder], tmp_path / "out", LIMITS)
    assert decoded.count("DOE^JANE 0.dcm") == 2 and decoded.count("a.txt") == 1
    assert len(found.studies) == 30 and found.report.refused.counts == {"it is text, not an image": 1}
    assert found.report.files_before >= 29 and "were read before" in found.report.in_words()


def test_a_second_ingest_into_a_folder_is_refused_while_the_first_one_runs(folder, tmp_path):
    out = tmp_path / "out"
    with alone_in(out):
        code = "import sys; from pathlib import Path; from ssg.casebook.ingest import ingest as take\n"
        code += "take([Path(sys.argv[1])], Path(sys.argv[2]))"
        other = subprocess.run([sys.executable, "-c", code, folder, out], capture_output=True, text=True)
        assert "are being taken into" in other.stderr and "give another folder" in other.stderr
        with ThreadPoolExecutor(1) as thread, pytest.raises(BadInput, match="right now"):
            thread.submit(ingest, [folder], out, LIMITS).result()
        assert len(ingest([folder], out, LIMITS).studies) == 30, "who has it may go on"
    assert {path.name for path in out.iterdir()} == {"images"}


def test_a_kill_leaves_nothing_locked(folder, tmp_path):
    out = tmp_path / "out"
    code = f"""
from pathlib import Path
from ssg.casebook.ingest.alone import alone_in
import time
with alone_in(Path({str(out)!r})):
    print("there", flush=True)
    time.sleep(60)
"""
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "there\n"
    with pytest.raises(BadInput, match="right now"):
        ingest([folder], out, LIMITS)
    other.kill()
    other.communicate()
    assert len(ingest([folder], out, LIMITS).studies) == 30


@pytest.mark.parametrize("out", ["in/out", "in"])
def test_an_ingest_into_the_folder_that_it_reads_does_not_read_what_it_has_written(out, folder, tmp_path):
    with pytest.raises(RuntimeError), ingesting([folder], tmp_path / out, LIMITS) as found:
        assert found.report.files == 30
        raise RuntimeError
    found = ingest([folder], tmp_path / out, LIMITS)
    assert found.report.files == found.report.files_before == 30 and not found.report.refused.counts


def test_nothing_at_all_is_said_with_the_reasons(tmp_path):
    folder = save(tmp_path / "in", {"a.txt": b"hello", "b.dcm": radiograph(1)[:300], "c.bin": b""})
    with pytest.raises(BadInput, match="No picture was taken") as said:
        ingest([folder], tmp_path / "out", LIMITS)
    assert "a.txt" in str(said.value) and "it is empty" in str(said.value)
    with pytest.raises(BadInput, match="is not there"):
        ingest([tmp_path / "nowhere"], tmp_path / "out", LIMITS)
