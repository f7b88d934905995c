"""Every frame of an ingest, decoded once and laid down as plain numbers until all are there and can be put together.

The folder is the ingest's own and goes when it is done. A line for each file that was read says what it gave, so that
an ingest that is cut off goes on; the key that ties frames to their series lies beside it and goes with it.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import secrets
import shutil
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.casebook.ingest.sources import Source
from ssg.errors import BadInput
from ssg.imaging import REDUCED, Belonging, DisplayImage, Place, is_shown_by_its_window
from ssg.whole import append_line, read_rows, write_whole

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Laid:
    """One frame that is laid down: where it belongs, how it is shown, and the file of its numbers.

    ``source`` is the name of the file that it came in, ``number`` the place of that file among all that were given.

    ``deep`` frames hold samples of 16 bits with ``offset`` and ``slope`` to real values; others what is shown, in 8.
    """

    file: str
    digest: str
    source: str
    number: int
    folder: str
    belonging: Belonging
    width: int
    height: int
    deep: bool
    highest: int
    offset: float
    slope: float
    window: tuple[float, float] | None
    inverted: bool
    spacing_mm: tuple[float, float] | None
    orientation: tuple[str, str, str, str] | None
    terms: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def modality(self) -> str:
        """DICOM's modality; "" where the file does not say it."""
        return self.terms.get("Modality", "")


