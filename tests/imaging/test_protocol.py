"""What passes between the app and a worker: in any script, however much, and believed only where it is bounded."""

import io

import pytest
from pydicom.datadict import DicomDictionary

from ssg.imaging import protocol
from ssg.imaging.types import PictureMark, Removed


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


LONG = "Злокачественное новообразование верхней доли правого лёгкого " * 3


@pytest.mark.parametrize(
    "words", [LONG, '\x07"\\' * 40, "上葉結節" * 30, "\ud800" * 90], ids=["Cyrillic", "escaped", "kanji", "halves"]
)
def test_marks_in_any_script_pass(words):
    marks = [PictureMark("a" * 24, at, words, words, (1.0, 2.0, 30.5, 40.25), words, (9, 9)) for at in range(2_000)]
    stream, heard, messages = io.BytesIO(), [], 0
    for header in protocol.mark_messages(marks):
        protocol.send(stream, header)
    stream.seek(0)
    while (header := protocol.receive(stream)) is not None:
        heard += protocol.receive_marks(header)
        messages += 1
    assert [mark.frame for mark in heard] == list(range(2_000)) and messages < 100
    assert heard[0].box == marks[0].box and len(heard[0].label) <= protocol.LONGEST_TAG
    if words is LONG:
        assert heard[0].label.startswith("Злокачественное новообразование верхней доли")


def test_what_was_removed_is_told_however_much_it_is():
    names = [entry[4] for entry in DicomDictionary.values() if entry[4]]
    removed = Removed({name: at for at, name in enumerate(names, start=1)})
    stream = io.BytesIO()
    protocol.send_removed(stream, removed, spent=True)
    stream.seek(0)
    header = protocol.receive(stream)
    assert header["spent"] is True
    assert protocol.receive_removed(stream, header) == removed and len(names) > 4_000
    assert stream.read() == b""


def test_a_worker_that_never_ends_what_was_removed_fills_no_memory():
    stream = io.BytesIO()
    for start in range(0, 3 * protocol.MOST_ELEMENTS, 1_000):
        protocol.send(stream, {"removed": {str(start + at): 1 for at in range(1_000)}, "more": True})
    protocol.send(stream, {"removed": {}})
    stream.seek(0)
    found = protocol.receive_removed(stream, protocol.receive(stream))
    assert len(found.elements) == protocol.MOST_ELEMENTS


@pytest.mark.parametrize("sent", [b"\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x05{}", b"\0\0\0\x02[]", b"\0\0\0\x02}{"])
def test_messages_that_are_none_are_refused(sent):
    with pytest.raises(protocol.BrokenMessage):
        protocol.receive(io.BytesIO(sent))
