"""Files of many compressed frames: every frame is the right one, in time that grows with their number."""

import tracemalloc

import numpy as np
import pydicom
import pydicom.encaps
import pytest
from pydicom.uid import JPEG2000Lossless, RLELossless

from ssg.imaging.dicom_file import read, stored_frames
from ssg.imaging.refusals import Problem
from tests.imaging.building import dataset, many_frames, written
from tests.imaging.test_dicom_files import bundled

pytestmark = pytest.mark.filterwarnings("ignore:The pixel data|The number of bytes|The end of the encapsulated")
FRAMES = [np.random.default_rng(number).integers(0, 4096, (40, 48)).astype(np.uint16) for number in range(7)]


@pytest.mark.parametrize(
    ("syntax", "pieces", "bits"),
    [
        (RLELossless, 1, 12),
        (RLELossless, 1, 16),
        (JPEG2000Lossless, 1, 8),
        (JPEG2000Lossless, 1, 12),
        (JPEG2000Lossless, 2, 12),
        (JPEG2000Lossless, 2, 16),
    ],
)
@pytest.mark.parametrize("offsets", [True, False])
def test_every_frame_is_the_one_that_was_stored(syntax, pieces, bits, offsets):
    frames = [frame >> max(12 - bits, 0) for frame in FRAMES]
    data = many_frames(frames, syntax, offsets, pieces, BitsStored=bits)
    found = [stored.values for stored in stored_frames(read(data))]
    np.testing.assert_array_equal(found, frames)


def test_frames_of_values_below_zero_keep_their_sign():
    frames = [frame.astype(np.int16) - 2048 for frame in FRAMES]
    for syntax in (RLELossless, JPEG2000Lossless):
        found = [stored.values for stored in stored_frames(read(many_frames(frames, syntax, BitsStored=12)))]
        np.testing.assert_array_equal(found, frames)


@pytest.mark.parametrize(
    "name",
    ["SC_rgb_rle_16bit_2frame.dcm", "SC_rgb_rle_2frame.dcm", "examples_ybr_color.dcm", "rtdose.dcm", "rtdose_expb.dcm"],
)
def test_frames_of_real_files_are_those_that_pydicom_gives_by_number(name):
    dataset_ = pydicom.dcmread(pydicom.data.get_testdata_file(name))
    decoder = pydicom.pixels.get_decoder(dataset_.file_meta.TransferSyntaxUID)
    count = 0
    for number, stored in enumerate(stored_frames(read(bundled(name)))):
        array, _ = decoder.as_array(dataset_, index=number, raw=True)
        if array.ndim == 2 or dataset_.PhotometricInterpretation.startswith("YBR"):
            np.testing.assert_array_equal(stored.values, array if array.ndim == 2 else array[..., 0])
        else:
            assert stored.values.shape == array.shape[:2] and np.ptp(stored.values)
        count += 1
    assert count == dataset_.NumberOfFrames


def test_a_film_without_a_table_of_offsets_is_looked_through_once(monkeypatch):
    looked, parse = [], pydicom.encaps.parse_fragments
    monkeypatch.setattr(
        pydicom.encaps, "parse_fragments", lambda *args, **more: looked.append(1) or parse(*args, **more)
    )
    dataset_ = read(many_frames(FRAMES * 20, RLELossless, BitsStored=12))
    assert sum(1 for _ in stored_frames(dataset_)) == 140
    assert len(looked) == 1


def test_frames_are_decoded_one_at_a_time():
    frame = np.zeros((512, 512), np.uint16)
    dataset_ = read(many_frames([frame] * 60, RLELossless, BitsStored=12))
    tracemalloc.start()
    assert sum(1 for _ in stored_frames(dataset_)) == 60
    assert tracemalloc.get_traced_memory()[1] < 8 * frame.nbytes
    tracemalloc.stop()


def test_fewer_frames_than_are_said_are_a_cut_file_and_more_are_left():
    few = stored_frames(read(many_frames(FRAMES, RLELossless, offsets=True, said=9, BitsStored=12)))
    assert all((next(few).values == frame).all() for frame in FRAMES)
    with pytest.raises(Problem, match="truncated"):
        next(few)
    more = stored_frames(read(many_frames(FRAMES, JPEG2000Lossless, offsets=True, said=3, BitsStored=12)))
    np.testing.assert_array_equal([stored.values for stored in more], FRAMES[:3])


def test_a_palette_for_indices_of_32_bits_is_refused():
    made = dataset(np.array([[0, 200_000]], np.uint32).repeat(4, axis=0), PhotometricInterpretation="PALETTE COLOR")
    with pytest.raises(Problem, match="unsupported_pixels") as refused:
        next(stored_frames(read(written(made))))
    assert "indices of 32 bits" in refused.value.values["what"]