class Spool:
    """Frames of ``sources`` on the disk, in ``folder``, of ``largest_bytes`` at most. Thread-safe.

    What lies there of files that are no longer asked for goes: whoever is told to take a part can do so.
    """

    def __init__(self, folder: Path, largest_bytes: int, sources: Iterable[Source]) -> None:
        self._folder, self._largest = folder, largest_bytes
        self._lock = threading.Lock()
        self._lines = folder / "done.jsonl"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.salt = self._kept_salt()
            self._done = self._kept_rows({self._key(source) for source in sources})
        except OSError as error:
            raise BadInput(f"{folder.parent} cannot be written ({error.strerror or error}): give another.") from None

    def _kept_salt(self) -> bytes:
        path = self._folder / "key"
        if path.is_file() and len(path.read_bytes()) == SALT_BYTES:
            return path.read_bytes()
        shutil.rmtree(self._folder)  # frames of another key could not be put together with new ones
        self._folder.mkdir(mode=0o700)
        made = secrets.token_bytes(SALT_BYTES)
        write_whole(path, made)
        return made

    def _kept_rows(self, wanted: set[str]) -> dict[str, dict[str, Any]]:
        """The rows of wanted files that are whole and final, by key; all other rows and frames are taken away."""
        rows = {row["key"]: row for row in read_rows(self._lines) if row.get("key") in wanted}
        kept = {key: row for key, row in rows.items() if not row.get("may_pass") and self._is_whole(row)}
        frames = {frame["file"]: int(frame["bytes"]) for row in kept.values() for frame in row.get("frames", ())}
        self._bytes = sum(frames.values())
        write_whole(self._lines, "".join(f"{json.dumps(row)}\n" for row in kept.values()).encode())
        for path in self._folder.glob("*.npy"):
            if path.name not in frames:  # of a file that a kill cut short, or that is no longer asked for
                path.unlink()
        return kept

    def _is_whole(self, row: Mapping[str, Any]) -> bool:
        try:
            return all((self._folder / one["file"]).stat().st_size > one["bytes"] for one in row.get("frames", ()))
        except OSError:
            return False

    def before(self, source: Source) -> dict[str, Any] | None:
        """What a file gave when it was read before the ingest was cut off; None where that may be another now."""
        return self._done.get(self._key(source))

    def lay(self, source: Source, image: DisplayImage, belonging: Belonging) -> dict[str, Any]:
        """Lay a frame down and return its line; raises BadInput where the room that is given is used up."""
        deep = is_shown_by_its_window(image)
        numbers: NDArray[Any] = image.samples if deep and image.samples is not None else image.pixels
        with self._lock:
            if self._bytes + numbers.nbytes > self._largest:
                raise BadInput(
                    f"The pictures take more than {self._largest / 2**30:.1f} GB when they are unpacked: "
                    "take a part of them at a time."
                )
            self._bytes += numbers.nbytes
        if belonging.day is not None:  # only how days differ matters, and the lines may outlive a kill
            belonging = replace(belonging, day=belonging.day + int.from_bytes(self.salt[:2]))
        file = f"{secrets.token_hex(12)}.npy"
        try:
            _write(self._folder / file, numbers)
        except OSError:
            self.forget([{"file": file, "bytes": numbers.nbytes}])
            raise
        return {
            "file": file,
            "bytes": numbers.nbytes,
            "digest": _digest(numbers, image),
            "belonging": asdict(belonging),
            "size": [image.width, image.height],
            "highest": int(numbers.max()),
            "shown": [deep, image.samples_offset, image.samples_slope, image.window, image.inverted],
            "spacing_mm": image.spacing_mm,
            "orientation": image.orientation,
            "terms": dict(image.kept_tags),
            "notes": notes_on(image, deep),
        }

    def forget(self, rows: list[dict[str, Any]]) -> None:
        """Take frames away again: those of a file that turned out to be damaged, or that was not read to its end."""
        for row in rows:
            (self._folder / row["file"]).unlink(missing_ok=True)
            with self._lock:
                self._bytes -= row["bytes"]

    def end_file(self, source: Source, row: dict[str, Any]) -> dict[str, Any]:
        """Note that a file is read, with what it gave; what "may_pass" is tried again when the ingest goes on."""
        row = {"key": self._key(source), **row}
        with self._lock:
            append_line(self._lines, json.dumps(row))
        return row

    def _key(self, source: Source) -> str:
        """What stands for a file in the lines: its name may be that of a patient."""
        told = "|".join((*map(str, source.place), source.stamp))
        return hmac.new(self.salt, told.encode(errors="surrogateescape"), hashlib.sha256).hexdigest()

    def numbers(self, laid: Laid) -> NDArray[Any]:
        """The samples, or what is shown, of a frame: (height, width)."""
        numbers: NDArray[Any] = np.load(self._folder / laid.file, allow_pickle=False)
        return numbers

    def end(self) -> None:
        """Take all away."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _write(path: Path, numbers: NDArray[Any]) -> None:
    """Write numbers as numpy does, which itself does not notice a full disk where they are few. Raises OSError."""
    buffer = io.BytesIO()
    np.save(buffer, numbers, allow_pickle=False)
    with path.open("xb") as file:
        file.write(buffer.getbuffer())


def laid_of(row: Mapping[str, Any], source: Source, number: int) -> Laid:
    """A frame from its line; ``number`` is the place of its file among all that were given."""
    deep, offset, slope, window, inverted = row["shown"]
    belonging = dict(row["belonging"])
    place = belonging.pop("place")
    where = None if place is None else Place(**{name: tuple(vector) for name, vector in place.items()})
    known = Belonging(**{**belonging, "moments": tuple(belonging["moments"])})
    return Laid(
        file=row["file"],
        digest=row["digest"],
        source=source.name,
        number=number,
        folder=source.folder,
        belonging=replace(known, place=where),
        width=row["size"][0],
        height=row["size"][1],
        deep=deep,
        highest=row["highest"],
        offset=offset,
        slope=slope,
        window=_pair(window),
        inverted=inverted,
        spacing_mm=_pair(row["spacing_mm"]),
        orientation=None if row["orientation"] is None else tuple(row["orientation"]),
        terms=row["terms"],
        notes=tuple(row["notes"]),
    )


def notes_on(image: DisplayImage, deep: bool) -> tuple[str, ...]:
    """What is odd about a picture of which all bits are stored (``deep``), or what is shown."""
    return tuple(note for note in image.notes if not (deep and note.endswith(REDUCED)))


def _digest(numbers: NDArray[Any], image: DisplayImage) -> str:
    """The same picture has the same digest: the numbers, and the real values that they stand for."""
    known = hashlib.sha256(repr((image.samples_offset, image.samples_slope)).encode())
    known.update(np.ascontiguousarray(numbers).data)
    return known.hexdigest()[:24]


def _pair(values: Any) -> tuple[float, float] | None:
    return None if values is None else (float(values[0]), float(values[1]))
