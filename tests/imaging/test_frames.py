"""All frames of a file, one by one: of multi-frame DICOM, of volumes, of damaged files, of workers that lie."""

import io
import threading

import numpy as np
import pytest
from pydicom.uid import RLELossless

from ssg.errors import ImageRefused
from ssg.imaging import decode_all, kind_of, protocol
from ssg.imaging.allowed import series_words
from ssg.imaging.pool import WorkerPool
from ssg.imaging.process import Worker
from ssg.imaging.refusals import Problem
from tests.casebook.ingest.making import ct, multi_frame, patient
from tests.imaging.building import dicom, png, written
from tests.imaging.test_mutants import OUR_BUGS, mutants
from tests.imaging.test_nifti import nifti

SALT = b"salt" * 8
VOLUME = nifti(patient().transpose(2, 1, 0), np.diag([-0.5, -0.8, -3.0, 1.0]))


def frames_of(data, pool=None):
    found = []
    keep = lambda image, belonging: found.append((image, belonging))  # noqa: E731
    if pool is not None:
        pool.decode_all(data, kind_of(data, volumes=True), SALT, keep)
    else:
        decode_all(data, "a.dcm", SALT, keep, largest_mb=50)
    return found


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2", RLELossless])
def test_every_frame_has_its_own_picture_and_place(syntax):
    found = frames_of(written(multi_frame(ct()), syntax))
    assert [belonging.place.position[2] for _, belonging in found] == [-3.0 * number for number in range(6)]
    for (image, belonging), expected in zip(found, patient(), strict=True):
        assert (image.samples_offset + image.samples == expected).all() and image.window == (400, 40)
        assert belonging.frames == 6 and image.spacing_mm == (0.8, 0.5)
    assert len({belonging.number for _, belonging in found}) == 6
    assert len({belonging.series for _, belonging in found}) == 1


def test_digests_are_of_their_salt():
    data = written(ct()[0])
    ((_, one),), found = frames_of(data), []
    decode_all(data, "a", b"other" * 8, lambda image, belonging: found.append(belonging), largest_mb=50)
    for name in ("instance", "series", "study", "patient"):
        assert getattr(one, name) and getattr(one, name) != getattr(found[0], name)


def test_a_place_that_is_none_is_none():
    for cosines, position in (
        ([1, 0, 0, 1, 0, 0], [0, 0, 0]),
        ([2, 0, 0, 0, 2, 0], [0, 0, 0]),
        ([1, 0, 0, 0, 1, 0], [0, 0]),
        ([1, 0, 0, 0, 1, 0], None),
    ):
        pixels = np.zeros((4, 5), np.uint16)
        data = dicom(pixels, Modality="CT", ImageOrientationPatient=cosines, ImagePositionPatient=position or [])
        ((_, belonging),) = frames_of(data)
        assert belonging.place is None


def test_what_holds_no_picture_of_a_patient_is_refused():
    for modality in ("RTDOSE", "RTSTRUCT"):
        with pytest.raises(ImageRefused, match=f"it holds {modality}") as refused:
            frames_of(dicom(np.zeros((4, 4), np.uint8), Modality=modality))
        assert refused.value.code == "no_pixels" and "'" not in refused.value.reason


def test_frames_before_the_end_of_a_cut_file_are_given_and_then_it_is_refused():
    made = multi_frame(ct())
    made.PixelData = made.PixelData[:-100]
    with pytest.raises(ImageRefused) as refused:
        frames_of(written(made))
    assert refused.value.code == "truncated"


def test_known_words_of_a_series_stay_and_all_others_go():
    assert series_words("t2_tse-AX Doe^John 1.1.1950 post GAD t2") == "T2 TSE AX POST GAD"
    assert series_words("") == series_words("Miller, Ann") == ""


def test_a_worker_that_dies_between_frames_is_named_and_replaced(monkeypatch):
    pool, kept = WorkerPool(), []
    data = written(multi_frame(ct()))

    def keep(image, belonging):
        kept.append(belonging)
        if len(kept) == 2:
            pool_worker[0]._process.kill()

    pool_worker = []
    take = pool._take
    monkeypatch.setattr(pool, "_take", lambda: pool_worker.append(take()) or pool_worker[-1])
    receive = Worker._heard

    def slowly(self, *arguments, **named):
        answer = receive(self, *arguments, **named)
        if len(kept) == 2:
            self._process.wait()
            self._output.read()
        return answer

    monkeypatch.setattr(Worker, "_heard", slowly)
    with pytest.raises(Problem, match="crashed"):
        pool.decode_all(data, "dicom", SALT, keep)
    monkeypatch.setattr(Worker, "_heard", receive)
    assert len(frames_of(data, pool)) == 6
    pool.close()


def test_what_the_keeper_raises_is_its_own():
    pool = WorkerPool()

    def full(image, belonging):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        pool.decode_all(written(multi_frame(ct())), "dicom", SALT, full)
    assert len(frames_of(VOLUME, pool)) == 6
    pool.close()


def test_frames_of_several_files_at_once():
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(len(frames_of(VOLUME)))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [6] * 6


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"belonging": None},
        {"belonging": {"place": {"position": [0, 0], "across": [1, 0, 0], "down": [0, 1, 0]}}},
        {"belonging": {"place": None, "number": "x"}},
        {"belonging": {"place": {"position": [0, 0, float("inf")], "across": [1, 0, 0], "down": [0, 1, 0]}}},
    ],
)
def test_belongings_that_lie_are_not_believed(row):
    with pytest.raises(protocol.BrokenMessage):
        protocol.receive_belonging(row)


@pytest.mark.parametrize("row", [{}, {"removed": 3}, {"removed": {"a": "x"}}, {"removed": {}, "more": True}])
def test_removals_that_lie_are_not_believed(row):
    with pytest.raises(protocol.BrokenMessage):
        protocol.receive_removed(io.BytesIO(), row)


SOURCES = {
    "multi-frame": lambda: written(multi_frame(ct())),
    "compressed": lambda: written(multi_frame(ct()), RLELossless),
    "volume": lambda: VOLUME,
    "slice": lambda: written(ct()[0]),
    "png": lambda: png(np.zeros((8, 8), np.uint8)),
}


@pytest.mark.parametrize("source", SOURCES)
def test_mutants_open_or_are_refused(source, caplog):
    caplog.set_level("DEBUG", logger="ssg.imaging")
    opened = refused = 0
    for mutant in mutants(SOURCES[source](), 60, seed=5):
        try:
            frames_of(mutant)
            opened += 1
        except ImageRefused as error:
            refused += 1
            assert str(error)
    assert opened + refused == 60 and refused > 5
    traces = [record.getMessage() for record in caplog.records if "ssg/imaging" in record.getMessage()]
    bugs = [one for one in traces if one.endswith(OUR_BUGS) and "ssg/imaging" in one.split(" > ")[-2]]
    assert not bugs, bugs[:3]


def test_a_large_volume_fits_into_a_worker():
    values = np.broadcast_to(np.arange(400, dtype=np.int16)[:, None, None], (400, 400, 300))
    data = nifti(np.ascontiguousarray(values), np.diag([-0.5, -0.8, -3.0, 1.0]))
    seen = []
    decode_all(data, "a.nii", SALT, lambda image, belonging: seen.append(image.samples[0, -1]), largest_mb=200)
    assert len(seen) == 300
