"""The worker processes: fast, bounded, replaced when they die, and gone when the app is gone."""

import gzip
import io
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ssg.errors import Unavailable
from ssg.imaging import nifti as nifti_module
from ssg.imaging import protocol, worker
from ssg.imaging.pool import WorkerPool
from ssg.imaging.process import Worker
from ssg.imaging.refusals import Problem, refusal
from ssg.imaging.room import room_for
from ssg.imaging.types import LARGEST_PIXELS
from tests.imaging.building import dataset, dicom, png, png_of_size, written
from tests.imaging.test_nifti import nifti

REPOSITORY = Path(__file__).resolve().parents[2]
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


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


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
    monkeypatch.setattr("ssg.imaging.process.MOST_TURNS", 0)  # 5 seconds for all frames

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


@needs_proc
def test_a_large_file_has_more_memory_and_a_small_one_has_not(monkeypatch):
    monkeypatch.setattr("ssg.imaging.room.free_memory", lambda: 64 * 2**30)
    assert room_for(400_000) < worker.MEMORY + 2**24
    assert room_for(110 * 2**20) == 2 * 2**30
    monkeypatch.setattr("ssg.imaging.room.free_memory", lambda: 2**30)
    assert room_for(110 * 2**20) == worker.MEMORY


@needs_proc
@pytest.mark.parametrize("is_there", [pytest.param(True, marks=pytest.mark.slow), False])
def test_a_volume_is_opened_where_there_is_memory_for_it_and_else_said_to_need_it(pool, monkeypatch, is_there):
    monkeypatch.setattr("ssg.imaging.room.free_memory", lambda: 8 * 2**30 if is_there else 0)
    slab = np.random.default_rng(0).integers(0, 1000, (512, 512, 10)).astype(np.int16)
    data = gzip.compress(nifti(np.concatenate([slab] * 40, axis=2), np.eye(4)), 0)  # 200 MB, three times
    frames = []
    if is_there:
        pool.decode_all(data, "nifti", b"salt", lambda image, _: frames.append(image.height))
        assert len(frames) == 400 and pool.idle_pids == [], "its worker ends with it"
    else:
        with pytest.raises(Problem, match="no_memory") as refused:
            pool.decode_all(data, "nifti", b"salt", lambda *_: None)
        assert "needs more than 512 MB of memory" in str(refusal(refused.value, "a.nii"))


def test_a_large_volume_is_no_bomb_and_is_said_how_large_it_may_be(monkeypatch):
    monkeypatch.setattr(nifti_module, "MOST_BYTES", 2**20)
    data = gzip.compress(np.random.default_rng(0).bytes(6 * 2**20), 1)
    assert _refused(data, "nifti") == {"code": "too_big_volume", "values": {"limit": 1}}
    assert _refused(gzip.compress(bytes(6 * 2**20)), "nifti")["code"] == "bomb"
    said = str(refusal(Problem("too_big_volume", limit=400), "a.nii.gz"))
    assert "more than 400 MB when it is unpacked" in said and "fewer slices" in said


def _refused(data, kind):
    stream = io.BytesIO()
    worker._answer(stream, data, {"kind": kind, "salt": "00", "labels": False})
    stream.seek(0)
    return protocol.receive(stream)


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


@needs_proc
def test_memory_files_and_environment_of_a_worker_are_bounded(pool, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "canary-7f3a")
    pool.decode(SMALL, "png")
    process = Path(f"/proc/{pool.idle_pids[0]}")
    limits = {line[:26].strip(): line[26:].split()[0] for line in (process / "limits").read_text().splitlines()[1:]}
    taken = int((process / "statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    assert int(limits["Max address space"]) - taken <= worker.MEMORY
    assert int(limits["Max address space"]) < 2**30
    assert (limits["Max file size"], limits["Max core file size"]) == ("0", "0")
    assert b"canary" not in (process / "environ").read_bytes()
    loaded = (process / "maps").read_text()
    assert "torch" not in loaded


@needs_proc
@pytest.mark.parametrize("kind", ["png", "dicom"])
def test_the_largest_images_fit_into_the_memory(pool, kind):
    side = int(LARGEST_PIXELS**0.5)
    values = np.arange(side, dtype=np.uint16)[None].repeat(side, axis=0)
    data = png(values, compress_level=1) if kind == "png" else dicom(values)
    image = pool.decode(data, kind)
    np.testing.assert_array_equal(image.samples[::500], values[::500])


def test_running_out_of_memory_is_a_bomb_and_spends_the_worker(monkeypatch):
    def greedy(_data, _kind):
        raise MemoryError

    monkeypatch.setattr(worker, "decode", greedy)
    stream = io.BytesIO()
    worker._answer(stream, b"", {"kind": "png"})
    stream.seek(0)
    answer = protocol.receive(stream)
    assert (answer["code"], answer["spent"]) == ("bomb", True)


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


@pytest.mark.parametrize(
    "header",
    [
        {"height": 10**9, "width": 10**9},
        {"height": 0, "width": 5},
        {"height": "x", "width": 5},
        {},
        {"height": 2, "width": 2, "has_samples": False},
    ],
)
def test_headers_that_lie_are_not_believed(header):
    with pytest.raises(protocol.BrokenMessage):
        protocol.receive_image(io.BytesIO(bytes(100)), header)


@pytest.mark.parametrize("sent", [b"\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x05{}", b"\0\0\0\x02[]", b"\0\0\0\x02}{"])
def test_messages_that_are_none_are_refused(sent):
    with pytest.raises(protocol.BrokenMessage):
        protocol.receive(io.BytesIO(sent))


def run_python(code, **options):
    return subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, **options)


OPEN_ONE = f"""
import os, sys, time
from ssg.imaging import decode_upload, opening
image = decode_upload({SMALL!r}, "a.png")
"""


def test_a_program_that_ends_leaves_no_process():
    program = run_python(OPEN_ONE + "print(opening._POOL.idle_pids[0])")
    pid = int(program.communicate(timeout=30)[0])
    assert program.returncode == 0
    assert not is_running(pid)


@needs_proc
def test_a_program_that_is_killed_leaves_no_process():
    program = run_python(OPEN_ONE + "print(opening._POOL.idle_pids[0], flush=True); time.sleep(60)")
    pid = int(program.stdout.readline())
    assert is_running(pid)
    program.kill()
    program.communicate()
    deadline = time.monotonic() + 5
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(pid)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_program_has_workers_of_its_own():
    code = """
child = os.fork()
decode_upload(DATA, "a.png")
print(opening._POOL.idle_pids[0], flush=True)
if child:
    os.waitpid(child, 0)
    decode_upload(DATA, "a.png")
else:
    opening._POOL.close()
    os._exit(0)
"""
    program = run_python(OPEN_ONE + f"DATA = {SMALL!r}\n" + code)
    pids = program.communicate(timeout=60)[0].split()
    assert program.returncode == 0
    assert len(set(pids)) == 2


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
