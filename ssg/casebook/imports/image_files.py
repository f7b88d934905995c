"""The pictures that a table speaks of, found in folders: by path, by name, or by name without its ending."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PureWindowsPath

from ssg.casebook.imports.picture_files import PICTURES, ending_of, stem_of
from ssg.casebook.imports.values import walked
from ssg.counting import counted, some_of
from ssg.errors import BadInput

MOST_FILES = 2_000_000
NO_FILE = "no file has the name of the picture"


class ImageFiles:
    """The files below some folders. Where two have the name that is asked for, none is taken."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._paths: dict[str, list[Path]] = {}
        self._shown: dict[Path, str] = {}
        self.count = 0
        self._links: list[Path] = []
        for folder in folders:
            if not folder.is_dir():
                raise BadInput(f"{folder} is no folder: give --images the folders that hold the pictures.")
            for path in walked(folder, self._links.append):
                self._add(path, folder)

    def _add(self, path: Path, folder: Path) -> None:
        ending = ending_of(path.name)  # DICOM files often have none, or ".1", since they are called by their UIDs
        if ending and ending not in PICTURES and not ending[1:].isdigit():
            return
        self.count += 1
        if self.count > MOST_FILES:
            raise BadInput(f"{folder} holds more than {MOST_FILES:,} files: give the folder of the pictures alone.")
        inside = path.relative_to(folder).as_posix()
        if ending in PICTURES:
            self._shown[path] = inside
        inside = inside.lower()
        for form in {inside, path.name.lower(), stem_of(path.name.lower())}:
            self._paths.setdefault(form, []).append(path)

    def find(self, name: str) -> Path | str:
        """The file of a picture as a table names it; in its place a reason why there is none."""
        asked = PureWindowsPath(name.strip()).as_posix().lower().removeprefix("./")  # takes / as well
        last = asked.rpartition("/")[2]
        for form in dict.fromkeys((asked, last, stem_of(last))):
            found = self._paths.get(form, [])
            if len(found) == 1:
                return found[0]
            if found:
                return "several files have the name of the picture"
        return NO_FILE

    @property
    def pictures(self) -> int:
        """How many files have the ending of a picture."""
        return len(self._shown)

    def unnamed(self, names: Iterable[str]) -> list[str]:
        """The pictures, by the endings of their names, that none of ``names`` finds."""
        found = {path for path in map(self.find, names) if isinstance(path, Path)}
        return [shown for path, shown in self._shown.items() if path not in found]

    def notes(self) -> list[str]:
        """What was not looked into, which somebody may wonder about."""
        if not self._links:
            return []
        links = counted(len(self._links), "link")
        first = some_of([str(self._links[0])], most=1, of=len(self._links))
        return [f"{links} to other folders ({first}) not followed: give --images those folders too."]
