"""A set that is being built as one file to download, in each of the formats that case sets are exported to."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

from ssg.casebook.exports.formats import WRITERS, ZIP, export
from ssg.casebook.problems import InvalidCaseSet
from ssg.casebook.writing import write_case_set
from ssg.errors import BadInput
from ssg.teaching.workshop import Workshop


def exported(shop: Workshop, set_id: str, form: str, folder: Path) -> Path:
    """The set as it is now as one zip file in ``folder``, which the caller removes.

    Raises InvalidCaseSet where the set has problems, and BadInput for another format.
    """
    if form not in (*WRITERS, ZIP):
        raise BadInput(f"A set is exported to {', '.join((ZIP, *WRITERS))}, not to '{form[:40]}'.")
    made, problems = shop.draft(set_id)
    if made is None:
        raise InvalidCaseSet(problems)
    version = shop.store.set(set_id).version or made.version
    # Exporters read pictures beside a manifest, and a draft has none on the disk.
    whole = write_case_set(replace(made, version=version), folder / "set")
    out = folder / f"{set_id}-{form}.zip"
    if form == ZIP:
        export(whole, ZIP, out)
        return out
    place = folder / form
    export(whole, form, place)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(one for one in place.rglob("*") if one.is_file()):
            archive.write(path, path.relative_to(place).as_posix())
    shutil.rmtree(place)
    return out
