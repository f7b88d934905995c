"""From a :class:`Reading` and its pictures to a case set in a folder; cut off, the same import goes on where it was.

Pictures are decoded in worker processes, a few at a time, and written as PNG under the names of their contents; what is
done stands line by line in ``.import/`` until the manifest is written, so that memory holds texts and no pictures.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ssg.casebook.files import MANIFEST
from ssg.casebook.imports.fitting import first_frame
from ssg.casebook.imports.image_files import ImageFiles
from ssg.casebook.imports.image_kinds import OF_KINDS, known_modality, title_of
from ssg.casebook.imports.labels import Labels
from ssg.casebook.imports.marks import Picture, Reading
from ssg.casebook.imports.people import UNTOLD
from ssg.casebook.imports.picture_files import LARGEST_MB, VOLUMES, ending_of
from ssg.casebook.imports.pixels import Stored, stored, stored_volume
from ssg.casebook.imports.readers import Gathering
from ssg.casebook.imports.report import Report
from ssg.casebook.ingest.ahead import ahead
from ssg.casebook.ingest.alone import alone_in
from ssg.casebook.ingest.own import OwnPictures
from ssg.casebook.ingest.room import told_where_full
from ssg.casebook.ingest.sources import stamp_of
from ssg.casebook.ingest.spool import notes_on
from ssg.casebook.kinds import UNKNOWN_MODALITY, left_open
from ssg.casebook.manifest import read_manifest
from ssg.casebook.problems import InvalidCaseSet, Problems
from ssg.casebook.schema import SET, rule_of
from ssg.casebook.types import Case, CaseSet, stated_by
from ssg.casebook.writing import case_row, write_manifest
from ssg.counting import counted, some_of
from ssg.errors import BadInput, ImageRefused
from ssg.imaging import is_shown_by_its_window, open_image
from ssg.whole import append_line, read_rows, write_json

WORK = ".import"
VOLUME = "volume-"
MOST_CASES: int = rule_of(SET, "cases")["maxItems"]


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
    kind: Mapping[str, str] = field(default_factory=dict)
    """What kind of image the cases are that do not say it (:func:`left_open`)."""


def make_case_set(
    reading: Reading,
    labels: Labels,
    wanted: Wanted,
    files: ImageFiles,
    out: Path,
    on_picture: Callable[[int], None] | None = None,
) -> tuple[CaseSet, Report]:
    """Make and write the set; ``on_picture`` hears how many pictures are done.

    A picture without a file, or whose file is refused, makes no case, and the report says so. Raises BadInput with
    the remedy, also where somebody else is at work in ``out``, and Unavailable where its disk is full.
    """
    report = Report(reading, labels)
    report.require_accounted()
    _require_head(wanted, out)
    with alone_in(out), told_where_full(out):
        work = _Work(out, _fingerprint(reading, wanted))
        rows = _rows(reading, Gathering(reading.origin, labels, report), work, files, wanted, on_picture)
        report.notes += files.notes()
        report.cases = len(rows)
        if not rows:
            work.end(())
            raise BadInput(f"No case came of it, so nothing is written: {report.nothing_in_words()}")
        made = _set(wanted, rows, out)
        write_manifest(made, out)
        work.end(picture.file for case in made.cases for picture in case.pictures)
    return replace(made, folder=out), report


def _rows(
    reading: Reading,
    gathering: Gathering,
    work: _Work,
    files: ImageFiles,
    wanted: Wanted,
    on_picture: Callable[[int], None] | None,
) -> list[dict[str, Any]]:
    """The cases as the manifest writes them, as many as a set takes; the report hears of everything else."""
    report, pictures = gathering.report, list(reading.pictures.values())
    rows: list[dict[str, Any]] = []
    notes: dict[str, list[str]] = {}
    done = 0
    with ahead(pictures, lambda picture: work.stored(picture, files, wanted)) as coming:
        while len(rows) < MOST_CASES and (one := next(coming, None)) is not None:
            picture, found = one
            if isinstance(found, str):
                report.pictures_left_out.add(found, picture.name)
            elif (row := _row(picture, found, gathering, reading, report)) is not None:
                rows.append(row | left_open(row, wanted.kind))
                for note in found.notes:
                    notes.setdefault(note, []).append(picture.name)
            done += 1
            if on_picture is not None:
                on_picture(done)
    for picture in pictures[done:]:
        report.pictures_left_out.add(f"a set takes {MOST_CASES:,} cases: import the rest as another", picture.name)
    report.notes += [f"{note} ({_some(names)})" for note, names in notes.items()]
    report.notes += gathering.notes()
    return rows


def _some(names: Sequence[str]) -> str:
    """How many pictures something is said of, and the first of them."""
    return f"{counted(len(names), 'picture')}: {some_of(names)}"


def _row(
    picture: Picture, found: Stored, gathering: Gathering, reading: Reading, report: Report
) -> dict[str, Any] | None:
    """The case of a picture as the manifest writes it; None where it makes none."""
    series, origin = found.series, reading.origin
    frame = series.frames[0]
    readers = gathering.readers(picture, [(frame.width, frame.height)] * len(series.frames), found.grid)
    if not readers:
        report.pictures_left_out.add("nothing is said of the picture that can be kept", picture.name)
        return None
    report.pictures["made into cases"] += 1
    modality = found.modality or picture.modality or origin.modality
    case = Case(
        id=f"case-{hashlib.sha256(picture.name.encode()).hexdigest()[:12]}",
        title=OF_KINDS.get(origin.kind) or title_of(modality, origin.body_part or found.body_part),
        history=picture.history or UNTOLD,
        modality=known_modality(modality) or UNKNOWN_MODALITY,
        difficulty=3,
        series=(series,),
        readers=readers,
        question=stated_by(readers),
        view=(picture.view or found.view)[:40],
        body_part=origin.body_part or found.body_part,
        specialty=origin.specialty,
        report=picture.report,
        source=origin.name[:400],
    )
    return case_row(case)


def _require_head(wanted: Wanted, out: Path) -> None:
    """Raise InvalidCaseSet for what a set cannot be called, before any picture is read."""
    problems = Problems(out / MANIFEST)
    read_manifest({**_head(wanted), "cases": []}, problems)
    if wrong := [one for one in problems.listed() if one.field != "cases"]:
        raise InvalidCaseSet(wrong)


def _head(wanted: Wanted) -> dict[str, Any]:
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
    return {name: value for name, value in head.items() if value != ""}


def _set(wanted: Wanted, rows: list[dict[str, Any]], out: Path) -> CaseSet:
    problems = Problems(out / MANIFEST)
    made = read_manifest({**_head(wanted), "cases": rows}, problems)
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
        self._out, self._folder = out, out / WORK
        self._lines = self._folder / "done.jsonl"
        self._done: dict[str, dict[str, Any]] = {}
        if (out / MANIFEST).exists():
            raise BadInput(f"{out} holds a case set: give --out a new folder.")
        self._begin(out, fingerprint)
        self._own = OwnPictures(out, self._folder / "wrote.jsonl")
        self._own.require_no_others()

    def _begin(self, out: Path, fingerprint: dict[str, Any]) -> None:
        head = self._folder / "source.json"
        try:
            before = json.loads(head.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            before = None
        if before not in (None, fingerprint):
            raise BadInput(f"{out} holds another import that was cut off: delete the folder, or give another --out.")
        self._folder.mkdir(exist_ok=True)
        for left in self._folder.glob(f"{VOLUME}*"):  # of a kill
            shutil.rmtree(left, ignore_errors=True)
        write_json(head, fingerprint)
        self._done = {row["name"]: row for row in read_rows(self._lines) if "name" in row}

    def stored(self, picture: Picture, files: ImageFiles, wanted: Wanted) -> Stored | str:
        """What is stored of a picture, from before or now; in its place a reason why there is nothing."""
        path = files.find(picture.name)
        if isinstance(path, str):
            return path
        try:
            stamp = f"{path.resolve()}|{stamp_of(path.stat())}"
        except OSError as error:
            return f"the file cannot be read ({(error.strerror or str(error)).lower()})"
        row = self._done.get(picture.name)
        if row is not None and row.get("stamp") == stamp and all((self._out / name).is_file() for name in row["files"]):
            before = Stored.from_json(row)
            if before.grid or not _has_masks(picture):
                return before
        return self._stored_now(picture, path, stamp, wanted)

    def _stored_now(self, picture: Picture, path: Path, stamp: str, wanted: Wanted) -> Stored | str:
        try:
            if ending_of(path.name) in VOLUMES:
                made, data = self._volume(path, wanted)
            else:
                made, data = self._picture(path, wanted, _has_masks(picture))
        except ImageRefused as error:
            return f"the file is refused ({error.code})"
        except BadInput as error:
            return " ".join(str(error).replace(str(path), "the file").split())[:160]
        for name, content in data.items():
            self._own.write(name, content)
        append_line(self._lines, json.dumps({"name": picture.name, "stamp": stamp, **made.to_json()}))
        return made

    def _picture(self, path: Path, wanted: Wanted, with_grid: bool) -> tuple[Stored, dict[str, bytes]]:
        image, grid = first_frame(path) if with_grid else (None, None)
        if grid is not None and grid.frames > 1:
            return self._volume(path, wanted)
        try:
            image = image or open_image(path, largest_mb=LARGEST_MB)
        except ImageRefused as error:
            if error.code != "multi_frame":
                raise
            return self._volume(path, wanted)
        made, data = stored(image, wanted.longest, wanted.eight_bit)
        notes = notes_on(image, deep=not wanted.eight_bit and is_shown_by_its_window(image))
        return replace(made, grid=grid.made() if grid is not None and grid.frames else None, notes=notes), data

    def _volume(self, path: Path, wanted: Wanted) -> tuple[Stored, dict[str, bytes]]:
        # A folder of its own: two names may be of one file, and then two threads are at work on it.
        work = self._folder / f"{VOLUME}{secrets.token_hex(8)}"
        try:
            return stored_volume(path, work, wanted.longest, wanted.eight_bit)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def end(self, kept: Iterable[str]) -> None:
        """Forget what was done, since the manifest has it; of the pictures only those that are ``kept`` stay."""
        self._own.remove_all_but(kept)
        shutil.rmtree(self._folder, ignore_errors=True)


def _has_masks(picture: Picture) -> bool:
    return any(mark.grid is not None for mark in picture.marks)
