"""Messages between the app and a worker: a length, a JSON header, then raw bytes as the header announces.

Both ends read what the other claims; the app's end reads what a worker says that may have been taken over by a file.
So sizes are bounded before anything is read, and JSON and flat arrays are all that can arrive.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple
from itertools import islice
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from ssg.imaging.refusals import printable
from ssg.imaging.stacks import Place
from ssg.imaging.types import LARGEST_PIXELS, Belonging, DisplayImage, PictureMark, Removed

LARGEST_HEADER = 64 * 1024
PLACE = ("position", "across", "down")
DIGESTS = ("instance", "series", "study", "patient")
LONGEST_DIGEST = 40
AT_A_TIME = LARGEST_HEADER // 2
"""Bytes of JSON from which a list goes on in another message: what is longest in it, a mark, takes some thousand."""

MOST_MOMENTS = 20
MOST_ELEMENTS = 10_000
"""The standard has some five thousand."""

MOST_NOTES = 20
LONGEST_NOTE = 240
LONGEST_TAG = 60
LONGEST_NAME = 100
"""Of an element; the standard's longest have 63 letters."""

Row = TypeVar("Row")

GEOMETRY = ("samples_offset", "samples_slope", "window", "inverted", "spacing_mm", "modality", "orientation")


class BrokenMessage(Exception):
    """The other end stopped in the middle, or sent what no honest end sends."""


def send(stream: BinaryIO, header: dict[str, Any], *blobs: Any) -> None:
    """Write one message; ``blobs`` are buffers whose sizes the header states."""
    packed = _packed(header)
    stream.write(len(packed).to_bytes(4, "big") + packed)
    for blob in blobs:
        stream.write(blob)
    stream.flush()


def _packed(value: Any) -> bytes:
    """JSON in UTF-8, where a letter takes no more bytes than it must; halves of letters become question marks."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False).encode(errors="replace")


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in lists of about AT_A_TIME bytes of JSON each."""
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(_packed(row))
        if size >= AT_A_TIME:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def receive(stream: BinaryIO) -> dict[str, Any] | None:
    """Read one header; None where the stream has ended between two messages."""
    length = stream.read(4)
    if not length:
        return None
    size = int.from_bytes(length, "big")
    if len(length) < 4 or size > LARGEST_HEADER:
        raise BrokenMessage("header size")
    try:
        header = json.loads(read_exactly(stream, size))
    except (ValueError, RecursionError):
        raise BrokenMessage("header is not JSON") from None
    if not isinstance(header, dict):
        raise BrokenMessage("header is not an object")
    return header


def read_exactly(stream: BinaryIO, size: int) -> bytes:
    """``size`` bytes, or BrokenMessage."""
    data = stream.read(size)
    if len(data) < size:
        raise BrokenMessage(f"{len(data)} of {size} bytes")
    return data


def send_image(stream: BinaryIO, image: DisplayImage, belonging: Belonging | None = None) -> None:
    """Write a decoded image, and where it belongs."""
    header: dict[str, Any] = {name: getattr(image, name) for name in GEOMETRY}
    header |= {
        "width": image.width,
        "height": image.height,
        "has_samples": image.samples is not None,
        "kept_tags": dict(image.kept_tags),
        "notes": image.notes,
    }
    if belonging is not None:
        header["belonging"] = asdict(belonging)
    arrays = [image.pixels] if image.samples is None else [image.pixels, image.samples.astype("<u2", copy=False)]
    send(stream, header, *(np.ascontiguousarray(array).data for array in arrays))


