"""The pictures of a set, copied to where a format wants them."""

from __future__ import annotations

from pathlib import Path

from ssg.casebook.types import CaseSet
from ssg.errors import BadInput


def copy_pictures(case_set: CaseSet, folder: Path) -> dict[str, Path]:
    """Copy every picture into ``folder`` under the name of its file; the copies by the set's own names of them.

    Raises BadInput that names the file of a picture that is damaged, or not the one that the set means.
    """
    if case_set.folder is None:
        raise BadInput(f"The set {case_set.id} has no folder yet: write it first.")
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, Path] = {}
    for case in case_set.cases:
        for number, image in enumerate(case.pictures):
            if image.file not in made:
                made[image.file] = folder / Path(image.file).name
                made[image.file].write_bytes(case_set.image_bytes(case, number))
    return made


def pictures_in(folder: Path) -> dict[str, Path]:
    """The copies in ``folder``, that of an export, by the set's own names of them, wherever below it they lie."""
    return {f"images/{path.name}": path for path in sorted(folder.rglob("*.png"), reverse=True)}
