"""The pictures that an import writes, noted, so that it can take away its own and never those of anybody else."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable
from pathlib import Path

from ssg.casebook.files import IMAGES
from ssg.counting import some_of
from ssg.errors import BadInput
from ssg.whole import append_line, read_rows, write_whole

PART = re.compile(r"\.(.+)\.[0-9a-f]+\.part")
"""What a picture is called while it is written; a kill may leave it so."""


class OwnPictures:
    """Pictures in the ``images`` of a folder that one import wrote, by names such as "images/0a1b.png". Thread-safe.

    Each is noted in ``notes`` before it is written: an import that goes on after a kill knows those of before.
    """

    def __init__(self, folder: Path, notes: Path) -> None:
        self.folder, self._notes = folder, notes
        self._lock = threading.Lock()
        self.names = {row["wrote"] for row in read_rows(notes) if isinstance(row.get("wrote"), str)}

    def require_no_others(self) -> None:
        """Raise BadInput where the folder of the pictures holds anything that this import did not write."""
        images = self.folder / IMAGES
        if others := sorted(path.name for path in self._there() if not self._is_own(path.name)):
            raise BadInput(
                f"{images} holds files that this import did not write ({some_of(others)}): give --out a new folder, or "
                "move them."
            )

    def write(self, name: str, data: bytes) -> None:
        """Write a picture where there is none of that name, which is that of its content. Raises OSError."""
        path = self.folder / name
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            self.note([name])
            write_whole(path, data)

    def note(self, names: Iterable[str]) -> None:
        """Count pictures as written by this import."""
        with self._lock:
            for name in names:
                if name not in self.names:
                    append_line(self._notes, json.dumps({"wrote": name}))
                    self.names.add(name)

    def remove_all_but(self, kept: Iterable[str]) -> None:
        """Remove those that nothing has in the end, and what a kill left of them."""
        wanted = set(kept)
        for path in self._there():
            if f"{IMAGES}/{path.name}" not in wanted and self._is_own(path.name):
                path.unlink(missing_ok=True)

    def _there(self) -> list[Path]:
        images = self.folder / IMAGES
        return list(images.iterdir()) if images.is_dir() else []

    def _is_own(self, name: str) -> bool:
        part = PART.fullmatch(name)
        return f"{IMAGES}/{part[1] if part else name}" in self.names