def receive_image(stream: BinaryIO, header: dict[str, Any]) -> DisplayImage:
    """Read the arrays that ``header`` announces and build the image; raises BrokenMessage where anything is off."""
    try:
        shape = int(header["height"]), int(header["width"])
        if min(shape) < 1 or shape[0] * shape[1] > LARGEST_PIXELS:
            raise BrokenMessage("image size")
        pixels = _array(stream, "u1", shape)
        samples = _array(stream, "<u2", shape).astype(np.uint16, copy=False) if header["has_samples"] else None
        return DisplayImage(
            pixels=pixels,
            samples=samples,
            samples_offset=float(header["samples_offset"]),
            samples_slope=float(header["samples_slope"]),
            window=_pair(header["window"]),
            inverted=bool(header["inverted"]),
            spacing_mm=_pair(header["spacing_mm"]),
            modality=printable(str(header["modality"]), LONGEST_TAG),
            orientation=_edges(header["orientation"]),
            kept_tags={str(key): printable(str(value), LONGEST_TAG) for key, value in header["kept_tags"].items()},
            notes=tuple(printable(str(note), LONGEST_NOTE) for note in header["notes"][:MOST_NOTES]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BrokenMessage(type(error).__name__) from None


def receive_belonging(header: dict[str, Any]) -> Belonging:
    """Where an image belongs that :func:`receive_image` has read; raises BrokenMessage where anything is off."""
    try:
        row = header["belonging"]
        place = None if row["place"] is None else Place(*(_vector(row["place"][name]) for name in PLACE))
        return Belonging(
            place=place,
            number=int(row["number"]),
            moments=tuple(float(each) for each in row["moments"][:MOST_MOMENTS]),
            **{name: printable(str(row[name]), LONGEST_DIGEST) for name in DIGESTS},
            day=None if row["day"] is None else int(row["day"]),
            frames=int(row["frames"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BrokenMessage(type(error).__name__) from None


def mark_messages(marks: Iterable[PictureMark]) -> Iterator[dict[str, Any]]:
    """The headers of messages that hold marks, some hundred each."""
    for batch in _batches([_short(value) for value in astuple(mark)] for mark in marks):
        yield {"marks": batch}


def receive_marks(header: dict[str, Any]) -> list[PictureMark]:
    """The marks of one message; raises BrokenMessage where anything is off."""
    try:
        return [_mark(row) for row in header["marks"]]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BrokenMessage(type(error).__name__) from None


def _mark(row: Any) -> PictureMark:
    instance, frame, label, meaning, corners, lesion, size = row
    left, top, right, bottom = (float(corner) for corner in corners)
    if not all(map(math.isfinite, (left, top, right, bottom))):
        raise ValueError("not finite")
    texts = [printable(str(text), LONGEST_TAG) for text in (instance, label, meaning, lesion)]
    known = None if size is None else (int(size[0]), int(size[1]))
    return PictureMark(texts[0], int(frame), texts[1], texts[2], (left, top, right, bottom), texts[3], known)


def _short(value: Any) -> Any:
    return value[:LONGEST_TAG] if isinstance(value, str) else value


def send_removed(stream: BinaryIO, removed: Removed, spent: bool) -> None:
    """Write what was not kept of a file, and whether the worker must be replaced; this ends the answer."""
    for batch in _batches(removed.elements.items()):
        send(stream, {"removed": dict(batch), "more": True, "spent": spent})
    send(stream, {"removed": {}, "spent": spent})


def receive_removed(stream: BinaryIO, header: dict[str, Any] | None) -> Removed:
    """What was not kept of a file, to the end of it; only names of the standard's elements are let through."""
    found: dict[str, int] = {}
    while header is not None:
        try:
            rows = {printable(str(name), LONGEST_NAME): int(count) for name, count in header["removed"].items()}
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise BrokenMessage(type(error).__name__) from None
        found |= dict(islice(rows.items(), MOST_ELEMENTS - len(found)))
        if not header.get("more"):
            return Removed(found)
        header = receive(stream)
    raise BrokenMessage("no end")


def _vector(values: Any) -> tuple[float, float, float]:
    x, y, z = values
    if not all(map(math.isfinite, (x, y, z))):
        raise ValueError("not finite")
    return float(x), float(y), float(z)


def _array(stream: BinaryIO, dtype: str, shape: tuple[int, int]) -> NDArray[Any]:
    kind = np.dtype(dtype)
    return np.frombuffer(read_exactly(stream, shape[0] * shape[1] * kind.itemsize), dtype=kind).reshape(shape)


def _pair(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    first, second = value
    return float(first), float(second)


def _edges(value: Any) -> tuple[str, str, str, str] | None:
    if value is None:
        return None
    left, right, top, bottom = (printable(str(letters), 3) for letters in value)
    return left, right, top, bottom
