"""The report's counts add up, whatever a folder holds: every file and every frame is taken or left out, and once."""

import random
from collections import Counter

import numpy as np
import pytest

from ssg.casebook.ingest import Limits, ingest
from ssg.errors import BadInput
from tests.casebook.ingest.making import ct, multi_frame, radiograph, save
from tests.casebook.ingest.test_archives import archive
from tests.imaging.building import png, written
from tests.imaging.test_nifti import nifti

LIMITS = Limits(file_mb=1, look_for_text=False)


def slice_of(rng):
    """A slice that may be there twice, lie where another one does, or be one of another moment."""
    one = ct()[rng.randrange(6)]
    one.InstanceNumber, one.SOPInstanceUID = rng.randrange(4), f"1.2.3.{rng.randrange(12)}"
    one.TriggerTime = rng.choice((0, 0, 10))
    if rng.random() < 0.3:
        one.PixelData = np.full((one.Rows, one.Columns), 1000 + rng.randrange(3), "<u2").tobytes()
    return written(one)


def volume_of(rng):
    slices = ct()[: rng.randrange(2, 6)]
    return written(multi_frame(slices + slices[:1] * rng.randrange(2)))


def small_nifti(rng):
    return nifti(np.arange(24, dtype=np.int16).reshape(2, 3, 4) + rng.randrange(2), np.eye(4))


MADE = (
    *(slice_of, slice_of, slice_of, volume_of, small_nifti),
    lambda rng: radiograph(rng.randrange(3)),
    lambda rng: png(np.full((6, 6), rng.randrange(3), np.uint8)),
    lambda rng: rng.choice((b"", b"hello", radiograph(1)[:300])),
)


def folder_of(rng, path):
    files = {}
    for number in range(rng.randrange(1, 14)):
        files[f"{rng.choice('ab')}/{number}"] = rng.choice(MADE)(rng)
    if rng.random() < 0.5:
        members = [(rng.choice("xyz"), rng.choice(MADE)(rng)) for _ in range(4)]
        files["c/all.zip"] = archive(members)
    return save(path, files)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("seed", range(40))
def test_taken_and_left_out_are_what_was_found(seed, tmp_path):
    rng = random.Random(seed)
    folder = folder_of(rng, tmp_path / "in")
    given = [folder] + [folder / "a"] * (rng.random() < 0.3 and (folder / "a").is_dir())
    try:
        found = ingest(given, tmp_path / "out", LIMITS)
    except BadInput as error:
        assert "No picture was taken" in str(error)
        return
    report = found.report
    row = report.to_json()
    assert report.files == report.taken.total() + report.refused.counts.total()
    assert report.frames_read == report.frames + report.frames_left_out.counts.total()
    assert row["frames"] == sum(one["frames"] for study in row["studies"] for one in study["series"])
    sources = Counter(name for study in found.studies for series in study.series for name in series.sources)
    assert set(sources) & set(report.refused.examples.get("it is empty", ())) == set()
    assert report.taken.total() >= len(sources)
