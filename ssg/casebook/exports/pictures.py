"""The pictures of a set, copied to where a format wants them."""

from __future__ import annotations

import shutil
from pathlib import Path

from ssg.casebook.files import file_inside
from ssg.casebook.types import CaseSet
from ssg.errors import BadInput


def copy_pictures(case_set: CaseSet, folder: Path) -> dict[str, Path]:
    """Copy every picture into ``folder`` under the name of its file; the copies by the set's own names of them."""
    if case_set.folder is None:
        raise BadInput(f"The set {case_set.id} has no folder yet: write it first.")
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, Path] = {}
    for case in case_set.cases:
        for image in case.pictures:
            if image.file not in made:
                made[image.file] = folder / Path(image.file).name
                shutil.copyfile(file_inside(case_set.folder, image.file), made[image.file])
    return made


def pictures_in(folder: Path) -> dict[str, Path]:
    """The copies in ``folder`` by the set's own names of them."""
    return {f"images/{path.name}": path for path in folder.glob("*.png")}
