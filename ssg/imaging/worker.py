"""The inside of a worker process: reads files from its input, writes images or refusals to its output.

It opens no files, has half a gigabyte for its work (more for a large file, see room.py) and cannot write to the disk;
what a file does to it stays in it.
Every exception becomes the refusal "damaged", since pydicom raises nine kinds on damaged files; the places it passed
through are reported for the log, without its message, which may quote the file.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from ssg.imaging.protocol import mark_messages, read_exactly, receive, send, send_image, send_removed
from ssg.imaging.refusals import Problem
from ssg.imaging.sniffing import Kind
from ssg.imaging.types import Belonging, DisplayImage, Removed

MEMORY = 512 * 2**20
"""Bytes that decoding may take in addition to what an idle worker has."""

GRACE = 5
"""Seconds more than the app waits for a frame: by then it has killed this process, unless it is gone itself, or had
something else to do while the frame took so long."""

BOMB = 100
"""A file that unpacks to so many times its size is a bomb; one that takes as much and is not so small is large."""

LOADED = (
    "ssg.imaging.dicom_frames",
    "ssg.imaging.dicom_marks",
    "ssg.imaging.labels",
    "ssg.imaging.raster",
    "ssg.imaging.nifti",
    "nibabel",
    "PIL.PngImagePlugin",
    "PIL.JpegImagePlugin",
    "libjpeg",
    "openjpeg",
    "rle",
)
"""Everything that decoding needs; libraries would import the later ones at first use, under the limits."""

DEEPEST_TRACE = 12
IN_WORDS = {
    RecursionError: "it is nested too deeply",
    EOFError: "it ends too early",
    UnicodeError: "its text cannot be read",
    NotImplementedError: "it uses a feature that is not supported",
    OSError: "its picture data are broken",
    SyntaxError: "its picture data are broken",
    RuntimeError: "its picture data are broken",
}


def decode(data: bytes, kind: Kind) -> DisplayImage:
    """Decode in this process, without any limit: for workers and tests."""
    if kind == "dicom":
        from ssg.imaging.dicom_image import decode_dicom

        return decode_dicom(data)
    from ssg.imaging.raster import decode_raster

    return decode_raster(data, kind)


def decode_all(data: bytes, kind: Kind, salt: bytes, labels: bool = False) -> Iterator[tuple[DisplayImage, Belonging]]:
    """Decode every frame of a file in this process, without any limit: for workers and tests."""
    if kind == "dicom":
        from ssg.imaging import dicom_frames

        yield from dicom_frames.decode_frames(data, salt, labels)
    elif kind == "nifti":
        from ssg.imaging import nifti

        yield from nifti.decode_frames(data, labels)
    elif labels:
        from ssg.imaging.labels import png_labels
        from ssg.imaging.raster import decode_raster

        yield decode_raster(data, kind, png_labels), Belonging()
    else:
        yield decode(data, kind), Belonging()


def marks_pictures(data: bytes) -> bool:
    """Whether a DICOM file holds no picture of a patient but marks on some."""
    from ssg.imaging import dicom_frames, dicom_marks

    return dicom_frames.modality_of(data) in (*dicom_marks.SEGMENTATIONS, *dicom_marks.REPORTS)


def removed_of(data: bytes, kind: Kind) -> Removed:
    """What of a file beside its picture is not kept."""
    if kind == "dicom":
        from ssg.imaging import dicom_frames

        return dicom_frames.removed_of(data)
    if kind == "nifti":
        from ssg.imaging import nifti

        return nifti.removed_of(data)
    from ssg.imaging import raster

    return raster.removed_of(data)


def main(memory: int = MEMORY) -> None:
    """Serve until the input ends, with ``memory`` bytes for the work."""
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    _silence(1)  # native libraries print, and what this process says is its protocol
    _load_everything()
    _silence(2)  # until here, a traceback reaches the log of the server; from here on it could quote a file
    send(target, {"ready": True, "limited": limit_memory(memory)})
    while (request := receive(source)) is not None:
        _set_alarm(request["seconds"] + GRACE)
        data = read_exactly(source, int(request["size"]))
        _answer(target, data, request, memory)
        _set_alarm(0)


def _answer(target: BinaryIO, data: bytes, request: dict[str, Any], memory: int = MEMORY) -> None:
    refused: dict[str, Any]
    try:
        if "salt" in request:
            _answer_all(target, data, request)
            return
        image = decode(data, request["kind"])
    except Problem as problem:
        refused = {"code": problem.code, "values": problem.values}
        if problem.code == "bomb" and len(data) * BOMB >= MEMORY:
            from ssg.imaging.dicom_file import LARGEST_INFLATED

            refused = {"code": "too_big_volume", "values": {"limit": LARGEST_INFLATED // 2**20}}
    except MemoryError:
        refused = {"code": "no_memory", "values": {"limit": memory // 2**20}, "spent": True}
        if len(data) * BOMB < MEMORY:
            refused |= {"code": "bomb", "values": {"what": f"over {memory // 2**20} MB of memory"}}
    except Exception as error:  # noqa: BLE001 - see the module's docstring
        refused = {"code": "damaged", "values": {"what": _words_for(error)}, "trace": _trace(error)}
    else:
        send_image(target, image)
        return
    send(target, refused)


def _answer_all(target: BinaryIO, data: bytes, request: dict[str, Any]) -> None:
    """Every frame as it is decoded, or every mark, then what of the file is not kept."""
    kind, salt, seconds = request["kind"], bytes.fromhex(request["salt"]), request["seconds"]
    removed = removed_of(data, kind)
    has_marks = kind == "dicom" and marks_pictures(data)
    if has_marks:
        from ssg.imaging.dicom_marks import decode_marks

        for header in mark_messages(decode_marks(data, salt)):
            with _unhurried(seconds):
                send(target, header)
    else:
        for image, belonging in decode_all(data, kind, salt, request["labels"]):
            with _unhurried(seconds):
                send_image(target, image, belonging)
    # What reads marks is loaded late, since few files have any, and takes of the memory that the next file may need.
    send_removed(target, removed, spent=has_marks)


@contextmanager
def _unhurried(seconds: float) -> Iterator[None]:
    """For what waits for the app, which is no time of the file's; the time of a frame then begins anew."""
    _set_alarm(0)
    yield
    _set_alarm(seconds + GRACE)


