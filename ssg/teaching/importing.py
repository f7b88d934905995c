"""Annotated data sets into a set that is being built: files are laid down, looked at, and taken in with their pictures.

What was uploaded lies in a folder of the set between the look and the taking in; removed after that, or a day later.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ssg.casebook import CaseSet, read_case_set
from ssg.casebook.exports.formats import exported_here, read_back
from ssg.casebook.files import MANIFEST
from ssg.casebook.imports.formats import AUTOMATIC, FORMATS, Importer, importer_of
from ssg.casebook.imports.image_files import ImageFiles
from ssg.casebook.imports.labels import Labels
from ssg.casebook.imports.making import Wanted, make_case_set
from ssg.casebook.imports.marks import LeftOut, Reading
from ssg.casebook.imports.report import Report
from ssg.casebook.ingest import Limits
from ssg.casebook.ingest.sources import Archives, Source, Unreadable, sources_of
from ssg.errors import BadInput, UnknownFinding
from ssg.store import WorkCase
from ssg.teaching.workshop import Workshop
from ssg.vocabulary import vocabulary
from ssg.whole import forget_old, write_whole

OWN = "ssg"
"""A case set of SSG, or an export of one that comes back with all its texts."""

LAID = ".laid"
KEPT_S = 24 * 3600
MOST_LOOKED_AT = 500
"""Files and folders that are asked of what format they are, those that lie highest first."""

BESIDE = {"chestxray8": "data_entry*.csv"}
"""Files of a format that tell more of its pictures and are not known by their own look."""

Heard = Callable[[int], None]
Stop = Callable[[], None]
"""Raises Cancelled where the person has given up."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the files hold. ``form`` is a name of FORMATS, or OWN; ``report`` is None for the latter.

    ``found`` of the ``named`` pictures have a file; ``unknown`` are labels that the vocabulary has no name for, with
    what may have been meant.
    """

    form: str
    cases: int
    named: int = 0
    found: int = 0
    report: Report | None = None
    unknown: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Importing:
    """Imports into the sets of a workshop."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    def lay(self, set_id: str, paths: Sequence[Path], limits: Limits, stop: Stop) -> tuple[str, LeftOut]:
        """Lay files, and what is in archives, down beside the set: the token of the place, and what was refused.

        Raises BadInput where nothing is left or it is too large, and as ``stop`` does; then nothing stays.
        """
        self._shop.store.set(set_id)
        home = self._shop.folder_of(set_id) / LAID
        forget_old(home, KEPT_S)
        token = secrets.token_hex(8)
        folder, refused, left = home / token, LeftOut(), int(limits.decoded_gb * 2**30)
        try:
            count = 0
            with closing(Archives()) as archives:
                for source in sources_of(paths, archives, refused.add):
                    stop()
                    why, size = _lay(source, folder, min(int(limits.file_mb * 2**20), left))
                    left -= size
                    count += not why
                    if why:
                        refused.add(why, source.name)
            if not count:
                told = "; ".join(f"{names[0]}: {why}" for why, names in refused.examples.items())
                raise BadInput(f"No file was taken ({told}): choose the annotations and their pictures.")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return token, refused

    def look(self, set_id: str, token: str, form: str = AUTOMATIC, meanings: str = "") -> Looked:
        """What was laid down holds; nothing is taken in. Raises BadInput for what is of no known format."""
        folder = self._place(set_id, token)
        if form in (AUTOMATIC, OWN) and (own := _own(folder)) is not None:
            count = len(read_case_set(own).cases) if (own / MANIFEST).is_file() else 0
            return Looked(OWN, count)
        form, reading = _read(folder, form)
        labels = Labels(reading.origin.kind, meanings_of(meanings))
        report = Report(reading, labels)
        report.require_accounted()
        for picture in reading.pictures.values():
            for mark in picture.marks:
                labels.meaning(mark.label)
        files = ImageFiles([folder])
        there = sum(isinstance(files.find(name), Path) for name in reading.pictures)
        rows = labels.meanings.items()
        unknown = tuple((label, one.candidates) for label, one in rows if not one.finding and not one.nothing)
        return Looked(form, 0, len(reading.pictures), there, report, unknown)

    def take_in(
        self, set_id: str, token: str, form: str, meanings: str, by: str, on_picture: Heard | None = None
    ) -> tuple[list[WorkCase], Report | None]:
        """The data set that was laid down becomes cases at the end of the set; what was laid down is removed.

        ``on_picture`` hears how many pictures are done, and may raise Cancelled: then nothing is taken in, and what was
        laid down stays for another try.
        """
        folder = self._place(set_id, token)
        head = self._shop.store.set(set_id).head
        made_in = folder.with_name(f"{token}.made")
        shutil.rmtree(made_in, ignore_errors=True)
        try:
            report = None
            if form == OWN and (own := _own(folder)) is not None:
                made: CaseSet = read_case_set(own) if (own / MANIFEST).is_file() else read_back(own, made_in)
            else:
                form, reading = _read(folder, form)
                labels = Labels(reading.origin.kind, meanings_of(meanings))
                named = f"Pictures and boxes: {reading.origin.name}."
                licence = reading.origin.licence or str(head.get("licence") or "private")
                wanted = Wanted("import", reading.origin.name[:200], licence, named, reading.origin.citation)
                made, report = make_case_set(reading, labels, wanted, ImageFiles([folder]), made_in, on_picture)
            works = self._shop.copy_in(set_id, made, by)
        finally:
            shutil.rmtree(made_in, ignore_errors=True)
        self.forget(set_id, token)
        return works, report

    def forget(self, set_id: str, token: str) -> None:
        """Remove what was laid down."""
        shutil.rmtree(self._place(set_id, token), ignore_errors=True)

    def _place(self, set_id: str, token: str) -> Path:
        folder = self._shop.folder_of(set_id) / LAID / token
        if not re.fullmatch(r"[0-9a-f]{16}", token) or not folder.is_dir():
            raise BadInput("The files are no longer here: choose them again.")
        return folder


