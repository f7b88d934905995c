"""A set that is being built as one file to download, in each of the formats that case sets are exported to."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from ssg.casebook import CaseSet
from ssg.casebook.exports.formats import WRITERS, ZIP, export
from ssg.casebook.problems import InvalidCaseSet
from ssg.casebook.writing import write_case_set
from ssg.errors import BadInput
from ssg.teaching.workshop import Workshop
from ssg.whole import forget_old

PLACE = ".exports"
KEPT_S = 3600
"""A download that broke off leaves its file for as long as this."""


def exported(shop: Workshop, set_id: str, form: str) -> Path:
    """The set as it is now as one zip file, alone in a folder that the caller removes when it has been sent.

    Raises InvalidCaseSet where the set has problems, and BadInput for another format.
    """
    if form not in (*WRITERS, ZIP):
        raise BadInput(f"A set is exported to {', '.join((ZIP, *WRITERS))}, not to '{form[:40]}'.")
    made, problems = shop.draft(set_id)
    if made is None:
        raise InvalidCaseSet(problems)
    version = shop.store.set(set_id).version or made.version
    # In the folder of the set: nobody but instructors is served anything of it, as temporary files might be.
    home = shop.folder_of(set_id) / PLACE
    forget_old(home, KEPT_S)
    home.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=home))
    try:
        _write(replace(made, version=version), form, folder, out := folder / f"{set_id}-{form}.zip")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return out


def _write(made: CaseSet, form: str, folder: Path, out: Path) -> None:
    # Exporters read pictures beside a manifest, and a draft has none on the disk.
    whole, place = write_case_set(made, folder / "set"), folder / form
    if form == ZIP:
        export(whole, ZIP, out)
    else:
        export(whole, form, place)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(one for one in place.rglob("*") if one.is_file()):
                archive.write(path, path.relative_to(place).as_posix())
    for one in (folder / "set", place):
        shutil.rmtree(one, ignore_errors=True)