def _words_for(error: Exception) -> str:
    for kind, words in IN_WORDS.items():
        if isinstance(error, kind):
            return words
    return "its content contradicts itself"


def _trace(error: Exception) -> list[str]:
    """The kind of the error and the places it passed through, outermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST_TRACE:]
    return [*(f"{_below_packages(frame.filename)}:{frame.lineno}" for frame in frames), type(error).__name__]


def _below_packages(filename: str) -> str:
    parts = Path(filename).parts
    start = max((place for place, part in enumerate(parts) if part in ("ssg", "site-packages")), default=0)
    return "/".join(parts[start:])


def _silence(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _load_everything() -> None:
    """Import everything, so that later decodes are fast and memory can be limited from here on."""
    from PIL import Image

    for module in LOADED:
        import_module(module)
    Image.MAX_IMAGE_PIXELS = None  # raster.py refuses by size before it decodes, and then names the size
    logging.disable()
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the app, which closes the pipe


def limit_memory(extra: int) -> bool:
    """Limit the address space to what is taken now and ``extra`` bytes; no core dumps, no files written.

    False where the platform cannot: Windows has no such limits, and macOS does not tell the present size.
    """
    try:
        import resource
    except ImportError:
        return False
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return False
    ceiling = pages * resource.getpagesize() + extra
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    return True


def _set_alarm(seconds: float) -> None:
    """End this process in so many seconds, 0 for never."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
