"""A case set as one zip file: its manifest and the pictures that the manifest names, and nothing else.

Of a zip file only members with the names of a case set are read, each within bounds whatever it claims, and every
picture is proved by its checksum before the set is there.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

from ssg.casebook.archives import (
    ZIP_ERRORS,
    Unreadable,
    is_archive,
    reason_of,
    require_short_directory,
    why_unreadable,
)
from ssg.casebook.files import LARGEST_IMAGE, LARGEST_MANIFEST, MANIFEST
from ssg.casebook.manifest import read_manifest
from ssg.casebook.problems import Problems
from ssg.casebook.reading import read_case_set
from ssg.casebook.types import CaseSet
from ssg.errors import BadInput
from ssg.whole import write_whole

LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date of all members: two zip files of one set are the same, byte for byte."""

LARGEST_SET = 8 * 2**30


def write_zip(case_set: CaseSet, path: Path) -> None:
    """Write a set with its pictures into one file; raises BadInput where a picture is not the one that is meant."""
    assert case_set.folder is not None
    pictures = {picture.file: (case, n) for case in case_set.cases for n, picture in enumerate(case.pictures)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:  # PNG files do not get smaller
        _put(archive, MANIFEST, (case_set.folder / MANIFEST).read_bytes(), zipfile.ZIP_DEFLATED)
        for name in sorted(pictures):
            _put(archive, name, case_set.image_bytes(*pictures[name]), zipfile.ZIP_STORED)


def _put(archive: zipfile.ZipFile, name: str, data: bytes, how: int) -> None:
    info = zipfile.ZipInfo(name, LONG_AGO)
    info.compress_type, info.external_attr = how, 0o644 << 16
    archive.writestr(info, data)


def is_zipped_set(path: Path) -> bool:
    """Whether a file is a zip archive with the manifest of a case set in it."""
    try:
        with path.open("rb") as file:
            if not is_archive(file.read(4)):
                return False
        require_short_directory(path)
        with zipfile.ZipFile(path) as archive:
            return _root(archive) is not None
    except (*ZIP_ERRORS, Unreadable):
        return False


def unzip_set(path: Path, out: Path) -> CaseSet:
    """The case set of a zip file, written to ``out``, a new or empty folder.

    Raises BadInput, or InvalidCaseSet with every problem; then nothing is left in ``out``.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"{out} is there already: give a new or empty folder.")
    there = out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        _unzip(path, out)
        return read_case_set(out)
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        if there:
            out.mkdir(exist_ok=True)
        raise


def _unzip(path: Path, out: Path) -> None:
    try:
        require_short_directory(path)
        with zipfile.ZipFile(path) as archive:
            root = _root(archive)
            if root is None:
                raise BadInput(f"{path} holds no {MANIFEST}: it is no case set.")
            text = _read(archive, root + MANIFEST, LARGEST_MANIFEST)
            write_whole(out / MANIFEST, text)
            left, there = LARGEST_SET, set(archive.namelist())
            names, sound = _pictures(text, out)
            for name in names:
                if root + name not in there and (why := why_unreadable(path)):
                    raise Unreadable(why)
                if root + name not in there and sound:
                    raise BadInput(f"{path} holds no {name}: pack the whole set.")
                if root + name not in there:
                    continue  # it is told with all else that is wrong
                data = _read(archive, root + name, min(LARGEST_IMAGE, left))
                left -= len(data)
                (out / name).parent.mkdir(exist_ok=True)
                write_whole(out / name, data)
    except (*ZIP_ERRORS, Unreadable) as error:
        raise BadInput(f"{path} cannot be read ({reason_of(error)}): copy or export it again.") from None


def _root(archive: zipfile.ZipFile) -> str | None:
    """What stands before the names of the members: nothing, or the one folder that was packed."""
    names = [name for name in archive.namelist() if name == MANIFEST or name.endswith(f"/{MANIFEST}")]
    roots = [name.removesuffix(MANIFEST) for name in names if name.count("/") <= 1]
    return min(roots, key=len) if roots else None


def _pictures(text: bytes, out: Path) -> tuple[list[str], bool]:
    """The files that a manifest names as it should, so in its own folder, and whether nothing is wrong with it.

    Where something is, its pictures are taken all the same: what is wrong is told, and not that they are missing.
    """
    problems = Problems(out / MANIFEST)
    try:
        data = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return [], False  # read_case_set says what is wrong with it
    found: set[str] = set()
    read_manifest(data, problems, look=lambda image, _field: found.add(image.file))
    return sorted(found), not problems.count


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as member:
        data = member.read(most + 1)
    if len(data) > most:
        raise BadInput(f"{name} is larger than the {most >> 20} MiB that are taken.")
    return data
