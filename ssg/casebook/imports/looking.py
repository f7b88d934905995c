"""Annotations looked for in a folder that holds them with their pictures: of which format, in which files."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from ssg.casebook.archives import ZIP_ERRORS, names_in
from ssg.casebook.imports.formats import AUTOMATIC, FORMATS, Importer, importer_of, require_whole_json
from ssg.errors import BadInput

MOST_LOOKED_AT = 500
"""Files and folders that are asked of what format they are, those that lie highest first."""

BESIDE = {"chestxray8": "data_entry*.csv"}
"""Files of a format that tell more of its pictures and are not known by their own look."""

PICTURES = (".png", ".jpg", ".jpeg", ".dcm", ".gz", ".nii")


def places_in(folder: Path) -> list[Path]:
    """The folder, and the folders and files below it, the highest first."""
    below = sorted(folder.rglob("*"), key=lambda path: (len(path.parts), path.is_file(), path.as_posix()))
    told = [path for path in below if path.is_dir() or path.suffix.lower() not in PICTURES]
    return [folder, *told[:MOST_LOOKED_AT]]


def found_in(places: Sequence[Path], form: str = AUTOMATIC) -> tuple[str, list[Path]]:
    """The first format that any of ``places`` looks like, with those that do; ("", []) where none does."""
    for name in FORMATS if form == AUTOMATIC else (form,):
        if name not in FORMATS:
            raise BadInput(f"There is no format '{name[:40]}': choose one of the list.")
        importer = importer_of(name, places)
        if hits := [place for place in places if _looks_like(importer, place)]:
            return name, hits
    return "", []


def annotations_in(folder: Path, form: str = AUTOMATIC) -> tuple[str, list[Path]]:
    """The format of the annotations of a folder, with the files, or the one folder, to be read; ("", []) for none.

    Raises BadInput where there are none, but JSON that is not whole: it would be left out in silence.
    """
    places = places_in(folder)
    name, hits = found_in(places, form)
    for place in places if not name else ():
        if place.suffix.lower() == ".json" and place.is_file():
            require_whole_json(place)
    folders = [place for place in hits if place.is_dir()]
    return name, folders[:1] or [*hits, *_beside(name, places, hits)]


def _beside(form: str, places: Iterable[Path], hits: Sequence[Path]) -> list[Path]:
    pattern = BESIDE.get(form)
    return [one for one in places if pattern and one not in hits and PurePosixPath(one.name.lower()).match(pattern)]


def _looks_like(importer: Importer, place: Path) -> bool:
    try:
        return importer.recognises(place)
    except BadInput:  # no text: nothing for this format
        return False


TABLES = (".json", ".csv", ".tsv", ".yaml", ".yml", ".xml")
LARGEST = 64 * 2**20


def annotations_beside(path: Path) -> tuple[str, str]:
    """The format and the name of a file of annotations among the pictures of a zip archive; else ("", "").

    Raises BadInput as :func:`annotations_in` does.
    """
    names = sorted((name for name in names_in(path) if name.lower().endswith(TABLES)), key=lambda one: one.count("/"))
    with TemporaryDirectory(prefix="ssg-look-") as folder:
        there: dict[Path, str] = {}
        for number, name in enumerate(names[:MOST_LOOKED_AT]):
            copy = Path(folder, str(number), PurePosixPath(name).name)
            if (data := _member(path, name)) is not None:
                copy.parent.mkdir()
                copy.write_bytes(data)
                there[copy] = name
        form, hits = found_in(list(there)) if there else ("", [])
        for copy, name in there.items() if not form else ():
            try:
                require_whole_json(copy)
            except BadInput as error:
                raise BadInput(str(error).replace(str(copy), f"{path}/{name}")) from None
        return form, there[hits[0]] if hits else ""


def _member(path: Path, name: str) -> bytes | None:
    """A file in an archive; None for one that is too large or cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as member:
            data = member.read(LARGEST + 1)
    except ZIP_ERRORS:
        return None
    return data if len(data) <= LARGEST else None
