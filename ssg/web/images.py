"""The images that pages show, under opaque ids: those of the cases, and what learners upload.

An id says nothing of a file or a case, and an upload is found only by the learner who made it. Of an upload only the
decoded picture is kept (a PNG as shown, one of all its bits where there are more than 8, and what is needed to show
them), never the file.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ssg.casebook import Case, CaseSet
from ssg.casebook.shown import file_of_full_depth, file_shown
from ssg.errors import BadInput, Unavailable
from ssg.imaging import DisplayImage, is_shown_by_its_window, png_bytes
from ssg.web.viewer import Greys
from ssg.whole import write_whole

THUMBNAIL_SIDE = 240
MOST_UPLOADS = 60
"""Uploads kept for each learner; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page must know of an image: sizes in pixels, DICOM's terms, spacing (row, column) in mm, edge letters.

    ``greys`` says what its bits mean where there are more than 8.
    """

    id: str
    width: int
    height: int
    modality: str = ""
    spacing_mm: tuple[float, float] | None = None
    orientation: dict[str, str] | None = None
    notes: tuple[str, ...] = ()
    body_part: str = ""
    greys: Greys | None = None

    @property
    def url(self) -> str:
        """Where the browser finds it."""
        return f"/media/{self.id}.png"


class ImageShelf:
    """Files by opaque id. ``key`` makes the ids; ``folder`` keeps the uploads."""

    def __init__(self, key: bytes, folder: Path) -> None:
        self._key, self._folder = key, folder
        self._cases: dict[str, tuple[CaseSet, Case]] = {}
        self._proved: set[str] = set()
        self._lock = threading.Lock()

    def case_id(self, case_set: CaseSet, case: Case) -> str:
        """Register the pictures of a case; the same case with the same pictures has the same id after a restart.

        Other pictures have another id, because browsers keep what they have seen.
        """
        content = hashlib.sha256("".join(picture.sha256 for picture in case.pictures).encode()).hexdigest()
        name = self._name("case", case_set.id, case.id, content)
        self._cases[name] = (case_set, case)
        return name

    def forget_case(self, name: str) -> None:
        """Serve the pictures of a case no more."""
        self._cases.pop(name, None)

    def add(self, learner: str, image: DisplayImage) -> Shown:
        """Keep an upload for its learner; raises Unavailable where it cannot be written."""
        name = self._name("upload", learner, image.digest)
        shown = Shown(
            name,
            image.width,
            image.height,
            image.modality,
            image.spacing_mm,
            _edges(image),
            tuple(image.notes),
            image.body_part,
            _greys(image),
        )
        home = self._home(learner)
        try:
            with self._lock:
                home.mkdir(parents=True, exist_ok=True, mode=0o700)
                write_whole(home / f"{name}.png", png_bytes(image.pixels))
                if shown.greys and image.samples is not None:
                    write_whole(home / f"{name}.full", png_bytes(image.samples))
                else:
                    (home / f"{name}.full").unlink(missing_ok=True)
                write_whole(home / f"{name}.json", json.dumps(asdict(shown)).encode())
                self._forget_old(home)
        except OSError as error:
            raise Unavailable(
                f"The image could not be kept ({error.strerror or error}): free some space in the data directory."
            ) from None
        return shown

    def upload(self, learner: str, name: str) -> Shown:
        """An upload of this learner; raises BadInput where there is none of that id."""
        path = self._home(learner) / f"{_checked(name)}.json"
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise BadInput("That image is not kept any more: upload it again.") from None
        row["spacing_mm"] = tuple(row["spacing_mm"]) if row["spacing_mm"] else None
        greys = row.pop("greys", None)  # uploads of older versions have none
        return Shown(**(row | {"notes": tuple(row["notes"]), "greys": _greys_of(greys)}))

    def uploads(self, learner: str) -> list[Shown]:
        """All uploads of a learner, newest first."""
        files = sorted(self._home(learner).glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        return [self.upload(learner, path.stem) for path in files]

    def path(self, learner: str, name: str) -> Path:
        """The file of an image that this learner may see; raises BadInput otherwise.

        A case's picture is proved by its checksum when it is first asked for: a learner is never judged on another.
        The pictures of a case of several are asked for by its id and their number, "ID-12".
        """
        found = self._proved_case(name)
        if found:
            case_set, case, picture = found
            return file_shown(case_set, case, self._folder / "shown", picture)
        path = self._home(learner) / f"{_checked(name)}.png"
        if not path.is_file():
            raise BadInput("There is no such image here.")
        return path

    def png(self, learner: str, name: str, full_depth: bool = False) -> bytes:
        """The bytes of :meth:`path`; with ``full_depth`` those of all bits, where there are more than 8."""
        stored = self._stored(learner, name) if full_depth else None
        return (stored or self.path(learner, name)).read_bytes()

    def _stored(self, learner: str, name: str) -> Path | None:
        found = self._proved_case(name)
        if found:
            return file_of_full_depth(*found)
        path = self._home(learner) / f"{_checked(name)}.full"
        return path if path.is_file() else None

    def _proved_case(self, name: str) -> tuple[CaseSet, Case, int | None] | None:
        """The case of an id and which of its pictures is meant, proved once; None where it is no case's id."""
        shelf, _, number = name.partition("-")
        if shelf not in self._cases:
            return None
        case_set, case = self._cases[shelf]
        picture = _number(number, len(case.pictures))
        if name not in self._proved:
            case_set.image_bytes(case, picture)
            self._proved.add(name)
        return case_set, case, picture

    def pixels(self, learner: str, name: str) -> NDArray[np.uint8]:
        """The picture as shown, uint8 (height, width)."""
        with Image.open(self.path(learner, name)) as picture:
            return np.asarray(picture.convert("L"))

    def case_pixels(self, name: str) -> NDArray[np.uint8]:
        """The picture of a case, which everybody may see."""
        return self.pixels("", name)

    def thumbnail(self, learner: str, name: str) -> bytes:
        """A small JPEG for lists of images."""
        return small_jpeg(self.path(learner, name))

    def _home(self, learner: str) -> Path:
        return self._folder / self._name("learner", learner)

    def _name(self, *parts: str) -> str:
        return hmac.new(self._key, "\x00".join(parts).encode(), hashlib.sha256).hexdigest()[:32]

    def _forget_old(self, home: Path) -> None:
        files = sorted(home.glob("*.png"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[MOST_UPLOADS:]:
            path.unlink(missing_ok=True)
            for kind in (".json", ".full"):
                path.with_suffix(kind).unlink(missing_ok=True)


def small_jpeg(path: Path) -> bytes:
    """A picture for lists, at most THUMBNAIL_SIDE pixels wide and high."""
    with Image.open(path) as picture:
        small = picture.convert("L")
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, format="JPEG", quality=82)
    return out.getvalue()


def _number(text: str, count: int) -> int | None:
    """Which picture of a case is meant, None for that which stands for it; raises BadInput where there is none."""
    if not text:
        return None
    if not text.isdigit() or len(text) > 6 or int(text) >= count:
        raise BadInput("There is no such image here.")
    return int(text)


def _checked(name: str) -> str:
    if len(name) != 32 or not set(name) <= set("0123456789abcdef"):
        raise BadInput("There is no such image here.")
    return name


def _edges(image: DisplayImage) -> dict[str, str] | None:
    letters = image.orientation
    return dict(zip(("left", "right", "top", "bottom"), letters, strict=True)) if letters else None


def _greys(image: DisplayImage) -> Greys | None:
    """What all bits of an upload mean; None where 8 are all, or where no window shows it as its file says."""
    if not is_shown_by_its_window(image):
        return None
    unit = "HU" if image.modality == "CT" else ""
    return Greys((image.samples_offset, image.samples_slope), image.window, image.inverted, unit)


def _greys_of(row: dict[str, Any] | None) -> Greys | None:
    if row is None:
        return None
    window = tuple(row["window"]) if row["window"] else None
    return Greys(tuple(row["values"]), window, row["inverted"], row["unit"])
