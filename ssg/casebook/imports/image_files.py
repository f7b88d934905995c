"""The pictures that a table speaks of, found in folders: by path, by name, or by name without its ending."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PureWindowsPath

from ssg.errors import BadInput

PACKED = ".nii.gz"
ENDINGS = (".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".dic", ".ima", ".nii", PACKED, "")
"""Of files that may be pictures; DICOM files often have no ending at all."""

MOST_FILES = 2_000_000


class ImageFiles:
    """The files below some folders. Where two have the name that is asked for, none is taken."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._paths: dict[str, list[Path]] = {}
        self.count = 0
        for folder in folders:
            if not folder.is_dir():
                raise BadInput(f"{folder} is no folder: give --images the folders that hold the pictures.")
            for place, _, names in os.walk(folder):
                for name in names:
                    self._add(Path(place, name), folder)

    def _add(self, path: Path, folder: Path) -> None:
        ending = PACKED if path.name.lower().endswith(PACKED) else path.suffix.lower()
        if ending not in ENDINGS and not ending[1:].isdigit():  # ".1" ends many names of DICOM files, which are UIDs
            return
        self.count += 1
        if self.count > MOST_FILES:
            raise BadInput(f"{folder} holds more than {MOST_FILES:,} files: give the folder of the pictures alone.")
        inside = path.relative_to(folder).as_posix().lower()
        for form in {inside, path.name.lower(), _stem(path.name.lower())}:
            self._paths.setdefault(form, []).append(path)

    def find(self, name: str) -> Path | str:
        """The file of a picture as a table names it; in its place a reason why there is none."""
        asked = PureWindowsPath(name.strip()).as_posix().lower().removeprefix("./")  # takes / as well
        last = asked.rpartition("/")[2]
        for form in dict.fromkeys((asked, last, _stem(last))):
            found = self._paths.get(form, [])
            if len(found) == 1:
                return found[0]
            if found:
                return "several files have the name of the picture"
        return "no file has the name of the picture"


def _stem(name: str) -> str:
    if name.endswith(PACKED):
        return name[: -len(PACKED)]
    stem, dot, ending = name.rpartition(".")
    return stem if dot and f".{ending}" in ENDINGS else name
