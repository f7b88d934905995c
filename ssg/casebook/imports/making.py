"""From a :class:`Reading` and its pictures to a case set in a folder; cut off, the same import goes on where it was.

Pictures are decoded in worker processes, a few at a time, and written as PNG under the names of their contents; what is
done stands line by line in ``.import/`` until the manifest is written, so that memory holds texts and no pictures.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from ssg.casebook.files import IMAGES, MANIFEST
from ssg.casebook.imports.fitting import decoded, grid_of
from ssg.casebook.imports.image_files import ImageFiles
from ssg.casebook.imports.image_kinds import OF_KINDS, known_modality, title_of
from ssg.casebook.imports.labels import Labels
from ssg.casebook.imports.marks import Picture, Reading
from ssg.casebook.imports.people import UNTOLD
from ssg.casebook.imports.pixels import Stored, stored, stored_volume
from ssg.casebook.imports.readers import Gathering, asked_of
from ssg.casebook.imports.report import Report
from ssg.casebook.manifest import read_manifest
from ssg.casebook.problems import Problems
from ssg.casebook.types import Case, CaseSet
from ssg.casebook.writing import case_row, write_manifest
from ssg.errors import BadInput, ImageRefused
from ssg.imaging import open_image
from ssg.whole import append_line, read_rows, write_json, write_whole

WORK = ".import"
VOLUMES = (".nii", ".nii.gz")
AHEAD = 4
"""Pictures that are decoded at a time; two worker processes decode them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the set is to be. ``longest`` is the longest side of its pictures in pixels, None for as they are."""

    id: str
    title: str
    licence: str
    provenance: str
    citation: str = ""
    version: str = "1.0.0"
    longest: int | None = None
    eight_bit: bool = False


def make_case_set(
    reading: Reading,
    labels: Labels,
    wanted: Wanted,
    files: ImageFiles,
    out: Path,
    on_picture: Callable[[int], None] | None = None,
) -> tuple[CaseSet, Report]:
    """Make and write the set; ``on_picture`` hears how many pictures are done. Raises BadInput with the remedy.

    A picture without a file, or whose file is refused, makes no case, and the report says so.
    """
    report = Report(reading, labels)
    report.require_accounted()
    work = _Work(out, _fingerprint(reading, wanted))
    gathering = Gathering(reading.origin, labels, report)
    pictures = list(reading.pictures.values())
    rows: list[dict[str, Any]] = []
    for done, (picture, found) in enumerate(_decoded(pictures, files, wanted, work, report), start=1):
        row = _row(picture, found, gathering, reading, report)
        if row is not None:
            rows.append(row)
        if on_picture is not None:
            on_picture(done)
    if warning := gathering.edges.warning():
        report.notes.append(warning)
    report.notes += gathering.fits.notes()
    report.cases = len(rows)
    if not rows:
        raise BadInput(f"No case came of it, so nothing is written.\n{report.in_words()}")
    made = _set(wanted, rows, out)
    write_manifest(made, out)
    work.end()
    return replace(made, folder=out), report


def _decoded(
    pictures: Sequence[Picture], files: ImageFiles, wanted: Wanted, work: _Work, report: Report
) -> Iterator[tuple[Picture, Stored | None]]:
    """Each picture with what is stored of it, None where there is none; in order, a few decoded ahead."""
    with ThreadPoolExecutor(AHEAD) as threads:
        waiting: list[tuple[Picture, Future[Stored | str]]] = []
        coming = iter(pictures)

        def begin(count: int) -> None:
            waiting.extend(
                (picture, threads.submit(work.stored, picture, files, wanted)) for picture in islice(coming, count)
            )

        begin(2 * AHEAD)
        while waiting:
            picture, future = waiting.pop(0)
            found = future.result()
            begin(1)
            if isinstance(found, str):
                report.pictures_left_out.add(found, picture.name)
                yield picture, None
            else:
                yield picture, found


def _row(
    picture: Picture, found: Stored | None, gathering: Gathering, reading: Reading, report: Report
) -> dict[str, Any] | None:
    """The case of a picture as the manifest writes it; None where it makes none."""
    if found is None:
        return None
    series, origin = found.series, reading.origin
    frame = series.frames[0]
    readers = gathering.readers(picture, [(frame.width, frame.height)] * len(series.frames), 0, found.grid)
    if not readers:
        report.pictures_left_out.add("nothing is said of the picture that can be kept", picture.name)
        return None
    report.pictures["made into cases"] += 1
    modality = found.modality or picture.modality or origin.modality
    case = Case(
        id=f"case-{hashlib.sha256(picture.name.encode()).hexdigest()[:12]}",
        title=OF_KINDS.get(origin.kind) or title_of(modality, origin.body_part or found.body_part),
        history=picture.history or UNTOLD,
        modality=known_modality(modality) or "OT",
        difficulty=3,
        series=(series,),
        readers=readers,
        question=asked_of(readers),
        view=(picture.view or found.view)[:40],
        body_part=origin.body_part or found.body_part,
        specialty=origin.specialty,
        report=picture.report,
        source=origin.name[:400],
    )
    return case_row(case)


def _set(wanted: Wanted, rows: list[dict[str, Any]], out: Path) -> CaseSet:
    head = {
        "format": "ssg-case-set/2",
        "id": wanted.id,
        "title": wanted.title,
        "version": wanted.version,
        "licence": wanted.licence,
        "provenance": wanted.provenance,
        "citation": wanted.citation,
        "reviewed": False,
    }
    problems = Problems(out / MANIFEST)
    made = read_manifest({**{name: value for name, value in head.items() if value != ""}, "cases": rows}, problems)
    problems.raise_if_any()
    assert made is not None
    return made


def _fingerprint(reading: Reading, wanted: Wanted) -> dict[str, Any]:
    """What an import that goes on must have in common with the one that was cut off."""
    return {
        "source": reading.origin.name,
        "rows": reading.rows,
        "pictures": len(reading.pictures),
        "longest": wanted.longest,
        "eight_bit": wanted.eight_bit,
    }


class _Work:
    """What is done of an import: a line for each picture that is stored."""

    def __init__(self, out: Path, fingerprint: dict[str, Any]) -> None:
        self._folder, self._images = out / WORK, out / IMAGES
        self._done: dict[str, dict[str, Any]] = {}
        self.again = Counter[str]()
        try:
            if (out / MANIFEST).exists():
                raise BadInput(f"{out} holds a case set: give --out a new folder.")
            self._images.mkdir(parents=True, exist_ok=True)
            self._begin(out, fingerprint)
        except OSError as error:
            raise BadInput(f"{out} cannot be written ({error.strerror or error}): give another --out.") from None

    def _begin(self, out: Path, fingerprint: dict[str, Any]) -> None:
        head, lines = self._folder / "source.json", self._folder / "done.jsonl"
        self._lines = lines
        if not self._folder.is_dir():
            self._folder.mkdir()
            write_json(head, fingerprint)
            return
        try:
            before = json.loads(head.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            before = None
        if before is not None and before != fingerprint:
            raise BadInput(f"{out} holds another import that was cut off: delete the folder, or give another --out.")
        write_json(head, fingerprint)
        self._done = {row["name"]: row for row in read_rows(lines) if "name" in row}

    def stored(self, picture: Picture, files: ImageFiles, wanted: Wanted) -> Stored | str:
        """What is stored of a picture, from before or now; in its place a reason why there is nothing."""
        row = self._done.get(picture.name)
        if row is not None and all((self._images.parent / name).is_file() for name in row["files"]):
            before = Stored.from_json(row)
            if before.grid or not _has_masks(picture):
                return before
        return self._stored_now(picture, files, wanted)

    def _stored_now(self, picture: Picture, files: ImageFiles, wanted: Wanted) -> Stored | str:
        path = files.find(picture.name)
        if isinstance(path, str):
            return path
        try:
            if path.name.lower().endswith(VOLUMES):
                made, data = self._volume(path, wanted)
            else:
                made, data = self._picture(path, wanted, _has_masks(picture))
        except ImageRefused as error:
            return f"the file is refused ({error.code})"
        except BadInput as error:
            return " ".join(str(error).split())[:160]
        for name, content in data.items():
            write_whole(self._images.parent / name, content)
        append_line(self._lines, json.dumps({"name": picture.name, **made.to_json()}))
        return made

    def _picture(self, path: Path, wanted: Wanted, with_grid: bool) -> tuple[Stored, dict[str, bytes]]:
        frames = decoded(path) if with_grid else []
        if len(frames) > 1:
            return self._volume(path, wanted)
        try:
            image = frames[0][0] if frames else open_image(path)
        except ImageRefused as error:
            if error.code != "multi_frame":
                raise
            return self._volume(path, wanted)
        made, data = stored(image, wanted.longest, wanted.eight_bit)
        return replace(made, grid=grid_of(path, frames) if frames else None), data

    def _volume(self, path: Path, wanted: Wanted) -> tuple[Stored, dict[str, bytes]]:
        work = self._folder / f"volume-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
        try:
            return stored_volume(path, work, wanted.longest, wanted.eight_bit)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def end(self) -> None:
        """Forget what was done: the manifest has it."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _has_masks(picture: Picture) -> bool:
    return any(mark.grid is not None for mark in picture.marks)
