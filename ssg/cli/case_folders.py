"""Case sets that a command line names: folders, and zip files, which are unpacked for as long as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ssg.errors import BadInput


@contextmanager
def folders_of(paths: list[Path]) -> Iterator[list[Path]]:
    """The folder of each path. Raises BadInput or InvalidCaseSet for a zip file whose set cannot be unpacked."""
    with TemporaryDirectory(prefix="ssg-cases-") as place:
        yield [_unpacked(path, Path(place) / str(number)) for number, path in enumerate(paths)]


def _unpacked(path: Path, place: Path) -> Path:
    from ssg.casebook.files import MANIFEST
    from ssg.casebook.zipped import is_zipped_set, unzip_set

    if path.is_file() and is_zipped_set(path):
        unzip_set(path, place)
        return place
    if path.is_file():
        if path.name == MANIFEST:
            return path.parent
        raise BadInput(
            f"{path} is no case set: give the folder of one, or a zip file of one. `python -m ssg cases import` makes "
            "one of tables and pictures."
        )
    return path
