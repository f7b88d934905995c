"""The worker processes: fast, bounded, replaced when they die, and gone when the app is gone."""

import io
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import RLELossless

from ssg.errors import Unavailable
from ssg.imaging import protocol, worker
from ssg.imaging.pool import WorkerPool
from ssg.imaging.process import Worker
from ssg.imaging.refusals import Problem, refusal
from ssg.imaging.types import PictureMark, Removed
from tests.imaging.building import dataset, many_frames, png, png_of_size, written

SMALL = png(np.arange(64, dtype=np.uint8).reshape(8, 8))
needs_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")


@pytest.fixture
def pool():
    made = WorkerPool()
    yield made
    made.close()


@pytest.fixture(scope="module")
def large():
    """A PNG that keeps a worker busy for some tenths of a second."""
    return png_of_size(5000, 5000)


def test_one_process_serves_again_and_again(pool):
    assert pool.idle_pids == []
    pool.decode(SMALL, "png")
    first = pool.idle_pids
    start = time.monotonic()
    for _ in range(20):
        pool.decode(SMALL, "png")
    assert (time.monotonic() - start) / 20 < 0.1
    assert pool.idle_pids == first
    assert len(first) == 1


def test_a_refusal_keeps_the_process(pool):
    pool.decode(SMALL, "png")
    first = pool.idle_pids
    with pytest.raises(Problem, match="damaged"):
        pool.decode(SMALL.replace(b"IDAT", b"IDAX"), "png")
    assert pool.idle_pids == first


def test_a_worker_that_dies_while_idle_is_replaced(pool):
    pool.decode(SMALL, "png")
    (first,) = pool.idle_pids
    os.kill(first, 9)
    assert pool.decode(SMALL, "png").width == 8
    assert pool.idle_pids != [first]


@pytest.fixture
def killed_in_mid_use(monkeypatch):
    """A function: kill the next so many workers a moment after they are given a file."""
    remaining = [0]
    decode = Worker.decode

    def deadly(self, *arguments):
        if remaining[0]:
            remaining[0] -= 1
            threading.Timer(0.05, self._process.kill).start()
        return decode(self, *arguments)

    monkeypatch.setattr(Worker, "decode", deadly)
    return lambda times: remaining.__setitem__(0, times)


def test_a_worker_that_is_killed_in_mid_use_is_tried_again(pool, large, killed_in_mid_use):
    killed_in_mid_use(1)
    assert pool.decode(large, "png").width == 5000


def test_a_file_that_kills_every_worker_is_refused_and_all_goes_on(pool, large, killed_in_mid_use):
    killed_in_mid_use(2)
    with pytest.raises(Problem, match="crashed"):
        pool.decode(large, "png")
    assert pool.decode(SMALL, "png").width == 8


