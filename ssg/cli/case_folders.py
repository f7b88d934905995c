"""Case sets that a command line names: folders, and zip files, which are unpacked for as long as they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ssg.errors import BadInput

if TYPE_CHECKING:
    from ssg.casebook import Problem


@dataclass(frozen=True, slots=True)
class Given:
    """What several paths are: the ``folders`` that can be read, and the ``problems`` of the others."""

    folders: tuple[Path, ...]
    problems: tuple[Problem, ...]
    unpacked: Mapping[Path, Path]

    def name_of(self, folder: Path | None) -> str:
        """A folder as it was given: by its zip file, where it was unpacked."""
        return str(folder and self.unpacked.get(folder, folder))

    def as_given(self, problem: Problem) -> Problem:
        """A problem of an unpacked set, with the name of its zip file."""
        return _as_given(problem, self.unpacked)


@contextmanager
def folders_of(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """The folder of each path. Raises BadInput or InvalidCaseSet for a zip file whose set cannot be unpacked.

    What is raised while the folders are read names the zip files, not where they were unpacked to.
    """
    from ssg.casebook import InvalidCaseSet

    with TemporaryDirectory(prefix="ssg-cases-") as place:
        unpacked = {Path(place) / str(number): path for number, path in enumerate(paths)}
        try:
            yield [_unpacked(path, where) for where, path in unpacked.items()]
        except InvalidCaseSet as error:
            raise InvalidCaseSet([_as_given(problem, unpacked) for problem in error.problems]) from None
        except BadInput as error:
            if place not in str(error):
                raise
            raise BadInput(_plain(str(error), unpacked)) from None


@contextmanager
def each_of(paths: Sequence[Path]) -> Iterator[Given]:
    """The folder of each path that can be read, and what is wrong with the others: one keeps nobody from the rest."""
    from ssg.casebook import InvalidCaseSet, Problem

    folders: list[Path] = []
    problems: list[Problem] = []
    with TemporaryDirectory(prefix="ssg-cases-") as place:
        unpacked = {Path(place) / str(number): path for number, path in enumerate(paths)}
        for where, path in unpacked.items():
            try:
                folders.append(_unpacked(path, where))
            except InvalidCaseSet as error:
                problems += [_as_given(problem, unpacked) for problem in error.problems]
            except BadInput as error:
                problems.append(Problem(path, "", _plain(str(error), unpacked).removeprefix(f"{path} ")))
        yield Given(tuple(folders), tuple(problems), unpacked)


def _as_given(problem: Problem, unpacked: Mapping[Path, Path]) -> Problem:
    file = Path(_plain(str(problem.file), unpacked))
    return replace(problem, file=file, message=_plain(problem.message, unpacked))


def _plain(text: str, unpacked: Mapping[Path, Path]) -> str:
    for where, path in unpacked.items():
        text = text.replace(f"{where}/", f"{path}/").replace(str(where), str(path))
    return text


def _unpacked(path: Path, place: Path) -> Path:
    from ssg.casebook.archives import is_archive, why_unreadable
    from ssg.casebook.files import MANIFEST
    from ssg.casebook.zipped import is_zipped_set, unzip_set

    if not path.is_file():
        return path
    if is_zipped_set(path):
        unzip_set(path, place)
        return place
    if path.name == MANIFEST:
        return path.parent
    try:
        with path.open("rb") as file:
            may_be_one = is_archive(file.read(4)) or path.suffix.lower() == ".zip"
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or error}): see to its rights.") from None
    if may_be_one and (why := why_unreadable(path)):
        raise BadInput(f"{path} cannot be read ({why}): copy or export it again.")
    raise BadInput(
        f"{path} is no case set: give the folder of one, or a zip file of one. `python -m ssg cases import` makes "
        "one of tables and pictures."
    )
