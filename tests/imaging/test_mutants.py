"""200 seeded mutants of small files: each opens or is refused, none hangs, none shows a bug of ours."""

import random
import time

import numpy as np
import pytest
from pydicom.uid import ImplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from ssg.errors import ImageRefused
from ssg.imaging import decode_upload
from ssg.imaging.refusals import MESSAGES
from tests.imaging.building import decoded, dicom, items, jpeg, png, table
from tests.imaging.test_dicom_files import bundled

SMALL = (np.add.outer(np.arange(36) * 9, np.arange(40) * 3) % 251).astype(np.uint8)
WORDS = SMALL.astype(np.uint16) * 16
COLOUR = np.stack([SMALL, SMALL[::-1], SMALL], axis=-1)

OUR_BUGS = ("NameError", "AttributeError", "KeyError", "IndexError", "TypeError", "AssertionError", "ZeroDivisionError")


def full_header():
    return dicom(
        WORDS,
        BitsStored=12,
        RescaleSlope=1,
        RescaleIntercept=-1024,
        WindowCenter=[40, 50],
        WindowWidth=[400, 500],
        PixelSpacing=[0.5, 0.5],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PixelPaddingValue=0,
        VOILUTSequence=table(list(range(64)), 0, 12),
        SharedFunctionalGroupsSequence=items(PixelMeasuresSequence=items(PixelSpacing=[1, 1])),
    )


SOURCES = {
    "png": lambda: png(SMALL),
    "png of 16 bits": lambda: png(WORDS),
    "png of colour": lambda: png(COLOUR),
    "jpeg": lambda: jpeg(SMALL),
    "jpeg of colour": lambda: jpeg(COLOUR),
    "dicom": full_header,
    "dicom, implicit": lambda: dicom(WORDS, ImplicitVRLittleEndian, BitsStored=12, WindowCenter=9, WindowWidth=99),
    "dicom of colour": lambda: dicom(COLOUR),
    "RLE": lambda: dicom(WORDS, RLELossless),
    "JPEG 2000": lambda: dicom(SMALL, JPEG2000Lossless),
    "JPEG-LS": lambda: bundled("JPEGLSNearLossless_08.dcm"),
    "JPEG baseline": lambda: bundled("SC_rgb_small_odd_jpeg.dcm"),
}


def mutants(data, count, seed):
    """Byte flips, cuts, insertions and swapped parts, the same ones in every run."""
    rng = random.Random(seed)
    for _ in range(count):
        mutant = bytearray(data)
        for _ in range(rng.choice((1, 1, 2, 5, 20))):
            at = rng.randrange(len(mutant))
            kind = rng.randrange(6)
            if kind <= 2:
                mutant[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
            elif kind == 3:
                mutant[at : at + 4] = rng.randbytes(4)
            elif kind == 4:
                del mutant[at : at + rng.randrange(1, 9)]
            else:
                mutant[at:at] = mutant[at : at + 16]
            mutant = mutant or bytearray(b"\0")
        yield bytes(mutant[: rng.randrange(1, len(mutant) + 1)] if rng.random() < 0.2 else mutant)


def test_the_sources_open():
    for name, make in SOURCES.items():
        assert decoded(make()).pixels.size, name


@pytest.mark.parametrize("source", SOURCES)
def test_mutants_open_or_are_refused(source, caplog):
    caplog.set_level("DEBUG", logger="ssg.imaging")
    slowest = 0.0
    for mutant in mutants(SOURCES[source](), 200 // len(SOURCES) + 1, source):
        start = time.monotonic()
        try:
            image = decode_upload(mutant, "mutant")
        except ImageRefused as refused:
            assert refused.code in MESSAGES
            assert "\n" not in str(refused)
        else:
            assert image.pixels.dtype == np.uint8
        slowest = max(slowest, time.monotonic() - start)
    assert slowest < 10
    bugs = [text for text in caplog.messages if (places := text.split(" > "))[-1] in OUR_BUGS and "ssg/" in places[-2]]
    assert not bugs
