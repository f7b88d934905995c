"""Annotated data sets into a set that is being built: files are laid down, looked at, and taken in with their pictures.

What was uploaded lies in a folder of the set between the look and the taking in; removed after that, or a day later.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ssg.casebook import CaseSet, read_case_set
from ssg.casebook.exports.back import Returned
from ssg.casebook.exports.formats import exported_here, read_back
from ssg.casebook.files import MANIFEST
from ssg.casebook.imports.formats import AUTOMATIC, importer_of
from ssg.casebook.imports.image_files import ImageFiles
from ssg.casebook.imports.labels import Labels
from ssg.casebook.imports.looking import annotations_in, places_in
from ssg.casebook.imports.making import Wanted, make_case_set
from ssg.casebook.imports.marks import LeftOut, Reading
from ssg.casebook.imports.report import Report
from ssg.casebook.ingest import Limits
from ssg.casebook.ingest.laying import lay_down
from ssg.casebook.problems import InvalidCaseSet, Problems
from ssg.casebook.reading import field_of
from ssg.casebook.types import UNTOLD_ORIGIN
from ssg.errors import BadInput, Unavailable, UnknownFinding
from ssg.store import WorkCase
from ssg.teaching.workshop import Workshop
from ssg.vocabulary import vocabulary
from ssg.whole import forget_old

OWN = "ssg"
"""A case set of SSG, or an export of one that comes back with all its texts."""

LAID = ".laid"
KEPT_S = 24 * 3600

WITH_MASKS = ("masks", "m3d_refseg")
"""Formats whose annotations are files of the endings that pictures have."""

Heard = Callable[[int], None]
Stop = Callable[[], None]
"""Raises Cancelled where the person has given up."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the files hold. ``form`` is a name of FORMATS, or OWN; ``report`` is None for the latter.

    ``found`` of the ``named`` pictures have a file; ``unknown`` are labels that the vocabulary has no name for, with
    what may have been meant, ``unnamed`` are pictures that no row which is kept speaks of. Of an OWN one ``cases`` are
    counted, and ``changed`` says what is different from what was exported.
    """

    form: str
    cases: int
    named: int = 0
    found: int = 0
    report: Report | None = None
    unknown: tuple[tuple[str, tuple[str, ...]], ...] = ()
    unnamed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


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
        refused = lay_down(paths, home / token, limits, stop)
        return token, refused

    def look(self, set_id: str, token: str, form: str = AUTOMATIC, meanings: str = "") -> Looked:
        """What was laid down holds; nothing is taken in.

        Raises BadInput for what is of no known format, and InvalidCaseSet for a set that cannot be taken in.
        """
        folder = self._place(set_id, token)
        with _named_as_given(folder):
            if form in (AUTOMATIC, OWN) and (own := _own(folder)) is not None:
                return self._look_at_own(own, folder)
            return self._look_at(folder, form, meanings)

    def _look_at_own(self, own: Path, folder: Path) -> Looked:
        made_in = folder.with_name(f"{folder.name}.seen")
        try:
            back = _read_own(own, made_in)
            problems = Problems(own / MANIFEST)
            for at, case in enumerate(back.case_set.cases):
                problems.case = case.id
                for picture in range(len(case.pictures)):
                    try:
                        back.case_set.image_bytes(case, picture)
                    except BadInput as error:
                        problems.add(f"cases[{at}].{field_of(case, picture)}", str(error))
            problems.raise_if_any()
            return Looked(OWN, len(back.case_set.cases), changed=back.changed)
        finally:
            shutil.rmtree(made_in, ignore_errors=True)

    def _look_at(self, folder: Path, form: str, meanings: str) -> Looked:
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
        unnamed = () if form in WITH_MASKS else tuple(files.unnamed(reading.pictures))
        return Looked(form, 0, len(reading.pictures), there, _without_places(report, folder), unknown, unnamed)

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
            report, known = None, False
            with _named_as_given(folder, made_in):
                if form == OWN and (own := _own(folder)) is not None:
                    made: CaseSet = _read_own(own, made_in).case_set
                else:
                    form, reading = _read(folder, form)
                    labels = Labels(reading.origin.kind, meanings_of(meanings))
                    # Of a table of one's own nothing but its name is known.
                    known = bool(reading.origin.licence)
                    named = f"Pictures and boxes: {reading.origin.name}." if known else UNTOLD_ORIGIN
                    licence = reading.origin.licence or str(head.get("licence") or "private")
                    wanted = Wanted("import", reading.origin.name[:200], licence, named, reading.origin.citation)
                    made, report = make_case_set(reading, labels, wanted, ImageFiles([folder]), made_in, on_picture)
                if not known and not made.synthetic:
                    self._look_for_text(set_id, made, report, on_picture)
                works = self._shop.copy_in(set_id, made, by, tell_apart=report is not None)
        finally:
            shutil.rmtree(made_in, ignore_errors=True)
        self.forget(set_id, token)
        return works, report and _without_places(report, folder, made_in)

    def _look_for_text(self, set_id: str, made: CaseSet, report: Report | None, on_picture: Heard | None) -> None:
        """Of pictures that no well-known source has made public it is not known whether a name is on them."""
        count = sum(len(case.pictures) for case in made.cases)
        try:
            self._shop.texts.look(set_id, made, lambda: on_picture(count) if on_picture else None)
        except Unavailable as error:
            if report is not None:
                report.notes.append(f"Text in the pictures was not looked for: {error}")

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


@contextmanager
def _named_as_given(*folders: Path) -> Iterator[None]:
    """What is wrong with a file is said by its name in the archive: where it lies here is nobody's concern."""
    try:
        yield
    except InvalidCaseSet as error:
        raise InvalidCaseSet(
            [
                replace(one, file=Path(_plain(str(one.file), folders)), message=_plain(one.message, folders))
                for one in error.problems
            ]
        ) from None
    except BadInput as error:
        raise BadInput(_plain(str(error), folders)) from None


def _plain(message: str, folders: Iterable[Path]) -> str:
    """A message without the places of the folders."""
    for folder in folders:
        message = message.replace(f"{folder}/", "").replace(str(folder), "what was chosen")
    return message


def _without_places(report: Report, *folders: Path) -> Report:
    for notes in (report.notes, report.reading.notes):
        notes[:] = [_plain(note, folders) for note in notes]
    return report


def _read_own(own: Path, made_in: Path) -> Returned:
    """A case set of SSG, or an export of one put together again in ``made_in``."""
    return Returned(read_case_set(own)) if (own / MANIFEST).is_file() else read_back(own, made_in)


def _own(folder: Path) -> Path | None:
    """The folder of a case set of SSG, or of an export of one; None where there is none."""
    for place in places_in(folder):
        if place.is_dir() and ((place / MANIFEST).is_file() or exported_here(place) is not None):
            return place
    return None


def _read(folder: Path, form: str) -> tuple[str, Reading]:
    """The annotations of a folder, and their format."""
    name, files = annotations_in(folder, form)
    if not name:
        asked = "of no format that is known by its look" if form == AUTOMATIC else f"not of the format {form}"
        raise BadInput(f"What you chose is {asked}: choose the file of the annotations too, or another format.")
    return name, importer_of(name, files).read(files)
