"""Every frame of an ingest, decoded once and laid down as plain numbers until all are there and can be put together.

The folder is the ingest's own and goes when it is done. A line for each file that was read says what it gave, so that
an ingest that is cut off goes on; the key that ties frames to their series lies beside it and goes with it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import shutil
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssg.casebook.ingest.sources import Source
from ssg.errors import BadInput
from ssg.imaging import Belonging, DisplayImage, Place, is_shown_by_its_window
from ssg.whole import write_whole

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Laid:
    """One frame that is laid down: where it belongs, how it is shown, and the file of its numbers.

    ``deep`` frames hold samples of 16 bits with ``offset`` and ``slope`` to real values; others what is shown, in 8.
    """

    file: str
    digest: str
    source: str
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
    """Frames on the disk, in ``folder``. Thread-safe."""

    def __init__(self, folder: Path, largest_bytes: int) -> None:
        self._folder, self._largest = folder, largest_bytes
        self._lock = threading.Lock()
        self._done: dict[str, dict[str, Any]] = {}
        self._bytes = 0
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.salt = self._kept_salt()
            self._read_lines()
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

    def _read_lines(self) -> None:
        path = self._folder / "done.jsonl"
        for line in path.read_text(encoding="utf-8").split("\n") if path.is_file() else ():
            try:
                row = json.loads(line)
                if all((self._folder / frame["file"]).is_file() for frame in row.get("frames", ())):
                    self._done[row["key"]] = row
                    self._bytes += sum(int(frame["bytes"]) for frame in row.get("frames", ()))
            except (ValueError, KeyError, TypeError):
                continue  # a kill cut the line short

    def before(self, source: Source) -> dict[str, Any] | None:
        """What a file gave when it was read before the ingest was cut off."""
        return self._done.get(self._key(source))

    def lay(self, source: Source, image: DisplayImage, belonging: Belonging) -> dict[str, Any]:
        """Lay a frame down and return its line; raises BadInput where the room that is given is used up."""
        deep = is_shown_by_its_window(image)
        numbers: NDArray[Any] = image.samples if deep and image.samples is not None else image.pixels
        with self._lock:
            self._bytes += numbers.nbytes
            if self._bytes > self._largest:
                raise BadInput(
                    f"The pictures take more than {self._largest / 2**30:.1f} GB when they are unpacked: "
                    "take a part of them at a time."
                )
        if belonging.day is not None:  # only how days differ matters, and the lines may outlive a kill
            belonging = replace(belonging, day=belonging.day + int.from_bytes(self.salt[:2]))
        file = f"{secrets.token_hex(12)}.npy"
        np.save(self._folder / file, numbers, allow_pickle=False)
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
            "notes": image.notes,
        }

    def forget(self, rows: list[dict[str, Any]]) -> None:
        """Take frames away again: those of a file that turned out to be damaged."""
        for row in rows:
            (self._folder / row["file"]).unlink(missing_ok=True)
            with self._lock:
                self._bytes -= row["bytes"]

    def end_file(self, source: Source, row: dict[str, Any]) -> dict[str, Any]:
        """Note that a file is read, with what it gave."""
        row = {"key": self._key(source), **row}
        with self._lock, (self._folder / "done.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        return row

    def _key(self, source: Source) -> str:
        """What stands for a file in the lines: its name may be that of a patient."""
        member = source.member.filename if source.member else ""
        told = f"{source.path.absolute()}|{member}|{source.stamp}"
        return hmac.new(self.salt, told.encode(errors="surrogateescape"), hashlib.sha256).hexdigest()

    def numbers(self, laid: Laid) -> NDArray[Any]:
        """The samples, or what is shown, of a frame: (height, width)."""
        numbers: NDArray[Any] = np.load(self._folder / laid.file, allow_pickle=False)
        return numbers

    def end(self) -> None:
        """Take all away."""
        shutil.rmtree(self._folder, ignore_errors=True)


def laid_of(row: Mapping[str, Any], source: Source) -> Laid:
    """A frame from its line."""
    deep, offset, slope, window, inverted = row["shown"]
    belonging = dict(row["belonging"])
    place = belonging.pop("place")
    where = None if place is None else Place(**{name: tuple(vector) for name, vector in place.items()})
    known = Belonging(**{**belonging, "moments": tuple(belonging["moments"])})
    return Laid(
        file=row["file"],
        digest=row["digest"],
        source=source.name,
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


def _digest(numbers: NDArray[Any], image: DisplayImage) -> str:
    """The same picture has the same digest: the numbers, and the real values that they stand for."""
    known = hashlib.sha256(repr((image.samples_offset, image.samples_slope)).encode())
    known.update(np.ascontiguousarray(numbers).data)
    return known.hexdigest()[:24]


def _pair(values: Any) -> tuple[float, float] | None:
    return None if values is None else (float(values[0]), float(values[1]))
