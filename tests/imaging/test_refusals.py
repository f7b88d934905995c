"""Every reason to refuse a file, through the front door; and that each message names the file and a remedy."""

import io
import os
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib

import numpy as np
import pytest
from pydicom.uid import JPEG2000Lossless

from ssg.errors import BadInput, ImageRefused
from ssg.imaging import decode_upload, open_image
from ssg.imaging.refusals import MESSAGES, Problem, printable_name, refusal
from tests.imaging.building import dataset, decoded, deflated, dicom, jpeg, png, png_of_size, raw_png, written

PIXELS = np.arange(64, dtype=np.uint8).reshape(8, 8)
NOISE = np.random.default_rng(3).integers(0, 256, (64, 64)).astype(np.uint8)
PROGRAM = b"MZ" + bytes(58) + struct.pack("<I", 128) + bytes(64)


def without(*keywords: str) -> bytes:
    return dicom(PIXELS, **dict.fromkeys(keywords))


def of_syntax(uid: str) -> bytes:
    """A compressed file whose syntax is called something else of the same length."""
    return dicom(NOISE, JPEG2000Lossless).replace(JPEG2000Lossless.encode(), uid.encode())


def flipped(data: bytes) -> bytes:
    """One bit wrong in the middle."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def cut_in_pixels(syntax: str) -> bytes:
    data = dicom(NOISE, syntax)
    return data[: -len(data) // 4]


def nested(depth: int) -> bytes:
    """Sequences of undefined length, each in the one before."""
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    opened = b"\x40\x00\x75\x02SQ\x00\x00\xff\xff\xff\xff" + item
    data = dicom(PIXELS)
    at = data.index(b"\xe0\x7f\x10\x00")
    closed = b"\xfe\xff\x0d\xe0\0\0\0\0" + b"\xfe\xff\xdd\xe0\0\0\0\0"
    return data[:at] + opened * depth + closed * depth + data[at:]


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(20_000_000))
    return buffer.getvalue()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.png"), io.BytesIO())
    return buffer.getvalue()


CASES = {
    "empty": lambda: b"",
    "text": lambda: "Röntgen\n".encode() * 9,
    "web page": lambda: b"  <!DOCTYPE html><html>",
    "svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "program": lambda: PROGRAM,
    "program with DICOM in it": lambda: PROGRAM[:128].ljust(128, b"\0") + dicom(PIXELS)[128:],
    "random": lambda: b"\x99\x88" + os.urandom(300),
    "zip bomb": zipped,
    "gzip": lambda: zlib.compress(b"x" * 99, wbits=31),
    "tar": tarred,
    "7z": lambda: b"7z\xbc\xaf\x27\x1c" + bytes(99),
    "tiff": lambda: b"II*\0" + bytes(99),
    "gif": lambda: b"GIF89a" + bytes(99),
    "webp": lambda: b"RIFF\x10\0\0\0WEBPVP8 ",
    "heic": lambda: b"\0\0\0\x18ftypheic" + bytes(99),
    "pdf": lambda: b"%PDF-1.7",
    "bmp": lambda: b"BM" + bytes(99),
    "jp2": lambda: b"\0\0\0\x0cjP  \r\n\x87\n",
    "png cut": lambda: png(NOISE)[:2000],
    "png damaged inside": lambda: flipped(png(NOISE)),
    "jpeg cut": lambda: jpeg(NOISE)[:2000],
    "dicom cut": lambda: cut_in_pixels("1.2.840.10008.1.2.1"),
    "compressed dicom cut": lambda: cut_in_pixels(JPEG2000Lossless),
    "deflated dicom cut": lambda: deflated(os.urandom(9999))[:-500],
    "header without its pixels": lambda: without("PixelData"),
    "png checksum": lambda: png(NOISE)[:60] + b"abcd" + png(NOISE)[64:],
    "png of 7 colours": lambda: raw_png(8, 8, 8, 7, zlib.compress(bytes(72))),
    "jpeg without tables": lambda: b"\xff\xd8\xff\xe0" + bytes(200) + b"\xff\xd9",
    "broken frame": lambda: dicom(NOISE, JPEG2000Lossless).replace(b"\xff\x51", b"\xff\x00"),
    "nested sequences": lambda: nested(3000),
    "syntax contradicts pixels": lambda: of_syntax("1.2.840.10008.1.2.1\0\0\0"),
    "no picture": lambda: without("PixelData", "Rows", "Columns"),
    "no rows": lambda: without("Rows"),
    "zero pixels": lambda: dicom(PIXELS, Rows=0),
    "png of 200 megapixels": lambda: png_of_size(20_000, 10_000),
    "png of one line": lambda: png(np.zeros((2, 5000), np.uint8)),
    "dicom of 65535²": lambda: dicom(PIXELS, Rows=65535, Columns=65535),
    "many frames": lambda: dicom(PIXELS, NumberOfFrames=12),
    "frames without end": lambda: dicom(PIXELS, NumberOfFrames=2_000_000),
    "mpeg": lambda: of_syntax("1.2.840.10008.1.2.4.100"[:22]),
    "unregistered syntax": lambda: of_syntax("1.2.826.0.1.3680043.10"),
    "64 bits": lambda: dicom(PIXELS, BitsAllocated=64),
    "floats": lambda: written(floats()),
    "two channels": lambda: dicom(PIXELS, SamplesPerPixel=2),
    "deflated bomb": lambda: deflated(bytes(300_000_000)),
}

EXPECTED = {
    "empty": "empty",
    "text": "not_an_image",
    "web page": "not_an_image",
    "svg": "not_an_image",
    "program": "not_an_image",
    "program with DICOM in it": "not_an_image",
    "random": "not_an_image",
    "zip bomb": "archive",
    "gzip": "archive",
    "tar": "archive",
    "7z": "archive",
    "tiff": "unsupported_format",
    "gif": "unsupported_format",
    "webp": "unsupported_format",
    "heic": "unsupported_format",
    "pdf": "unsupported_format",
    "bmp": "unsupported_format",
    "jp2": "unsupported_format",
    "png cut": "truncated",
    "png damaged inside": "damaged",
    "jpeg cut": "truncated",
    "dicom cut": "truncated",
    "compressed dicom cut": "truncated",
    "deflated dicom cut": "truncated",
    "header without its pixels": "truncated",
    "png checksum": "damaged",
    "png of 7 colours": "damaged",
    "jpeg without tables": "damaged",
    "broken frame": "damaged",
    "nested sequences": "damaged",
    "syntax contradicts pixels": "damaged",
    "no picture": "no_pixels",
    "no rows": "damaged",
    "zero pixels": "zero_pixels",
    "png of 200 megapixels": "too_large",
    "png of one line": "too_thin",
    "dicom of 65535²": "too_large",
    "many frames": "multi_frame",
    "frames without end": "too_many_frames",
    "mpeg": "unsupported_transfer_syntax",
    "unregistered syntax": "unsupported_transfer_syntax",
    "64 bits": "unsupported_pixels",
    "floats": "unsupported_pixels",
    "two channels": "unsupported_pixels",
    "deflated bomb": "bomb",
}
ELSEWHERE = {
    "unreadable", "too_big_file", "too_slow", "too_many_marks", "no_mask", "crashed", "no_memory", "too_big_volume",
    "volume_in_two_files",
}  # fmt: skip
"""Codes with a test of their own, here, in test_workers.py, test_nifti.py or casebook/ingest/test_annotations.py."""


def floats():
    made = dataset(PIXELS, PixelData=None, BitsAllocated=32)
    made.FloatPixelData = np.zeros((8, 8), np.float32).tobytes()
    return made


def is_polite(message: str, name: str) -> bool:
    return f"'{name}'" in message and ":" in message and "\n" not in message and message.endswith(".")


@pytest.mark.parametrize("case", CASES)
def test_refused_by_name_and_with_a_remedy(case):
    start = time.monotonic()
    with pytest.raises(ImageRefused) as refused:
        decode_upload(CASES[case](), f"{case}.dcm")
    assert refused.value.code == EXPECTED[case]
    assert is_polite(str(refused.value), f"{case}.dcm")
    assert time.monotonic() - start < 5


def test_every_code_has_a_case():
    assert set(EXPECTED.values()) | ELSEWHERE == set(MESSAGES)
    assert set(EXPECTED) == set(CASES)


def test_the_intact_file_of_these_cases_opens():
    for data in (dicom(PIXELS), dicom(NOISE, JPEG2000Lossless), png(NOISE), jpeg(NOISE), nested(30)):
        assert decoded(data).width in (8, 64)
    assert decoded(dicom(PIXELS)[132:]).width == 8, "a preamble may be missing"
    assert decoded(dicom(PIXELS)[128:]).width == 8
    assert decoded(b"II*\0".ljust(128, b"\0") + dicom(PIXELS)[128:]).width == 8, "TIFF and DICOM in one file"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "absent.png", "no such file"),
        (lambda folder: folder, "it is a folder"),
        (lambda folder: folder / ("a" * 300), "name too long"),
        (lambda folder: folder / "a\0b", "its path is impossible"),
    ],
)
def test_unreadable_paths(tmp_path, make, words):
    with pytest.raises(ImageRefused) as refused:
        open_image(make(tmp_path))
    assert refused.value.code == "unreadable"
    assert words in str(refused.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageRefused, match="not a regular file"):
        open_image(tmp_path / "pipe.png")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(PIXELS))
    path.chmod(0)
    with pytest.raises(ImageRefused, match="permission denied"):
        open_image(path)


def test_files_over_the_limit_are_not_read_on(tmp_path):
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(10 * 2**30)
    with pytest.raises(ImageRefused, match="50 MB") as refused:
        open_image(path)
    assert refused.value.code == "too_big_file"
    data = png(NOISE)
    with pytest.raises(ImageRefused, match=r"larger than the 0\.001 MB"):
        decode_upload(data, "a.png", largest_mb=0.001)
    assert decode_upload(data, "a.png", largest_mb=1).width == 64


def test_open_image_takes_a_path_or_its_text(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(PIXELS))
    assert open_image(path).digest == open_image(str(path)).digest == decode_upload(path, "a").digest


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("/home/somebody/secret folder/chest.dcm", "chest.dcm"),
        ("C:\\Users\\somebody\\chest.dcm", "chest.dcm"),
        ("a\nb\x1b[31mc\u202egnp.exe", "a�b�[31mc�gnp.exe"),
        ("", "unnamed file"),
        ("x" * 500 + ".dcm", "x" * 30 + "…" + "x" * 25 + ".dcm"),
        ("{name} %s <b>", "{name} %s <b>"),
        ("\udcff.png", "�.png"),
    ],
)
def test_names_are_shown_short_and_printable(name, shown):
    assert printable_name(name) == shown
    assert is_polite(str(refusal(Problem("empty"), name)), shown)


def test_a_lying_worker_gets_no_words_of_its_own():
    refused = refusal(Problem("invented", what="x"), "a.png")
    assert refused.code == "damaged"
    refused = refusal(Problem("no_pixels", what="\n\x1b[31m" + "y" * 999), "a.png")
    assert is_polite(str(refused), "a.png")
    assert len(str(refused)) < 250
    assert "unknown" in str(refusal(Problem("too_large"), "a.png"))
    assert isinstance(refused, BadInput)


def test_importing_the_package_loads_neither_pydicom_nor_pillow():
    code = "import ssg.imaging, sys; print([m for m in ('pydicom', 'PIL', 'torch', 'gradio') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
