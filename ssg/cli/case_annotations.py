"""Annotations that a command line names: files, or the folder or zip archive that holds them with their pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory

from ssg.cli.case_pictures import are_pictures
from ssg.errors import BadInput

TABLE = "table"
YOLO = ("*/classes.txt", "*/labels/*.txt")
"""Files of the one format whose annotations may all be plain texts."""


@dataclass(frozen=True, slots=True)
class Annotations:
    """The ``files`` of a format (or "auto"), the ``images`` that lie beside them, and what was odd about an archive.

    ``is_sought`` says that none in a folder looks like the format: it is the folder that is given on.
    """

    form: str
    files: Sequence[Path]
    images: Sequence[Path] = ()
    notes: Sequence[str] = ()
    is_sought: bool = False


@contextmanager
def annotations_of(files: Sequence[Path], form: str) -> Iterator[Annotations | None]:
    """The annotations among what is given; None where it is pictures alone.

    Zip archives are unpacked for as long as they are read; what is raised meanwhile names them, not that place.
    """
    from ssg.casebook.archives import is_archive, why_unreadable
    from ssg.casebook.imports.formats import AUTOMATIC

    if len(files) == 1 and files[0].is_dir():
        yield _in_folder(files[0], form)
        return
    zips = [path for path in files if path.is_file() and is_archive(_start(path))]
    if zips == list(files) and len(zips) == 1 and (why := why_unreadable(zips[0], members=False)):
        raise BadInput(f"{zips[0]} cannot be read ({why}): copy or export it again.")
    if not zips or (form == AUTOMATIC and not any(map(_may_hold_some, files))):
        yield None if form == AUTOMATIC and are_pictures(files) else Annotations(form, files)
        return
    with TemporaryDirectory(prefix="ssg-import-") as place:
        laid = Path(place, "laid")
        notes = _laid(files, laid)
        found = _in_folder(laid, form)
        if found is not None and found.is_sought and form == TABLE:
            found = Annotations(form, files)  # of too little to be known by its look: one packed table is read as it is
        elif found is not None and found.is_sought:
            raise BadInput(
                f"{', '.join(map(str, files))}: no file in it looks like the format {form}. Give the file of the "
                "annotations itself, or another --format."
            )
        try:
            yield found and Annotations(found.form, found.files, found.images, notes)
        except BadInput as error:
            if place not in str(error):
                raise
            given = str(files[0]) if len(files) == 1 else "what was given"
            raise BadInput(str(error).replace(f"{laid}/", f"{given}/").replace(str(laid), given)) from None


def _in_folder(folder: Path, form: str) -> Annotations | None:
    """The annotations of a folder, and its pictures where it has any."""
    from ssg.casebook.imports.formats import AUTOMATIC, importer_of
    from ssg.casebook.imports.image_files import ImageFiles
    from ssg.casebook.imports.looking import annotations_in

    images = [folder] if ImageFiles([folder]).pictures else []
    try:
        if importer_of(form, [folder]).recognises(folder):
            return Annotations(form, [folder], images)
    except BadInput:  # it is not of one format as it stands, but perhaps a file in it is
        pass
    name, files = annotations_in(folder, form)
    if name:
        return Annotations(name, files, images)
    return None if form == AUTOMATIC else Annotations(form, [folder], images, is_sought=True)


def _may_hold_some(path: Path) -> bool:
    """Whether a file may be of annotations, or is an archive that holds some: one of pictures is not unpacked."""
    from ssg.casebook.archives import names_in
    from ssg.casebook.imports.looking import TABLES, annotations_beside

    if path.suffix.lower() in TABLES or (path.is_file() and annotations_beside(path)[0]):
        return True
    return any(fnmatch(f"/{name.lower()}", pattern) for name in names_in(path) for pattern in YOLO)


def _laid(files: Sequence[Path], place: Path) -> list[str]:
    """Lay down what is given; what was left out of it."""
    from ssg.casebook.ingest import Limits
    from ssg.casebook.ingest.laying import lay_down

    try:
        return lay_down(files, place, Limits()).in_words("files that were left out")
    except BadInput as error:
        raise BadInput(f"{', '.join(map(str, files))}: {error} Or unpack it, and give its folder.") from None


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4)
    except OSError:
        return b""
