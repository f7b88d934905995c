"""The formats that a case set can be exported to, and those that it comes back from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from ssg.casebook import zipped
from ssg.casebook.archives import names_in
from ssg.casebook.exports import coco, hub, rest, table, yolo
from ssg.casebook.exports.back import Returned
from ssg.casebook.files import MANIFEST
from ssg.casebook.types import CaseSet
from ssg.errors import BadInput

WRITERS: dict[str, Callable[[CaseSet, Path], None]] = {
    "coco": coco.write,
    "yolo": yolo.write,
    "csv": table.write,
    "huggingface": hub.write,
}
ZIP = "zip"
"""One file and not a folder: the set as it is."""


def export(case_set: CaseSet, form: str, out: Path) -> None:
    """Write a set in another format into ``out``, a new or empty folder; raises BadInput for any other.

    It raises BadInput too for a set with a damaged picture; then nothing is left in ``out``.
    """
    try:
        if form == ZIP:
            _write_zip(case_set, out)
            return
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise BadInput(f"{out} is there already: give --out a new or empty folder.")
        there = out.exists()
        out.mkdir(parents=True, exist_ok=True)
        try:
            WRITERS[form](case_set, out)
        except BaseException:
            shutil.rmtree(out, ignore_errors=True)
            if there:
                out.mkdir(exist_ok=True)
            raise
    except OSError as error:
        raise BadInput(f"{out} could not be written ({error.strerror or error}): give another --out.") from None


def _write_zip(case_set: CaseSet, out: Path) -> None:
    if out.exists():
        raise BadInput(f"{out} is there already: give --out a new file, such as set.zip.")
    part = out.with_name(f".{out.name}.part")
    try:
        zipped.write_zip(case_set, part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def exported_here(path: Path) -> Path | None:
    """The folder of an export of SSG that can come back, by itself or by a file of it; None for anything else."""
    folder = path if path.is_dir() else path.parent
    return folder if (folder / rest.FILE).is_file() else None


def set_here(path: Path) -> Path | None:
    """The folder of a case set, by itself, by its manifest or by a folder that holds it; None for anything else."""
    if path.name == MANIFEST and path.is_file():
        return path.parent
    if not path.is_dir():
        return None
    return next((one.parent for one in (path / MANIFEST, *sorted(path.glob(f"*/{MANIFEST}"))) if one.is_file()), None)


def is_table(folder: Path) -> bool:
    """Whether a folder is an export to CSV."""
    return (folder / table.REGIONS).is_file() and (folder / table.CASES).is_file()


def zipped_export(path: Path) -> str | None:
    """The folder within a zip file of an export of SSG that can come back ("" for none); None for anything else."""
    return _root_of(path, (rest.FILE,), (coco.FILE, yolo.NAMES))


def is_zipped_table(path: Path) -> bool:
    """Whether a file is a zip archive of an export to CSV."""
    return _root_of(path, (table.REGIONS, table.CASES)) is not None


def _root_of(path: Path, needed: tuple[str, ...], either: tuple[str, ...] = ()) -> str | None:
    """What stands before the names of files in an archive that holds the ``needed`` ones: nothing, or one folder."""
    names = names_in(path)
    for name in sorted(names, key=len):
        root = name.removesuffix(needed[0])
        if name == f"{root}{needed[0]}" and (not root or (root.endswith("/") and root.count("/") == 1)):
            has_all = all(f"{root}{one}" in names for one in needed)
            if has_all and (not either or any(f"{root}{one}" in names for one in either)):
                return root
    return None


def read_back(folder: Path, out: Path) -> Returned:
    """The case set of an export, written to ``out``, and what is different in it."""
    return coco.read_back(folder, out) if (folder / coco.FILE).is_file() else yolo.read_back(folder, out)