def test_eight_threads_at_once(pool):
    pictures = [np.full((40, 50 + number), number * 9, np.uint8) for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        images = list(threads.map(lambda picture: pool.decode(png(picture), "png"), pictures))
    for picture, image in zip(pictures, images, strict=True):
        np.testing.assert_array_equal(image.pixels, picture)
    assert len(pool.idle_pids) == 1, "the burst is over"


def test_of_many_files_no_worker_is_started_anew(pool, monkeypatch):
    started, start = [], Worker.__init__
    monkeypatch.setattr(Worker, "__init__", lambda self, *more: started.append(start(self, *more)))
    with pool.kept_warm(), ThreadPoolExecutor(2) as threads:
        for _ in range(6):
            list(threads.map(lambda _: pool.decode(SMALL, "png"), range(6)))
            time.sleep(0.05)
        assert len(pool.idle_pids) == len(started) == 2
    assert len(pool.idle_pids) == 1


def test_too_slow_is_refused_and_the_next_file_opens(large):
    pool = WorkerPool(seconds=0.05)
    with pytest.raises(Problem, match="too_slow") as refused:
        pool.decode(large, "png")
    assert refused.value.values == {"seconds": "0.05"}
    assert pool.idle_pids == []
    pool._seconds = 10
    assert pool.decode(SMALL, "png").width == 8
    pool.close()


def test_waiting_in_vain_is_said(large):
    pool = WorkerPool(size=1, patience=0.01)
    with ThreadPoolExecutor(1) as thread:
        busy = thread.submit(pool.decode, large, "png")
        time.sleep(0.1)
        with pytest.raises(Unavailable, match="try again"):
            pool.decode(SMALL, "png")
        assert busy.result().width == 5000
    pool.close()


def test_an_import_waits_for_a_worker_as_long_as_it_takes(large):
    pool = WorkerPool(size=1, patience=0.01)
    with ThreadPoolExecutor(3) as threads:
        busy = threads.submit(pool.decode, large, "png")
        time.sleep(0.1)
        frames = []
        all_of_it = threads.submit(pool.decode_all, SMALL, "png", b"salt", lambda image, _: frames.append(image))
        assert pool.decode(SMALL, "png", patient=True).width == 8
        assert all_of_it.result().elements == {} and len(frames) == 1
        assert busy.result().width == 5000
    pool.close()


@needs_proc
def test_the_time_that_a_frame_is_kept_is_no_time_of_the_files(pool, monkeypatch):
    monkeypatch.setattr("ssg.imaging.process.MOST_TURNS", 0.5)  # 5 seconds for all frames

    def keep(image, belonging):
        if belonging.number == 0:
            time.sleep(6)
        frames.append(image)

    frames = []
    large_frames = np.zeros((40, 512, 512), np.uint8)  # more than the pipe holds
    made = dataset(large_frames[0], NumberOfFrames=len(large_frames))
    made.PixelData = large_frames.tobytes()
    pool.decode_all(written(made), "dicom", b"salt", keep)
    assert len(frames) == 40


def film(frames, side):
    """A file of many frames, each of which takes a moment to decode."""
    pixels = np.zeros((side, side), np.uint16)
    pixels[::7, ::5] = 900
    return many_frames([pixels] * frames, RLELossless, BitsStored=12)


def test_all_frames_together_have_a_time_and_the_sentence_names_it(pool, monkeypatch):
    data = film(60, 2000)
    seconds = 10 + (len(data) >> 20)
    monkeypatch.setattr("ssg.imaging.process.MOST_TURNS", 0.5 / seconds)
    kept = []
    with pytest.raises(Problem, match="too_slow") as refused:
        pool.decode_all(data, "dicom", b"salt", lambda *frame: kept.append(frame))
    assert refused.value.values == {"seconds": "0.5"} and 0 < len(kept) < 60
    assert "takes more than 0.5 s to decode" in str(refusal(refused.value, "a.dcm"))
    assert pool.idle_pids == []


@needs_proc
def test_a_worker_whose_own_time_is_up_was_too_slow_and_did_not_crash(pool, monkeypatch):
    data = film(8, 3000)

    def asked(stream, request, *blobs):
        protocol.send(stream, request | {"seconds": 0.05 - worker.GRACE}, *blobs)

    monkeypatch.setattr("ssg.imaging.process.send", asked)
    with pytest.raises(Problem, match="too_slow") as refused:
        pool.decode_all(data, "dicom", b"salt", lambda *_: None)
    assert refused.value.values == {"seconds": f"{10 + (len(data) >> 20)}"}


class Forgetful:
    """A worker that marks as many things as it is told before it runs out of memory, until it has more of it."""

    decodes, is_alive = 0, True

    def __init__(self, memory=worker.MEMORY):
        self.memory = memory

    def decode_all(self, data, kind, salt, seconds, keep, mark, labels):
        marks = [PictureMark("i", 0, "", f"nodule {number}", (0, 0, 9, 9)) for number in range(7)]
        mark(marks[:3])
        if self.memory == worker.MEMORY:
            return Problem("no_memory", limit=512), False
        mark(marks[3:5])
        mark(marks[5:])
        return Removed(), True

    def close(self):
        pass


def test_marks_are_heard_once_when_a_file_is_tried_again_with_more_memory(monkeypatch):
    monkeypatch.setattr("ssg.imaging.pool.Worker", Forgetful)
    monkeypatch.setattr("ssg.imaging.pool.room_for", lambda _size: 2**31)
    heard = []
    WorkerPool().decode_all(b"", "dicom", b"salt", lambda *_: None, heard.extend)
    assert [mark.meaning for mark in heard] == [f"nodule {number}" for number in range(7)]


def test_a_python_that_does_not_start_is_said(monkeypatch, pool):
    monkeypatch.setattr("ssg.imaging.process.BOOT", "raise SystemExit(3)")
    with pytest.raises(Unavailable, match="does not start"):
        pool.decode(SMALL, "png")
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(Unavailable, match="no process can be started"):
        pool.decode(SMALL, "png")


def test_a_worker_is_replaced_after_many_files(pool, monkeypatch):
    monkeypatch.setattr("ssg.imaging.pool.MOST_DECODES", 2)
    pool.decode(SMALL, "png")
    first = pool.idle_pids
    pool.decode(SMALL, "png")
    assert pool.idle_pids == []
    pool.decode(SMALL, "png")
    assert pool.idle_pids != first


def test_what_our_code_does_wrong_is_logged_without_what_the_file_says(monkeypatch):
    def wrong(_data, _kind):
        raise AttributeError("Doe^Jane")

    monkeypatch.setattr(worker, "decode", wrong)
    stream = io.BytesIO()
    worker._answer(stream, b"", {"kind": "png"})
    assert b"Doe" not in stream.getvalue()
    stream.seek(0)
    answer = protocol.receive(stream)
    assert answer["code"] == "damaged"
    assert answer["trace"][-1] == "AttributeError"
    assert "test_workers.py" in answer["trace"][-2]


def test_the_current_folder_cannot_replace_a_module(tmp_path, monkeypatch, pool):
    (tmp_path / "numpy.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert pool.decode(SMALL, "png").width == 8


def test_closing_twice_and_using_again(pool):
    pool.close()
    pool.decode(SMALL, "png")
    pool.close()
    pool.close()
    assert pool.decode(SMALL, "png").width == 8


def test_a_worker_is_closed_politely():
    made = Worker()
    assert made.is_alive
    made.close()
    assert not made.is_alive