def meanings_of(text: str) -> dict[str, str]:
    """Lines "label = finding" as what labels mean; without a finding a label is kept as it is written.

    Raises BadInput that names the line.
    """
    found = {}
    for number, line in enumerate(text.split("\n"), start=1):
        label, sign, name = line.rpartition("=")
        if not line.strip():
            continue
        if not sign or not label.strip():
            raise BadInput(f"Line {number} of the labels: write “label = finding”, not “{line.strip()[:60]}”.")
        try:
            found[label.strip()] = vocabulary().get(name.strip()).name if name.strip() else ""
        except UnknownFinding as error:
            raise BadInput(f"Line {number} of the labels: {error}") from None
    return found


def _lay(source: Source, folder: Path, largest: int) -> tuple[str, int]:
    """Write a file where its name says, never outside; why it was not ("" where it was), and its bytes."""
    name = source.member.filename if source.member is not None else source.path.name
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    if not parts or any(len(part.encode()) > 200 or not part.isprintable() for part in parts) or len(parts) > 20:
        return "its name cannot be used", 0
    path = folder.joinpath(*parts)
    try:
        data = source.read(largest)
        if len(data) > largest:
            return "it is larger than what is taken", 0
        if path.exists():
            return "another file has its name", 0
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except Unreadable as error:
        return str(error), 0
    except (FileExistsError, NotADirectoryError):
        return "another file has its name", 0
    except OSError as error:
        raise BadInput(f"The files could not be laid down ({error.strerror or error}): free some space.") from None
    return "", len(data)


def _own(folder: Path) -> Path | None:
    """The folder of a case set of SSG, or of an export of one; None where there is none."""
    for place in _places(folder):
        if place.is_dir() and ((place / MANIFEST).is_file() or exported_here(place) is not None):
            return place
    return None


def _places(folder: Path) -> list[Path]:
    """The folder, and the folders and files below it, the highest first."""
    below = sorted(folder.rglob("*"), key=lambda path: (len(path.parts), path.is_file(), path.as_posix()))
    pictures = (".png", ".jpg", ".jpeg", ".dcm", ".gz", ".nii")
    told = [path for path in below if path.is_dir() or path.suffix.lower() not in pictures]
    return [folder, *told[:MOST_LOOKED_AT]]


def _read(folder: Path, form: str) -> tuple[str, Reading]:
    """The annotations of a folder, and their format."""
    places = _places(folder)
    for name in FORMATS if form == AUTOMATIC else (form,):
        if name not in FORMATS:
            raise BadInput(f"There is no format '{name[:40]}': choose one of the list.")
        importer = importer_of(name, places)
        hits = [place for place in places if _looks_like(importer, place)]
        folders = [place for place in hits if place.is_dir()]
        if folders:
            return name, importer.read(folders[:1])
        if hits:
            return name, importer.read([*hits, *_beside(name, places, hits)])
    asked = "of no format that is known by its look" if form == AUTOMATIC else f"not of the format {form}"
    raise BadInput(f"What you chose is {asked}: choose the file of the annotations too, or another format.")


def _looks_like(importer: Importer, place: Path) -> bool:
    try:
        return importer.recognises(place)
    except BadInput:  # no text: nothing for this format
        return False


def _beside(form: str, places: Iterable[Path], hits: Sequence[Path]) -> list[Path]:
    pattern = BESIDE.get(form)
    return [one for one in places if pattern and one not in hits and PurePosixPath(one.name.lower()).match(pattern)]
