"""Case sets on the Hugging Face Hub: pushed as data sets that ``datasets`` reads too, pulled and proved.

A pull is of one commit, and is proved by the manifest's checksums before anybody is shown a case.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from ssg.casebook.dataset_card import FILE as CARD
from ssg.casebook.dataset_card import dataset_card
from ssg.casebook.exports import hub as layout
from ssg.casebook.files import IMAGES, MANIFEST
from ssg.casebook.problems import InvalidCaseSet
from ssg.casebook.reading import check_images, read_case_set
from ssg.casebook.stats import stats_of
from ssg.casebook.types import CaseSet
from ssg.errors import BadInput, SSGError
from ssg.hub import commit_of, pull_folder, push_folder, require_name, require_ready

PRIVATE = "private"
"""The licence of a set that is not to be shared."""

COMMIT = ".commit"
"""Beside a set that was pulled: which commit of the Hub it is."""


def push_set(folder: Path, name: str, private: bool = False, revision: str = "", message: str = "") -> str:
    """Push the set in ``folder`` to the data set ``name`` ("owner/name") and return the address of the commit.

    Every picture is proved before anything is sent. Raises InvalidCaseSet for a set that is not whole, BadInput for one
    whose licence is private where ``private`` is not asked for, and as :func:`ssg.hub.push_folder` does.
    """
    require_ready(name)
    case_set = read_case_set(folder)
    if case_set.licence.strip().casefold() == PRIVATE and not private:
        raise BadInput(
            f"The licence of {case_set.id} is '{case_set.licence}', so it is not made public: give --private, or write "
            "a licence that allows sharing into the set, such as CC-BY-4.0."
        )
    if problems := check_images(case_set):
        raise InvalidCaseSet(problems)
    with tempfile.TemporaryDirectory() as place:
        out = Path(place)
        layout.write(case_set, out)
        (out / CARD).write_text(dataset_card(case_set, stats_of(case_set, look=False), name), encoding="utf-8")
        said = message or f"{case_set.title}, version {case_set.version}"
        return push_folder(out, name, "dataset", private, revision, said, ours=_is_ours)


def _is_ours(path: str) -> bool:
    return path in (MANIFEST, CARD) or path.startswith(f"{IMAGES}/")


def pull_set(
    name: str, out: Path, revision: str = "", on_case: Callable[[int], None] | None = None
) -> tuple[CaseSet, str]:
    """Pull the data set ``name`` into ``out``: the set and its commit. One that broke off goes on.

    Raises BadInput for a repository that holds no case set, and InvalidCaseSet where its files are not those that its
    manifest means; the folder then keeps what was fetched, and is no set that is shown before it is proved.
    """
    require_name(name)
    if out.exists() and any(out.iterdir()) and not _is_pull_of(out, name):
        raise BadInput(f"{out} is there already: give --out a new folder, or that of an earlier pull of {name}.")
    commit = commit_of(name, revision)
    if _commit_of(out) != commit:
        (out / COMMIT).unlink(missing_ok=True)  # until all of it is here and proved
    pull_folder(name, out, commit)
    if not (out / MANIFEST).is_file():
        raise BadInput(f"{name} holds no case set (there is no {MANIFEST} in it): correct the name.")
    case_set = read_case_set(out)
    if problems := check_images(case_set, on_case):
        raise InvalidCaseSet(problems)
    (out / COMMIT).write_text(f"{name} {commit}\n", encoding="utf-8")
    return case_set, commit


def _is_pull_of(out: Path, name: str) -> bool:
    """Whether a folder is an earlier pull of ``name``, or one that broke off."""
    if (out / COMMIT).is_file():
        return (out / COMMIT).read_text(encoding="utf-8").split()[:1] == [name]
    return (out / ".cache" / "huggingface").is_dir()


def pulled_sets(names: Sequence[str], place: Path) -> tuple[list[Path], list[str]]:
    """The folders of sets that a setting names ("owner/name" or "owner/name@commit"), pulled into ``place``; problems.

    A set that names its commit and is here is not asked for again. Where the Hub cannot be reached, what was pulled
    before is taken, and the problem is told.
    """
    folders, problems = [], []
    for named in names:
        name, _, revision = named.partition("@")
        out = place / name.replace("/", "--")
        if not (revision and _commit_of(out) == revision):
            try:
                if commit_of(name, revision) != _commit_of(out):  # else it was proved when it came
                    pull_set(name, out, revision)
            except SSGError as error:
                problems.append(str(error))
        if _commit_of(out):
            folders.append(out)
    return folders, problems


def _commit_of(out: Path) -> str:
    """The commit of a set that was pulled and proved; "" where none was."""
    try:
        return (out / COMMIT).read_text(encoding="utf-8").split()[1]
    except (OSError, IndexError, UnicodeDecodeError):
        return ""
