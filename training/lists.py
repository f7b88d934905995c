"""What is trained on and measured on beside phantoms: annotation lists and case sets, by their paths."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ssg.casebook.files import MANIFEST
from ssg.errors import BadInput
from training.case_rows import case_rows
from training.pictures import require_images
from training.rows import Row, part_of, read_annotations, with_mined_absences


def read_rows(path: Path) -> list[Row]:
    """The rows of an annotation list, or of the case set whose folder it is; every problem is one BadInput."""
    if path.is_dir() or path.name == MANIFEST:
        return case_rows(path if path.is_dir() else path.parent)
    return read_annotations(path)


def real_rows(lists: Iterable[Path]) -> list[Row]:
    """Training rows of the given lists: without the held-out patients, with absences mined from reports.

    Raises BadInput for a list that nothing can be trained on, and for images that are not what their row says.
    """
    rows: list[Row] = []
    for path in lists:
        allowed = part_of(read_rows(path), "training")
        if not allowed:
            raise BadInput(f"{path}: all its patients are held out, so none is trained on; leave it out of --real.")
        known = [row for row in map(with_mined_absences, allowed) if row.present or row.absent]
        if not known:
            raise BadInput(f"{path}: of no image that may be trained on is anything known; leave it out of --real.")
        require_images(known)
        rows += known
    return rows
