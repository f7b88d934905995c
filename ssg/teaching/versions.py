"""Published versions of a set: each is a folder of its own, which nobody changes any more."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from ssg.casebook import CaseImage, CaseSet, read_case_set
from ssg.casebook.comparing import Change, changes
from ssg.casebook.files import MANIFEST
from ssg.casebook.writing import write_case_set
from ssg.errors import BadInput
from ssg.store import WorkSet, WorkshopStore, WorkVersion

NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){0,2}(-[a-z0-9]{1,20})?")
ONCE_PUBLISHED = re.compile(r"[0-9]+(\.[0-9]+){0,2}([a-z0-9.-]{0,20})")
"""What may be published now, and what could be before: such versions are still there."""

PUBLISHED = "published"
"""The folder of a set that holds those of its versions."""


class PublishedVersions:
    """The versions of the sets in ``store``; ``home`` gives the folder of a set, or raises BadInput."""

    def __init__(self, store: WorkshopStore, home: Callable[[str], Path]) -> None:
        self._store, self._home = store, home
        self._publishing = threading.Lock()

    def folder(self, set_id: str, version: str) -> Path:
        """The folder of a version; raises BadInput for what is no number of one."""
        if not ONCE_PUBLISHED.fullmatch(version):
            raise BadInput("There is no such version.")
        return self._home(set_id) / PUBLISHED / version

    def read(self, set_id: str, version: str) -> CaseSet:
        """A version as it was published."""
        return read_case_set(self.folder(set_id, version))

    def in_use(self) -> list[tuple[WorkSet, CaseSet]]:
        """The version in use of every set that has one; one whose folder is gone is left out."""
        return [
            (work, self.read(work.id, work.version))
            for work in self._store.sets()
            if work.version is not None and (self.folder(work.id, work.version) / MANIFEST).is_file()
        ]

    def publish(self, made: CaseSet, version: str, note: str, by: str) -> WorkVersion:
        """Write a set as a version, whose number was checked, and put it into use.

        Raises BadInput for a number that is not later than all before.
        """
        with self._publishing:
            known = [one.version for one in self._store.versions(made.id)]
            if version in known:
                raise BadInput(f"Version {version} is published already: give the next number, {next_number(known)}.")
            latest = max(known, key=_rank, default=None)
            if latest is not None and _rank(version) <= _rank(latest):
                raise BadInput(
                    f"Version {version} is not later than {latest}, which is published: give a higher number, "
                    f"such as {next_number(known)}."
                )
            target = self.folder(made.id, version)
            shutil.rmtree(target, ignore_errors=True)  # of a publication that was cut off
            write_case_set(replace(made, version=version), target)
            return self._store.record_version(made.id, version, note, len(made.cases), by)

    def remove(self, set_id: str, version: str) -> None:
        """Delete a version with its pictures; raises BadInput for the one in use."""
        folder = self.folder(set_id, version)
        with self._publishing:
            self._store.remove_version(set_id, version)
            shutil.rmtree(folder, ignore_errors=True)

    def next_number(self, set_id: str) -> str:
        """A number for the next version of a set."""
        return next_number([one.version for one in self._store.versions(set_id)])

    def changes_since(self, made: CaseSet) -> list[Change]:
        """What of a draft is different from the version in use; empty where there is none."""
        version = self._store.set(made.id).version
        if version is None:
            return []
        return [one for one in changes(self.read(made.id, version), made) if one.field != "version"]

    def holding(self, set_id: str, pictures: Collection[CaseImage]) -> list[str]:
        """The versions of a set that hold any of these pictures, whoever may see them, the latest first."""
        return [
            one.version
            for one in self._store.versions(set_id)
            if any((self.folder(set_id, one.version) / picture.file).is_file() for picture in pictures)
        ]


def require_number(version: str) -> None:
    """Raise BadInput for what cannot be published as a version."""
    if not NUMBER.fullmatch(version):
        raise BadInput(f"A version is a number such as 1.0.0, not '{version[:40]}'.")


def next_number(known: Collection[str]) -> str:
    """The number after these: 1.0.0 at first, then the second part counts up."""
    if not known:
        return "1.0.0"
    first, second = max((*(int(part) for part in re.findall(r"[0-9]+", one)), 0, 0)[:2] for one in known)
    return f"{first}.{second + 1}.0"


def _rank(version: str) -> tuple[tuple[int, ...], bool, str]:
    """The order of versions: by their numbers, 1.2 as 1.2.0; one with a word behind (1.0.0-draft) is an earlier one."""
    found = re.match(r"[0-9]+(\.[0-9]+)*", version)
    numbers = found[0] if found else ""
    parts = [int(part) for part in numbers.split(".") if part]
    return tuple([*parts, 0, 0, 0][:3]), version == numbers, version.removeprefix(numbers)
