"""Text that seems to be burned into the pictures of sets that are built: known until it is covered, or may stay.

Only places are kept, never words, which may be a name. A picture is called by its content: one that was covered is
another picture, of which nothing is said.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from ssg.boxes import Box
from ssg.casebook import Case, CaseImage, CaseSet, Series
from ssg.casebook.ingest.studies import Study, Text
from ssg.casebook.ingest.text import Glance
from ssg.casebook.shown import shown_pixels
from ssg.store import WorkCase
from ssg.teaching.picture_files import file_of, files_of
from ssg.whole import append_line, read_rows

FILE = "text_found.jsonl"
"""In the folder of a set: a line for each picture, the last one of a picture holds."""

Places = Mapping[str, tuple[Box, ...]]
"""Where text was found, by the file of the picture."""


class FoundTexts:
    """What was found in the pictures of sets; ``home`` gives the folder of a set, or raises BadInput. Thread-safe."""

    def __init__(self, home: Callable[[str], Path]) -> None:
        self._home = home
        self._lock = threading.Lock()

    def places(self, set_id: str) -> Places:
        """Where text was found in pictures of a set, and is not said to be harmless."""
        with self._lock:
            rows = read_rows(self._home(set_id) / FILE)
        last = {row["file"]: tuple(Box.of(box) for box in row["boxes"]) for row in rows}
        return {file: boxes for file, boxes in last.items() if boxes}

    def of(self, set_id: str, case: Case) -> list[tuple[int, Box]]:
        """The places in a case, with the number of their picture."""
        places = self.places(set_id)
        return [(number, box) for number, one in enumerate(case.pictures) for box in places.get(one.file, ())]

    def bearing(self, set_id: str, works: Iterable[WorkCase]) -> list[str]:
        """The ids of those cases that have any, in their order, whatever else may be wrong with their rows."""
        places = self.places(set_id)
        return [work.case_id for work in works if any(file in places for file in files_of(work.body))]

    def note(self, set_id: str, studies: Iterable[Study]) -> None:
        """Keep what an ingest has found."""
        self._keep(set_id, ((one.series, one.texts) for study in studies for one in study.series))

    def leave(self, set_id: str, case: Case) -> None:
        """What was found in the pictures of a case may stay there."""
        places = self.places(set_id)
        self._write(set_id, {one.file: () for one in case.pictures if one.file in places})

    def look(self, set_id: str, made: CaseSet, heard: Callable[[], None]) -> int:
        """Look for text in a set whose cases come into this one; the number of cases that have any.

        ``heard`` is called for each picture and may raise Cancelled. Raises Unavailable where nothing can look for it.
        """
        return sum(self._keep(set_id, _looked(made, case, heard), file_of) for case in made.cases)

    def _keep(
        self,
        set_id: str,
        found: Iterable[tuple[Series, tuple[Text, ...]]],
        name_of: Callable[[CaseImage], str] = lambda picture: picture.file,
    ) -> bool:
        rows: dict[str, tuple[Box, ...]] = {}
        for series, texts in found:
            for one in texts:
                file = name_of(series.frames[one.frame])
                rows[file] = (*rows.get(file, ()), one.box)
        self._write(set_id, rows)
        return bool(rows)

    def _write(self, set_id: str, rows: Places) -> None:
        path = self._home(set_id) / FILE
        with self._lock:
            for file, boxes in rows.items():
                append_line(path, json.dumps({"file": file, "boxes": [list(box) for box in boxes]}))


def _looked(made: CaseSet, case: Case, heard: Callable[[], None]) -> Iterator[tuple[Series, tuple[Text, ...]]]:
    number = 0
    for series in case.series:
        glance = Glance(len(series.frames))
        for frame in range(len(series.frames)):
            glance.see(frame, shown_pixels(made, case, number))
            heard()
            number += 1
        yield series, glance.texts()
