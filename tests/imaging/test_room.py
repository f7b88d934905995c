"""The memory of a worker: bounded, more of it for a large file, and enough for the largest that is taken."""

import gzip
import io
import os
from pathlib import Path

import numpy as np
import pytest

from ssg.imaging import nifti as nifti_module
from ssg.imaging import protocol, worker
from ssg.imaging.refusals import Problem, refusal
from ssg.imaging.room import room_for
from ssg.imaging.types import LARGEST_PIXELS
from tests.imaging.building import dicom, png
from tests.imaging.test_nifti import nifti
from tests.imaging.test_workers import SMALL, needs_proc, pool

__all__ = ["pool"]


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
    data = gzip.compress(nifti(np.concatenate([slab] * 56, axis=2), np.eye(4)), 0)  # 290 MB, twice
    frames = []
    if is_there:
        pool.decode_all(data, "nifti", b"salt", lambda image, _: frames.append(image.height))
        assert len(frames) == 560 and pool.idle_pids == [], "its worker ends with it"
    else:
        with pytest.raises(Problem, match="no_memory") as refused:
            pool.decode_all(data, "nifti", b"salt", lambda *_: None)
        assert "needs more than 512 MB of memory" in str(refusal(refused.value, "a.nii"))


def test_a_large_volume_is_no_bomb_and_is_said_how_large_it_may_be(monkeypatch):
    monkeypatch.setattr(nifti_module, "MOST_BYTES", 2**20)
    data = gzip.compress(nifti(np.zeros((128, 128, 65), np.uint8), np.eye(4)))
    assert _refused(data, "nifti") == {"code": "too_big_volume", "values": {"limit": 1}}
    said = str(refusal(Problem("too_big_volume", limit=400), "a.nii.gz"))
    assert "more than 400 MB when it is unpacked" in said and "fewer slices" in said


def _refused(data, kind):
    stream = io.BytesIO()
    worker._answer(stream, data, {"kind": kind, "salt": "00", "labels": False, "seconds": 10})
    stream.seek(0)
    return protocol.receive(stream)


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
